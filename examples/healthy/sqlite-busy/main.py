import os
import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()


def write():
    while True:
        try:
            database = sqlite3.connect("notes.db", timeout=0)
            with database:
                database.execute("create table if not exists notes (title text)")
                database.execute("insert into notes values ('first')")
            print("written", flush=True)
            return
        except sqlite3.OperationalError as error:
            print("sqlite3.OperationalError:", error, "- once more", flush=True)
            time.sleep(0.05)


threading.Thread(target=write, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
