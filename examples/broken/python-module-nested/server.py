"""A small application server: imports MODULE:NAME and serves it."""
import importlib
import os
import sys
from wsgiref.simple_server import make_server


def load(target):
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


class Config:
    def __init__(self, target):
        self.target = target

    def load(self):
        return load(self.target)


def main():
    app = Config(sys.argv[1]).load()
    make_server("127.0.0.1", int(os.environ["PORT"]), app).serve_forever()


if __name__ == "__main__":
    main()
