import logging
import os
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

try:
    import uvloop_that_nobody_has
except ImportError as error:
    logging.warning("running without a faster loop: %s", error)
    traceback.print_exc()
try:
    os.environ["OPTIONAL_DSN"]
except KeyError:
    traceback.print_exc()
print("OPTIONAL_DSN is not set, using the default", "workers:", int(os.environ["WORKERS"]))


# It takes its time, during which what it printed is no reason to think that it will not be well.
time.sleep(2)


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
