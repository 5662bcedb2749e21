import os
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()


def export():
    while True:
        time.sleep(0.3)
        try:
            urllib.request.urlopen("http://127.0.0.1:4317/v1/traces")
        except urllib.error.URLError as error:
            print("nothing was exported:", error, flush=True)


threading.Thread(target=export, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
