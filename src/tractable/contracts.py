"""What every store on disk promises: its variables, their dims and the unit of each.

Text (phones, reasons, names) has no unit and is written ``None``. A variable ending in ``?`` is
optional.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr

Promise = tuple[tuple[str, ...], str | None]  # dims, unit


class BadInput(ValueError):
    """Input that cannot be used: the message names what, where, and what to try."""


def likely(word: str, known: Iterable[str], count: int = 1) -> str:
    """A hint for a word that is not ``known``: the most like it, or else all that are known.

    ``did you mean 'width'?`` or ``known: width, depth``; up to ``count`` likely words.
    """
    known = list(known)
    like = [repr(name) for name in difflib.get_close_matches(word, known, count)]
    return f"did you mean {' or '.join(like)}?" if like else f"known: {', '.join(known)}"


@dataclass(frozen=True)
class Contract:
    """A noun's store: dims and unit of every variable, and the attributes it carries."""

    noun: str
    variables: dict[str, Promise]
    attributes: tuple[str, ...] = ("corpus", "speaker")

    def check(self, data: xr.Dataset) -> xr.Dataset:
        """Return ``data`` untouched, or name every broken promise at once."""
        lacking = [name for name in self.attributes if name not in data.attrs]
        broken = [f"{name}: no such attribute" for name in lacking]
        for name, (dims, unit) in self.variables.items():
            if name.rstrip("?") in data.variables:
                broken += broken_promises(name.rstrip("?"), data[name.rstrip("?")], dims, unit)
            elif not name.endswith("?"):
                broken.append(f"{name}: no such variable")
        known = {name.rstrip("?") for name in self.variables}
        strange = [name for name in map(str, data.variables) if name not in known]
        broken += [f"{name}: not in the contract" for name in strange]
        if broken:
            raise BadInput(f"not a valid {self.noun!r} store: " + "; ".join(broken))
        return data


def broken_promises(
    name: str, array: xr.DataArray, dims: tuple[str, ...], unit: str | None
) -> list[str]:
    """What one variable promised and does not keep."""
    broken = []
    if array.dims != dims:
        broken.append(f"{name}: dims {array.dims}, expected {dims}")
    if unit is None and array.dtype.kind != "U":
        broken.append(f"{name}: {array.dtype}, expected text")
    if unit is not None and array.attrs.get("units") != unit:
        broken.append(f"{name}: {array.attrs.get('units')}, expected {unit}")
    return broken


def described(
    contract: Contract, variables: dict[str, np.ndarray], **attributes: object
) -> xr.Dataset:
    """A checked dataset from bare arrays: dims and units come from the contract."""
    parts = {}
    promises = {name.rstrip("?"): promise for name, promise in contract.variables.items()}
    for name, values in variables.items():
        dims, unit = promises[name]
        parts[name] = xr.Variable(dims, values, {} if unit is None else {"units": unit})
    coordinates = {name for name, part in parts.items() if part.dims == (name,)}
    coordinates |= {name for name in ("clip_of", "phone") if name in parts}
    data = xr.Dataset(
        {name: part for name, part in parts.items() if name not in coordinates},
        {name: parts[name] for name in coordinates},
        attributes,
    )
    return contract.check(data)


#: The clock that every store of a speaker shares: frame centres, clips laid end to end.
CLOCK: dict[str, Promise] = {
    "time": (("time",), "s"),
    "clip_of": (("time",), "1"),  # index of the clip a frame belongs to
    "phone": (("time",), None),  # label of the frame, "" where there is none
}
PLACE: dict[str, Promise] = {"place": (("place",), "1")}  # x / L, 0 at the glottis, 1 at the lips
FORMANT: dict[str, Promise] = {"formant": (("formant",), "1")}  # 1, 2, 3 ...

RECORDINGS = Contract(
    "recordings",
    {
        **CLOCK,
        "x": (("x",), "m"),
        "y": (("y",), "m"),
        "frames": (("time", "y", "x"), "1"),  # uint8
        "sample": (("sample",), "s"),
        "sound": (("sample",), "1"),  # float32, -1 .. 1
        "clip": (("clip",), "1"),
        "clip_name": (("clip",), None),
        "sound_state": (("clip",), None),  # "" fine, or what is wrong: "no sound", "short by ... s"
        "audio_lag": (("clip",), "s"),  # sound behind video, from motion energy; NaN unknown
        "audio_lag_sd": (("clip",), "s"),
    },
    ("corpus", "speaker", "pixel_spacing", "frame_rate", "sample_rate"),
)

#: What the points of a boundary belong to; the face is the skin before the foremost of a lip.
ARTICULATORS = (
    "face",
    "upper lip",
    "palate",
    "velum",
    "lower lip",
    "tongue",
    "epiglottis",
    "larynx",
    "wall",
)

FACE = 1  #: code of the face, which is no wall of the tract
#: Between lips; tongue and front of the palate with teeth and ridge; tongue and the rest of the
#: palate or the velum; velum and back wall.
CONSTRICTIONS = ("lips", "alveolar", "velar", "velopharyngeal")
FRONT = 0.5  #: share of the palate that is its front

BOUNDARY: dict[str, Promise] = {
    "tissue": (("tissue",), None),  # upper, lower, wall
    "axis": (("axis",), None),  # x to the right, y down; origin: centre of the top left pixel
    "boundary": (("time", "tissue", "point", "axis"), "m"),  # lips to glottis, NaN at the end
    "articulator": (("time", "tissue", "point"), "1"),  # 1 + index of its name, 0: no point
    "articulator_name": (("articulator_name",), None),
}

CONTOURS = Contract(
    "contours",
    {
        **CLOCK,
        **BOUNDARY,
        "x": (("x",), "m"),
        "y": (("y",), "m"),
        "boundary_sd": (("time", "tissue", "point"), "m"),  # across the curve; NaN on the face
        "uncertainty": (("time",), "m"),  # its root mean square between lips and glottis
        "constriction": (("constriction",), None),
        "constriction_degree": (("time", "constriction"), "m"),  # least width of the air, NaN: none
        "constriction_point": (("time", "constriction", "axis"), "m"),  # where it is
        "closed": (("time", "constriction"), "1"),
        "tissue_map": (("time", "y", "x"), "1"),  # 0 outside 1 airway 2 lower 3 upper 4 wall 5 rest
        "refused": (("time",), None),  # why the frame cannot be used, "" where it can
        "facing?": (("time",), None),  # the head: left, right, "" no head was seen
    },
    ("corpus", "speaker", "pixel_spacing", "frame_rate"),
)

SHAPE: dict[str, Promise] = {
    **PLACE,
    "distance": (("time", "place"), "m"),  # midsagittal cross-distance
    "tract_length": (("time",), "m"),  # glottis to lips along the midline
}

AREAS = Contract(
    "areas",
    {
        **CLOCK,
        **SHAPE,
        "axis": (("axis",), None),
        "area": (("time", "place"), "m2"),  # alpha d^beta
        "midline": (("time", "place", "axis"), "m"),
        "refused": (("time",), None),
    },
    ("corpus", "speaker", "frame_rate"),
)

FORMANTS = Contract(
    "formants",
    {
        **CLOCK,
        **FORMANT,
        "frequency": (("time", "formant"), "Hz"),  # NaN where it cannot be trusted
        "frequency_sd": (("time", "formant"), "Hz"),
        "bandwidth": (("time", "formant"), "Hz"),
        "reason": (("time", "formant"), None),  # why a value is masked, "" where it is not
        "fundamental": (("time",), "Hz"),  # F0, NaN where unvoiced
        "intensity": (("time",), "dB"),
        "voiced": (("time",), "1"),
        "coefficient": (("coefficient",), "1"),
        "cepstrum": (("time", "coefficient"), "1"),  # mel-frequency cepstral coefficients
    },
    ("corpus", "speaker", "frame_rate", "ceiling"),
)

THEORY = Contract(
    "theory",
    {
        **CLOCK,
        **FORMANT,
        **PLACE,
        "cavity": (("cavity",), None),  # back, constriction, front
        "frequency": (("time", "formant"), "Hz"),
        "bandwidth": (("time", "formant"), "Hz"),
        "sensitivity": (("time", "formant", "place"), "1"),  # dlnF/dlnA
        "length_sensitivity": (("time", "formant", "place"), "1"),  # dlnF/dln(section length)
        "edge": (("edge",), "1"),
        "cavity_edge": (("time", "edge"), "1"),  # x / L of the constriction's two ends, NaN: none
        "cavity_share": (("time", "cavity"), "1"),  # of tract length; NaN: none clear
        "affiliation": (("time", "formant", "cavity"), "1"),  # shares that sum to 1
    },
)

#: What the simulator knows of a phantom speaker; only ``scores`` may read it.
TRUTH = Contract(
    "truth",
    {
        **CLOCK,
        **BOUNDARY,
        **SHAPE,
        **FORMANT,
        "section": (("section",), "1"),
        "area": (("time", "section"), "m2"),  # the simulator's tube
        "section_length": (("time", "section"), "m"),
        "frequency": (("time", "formant"), "Hz"),  # poles of the simulator's transfer function
        "bandwidth": (("time", "formant"), "Hz"),
        "voiced": (("time",), "1"),
        # Directional sensitivities by finite differences of the simulator itself, on a subsample.
        "exam": (("exam",), "s"),  # times of the examined frames
        "parameter": (("parameter",), None),  # tract parameter that was moved
        "exam_formant_change": (("exam", "parameter", "formant"), "1"),  # d ln F
        "exam_area_change": (("exam", "parameter", "section"), "1"),  # d ln A
        "exam_length_change": (("exam", "parameter", "section"), "1"),  # d ln l
    },
    ("corpus", "speaker", "frame_rate"),
)

FOLDS = Contract(
    "folds",
    {
        **CLOCK,
        "fold": (("fold",), "1"),
        "role": (("fold", "time"), None),  # train, test, "" left out (guard gap)
    },
)

PREDICTIONS = Contract(
    "predictions",
    {
        **CLOCK,
        **FORMANT,
        **PLACE,
        "model": (("model",), None),  # shape to sound
        "frequency": (("model", "time", "formant"), "Hz"),  # NaN where the frame was not held out
        "residual": (
            ("model", "time", "formant"),
            "1",
        ),  # ln F beyond the model's tube, NaN: no tube
        "inverse_model": (("inverse_model",), None),  # sound to shape
        "distance": (("inverse_model", "time", "place"), "m"),
        "tract_length": (("inverse_model", "time"), "m"),
    },
)

EXPLANATIONS = Contract(
    "explanations",
    {
        **FORMANT,
        **PLACE,
        "model": (("model",), None),
        "frame": (("frame",), "s"),  # times of the explained frames, a declared subsample
        "region": (("region",), "1"),  # x / L, centre of each region that is widened or narrowed
        "cavity": (("cavity",), None),
        "distance_sensitivity": (("model", "frame", "formant", "place"), "1"),  # dlnF/dlnd
        "stretch_sensitivity": (("model", "frame", "formant"), "1"),  # dlnF/dlnL, d held
        "tube_distance_sensitivity": (("model", "frame", "formant", "place"), "1"),  # NaN: no tube
        "tube_stretch_sensitivity": (("model", "frame", "formant"), "1"),
        "widened": (("model", "frame", "formant", "region"), "1"),  # change of ln F by +1 mm
        "narrowed": (("model", "frame", "formant", "region"), "1"),  # change of ln F by -1 mm
        "cavity_sensitivity": (("model", "frame", "formant", "cavity"), "1"),  # -dlnF/dlnL_cavity
        "end": (("end",), None),  # of the tract: larynx, lips
        "end_sensitivity": (("model", "frame", "formant", "end"), "1"),  # -dlnF/dlnL_end
    },
    # How they were asked: by how much regions were widened and narrowed [m], the distance that
    # narrowing does not pass [m], the share of tract length that is its larynx, and its lips.
    ("corpus", "speaker", "step", "floor", "ends"),
)

#: Per speaker, so that models can be compared speaker by speaker. A store per corpus.
SCORES = Contract(
    "scores",
    {
        "model": (("model",), None),
        "speaker": (("speaker",), None),
        "score": (("score",), None),  # its name carries the unit where it has one: "V0 error (%)"
        "formant": (("formant",), None),  # F1, F2, F3, mean; all: of no formant
        "direction": (("score",), None),  # forward, inverse, measurement
        "better": (("score",), "1"),  # 1 larger is better, -1 smaller is, 0 neither
        "asked": (("model", "score", "formant"), "1"),  # 1: has a row in the table
        "value": (("model", "speaker", "score", "formant"), "as named"),  # NaN: not applicable
        "null": (("speaker", "score", "formant"), "as named"),  # of an uninformed guess
        "ceiling": (("speaker", "score", "formant"), "as named"),  # of the truth itself
    },
    ("corpus",),
)
