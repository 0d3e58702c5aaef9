"""What params.yaml will say of a corpus: what is asked for, seen and listed must agree."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tractable.contracts import BadInput
from tractable.recordings.adapter import Adapter
from tractable.recordings.calibration import check_spacing_said
from tractable.recordings.corpora import ADAPTERS, check_entry
from tractable.recordings.folder import CLIP, PLACES
from tractable.recordings.prompts import TEXTS

OPTIONS = {  # by which the command is told what no file holds
    "pixel_spacing": "--pixel-spacing MM",
    "frame_rate": "--frame-rate HZ",
    "pictures": "--pictures PLACE, as 'video/{clip}.avi'",
}


def settled(
    name: str, listed: Mapping[str, Any], adapter: str | None, said: Mapping[str, Any]
) -> dict[str, Any]:
    """Adapter and settings of a corpus, whoever joins it; one that is listed keeps what it has."""
    if listed:
        check_entry(name, listed)
    elif adapter is None:
        refuse_places(said)
    check_spacing_said(said.get("pixel_spacing"))
    if adapter not in (None, *ADAPTERS):
        raise BadInput(f"unknown adapter {adapter!r}; there is {', '.join(ADAPTERS)}")
    chosen = listed.get("adapter", adapter or "usc75")
    if adapter not in (None, chosen):
        raise BadInput(differs(name, "adapter", adapter, chosen))
    own = (*ADAPTERS[chosen].needs, *ADAPTERS[chosen].may)
    known = (*own, *TEXTS)
    for what, value in said.items():
        if what not in known:
            raise BadInput(f"adapter {chosen} takes no {what}; it takes {', '.join(own)}")
        if listed and not same(value, listed.get(what)):
            raise BadInput(differs(name, what, value, listed.get(what, "not said")))
    kept = {what: listed[what] for what in known if what in listed}
    return {"adapter": chosen} | (kept if listed else dict(said))


def refuse_places(said: Mapping[str, Any]) -> None:
    """Refuse places of clips where nobody named the adapter, the only one, that takes them."""
    for what in (what for what in PLACES if CLIP in str(said.get(what))):
        raise BadInput(
            f"--{what} {said[what]}: the adapter usc75 knows where its files lie; did you mean "
            "--adapter folder?"
        )


def same(value: Any, listed: Any) -> bool:
    """Whether a setting is the listed one, to a rounding of mm into m."""
    numbers = isinstance(value, float) and isinstance(listed, float)
    return math.isclose(value, listed) if numbers else str(value) == str(listed)


def complete(
    name: str, entry: Mapping[str, Any], reader: Adapter, seen: Mapping[str, str]
) -> dict[str, Any]:
    """The settings with what was seen in the folder, in the order in which people read them."""
    whole = {**entry, **seen}
    for what in reader.needs:
        if what not in whole:
            words = what.replace("_", " ")
            raise BadInput(
                f"{name}: its {words} is unknown, and no file holds it; add {OPTIONS[what]}"
            )
    order = ("adapter", *reader.needs, *reader.may, *TEXTS)
    return {what: whole[what] for what in order if what in whole}


def differs(name: str, what: str, value: object, listed: object) -> str:
    return (
        f"{what} {value}, but {listed} in params.yaml: corpora: {name}; the speakers of a corpus "
        "share one: leave it out, or choose another name"
    )


def refuse_other_list(
    folder: Path,
    corpus: Path,
    entry: Mapping[str, Any],
    listed: Mapping[str, Any],
    reader: Adapter,
) -> None:
    """Refuse a file for all speakers that would not leave the listed ones as they are."""
    for what in reader.common:
        new, old = folder / entry[what], corpus / listed[what]
        if new.name != old.name:
            raise BadInput(f"{new}: expected {old.name}, which lists the corpus so far; rename it")
        for who in listed["speakers"]:
            if stems(reader, corpus / who, listed) != stems_or_none(reader, folder / who, entry):
                raise BadInput(
                    f"{new}: has other clips of {who} than {old}, whose place it would take; put "
                    "the new speakers into a copy of that one"
                )


def stems(reader: Adapter, home: Path, settings: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    return list(reader.stems(home, settings).items())


def stems_or_none(
    reader: Adapter, home: Path, settings: Mapping[str, Any]
) -> list[tuple[str, str | None]] | None:
    """The clips of a speaker; None: nobody knows the speaker there."""
    try:
        return stems(reader, home, settings)
    except BadInput:
        return None
