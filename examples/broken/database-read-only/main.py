import sqlite3

database = sqlite3.connect("file:notes.db?mode=ro", uri=True)
database.execute("insert into notes values ('first')")
