import sqlite3

sqlite3.connect("notes.db").execute("ALTER TABLE notes ADD COLUMN colour TEXT")
