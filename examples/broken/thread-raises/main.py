import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

orders = [{"id": 1, "total": 20}, {"id": 2}]


def bill():
    time.sleep(0.5)
    for order in orders:
        print("billed", order["total"])


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


threading.Thread(target=bill, name="billing", daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
