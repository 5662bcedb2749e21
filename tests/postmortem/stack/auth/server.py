"""Knows the secret, and answers that it is well."""
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if len(os.environ.get("BETTER_AUTH_SECRET", "")) < 32:
    raise ValueError("BETTER_AUTH_SECRET must be at least 32 characters")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *words):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
