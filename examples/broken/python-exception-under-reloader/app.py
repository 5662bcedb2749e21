import os


def serve():
    mode = os.environ.get("MODE", "fast")
    raise NotImplementedError(f"there is no mode {mode!r} yet")
