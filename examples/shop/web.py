"""The shop's pages, as a development server shows them."""

import os
import time

from serving import green, port, say, serve

say("> shop-web@1.4.0 dev")
time.sleep(0.6)
say(f"{green('ready')} in 612 ms")
say(f"  Local:   http://127.0.0.1:{port}/")
say(f"  API:     {os.environ.get('API_URL', 'unknown')}")
serve(lambda path: (200, "<h1>shop</h1>"))
