"""Says what the real python-dotenv makes of many texts: one JSON case a line in, one JSON answer a line out.

A case is {"text": str, "environ": {name: value}}. The file of cases is the only argument.
"""

import io
import json
import logging
import os
import sys
import tempfile

from dotenv import dotenv_values
from dotenv.main import DotEnv
from dotenv.parser import parse_stream

logging.disable(logging.CRITICAL)


def answer(case, path):
    text = case["text"]
    with open(path, "wb") as file:
        file.write(text.encode())
    os.environ.clear()
    os.environ.update(case["environ"])
    return {
        # Through a file, as applications do: Python's text mode changes line ends.
        "file": list(dotenv_values(path).items()),
        "stream": list(dotenv_values(stream=io.StringIO(text)).items()),
        "keep_environ": list(
            DotEnv(None, stream=io.StringIO(text), override=False).dict().items()
        ),
        "statements": [
            [binding.original.line, binding.key, binding.value, binding.error]
            for binding in parse_stream(io.StringIO(text))
        ],
    }


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.env")
        with open(sys.argv[1], encoding="utf-8") as cases:
            for line in cases:
                print(json.dumps(answer(json.loads(line), path)))


main()
