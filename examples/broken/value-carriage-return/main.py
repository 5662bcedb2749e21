import http.client
import os

upstream = http.client.HTTPConnection("127.0.0.1:9")
upstream.request("GET", os.environ["UPSTREAM_PATH"])
