import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def work():
    while True:
        print("\x1b[32mINFO\x1b[0m:     \x1b[1mApplication startup complete.\x1b[0m")
        print("\x1b[33mWARNING\x1b[0m:  SENTRY_DSN is not set, errors are not reported")
        print("\x1b[31mERROR\x1b[0m:    \x1b[1mtask failed\x1b[0m, will be tried again: TimeoutError: timed out")
        time.sleep(0.2)


threading.Thread(target=work, daemon=True).start()


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
