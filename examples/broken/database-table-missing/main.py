import sqlite3

database = sqlite3.connect("notes.db")
print(database.execute("select count(*) from notes").fetchone())
