import os
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RATES = {"EUR": 1.0}


def price(path):
    return RATES[path.strip("/").upper()]


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        body = "ok" if self.path == "/health" else str(price(self.path))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def visit():
    time.sleep(0.7)
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/usd")
    except (urllib.error.URLError, ConnectionError, OSError):
        pass


class Slow:
    """A machine that is busy with other things between two lines."""

    def write(self, text):
        time.sleep(0.02)
        return sys.__stderr__.write(text)

    def flush(self):
        sys.__stderr__.flush()


sys.stderr = Slow()
# What a user does.
threading.Thread(target=visit, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
