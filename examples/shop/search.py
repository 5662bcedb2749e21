"""A search whose index belongs to somebody else: it fails, and is given up after a second try."""

import errno
import os
import time

from serving import say

INDEX = "/var/lib/shop/products.idx"


def open_index(path):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


say("loading index products (1.2 GB)")
time.sleep(0.5)
open_index(INDEX)
