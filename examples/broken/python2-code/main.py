import os

port = int(os.environ["PORT"])
print "listening on", port
