import os

BUCKET = os.environ["S3_BUCKET"]
