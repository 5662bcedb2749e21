import os

MAX_UPLOAD = int(os.environ["MAX_UPLOAD"])
