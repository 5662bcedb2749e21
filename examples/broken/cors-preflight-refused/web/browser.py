import http.client
import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# What a browser that shows the frontend asks before it sends a task.
api = http.client.HTTPConnection(urlsplit(os.environ["API_URL"]).netloc)
origin = f"http://localhost:{os.environ['PORT']}"
api.request("OPTIONS", "/tasks", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
print("the preflight was answered with", api.getresponse().status)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), SimpleHTTPRequestHandler).serve_forever()
