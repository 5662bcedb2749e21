import os
import sys

key = os.getenv("STRIPE_KEY")
if not key:
    sys.exit("error: STRIPE_KEY is not set")
