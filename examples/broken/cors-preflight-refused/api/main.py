import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ALLOWED = os.environ["CORS_ORIGINS"].split(",")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_OPTIONS(self):
        allowed = self.headers["Origin"] in ALLOWED
        self.send_response(200 if allowed else 400)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
