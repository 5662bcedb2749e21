import sqlite3

database = sqlite3.connect("notes.db")
try:
    database.execute("select version from migrations")
except sqlite3.OperationalError as error:
    print("sqlite3.OperationalError:", error, "- making it")
    database.execute("create table migrations (version integer)")
print("0 errors, 1 migration applied")
