import os
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(os.environ["PORT"])


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        # Too much for whoever has gone by then.
        for _ in range(1 if self.path == "/health" else 200):
            self.wfile.write(b"x" * 65_536)


def hang_up():
    for _ in range(20):
        time.sleep(0.1)
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            client.sendall(b"GET /video HTTP/1.1\r\nhost: x\r\n\r\n")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


server = ThreadingHTTPServer(("127.0.0.1", PORT), Api)
threading.Thread(target=hang_up, daemon=True).start()
server.serve_forever()
