import os
from dotenv import load_dotenv

load_dotenv()
print("listening on", os.environ["PORT"])
