import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if os.geteuid() == 0:
    os.setuid(65534)  # as a service should: not as root


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[]")


ThreadingHTTPServer(("127.0.0.1", 80), Api).serve_forever()
