import sqlite3

base = sqlite3.connect("notes.db")
try:
    base.execute("SELECT colour FROM notes")
except sqlite3.OperationalError as error:
    print(f"not migrated yet: sqlite3.OperationalError: {error}")
base.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT, colour TEXT)")
base.commit()
