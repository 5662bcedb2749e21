import json

answer = "<html><body>502 Bad Gateway</body></html>"
print(json.loads(answer))
