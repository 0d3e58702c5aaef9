"""Which tables there are, and the rows of each: one per frame and place, formant ..., tidy."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from tractable.contracts import (
    AREAS,
    ATTRIBUTES,
    CONTOURS,
    FORMANTS,
    PREDICTIONS,
    RECORDINGS,
    SCORES,
    THEORY,
    BadInput,
    Contract,
)
from tractable.store import load

ROWS = 400_000  # held at a time
ASKED = "asked"  # of a score: whether it is in the score table, and so in this one


class Table(NamedTuple):
    """One table: what a store holds over some dims, a row for each place in them."""

    name: str
    about: str
    contract: Contract
    dims: tuple[str, ...]
    also: tuple[str, ...] = ()  # variables over fewer dims, repeated

    @property
    def values(self) -> list[str]:
        """Variables of the table, in the order of the contract."""
        promised = {name.rstrip("?"): of for name, of in self.contract.variables.items()}
        return [
            name
            for name, (dims, _, _) in promised.items()
            if (dims == self.dims and name not in (*self.dims, "clip_of", "phone"))
            or name in self.also
        ]


TABLES = (
    Table("clips", "Which clip has which name; its sound.", RECORDINGS, ("clip",)),
    Table("phones", "How sure a label is; what the corpus calls it.", RECORDINGS, ("time",)),
    Table(
        "constrictions", "How narrow the tract is, and where.", CONTOURS, ("time", "constriction")
    ),
    Table("shapes", "Cross-distances and areas, glottis first.", AREAS, ("time", "place")),
    Table("lengths", "Tract length, and frames without a shape.", AREAS, ("time",)),
    Table("formants", "Formants that can be trusted.", FORMANTS, ("time", "formant")),
    Table("voice", "Pitch, loudness, voicing.", FORMANTS, ("time",)),
    Table("cepstra", "Mel-frequency cepstra.", FORMANTS, ("time", "coefficient")),
    Table("resonances", "Formants that physics gives shapes.", THEORY, ("time", "formant")),
    Table("sensitivities", "dlnF by place.", THEORY, ("time", "formant", "place")),
    Table(
        "predictions",
        "Formants that models give frames they never saw.",
        PREDICTIONS,
        ("model", "time", "formant"),
    ),
    Table(
        "scores",
        "Scores of models by speaker.",
        SCORES,
        ("model", "speaker", "score", "formant"),
        ("direction", "better", ASKED, "null", "ceiling"),
    ),
)
CONTRACT_OF = {table.contract.noun: table.contract for table in TABLES}
NOUNS = tuple(CONTRACT_OF)

#: Columns that every table by frames begins with: unit, meaning.
FRAME: dict[str, tuple[str | None, str]] = {
    "corpus": ATTRIBUTES["corpus"],
    "speaker": ATTRIBUTES["speaker"],
    "clip": ("1", "index of the clip, from 0 in the order of the speaker's recordings"),
    "frame": ("1", "index of the frame within its clip, from 0"),
    "time": ("s", "of the frame, from the first frame of its clip"),
    "phone": (None, "label of the frame, empty where there is none"),
}


def columns(table: Table) -> dict[str, tuple[str | None, str]]:
    """Column -> unit (None: text) and meaning, in their order."""
    promised = {name.rstrip("?"): of[1:] for name, of in table.contract.variables.items()}
    by_frame = "time" in table.dims
    known = FRAME if by_frame else {name: FRAME[name] for name in whose(table)}
    others = [name for name in table.dims if name != "time"]
    return known | {name: promised[name] for name in (*others, *table.values) if name != ASKED}


def whose(table: Table) -> list[str]:
    """Attributes of a store that become columns."""
    return [name for name in ("corpus", "speaker") if name in table.contract.attributes]


def stretches(table: Table, store: Path, speakers: list[str]) -> Iterator[pd.DataFrame]:
    """The rows of one store, so many at a time.

    Parameters
    ----------
    speakers : of a store of all speakers of a corpus, those to take.

    Raises
    ------
    BadInput : one of whom that store knows nothing.
    """
    data = load(store, table.contract)
    held = [name for name in table.values if name in data.variables]
    if "time" not in table.dims:
        chosen = {"speaker": speakers} if "speaker" in data.dims else {}
        if strange := sorted(set(speakers) - set(data.speaker.values)) if chosen else []:
            raise BadInput(
                f"{store}: knows nothing of {', '.join(strange)}, who came later; `dvc repro "
                f"{table.contract.noun}`, or leave them out by --speakers"
            )
        yield tidy(table, data[held].sel(chosen))
        return
    data = on_clip_clock(data[[*held, "clip_of", "phone"]])
    count = max(1, ROWS // int(np.prod([data.sizes[dim] for dim in table.dims if dim != "time"])))
    for start in range(0, data.sizes["time"], count):
        part = data.isel(time=slice(start, start + count))
        yield tidy(table, part)


def on_clip_clock(data: xr.Dataset) -> xr.Dataset:
    """Time from the first frame of each clip; clip and frame by index."""
    clip = data.clip_of.values
    first = np.searchsorted(clip, clip)  # clips lie one behind the other
    frame, time = np.arange(len(clip)) - first, data.time.values
    return data.drop_vars("clip_of").assign_coords(
        time=np.round(time - time[first], 9), clip=("time", clip), frame=("time", frame)
    )


def tidy(table: Table, data: xr.Dataset) -> pd.DataFrame:
    """One row for each place in the dims, with all columns of ``columns``.

    What a store may leave out, and does, is not known.
    """
    order = sorted(table.dims, key=lambda dim: dim != "time")  # frames one after the other
    rows = data.to_dataframe(dim_order=order).reset_index()
    for name, values in rows.items():
        if values.dtype == bool:
            rows[name] = values.astype("int8")
    if ASKED in rows:
        rows = rows[rows[ASKED] == 1].copy()
    for name in whose(table):
        rows[name] = data.attrs[name]
    known = columns(table)
    texts = {
        name: "string" for name, (unit, _) in known.items() if unit is None and name not in rows
    }
    return rows.reindex(columns=list(known)).astype(texts)
