"""What all tests share: where the recorded corpora are, and double precision."""

import os
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of recorded corpora, which are never part of the repository."""
    folder = Path(os.environ.get("TRACTABLE_REAL", ROOT.parent / "shared" / "real"))
    if not folder.is_dir():
        pytest.skip(f"no recorded corpora in {folder}: set TRACTABLE_REAL to their folder")
    return folder


@pytest.fixture(scope="session")
def reference(real) -> Path:
    """Published area functions and formants, beside the recorded corpora."""
    folder = real.parent / "reference"
    if not folder.is_dir():
        pytest.skip(f"no published reference values in {folder}")
    return folder
