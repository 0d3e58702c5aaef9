"""The three pictures of an audit page; no picture of a head is among them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tractable.audit.findings import Finding
from tractable.audit.speaker import Audit, Clip
from tractable.figures.sheet import COLOURS, PAGE

INK, MARK, OTHER = COLOURS["physics"][0], COLOURS["tube"][0], COLOURS["black_box"][0]
HIGHEST = 5000.0  # Hz, shown


def clips_side_by_side(audit: Audit) -> Figure:
    """Lag of the sound and moves of the head, a point per clip; what is flagged is orange."""
    names = [clip.name for clip in audit.clips]
    figure = Figure(figsize=(PAGE, 0.9 + 0.16 * len(names)), layout="constrained")
    lag, head = figure.subplots(1, 2, width_ratios=[1.4, 1], sharey=True)
    draw_points(lag, audit.of("sound behind pictures"), 1e3)
    lag.axvline(0, color="#999999", linewidth=0.6)
    lag.set(xlabel="sound behind pictures (ms)", yticks=range(len(names)), yticklabels=names)
    lag.invert_yaxis()
    draw_points(head, audit.of("head from start to end"), 1e3)
    draw_points(head, audit.of("head beside other clips"), 1e3, "D")
    head.set(xlabel="head moved (mm)", xlim=(0, None))
    return figure


def draw_points(axes: Axes, findings: list[Finding], scale: float, marker: str = "o") -> None:
    for row, finding in enumerate(findings):
        colour = MARK if finding.flag else INK
        if np.isfinite(finding.low):
            axes.plot([scale * finding.low, scale * finding.high], [row, row], color=colour)
        if np.isfinite(finding.value):
            axes.plot(scale * finding.value, row, marker, color=colour, gid=finding.clip)
        else:
            axes.annotate("unknown", (0.02, row), xycoords=("axes fraction", "data"), va="center")
    axes.grid(axis="x")


def steps_over_time(audit: Audit, frame_rate: float) -> Figure:
    """How much each picture differs from the one before, clips end to end."""
    figure = Figure(figsize=(PAGE, 1.5), layout="constrained")
    axes = figure.subplots()
    for clip in audit.clips:
        time = (clip.frames.start + 1 + np.arange(len(clip.steps.size))) / frame_rate
        axes.plot(time, clip.steps.size, color=INK, linewidth=0.5)
        for which, colour in ((clip.steps.repeated, OTHER), (clip.steps.jumped, MARK)):
            axes.plot(time[which], clip.steps.size[which], "o", color=colour, markersize=3)
        axes.axvline(clip.frames.start / frame_rate, color="#bbbbbb", linewidth=0.5)
    axes.set(xlabel="time (s)", ylabel="change (grey levels)", ylim=(0, None))
    axes.margins(x=0.005)
    return figure


def pauses(audit: Audit) -> Figure:
    """What is heard in the pauses of every clip; harmonics that stand out are marked."""
    figure = Figure(figsize=(PAGE, 1.8), layout="constrained")
    axes = figure.subplots()
    for clip in audit.clips:
        shown = clip.heard.frequency <= HIGHEST
        axes.plot(
            clip.heard.frequency[shown] / 1e3, clip.heard.pauses[shown], linewidth=0.6, alpha=0.8
        )
    for harmonic in marked(audit.clips, audit):
        axes.axvline(harmonic / 1e3, color=MARK, linewidth=0.4, zorder=0)
    axes.set(xlabel="frequency (kHz)", ylabel="level in pauses (dB)", xlim=(0, HIGHEST / 1e3))
    return figure


def marked(clips: list[Clip], audit: Audit) -> list[float]:
    """Harmonics of the flagged clip in which they stand highest [Hz]."""
    flagged = {finding.clip for finding in audit.of("harmonics in pauses") if finding.flag}
    loud = [clip.heard for clip in clips if clip.name in flagged]
    if not loud:
        return []
    fundamental = max(loud, key=lambda heard: heard.comb).fundamental
    return (fundamental * np.arange(1, int(HIGHEST / fundamental) + 1)).tolist()
