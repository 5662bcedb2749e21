import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port = int(os.environ["PORT"])


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


def second():
    print(f"listening on port {port}", flush=True)
    print(f"hot reload: listen on 127.0.0.1:{port}: address already in use, using the server's own", flush=True)
    print("inspector: address already in use, going on without", flush=True)


server = ThreadingHTTPServer(("127.0.0.1", port), Api)
threading.Timer(0.6, second).start()
server.serve_forever()
