import os

SEARCH = os.environ["SEARCH_URL"]
