import http.client
import os
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/health":
            # Nobody catches it: the client is to come again.
            urllib.request.urlopen(os.environ["AUTH_URL"] + self.path).read()
        self.send_response(200)
        self.end_headers()


def visit():
    while True:
        time.sleep(0.2)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/me").read()
        except (OSError, http.client.HTTPException):
            continue
        print("signed in")
        return


def report():
    while True:
        try:
            urllib.request.urlopen(os.environ["OTLP_ENDPOINT"] + "/v1/traces")
        except urllib.error.URLError as error:
            print("traces are not exported:", error)
        time.sleep(0.3)


threading.Thread(target=visit, daemon=True).start()
threading.Thread(target=report, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
