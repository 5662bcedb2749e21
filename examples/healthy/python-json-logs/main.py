import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def log(level, message, **more):
    print(json.dumps({"level": level, "message": message, **more}), file=sys.stderr, flush=True)


def work():
    while True:
        log("info", "request", path="/notes", status=404, error=None)
        log("error", "upstream refused", error="ConnectionRefusedError: [Errno 111] Connection refused", retry=True)
        log("warning", "cache", detail="KeyError: 'DATABASE_URL'", exc_info="Traceback (most recent call last):\n ...")
        time.sleep(0.2)


threading.Thread(target=work, daemon=True).start()


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
