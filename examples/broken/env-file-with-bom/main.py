import os

for line in open("config/.env", encoding="utf-8"):
    name, _, value = line.strip().partition("=")
    os.environ.setdefault(name, value)

API_BASE = os.environ["API_BASE"]
