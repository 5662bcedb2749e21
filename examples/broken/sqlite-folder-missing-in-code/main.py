import sqlite3

database = sqlite3.connect("var/notes.sqlite3")
database.execute("create table if not exists notes (title text)")
