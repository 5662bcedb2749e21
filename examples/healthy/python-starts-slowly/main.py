import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

for step in range(5):
    print(f"loading the model, {step * 20} %: 0 errors so far", file=sys.stderr)
    time.sleep(0.5)
print("warming up: TimeoutError: timed out (tried again)", file=sys.stderr)
time.sleep(0.5)


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
