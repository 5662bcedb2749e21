import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

time.sleep(1.2)


class Auth(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Auth).serve_forever()
