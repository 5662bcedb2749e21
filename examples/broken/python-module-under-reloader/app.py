import httpx


def serve():
    print(httpx.get("http://127.0.0.1"))
