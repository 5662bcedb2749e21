import base64
import hashlib
import hmac
import os
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def verify(token):
    text, _, signature = token.rpartition(".")
    right = hmac.digest(os.environ["JWT_SECRET"].encode(), text.encode(), hashlib.sha256)
    if base64.urlsafe_b64encode(right).rstrip(b"=").decode() != signature:
        raise ValueError("Signature verification failed")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        status = 200
        if self.path != "/health":
            try:
                verify(self.headers["Authorization"].removeprefix("Bearer "))
            except ValueError as error:
                print("jwt:", error, flush=True)
                status = 401
        self.send_response(status)
        self.end_headers()


def user():
    """What a user does: signs in, and asks with the token."""
    token = urllib.request.urlopen(os.environ["AUTH_URL"] + "/token").read().decode()
    request = urllib.request.Request(f"http://127.0.0.1:{os.environ['PORT']}/tasks")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError:
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
threading.Timer(0.3, user).start()
server.serve_forever()
