"""The recipe of the release, for the tests."""

from pathlib import Path

import yaml

from tractable.segmenter.heads import Variety

FILE = Path(__file__).parents[2] / "stages" / "segmenter" / "params.yaml"
PARAMETERS = yaml.safe_load(FILE.read_text())
VARIETY = Variety(**PARAMETERS["segmenter"]["variety"])
