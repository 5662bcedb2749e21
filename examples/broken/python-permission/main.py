import json
import os

if os.geteuid() == 0:
    os.setuid(65534)  # as a service should: not as root

with open("data/notes.json") as file:
    print(json.load(file))
