import os
import socketserver
import time

time.sleep(1.8)  # recovers from its log


class Database(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"ready\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


Server(("127.0.0.1", int(os.environ["PORT"])), Database).serve_forever()
