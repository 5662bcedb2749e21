import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

print("error: the environment variable SHARD_COUNT is not set; counting the shards", flush=True)
print("sqlite3.OperationalError: database is locked", flush=True)
# Longer than the first looks into a service that starts.
time.sleep(5)


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
