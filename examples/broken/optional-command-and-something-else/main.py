import sqlite3
import sys

database = sqlite3.connect("data/notes.db")
print(database, sys.argv)
