import logging
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("orders")


def work():
    for number in range(1000):
        try:
            {"EUR": 1}["USD"]
        except KeyError:
            log.exception("order %d has an unknown currency; it is put aside", number)
        try:
            int("many")
        except ValueError as error:
            log.error("skipped: ValueError: %s", error)
        log.error("PermissionError: [Errno 13] Permission denied: '/srv/other/%d' (skipped)", number)
        log.info("0 errors, 0 failed, error_rate=0.0, killed=0, MemoryError=0")
        time.sleep(0.1)


threading.Thread(target=work, daemon=True).start()


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
