import os
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            body = urllib.request.urlopen(os.environ["UPSTREAM"] + self.path, timeout=2).read()
        except urllib.error.URLError as error:
            return self.send_error(502, str(error))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
