import os
from urllib.parse import urlsplit


def pool_size(text):
    size = len(text.split(","))
    if size < 2:
        raise ValueError("a pool needs at least two hosts")
    return size


print(pool_size(urlsplit("postgres://db/app").netloc), os.environ["PORT"])
