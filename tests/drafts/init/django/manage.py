#!/usr/bin/env python3
"""Stands for Django's manage.py: runserver HOST:PORT with the standard library."""
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path in ("/", "/health/") else 404)
        self.end_headers()

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    assert sys.argv[1] == "runserver"
    host, port = sys.argv[2].rsplit(":", 1)
    HTTPServer((host, int(port)), Handler).serve_forever()
