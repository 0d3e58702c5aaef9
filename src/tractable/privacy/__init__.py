"""Who may see what: every output is of one of three classes, and its remote follows from that.

What is derived of people is pseudonymous, unless params.yaml: privacy says of their corpus that its
consent keeps that inside the laboratory as well. ``python -m tractable.privacy`` looks whether a
working tree keeps to it.
"""

from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import yaml

from tractable.contracts import BadInput, likely

RESTRICTED = "restricted"  # the remote for what is identifying


class Privacy(NamedTuple):
    """A class of data, and why these are of it."""

    kind: str
    why: str
    by: str = ""  # corpora whose consent makes it stricter than its noun

    def __str__(self) -> str:
        return f"{self.kind} (params.yaml: privacy, {self.by})" if self.by else self.kind

    @property
    def remote(self) -> str | None:
        """The remote that an output must name; None: the default, ``open``."""
        return RESTRICTED if self.kind == "identifying" else None


KINDS = {
    "identifying": "shows or lets hear a person, or is kept in by consent: inside the laboratory",
    "pseudonymous": "values of one speaker, who goes by a code: for those whom consent covers",
    "open": "of no one person: may be published",
}

#: By the beginning of a path; the longest that fits decides.
PRIVACY: dict[str, Privacy] = {
    "data/raw": Privacy("identifying", "Faces and voices as they were recorded."),
    "data/recordings": Privacy("identifying", "The same faces and voices on one clock."),
    "data/audit": Privacy("identifying", "Pages with pictures of every speaker's head."),
    "data/figures": Privacy("identifying", "Pictures that show a recorded head."),
    "data/aligned": Privacy("pseudonymous", "What a speaker said, phone by phone, and when."),
    "data/contours": Privacy(
        "pseudonymous", "Outlines of the tract and the profile of the face, frame by frame."
    ),
    "data/areas": Privacy("pseudonymous", "The shape of a person's tract, frame by frame."),
    "data/formants": Privacy(
        "pseudonymous", "A voice in numbers: pitch, formants and cepstra, but no sound."
    ),
    "data/theory": Privacy("pseudonymous", "The physics of a person's shapes, frame by frame."),
    "data/dynamics": Privacy(
        "pseudonymous", "How a person's lips, tongue, velum and larynx move, gesture by gesture."
    ),
    "data/folds": Privacy("pseudonymous", "Which frames of a speaker train, with their phones."),
    "data/predictions": Privacy("pseudonymous", "What models say of a speaker, frame by frame."),
    "data/explanations": Privacy(
        "pseudonymous", "What models depend on in frames of a speaker, with the neutral shape."
    ),
    "data/models": Privacy(
        "pseudonymous",
        "Learnt from few speakers; some keep frames that taught them (lwr, gaussian_process), and "
        "of a corpus of one speaker each is a model of that person.",
    ),
    "data/efficiency": Privacy(
        "pseudonymous", "Models, also of a single speaker, and what they say frame by frame."
    ),
    "data/truth": Privacy("open", "What the simulator knows of speakers whom nobody recorded."),
    "data/atlas": Privacy("open", "Shapes of simulated anatomies."),
    "data/scores": Privacy("open", "Scores of every speaker, under their code, over all frames."),
    "workspaces": Privacy(
        "identifying", "Clones in which a corpus is tried, with its recordings and what is made."
    ),
    "reports": Privacy("open", "Tables, figures and text of scores; heads only of the phantom."),
    "src/tractable/segmenter/released": Privacy(
        "open", "A network that learnt from simulated anatomies alone."
    ),
}


def privacy_of(path: str | PurePosixPath, inside: Collection[str] = ()) -> Privacy:
    """The class of a file or folder, by its path from the root of the repository.

    Parameters
    ----------
    inside : corpora, see ``kept_inside``; a noun's folder is taken to hold all of them.

    Raises
    ------
    BadInput : nobody has said of what class it is.
    """
    path = PurePosixPath(path)
    for place in (path, *path.parents):
        if str(place) in PRIVACY:
            noun = PRIVACY[str(place)]
            held = [name for name in inside if path == place or name in path.parts]
            strict = held and noun.kind == "pseudonymous"
            return Privacy("identifying", noun.why, ", ".join(held)) if strict else noun
    raise BadInput(f"{path}: of no class; say of which in tractable.privacy: PRIVACY, and why")


def kept_inside(root: Path) -> list[str]:
    """Corpora of which not even what is derived may leave the laboratory, by params.yaml: privacy.

    Raises
    ------
    BadInput : no such section, another key there, or a name that is no corpus: it would protect
        nobody.
    """
    file = root / "params.yaml"
    params = yaml.safe_load(file.read_text()) if file.is_file() else {}
    corpora = params.get("corpora") or {}
    section = params.get("privacy", {} if corpora else {"identifying": []})
    if [*section] != ["identifying"]:
        found = ", ".join(section) or "nothing"
        raise BadInput(f"params.yaml: privacy: expected identifying and no more, found {found}")
    names: list[str] = section["identifying"]
    for name in names:
        if name not in corpora:
            near = likely(name, corpora)
            raise BadInput(f"params.yaml: privacy: identifying: {name!r} is no corpus; {near}")
    return names
