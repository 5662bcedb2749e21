import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Metrics(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/metrics" else 404)
        self.end_headers()


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()


metrics = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Metrics)
threading.Thread(target=metrics.serve_forever).start()
ThreadingHTTPServer(("127.0.0.1", 18381), Api).serve_forever()
