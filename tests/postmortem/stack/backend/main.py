"""Asks auth how it is before it answers."""
from dotenv import load_dotenv

load_dotenv()

import os
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import config

if len(os.environ.get("BETTER_AUTH_SECRET", "")) < 32:
    raise ValueError("BETTER_AUTH_SECRET must be at least 32 characters")
urllib.request.urlopen(config.AUTH_SERVICE_URL + "/health", timeout=2).read()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *words):
        pass


ThreadingHTTPServer(("127.0.0.1", config.PORT), Handler).serve_forever()
