import sqlite3
import time

database = sqlite3.connect("notes.db", isolation_level=None)
database.execute("create table if not exists notes (title text)")
database.execute("begin exclusive")
print("importing", flush=True)
time.sleep(60)
