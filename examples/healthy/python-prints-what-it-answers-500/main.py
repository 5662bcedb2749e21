import os
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        status = 200
        if self.path != "/health":
            try:
                int(self.path)
            except ValueError:
                traceback.print_exc()
                status = 500
        self.send_response_only(status)
        self.end_headers()
        if status == 500:
            # As werkzeug logs it.
            now = time.strftime("%d/%b/%Y %H:%M:%S")
            print(f'127.0.0.1 - - [{now}] "GET {self.path} HTTP/1.1" 500 -', file=sys.stderr, flush=True)


def visit():
    for number in range(3):
        time.sleep(0.2)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/{number}")
        except urllib.error.HTTPError:
            pass


threading.Thread(target=visit, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
