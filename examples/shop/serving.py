"""What the services here share: saying a line, and serving HTTP on the port that they were given."""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port = int(os.environ.get("PORT", "0"))


def say(line, stream=sys.stdout):
    print(line, file=stream, flush=True)


def green(text):
    return f"\x1b[32m{text}\x1b[0m"


def work(seconds):
    """Keeps a core busy, so that there is something to measure."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


def serve(answer, each=None):
    """Serves for ever; `answer(path)` gives the status and the body, `each(path, status, ms)` hears of requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            begun = time.monotonic()
            status, body = answer(self.path)
            body = body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if each:
                each(self.path, status, (time.monotonic() - begun) * 1000)

        def log_message(self, *_):
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
