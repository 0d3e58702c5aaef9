"""The page of one speaker: flags first, then every clip, from stores that the pipeline reads."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from PIL import Image

from tractable.audit import drawing
from tractable.audit.findings import WHOLE, Finding
from tractable.audit.speaker import Audit
from tractable.figures.sheet import FORMATS, styled
from tractable.report.templates import template
from tractable.score_table import quote
from tractable.whole import written_whole

#: What the table of clips shows of each: quantity, heading, factor, unit.
SHOWN = (
    ("sound behind pictures", "sound behind pictures", 1e3, "ms"),
    ("sound longer than pictures", "sound longer than pictures", 1, "s"),
    ("repeated pictures", "repeated pictures", 100, "%"),
    ("jumps between pictures", "jumps", 100, "%"),
    ("signal over noise of pictures", "picture signal over noise", 1, ""),
    ("width of edges", "edge width", 1e3, "mm"),
    ("head from start to end", "head from start to end", 1e3, "mm"),
    ("head beside other clips", "beside other clips", 1e3, "mm"),
    ("nod beside other clips", "nod", 180 / np.pi, "°"),
    ("speech over pauses", "speech over pauses", 1, "dB"),
    ("longest silence", "longest silence", 1, "s"),
    ("harmonics in pauses", "harmonics in pauses", 1, "dB"),
    ("uncertain contours", "uncertain contours", 100, "%"),
    ("refused by contours", "refused by contours", 100, "%"),
    ("refused by areas", "by areas", 100, "%"),
    ("refused by formants of voiced frames", "by formants", 100, "%"),
    ("labelled frames", "labelled", 100, "%"),
    ("usable frames", "usable", 100, "%"),
)
HEAD = 168  # pixels on a side of a shown head


def write_page(
    audit: Audit, recordings: xr.Dataset, page: Path, *, shown: int, tasks: list[str] | None
) -> None:
    """Write the page, whole or not at all.

    Parameters
    ----------
    shown : heads, evenly spread over the clips.
    tasks : to which params.yaml restricts the speaker, None: to none.
    """
    rate, told = recordings.attrs["frame_rate"], phones(audit)
    with styled():
        pictures = {
            "clips": svg(drawing.clips_side_by_side(audit)),
            "steps": svg(drawing.steps_over_time(audit, rate)),
            "pauses": svg(drawing.pauses(audit)),
        }
    text = template("audit.html", __package__).render(
        audit=audit,
        heads=list(heads(audit, recordings, shown)),
        headings=[(heading, unit) for _, heading, _, unit in SHOWN],
        rows=[(clip.name, list(cells(audit, clip.name))) for clip in audit.clips],
        whole=[f for f in audit.findings if f.clip == WHOLE and f not in told],
        reasons=list(reasons(audit)),
        phones=[(f.quantity.removeprefix("phone "), int(f.value)) for f in told],
        seconds=recordings.sizes["time"] / rate,
        rate=rate,
        spacing=recordings.attrs["pixel_spacing"],
        tasks=tasks,
        pictures=pictures,
    )
    with written_whole(page) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def svg(figure: Figure) -> str:
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata=FORMATS[".svg"])
    return stream.getvalue()


def heads(audit: Audit, recordings: xr.Dataset, shown: int) -> Iterator[dict[str, str]]:
    """One frame from the middle of some clips, as an address that holds it."""
    few = np.unique(np.linspace(0, len(audit.clips) - 1, shown).round().astype(int))
    for clip in (audit.clips[k] for k in few):
        middle = (clip.frames.start + clip.frames.stop) // 2
        picture = Image.fromarray(recordings.frames[middle].values)
        stream = io.BytesIO()
        picture.resize((HEAD, HEAD * picture.height // picture.width)).save(stream, format="png")
        yield {"clip": clip.name, "picture": base64.b64encode(stream.getvalue()).decode()}


def cells(audit: Audit, clip: str) -> Iterator[dict[str, str]]:
    """What the table shows of one clip."""
    found = {finding.quantity: finding for finding in audit.findings if finding.clip == clip}
    for quantity, _, scale, _ in SHOWN:
        finding = found.get(quantity)
        if finding is None:
            yield {"value": "", "interval": "", "flag": ""}
            continue
        told = quote(*(scale * value for value in (finding.value, finding.low, finding.high)))
        interval = f"{told.low} to {told.high}" if told.low else ""
        value = "unknown" if np.isnan(finding.value) else told.value
        yield {"value": value, "interval": interval, "flag": finding.flag}


def reasons(audit: Audit) -> Iterator[tuple[str, str, float]]:
    """Who refuses, why, and the share of all frames, clips weighed by their length."""
    lengths = {clip.name: clip.frames.stop - clip.frames.start for clip in audit.clips}
    total: dict[tuple[str, str], float] = {}
    for finding in audit.findings:
        who, colon, why = finding.quantity.removeprefix("refused by ").partition(": ")
        if finding.quantity.startswith("refused by ") and colon:
            part = finding.value * lengths[finding.clip] / sum(lengths.values())
            total[who, why] = total.get((who, why), 0.0) + part
    yield from ((who, why, part) for (who, why), part in sorted(total.items()))


def phones(audit: Audit) -> list[Finding]:
    return [finding for finding in audit.findings if finding.quantity.startswith("phone ")]
