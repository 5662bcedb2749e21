import os

WORKERS = int(os.environ["WORKERS"])
