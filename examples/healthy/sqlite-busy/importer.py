import sqlite3
import time

database = sqlite3.connect("notes.db", isolation_level=None)
database.execute("create table if not exists notes (title text)")
for n in range(5):
    database.execute("begin exclusive")
    time.sleep(0.1)
    database.execute("commit")
print("imported", flush=True)
