import multiprocessing
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def worker(number):
    time.sleep(0.2)
    if number % 2:
        raise RuntimeError(f"worker {number} had enough")
    os._exit(0)


def supervise():
    number = 0
    while True:
        process = multiprocessing.get_context("fork").Process(target=worker, args=(number,))
        process.start()
        process.join()
        print(f"[INFO] worker {process.pid} exited with code {process.exitcode}, starting another one")
        number += 1


threading.Thread(target=supervise, daemon=True).start()


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
