import itertools
import os
import time
import urllib.error
import urllib.request

for status in itertools.cycle(["200", "404", "401", "403", "500", "503", "302"]):
    try:
        urllib.request.urlopen(f"{os.environ['API_URL']}/{status}", timeout=2)
        print(f"GET /{status}: fine")
    except urllib.error.HTTPError as error:
        print(f"GET /{status}: HTTPError: HTTP Error {error.code}: {error.reason}")
    time.sleep(0.1)
