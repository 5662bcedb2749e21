"""Starts the server in a child and waits for files to change, as development servers do: it outlives the child."""
import multiprocessing
import time


def serve():
    import app

    app.serve()


if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=serve).start()
    time.sleep(600)
