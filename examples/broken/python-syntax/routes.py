ROUTES = {
    "/notes": "list",
    "/notes/new": "create",


def find(path):
    return ROUTES[path]
