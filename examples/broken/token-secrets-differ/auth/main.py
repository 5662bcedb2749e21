import base64
import hashlib
import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token():
    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    text = head + b"." + part(json.dumps({"sub": "ada"}).encode())
    return text + b"." + part(hmac.digest(os.environ["JWT_SECRET"].encode(), text, hashlib.sha256))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(token() if self.path == "/token" else b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
