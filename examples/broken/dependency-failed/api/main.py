import os
import time
import urllib.request

time.sleep(0.5)
urllib.request.urlopen(os.environ["AUTH_URL"], timeout=2)
