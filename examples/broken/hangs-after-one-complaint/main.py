import os
import threading

if "MAIL_API_KEY" not in os.environ:
    print("error: the environment variable MAIL_API_KEY is not set", flush=True)
    # Somebody is to set it in another window.
    threading.Event().wait()
