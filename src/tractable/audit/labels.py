"""What is labelled, and how often."""

from collections.abc import Iterator, Mapping
from itertools import groupby

import numpy as np
import xarray as xr

from tractable.audit.findings import WHOLE, Finding
from tractable.contracts import HARDLY_HEARD


def labelled(recordings: xr.Dataset, clips: Mapping[str, slice]) -> Iterator[Finding]:
    """Share of frames with a label and words hardly heard, clip by clip, then how often each phone
    was said in all. Which words these are, the recordings say: the table of findings is open.
    """
    phone = recordings.phone.values
    for name, at in clips.items():
        told = float((phone[at] != "").mean())
        yield Finding(name, "labelled frames", "1", told, flag="" if told else "no labels")
    nobody = [""] * len(clips)
    sources = recordings.label_source.values if "label_source" in recordings else nobody
    for name, source in zip(clips, map(str, sources), strict=True):
        if words := source.partition(HARDLY_HEARD)[2]:
            count = len(words.split(", "))
            flag = f"{count} of the words of its prompt may not have been said"
            yield Finding(name, "words hardly heard", "words", float(count), flag=flag)
    for label, count in tokens(phone, clips).items():
        yield Finding(WHOLE, f"phone {label}", "tokens", float(count))


def tokens(phone: np.ndarray, clips: Mapping[str, slice]) -> dict[str, int]:
    """Label -> how often it was said, in the order of the alphabet; a run of frames is one."""
    runs = [label for at in clips.values() for label, _ in groupby(phone[at].tolist()) if label]
    return {label: runs.count(label) for label in sorted(set(runs))}
