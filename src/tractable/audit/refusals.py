"""Which frames the pipeline leaves out, by whom, and why; and of which it is not sure."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from tractable.audit.findings import Finding, share

LEARNT = 3  # formants, F1 to F3, that models learn


def uncertain(contours: xr.Dataset, clips: Mapping[str, slice], limits: Any) -> Iterator[Finding]:
    """Of every clip: share of frames whose contours are less sure than the speaker's usually are.

    Where a boundary is lost, at a lip say, frames need not be refused, and all that is measured on
    them is wrong. How sure is usual depends on pixels and noise, so that only the speaker's other
    frames can tell.
    """
    sd = contours.uncertainty.values
    unsure = sd > limits.usual * (np.nanmedian(sd) if np.isfinite(sd).any() else np.nan)
    words, most = "contours: a boundary may be lost", limits.contours_uncertain
    for name, at in clips.items():
        yield share(name, "uncertain contours", int(unsure[at].sum()), unsure[at].size, most, words)


def refused(
    stores: Mapping[str, xr.Dataset], clips: Mapping[str, slice], limits: Any
) -> Iterator[Finding]:
    """Of every clip: shares of frames that contours, areas and formants refuse, with each reason.

    Formants are only expected where the voice sounds. What remains is usable: it has a shape and F1
    to F3.
    """
    contours, areas = (stores[noun].refused.values for noun in ("contours", "areas"))
    formants = stores["formants"]
    reason, voiced = formants.reason.values[:, :LEARNT], formants.voiced.values > 0
    worst = np.array([next((why for why in row if why), "") for row in reason.tolist()])
    for name, at in clips.items():
        rows = (
            ("contours", contours[at], limits.contours_refused),
            ("areas", areas[at], limits.areas_refused),
            ("formants of voiced frames", worst[at][voiced[at]], limits.formants_masked),
        )
        for noun, why, most in rows:
            words = f"{noun}: many frames are refused"
            yield share(name, f"refused by {noun}", int((why != "").sum()), len(why), most, words)
            for text in sorted(set(why.tolist()) - {""}):
                part = int((why == text).sum())
                yield share(name, f"refused by {noun}: {text}", part, len(why), np.inf, "")
        usable = (areas[at] == "") & (contours[at] == "") & voiced[at] & (worst[at] == "")
        yield Finding(name, "usable frames", "1", float(usable.mean()))
