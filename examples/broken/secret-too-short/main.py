import os

SECRET = os.environ["JWT_SECRET"]
if len(SECRET) < 32:
    raise ValueError("JWT_SECRET must be at least 32 characters long")
