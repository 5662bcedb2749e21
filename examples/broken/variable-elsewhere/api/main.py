import os

ISSUER = os.environ["JWT_ISSUER"]
