import json
import pathlib

SETTINGS = json.loads(pathlib.Path("config/settings.json").read_text())
print(SETTINGS)
