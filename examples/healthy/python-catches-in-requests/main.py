import logging
import os
import threading
import time
import traceback
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

logging.basicConfig(
    level=logging.INFO, format="[%(asctime)s] %(levelname)s in %(module)s: %(message)s"
)
log = logging.getLogger("shop")
tried = {}


def price(path):
    tried[path] = tried.get(path, 0) + 1
    if tried[path] < 3:
        raise ValueError(f"no price for {path} yet")
    return 7


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        while self.path != "/health":
            try:
                price(self.path)
                break
            except ValueError:
                # As frameworks do, but it tries again.
                log.exception("Error handling request %s, trying again", self.path)
                log.exception("Error handling request")
                log.exception("Internal Server Error: %s", self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


def work():
    with ThreadPoolExecutor() as pool:
        for number in range(10):
            time.sleep(0.1)
            urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/{number}").read()
            try:
                pool.submit(int, "many").result()
            except ValueError:
                print(f"Exception in thread of the pool, number {number}:", flush=True)
                traceback.print_exc()
                log.info("Internal Server Error: 0, Task exception was never retrieved: 0")


threading.Thread(target=work, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
