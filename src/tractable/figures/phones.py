"""Labels of phones along a clock, for all figures that show speech over time."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tractable.figures.sheet import ipa


def draw_phones(strip: Axes, panels: Iterable[Axes], rows: pd.DataFrame) -> None:
    """Labels in the strip over their stretches, thin lines in the panels where they change.

    Parameters
    ----------
    rows : ``time`` [s] and ``phone`` of frames that follow on each other.
    """
    time, phone = rows.time.to_numpy(), rows.phone.to_numpy()
    changes = np.flatnonzero(phone[1:] != phone[:-1]) + 1
    step = np.median(np.diff(time))
    for axes in panels:
        for at in changes:
            axes.axvline(time[at] - step / 2, color="#dddddd", linewidth=0.6, zorder=0)
    for stretch in np.split(np.arange(len(time)), changes):
        if phone[stretch[0]]:
            strip.text(time[stretch].mean(), 0, ipa(phone[stretch[0]]), ha="center", va="bottom")
