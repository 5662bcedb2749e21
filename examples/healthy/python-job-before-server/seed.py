import sqlite3
import sys

base = sqlite3.connect("notes.db")
base.execute("INSERT INTO notes VALUES ('hello', 'red')")
base.commit()
print("warning: seeded with sample notes", file=sys.stderr)
