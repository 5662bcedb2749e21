import os
import sqlite3

database = sqlite3.connect(os.environ["DATABASE_URL"].removeprefix("sqlite:///"))
database.execute("create table if not exists notes (title text)")
