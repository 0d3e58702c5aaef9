"""What is labelled, and how often."""

from collections.abc import Iterator, Mapping
from itertools import groupby

import numpy as np
import xarray as xr

from tractable.audit.findings import WHOLE, Finding


def labelled(recordings: xr.Dataset, clips: Mapping[str, slice]) -> Iterator[Finding]:
    """Share of frames with a label, clip by clip, then how often each phone was said in all."""
    phone = recordings.phone.values
    for name, at in clips.items():
        told = float((phone[at] != "").mean())
        yield Finding(name, "labelled frames", "1", told, flag="" if told else "no labels")
    for label, count in tokens(phone, clips).items():
        yield Finding(WHOLE, f"phone {label}", "tokens", float(count))


def tokens(phone: np.ndarray, clips: Mapping[str, slice]) -> dict[str, int]:
    """Label -> how often it was said, in the order of the alphabet; a run of frames is one."""
    runs = [label for at in clips.values() for label, _ in groupby(phone[at].tolist()) if label]
    return {label: runs.count(label) for label in sorted(set(runs))}
