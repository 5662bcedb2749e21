import logging
import os
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")


def connect():
    while True:
        try:
            return socket.create_connection(("127.0.0.1", int(os.environ["DATABASE_PORT"])))
        except OSError:
            logging.warning("the database does not answer, trying again", exc_info=True)
            time.sleep(0.3)


connect()
logging.info("connected to the database")


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(b"ok")


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Api).serve_forever()
