"""A store that accepts connections and says what the real one would: `store.py postgres` or `store.py redis`."""

import itertools
import random
import socket
import sys
import threading
import time

from serving import port, say


def postgres():
    say('LOG:  starting PostgreSQL 17.2 on x86_64-pc-linux-gnu, 64-bit')
    time.sleep(0.4)
    yield
    say(f'LOG:  listening on IPv4 address "127.0.0.1", port {port}')
    say("LOG:  database system is ready to accept connections")
    for buffers in itertools.cycle([118, 64, 203, 91]):
        time.sleep(7)
        say(f"LOG:  checkpoint complete: wrote {buffers} buffers ({buffers / 163.84:.1f}%); 0 WAL file(s) added")


def redis():
    say("* Redis version=7.4.1, bits=64, modified=0, just started")
    time.sleep(0.2)
    yield
    say(f"* Running mode=standalone, port={port}.")
    say("* Ready to accept connections tcp")
    while True:
        time.sleep(11)
        say(f"* 1 changes in 60 seconds. Saving... DB saved on disk, {random.randint(900, 1400)} keys")


def listen():
    server = socket.create_server(("127.0.0.1", port))
    while True:
        server.accept()[0].close()


story = {"postgres": postgres, "redis": redis}[sys.argv[1]]()
next(story)
threading.Thread(target=listen, daemon=True).start()
next(story, None)
