"""The shop's API: answers its health check, and tells of requests as if it had customers."""

import itertools
import threading
import time

from serving import green, port, say, serve, work

REQUESTS = [
    ("GET", "/orders?page=2", 200, 31.2),
    ("GET", "/products/A-17", 200, 3.9),
    ("POST", "/cart", 201, 12.4),
    ("GET", "/products?tag=new", 200, 18.0),
    ("POST", "/orders", 201, 44.8),
    ("GET", "/orders/9f31", 404, 2.1),
    ("GET", "/search?q=lamp", 503, 5.0),
]


def customers():
    for number, (method, path, status, took) in enumerate(itertools.cycle(REQUESTS)):
        time.sleep(0.9)
        work(took / 1000)
        shown = green(status) if status < 400 else f"\x1b[33m{status}\x1b[0m"
        say(f"{method} {path} {shown} {took} ms")
        if number % 6 == 3:
            say("level=warn msg=\"slow query\" took=812ms sql=\"SELECT * FROM orders WHERE customer_id = $1\"")
        if path.startswith("/search"):
            say("level=error msg=\"upstream search unavailable\" url=http://127.0.0.1:9200 attempt=3")


say("Loading settings from the environment")
time.sleep(1.2)
say(f"Uvicorn running on http://127.0.0.1:{port}")
threading.Thread(target=customers, daemon=True).start()
serve(lambda path: (200, "ok"), lambda path, status, took: say(f"GET {path} {green(status)} {took:.1f} ms"))
