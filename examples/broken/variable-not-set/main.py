import os


def required(name):
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set")
    return value


SECRET = required("BETTER_AUTH_SECRET")
