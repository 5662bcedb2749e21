"""Where the others are."""
import os

AUTH_SERVICE_URL = os.getenv("AUTH_SERVICE_URL", "http://localhost:8001")
PORT = int(os.environ["PORT"])
