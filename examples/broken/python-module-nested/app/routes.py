from app.settings import SETTINGS


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [SETTINGS["greeting"].encode()]
