import os

TIMEOUT = float(os.environ["TIMEOUT"])
