"""The network is trained, released and run in single precision."""

import pytest
import torch


@pytest.fixture(autouse=True)
def single_precision(double_precision):
    torch.set_default_dtype(torch.float32)
