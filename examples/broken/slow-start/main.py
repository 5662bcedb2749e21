import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# a lock that another process holds, a network that is not there, ...
time.sleep(8 if os.path.exists("slow") else 0)


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[]")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
