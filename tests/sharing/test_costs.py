"""One speaker costs that speaker's bytes: the benchmark, small, counted on the wire."""

import csv
import subprocess
import sys

import pytest

from tests.project import ROOT
from tests.sharing.servers import program


@pytest.mark.slow
def test_one_speaker_costs_that_speakers_bytes(tmp_path):
    program("sshd", "openssh-server")
    out = tmp_path / "sharing.csv"
    size = ["--speakers", "12", "--frames", "2000", "--compared", "2"]
    command = [sys.executable, "-m", "benchmarks.sharing", "--out", str(out), *size]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    one = [row for row in rows if row["part"] == "one speaker"]
    (all_,) = [row for row in rows if row["part"] == "all speakers"]
    assert [row["way"] for row in one] == ["dvc get", "DVC's file system", "dvc pull TARGET"]
    for row in one:
        received, stored = float(row["received_mb"]), float(row["stored_mb"])
        assert stored < received < 1.5 * stored  # with lists, names and the cipher
        assert received < float(all_["received_mb"]) / 6
    steps = {row["way"] for row in rows} - {row["way"] for row in [*one, all_]}
    assert {"dvc add", "dvc push", "dvc status, unchanged", "dvc push, unchanged"} == steps
    assert len({row["part"] for row in rows}) == 4
