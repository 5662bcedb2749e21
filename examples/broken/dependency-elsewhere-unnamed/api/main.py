import os
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        status = 200
        if self.path != "/health":
            try:
                urllib.request.urlopen(os.environ["AUTH_SERVICE_URL"] + self.path)
            except urllib.error.URLError as error:
                # It does not say what refused.
                print("auth does not answer:", error)
                status = 502
        self.send_response(status)
        self.end_headers()


def visit():
    time.sleep(0.7)
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/login")
    except urllib.error.HTTPError:
        pass


# What a user does.
threading.Thread(target=visit, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
