from pathlib import Path

import yaml

SETTINGS = yaml.safe_load(Path("settings.yaml").read_text())
