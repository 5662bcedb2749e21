import sqlite3

database = sqlite3.connect("notes.db", timeout=0.2)
database.execute("insert into notes values ('first')")
