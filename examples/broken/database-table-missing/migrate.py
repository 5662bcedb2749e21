import sqlite3

sqlite3.connect("notes.db").execute("create table if not exists notes (title text)")
