import threading

print("waiting for a licence", flush=True)
threading.Event().wait()
