import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RATES = {}


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if RATES["EUR"] else 503)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
