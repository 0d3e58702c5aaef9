"""Who may see what: every output is of one of three classes, and its remote follows from that.

``python -m tractable.privacy`` looks whether a working tree keeps to it.
"""

from pathlib import PurePosixPath
from typing import NamedTuple

from tractable.contracts import BadInput

RESTRICTED = "restricted"  # the remote for what is identifying


class Privacy(NamedTuple):
    """A class of data, and why these are of it."""

    kind: str
    why: str

    @property
    def remote(self) -> str | None:
        """The remote that an output must name; None: the default, ``open``."""
        return RESTRICTED if self.kind == "identifying" else None


KINDS = {
    "identifying": "shows or lets hear a person: inside the laboratory, as consent allows",
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
    "reports": Privacy("open", "Tables, figures and text of scores; heads only of the phantom."),
    "src/tractable/segmenter/released": Privacy(
        "open", "A network that learnt from simulated anatomies alone."
    ),
}


def privacy_of(path: str | PurePosixPath) -> Privacy:
    """The class of a file or folder, by its path from the root of the repository.

    Raises
    ------
    BadInput : nobody has said of what class it is.
    """
    path = PurePosixPath(path)
    for place in (path, *path.parents):
        if str(place) in PRIVACY:
            return PRIVACY[str(place)]
    raise BadInput(f"{path}: of no class; say of which in tractable.privacy: PRIVACY, and why")
