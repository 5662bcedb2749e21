import os
import socketserver
import sys
import threading
import time

LINES = [
    'LOG:  database system was interrupted; last known up at 2026-11-20 04:22:00 UTC',
    'FATAL:  the database system is starting up',
    'FATAL:  password authentication failed for user "grafana"',
    'DETAIL:  Connection matched file "pg_hba.conf" line 117: "host all all 127.0.0.1/32 scram-sha-256"',
    'FATAL:  database "metabase" does not exist',
    'ERROR:  relation "schema_migrations" does not exist at character 15',
    'FATAL:  role "root" does not exist',
    'LOG:  could not receive data from client: Connection reset by peer',
    'ERROR:  duplicate key value violates unique constraint "users_email_key"',
    'LOG:  could not bind IPv6 address "::1": Cannot assign requested address',
]


def say():
    for line in LINES * 3:
        print(f"2026-11-20 04:22:00.123 UTC [{os.getpid()}] {line}", file=sys.stderr, flush=True)
        time.sleep(0.1)


class Session(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(100)


threading.Thread(target=say, daemon=True).start()
# It recovers.
time.sleep(1.5)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", int(os.environ["PORT"])), Session).serve_forever()
