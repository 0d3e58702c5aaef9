"""What the pipeline asks of a speaker's gestures."""

from pathlib import Path

import yaml

PARAMS = Path(__file__).parents[2] / "params.yaml"
OPTIONS = yaml.safe_load(PARAMS.read_text())["dynamics"]
