import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if "MAIL_API_KEY" not in os.environ:
    print("error: the environment variable MAIL_API_KEY is not set", flush=True)
    # Somebody is to set it in another window.
    threading.Event().wait()


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
