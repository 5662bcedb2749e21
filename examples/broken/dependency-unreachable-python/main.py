import json
import os
import urllib.request

with urllib.request.urlopen(os.environ["INVENTORY_URL"] + "/health", timeout=2) as answer:
    print(json.load(answer))
