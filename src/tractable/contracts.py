"""What every store on disk promises: its variables, their dims, the unit and the meaning of each.

Text (phones, reasons, names) has no unit and is written ``None``. A variable ending in ``?`` is
optional. ``reports/data.html`` shows all of it.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr

Promise = tuple[tuple[str, ...], str | None, str]  # dims, unit, meaning


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
    """A noun's store: what it holds, what every variable is, and the attributes it carries."""

    noun: str
    about: str
    variables: dict[str, Promise]
    attributes: tuple[str, ...] = ("corpus", "speaker")

    def check(self, data: xr.Dataset) -> xr.Dataset:
        """Return ``data`` untouched, or name every broken promise at once."""
        lacking = [name for name in self.attributes if name not in data.attrs]
        broken = [f"{name}: no such attribute" for name in lacking]
        for name, (dims, unit, _) in self.variables.items():
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
        dims, unit, _ = promises[name]
        parts[name] = xr.Variable(dims, values, {} if unit is None else {"units": unit})
    coordinates = {name for name, part in parts.items() if part.dims == (name,)}
    coordinates |= {name for name in ("clip_of", "phone") if name in parts}
    data = xr.Dataset(
        {name: part for name, part in parts.items() if name not in coordinates},
        {name: part for name, part in parts.items() if name in coordinates},
        attributes,
    )
    return contract.check(data)


#: What an attribute of a store says, and its unit.
ATTRIBUTES: dict[str, tuple[str | None, str]] = {
    "corpus": (None, "its name in params.yaml"),
    "speaker": (None, "the name that the corpus gives them"),
    "pixel_spacing": ("m", "side of a pixel"),
    "frame_rate": ("Hz", "of the pictures"),
    "sample_rate": ("Hz", "of the sound"),
    "ceiling": ("Hz", "below which five formants were sought, chosen for the speaker"),
    "mel_bands": ("1", "triangular filters of the cepstrum, evenly spaced in mel"),
    "mel_lowest": ("Hz", "where the first of them begins"),
    "mel_highest": ("Hz", "where the last of them ends"),
    "step": ("m", "by which a region was made wider and narrower"),
    "floor": ("m", "cross-distance that narrowing does not pass"),
    "ends": ("1", "share of tract length that is its larynx, and its lips"),
    "neutral_length": ("m", "tract length of the neutral shape, likewise a geometric mean"),
}

#: Stands in the source of a clip's labels before words of its prompt that may not have been said.
HARDLY_HEARD = "hardly heard: "

#: The clock that every store of a speaker shares: frame centres, clips laid end to end.
CLOCK: dict[str, Promise] = {
    "time": (("time",), "s", "centre of the frame, clips laid end to end"),
    "clip_of": (("time",), "1", "index of the clip that a frame belongs to"),
    "phone": (("time",), None, 'label of the frame, "" where there is none'),
}
PLACE: dict[str, Promise] = {
    "place": (("place",), "1", "x / L along the midline, 0 at the glottis, 1 at the lips")
}
FORMANT: dict[str, Promise] = {"formant": (("formant",), "1", "1, 2, 3 ...")}
PIXELS: dict[str, Promise] = {
    "x": (("x",), "m", "to the right, from the centre of the top left pixel"),
    "y": (("y",), "m", "down, from the centre of the top left pixel"),
}

RECORDINGS = Contract(
    "recordings",
    "Pictures, sound and labels of a speaker on one clock.",
    {
        **CLOCK,
        **PIXELS,
        "frames": (("time", "y", "x"), "1", "grey levels, 0 to 255"),
        "sample": (("sample",), "s", "time of a sample of the sound"),
        "sound": (("sample",), "1", "pressure, -1 to 1"),
        "clip": (("clip",), "1", "index of a clip"),
        "clip_name": (("clip",), None, "name of its files"),
        "sound_state": (("clip",), None, '"" fine, or what is wrong: "no sound", "short by ... s"'),
        "audio_lag": (
            ("clip",),
            "s",
            "sound behind the pictures, by what each says of the other; NaN: unknown",
        ),
        "audio_lag_sd": (
            ("clip",),
            "s",
            "standard deviation of the lag, 1.96 of it to either side for 95 %",
        ),
        "own_label?": (
            ("time",),
            None,
            "label of the frame in the corpus's own words, where these are not SAMPA, as phone is",
        ),
        "header_rate?": (
            ("clip",),
            "Hz",
            "of frames by the clip's file, where one says another than params.yaml, which counts",
        ),
        "label_source?": (
            ("clip",),
            None,
            "of a corpus with prompts: TextGrid, hand labels, aligned (and words hardly heard), "
            '"" none, or why the prompt was refused',
        ),
        "phone_confidence?": (
            ("time",),
            "1",
            "probability that both ends of an aligned phone are where they are said to be, to the "
            "tolerance of params.yaml; 1 by hand; NaN: no label",
        ),
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

AXIS: dict[str, Promise] = {
    "axis": (("axis",), None, "x to the right, y down, from the centre of the top left pixel")
}
BOUNDARY: dict[str, Promise] = {
    **AXIS,
    "tissue": (
        ("tissue",),
        None,
        "upper: skin of the face, lip, palate, velum to its tip; lower: from under the chin, lip, "
        "tongue, epiglottis, to the glottis; wall: from the velum to the glottis",
    ),
    "boundary": (
        ("time", "tissue", "point", "axis"),
        "m",
        "open curves where air meets tissue, lips to glottis; NaN between pieces and at the end",
    ),
    "articulator": (
        ("time", "tissue", "point"),
        "1",
        "1 + index in articulator_name of what a point belongs to, 0: no point; skin before the "
        "foremost point of a lip is face, and no wall of the tract",
    ),
    "articulator_name": (("articulator_name",), None, "what the points of boundaries belong to"),
}

CONTOURS = Contract(
    "contours",
    "Air-tissue boundaries of every frame, how far they may be off, and how narrow the tract is.",
    {
        **CLOCK,
        **BOUNDARY,
        **PIXELS,
        "boundary_sd": (
            ("time", "tissue", "point"),
            "m",
            "standard deviation across the curve, 1.645 of it to either side for nine tenths; NaN "
            "on the face",
        ),
        "uncertainty": (
            ("time",),
            "m",
            "root mean square of boundary_sd between lips and glottis",
        ),
        "constriction": (("constriction",), None, "lips, alveolar, velar, velopharyngeal"),
        "constriction_degree": (
            ("time", "constriction"),
            "m",
            "least width of the air there; NaN where an articulator was not found",
        ),
        "constriction_point": (("time", "constriction", "axis"), "m", "where that is"),
        "closed": (
            ("time", "constriction"),
            "1",
            "1: narrower than what counts as closed; never where it was not found",
        ),
        "tissue_map": (
            ("time", "y", "x"),
            "1",
            "0 air that is no tract, 1 airway, 2 lower, 3 upper, 4 wall, 5 rest of the head",
        ),
        "refused": (
            ("time",),
            None,
            'why a frame should not be used, "" where it may; it has all else the same',
        ),
        "facing?": (("time",), None, 'the head: left, right, "" where neither shows a head'),
    },
    ("corpus", "speaker", "pixel_spacing", "frame_rate"),
)

SHAPE: dict[str, Promise] = {
    **PLACE,
    "distance": (("time", "place"), "m", "midsagittal cross-distance"),
    "tract_length": (("time",), "m", "glottis to lips along the midline"),
}

AREAS = Contract(
    "areas",
    "Cross-distances, tract length and area functions, glottis first.",
    {
        **CLOCK,
        **SHAPE,
        **AXIS,
        "area": (("time", "place"), "m2", "alpha distance^beta, by the published law"),
        "distance_sd": (("time", "place"), "m", "what the contours' uncertainty makes of it"),
        "area_sd": (("time", "place"), "m2", "what the contours' uncertainty makes of it"),
        "tract_length_sd": (("time",), "m", "what the contours' uncertainty makes of it"),
        "midline": (("time", "place", "axis"), "m", "glottis to lips, in the frame"),
        "refused": (("time",), None, 'why there is no shape, "" where there is one'),
    },
    ("corpus", "speaker", "frame_rate"),
)

FORMANTS = Contract(
    "formants",
    "Formants that can be trusted, voicing and cepstra, as heard.",
    {
        **CLOCK,
        **FORMANT,
        "frequency": (("time", "formant"), "Hz", "NaN where it cannot be trusted"),
        "frequency_sd": (("time", "formant"), "Hz", "standard deviation of the frequency"),
        "bandwidth": (("time", "formant"), "Hz", "-3 dB width"),
        "reason": (("time", "formant"), None, 'why a value is masked, "" where it is not'),
        "fundamental": (("time",), "Hz", "F0, NaN where unvoiced"),
        "intensity": (("time",), "dB", "loudness of the sound"),
        "voiced": (("time",), "1", "1 where the voice sounds"),
        "coefficient": (("coefficient",), "1", "index of a coefficient of the cepstrum"),
        "cepstrum": (("time", "coefficient"), "1", "mel-frequency cepstral coefficients"),
    },
    ("corpus", "speaker", "frame_rate", "ceiling", "mel_bands", "mel_lowest", "mel_highest"),
)

THEORY = Contract(
    "theory",
    "What acoustics says of every measured shape.",
    {
        **CLOCK,
        **FORMANT,
        **PLACE,
        "cavity": (("cavity",), None, "back, constriction, front"),
        "frequency": (("time", "formant"), "Hz", "resonance of the tube"),
        "frequency_sd": (("time", "formant"), "Hz", "what the shape's uncertainty makes of it"),
        "bandwidth": (("time", "formant"), "Hz", "-3 dB width"),
        "sensitivity": (("time", "formant", "place"), "1", "dlnF/dlnA"),
        "length_sensitivity": (("time", "formant", "place"), "1", "dlnF/dln(section length)"),
        "edge": (("edge",), "1", "index of an end of the constriction"),
        "cavity_edge": (("time", "edge"), "1", "x / L of the constriction's two ends; NaN: none"),
        "cavity_share": (("time", "cavity"), "1", "of tract length; NaN: none clear"),
        "affiliation": (("time", "formant", "cavity"), "1", "shares that sum to 1"),
    },
)

#: What the simulator knows of a phantom speaker; only ``scores`` may read it.
TRUTH = Contract(
    "truth",
    "What the simulator knows of a phantom speaker; only scores may read it.",
    {
        **CLOCK,
        **BOUNDARY,
        **SHAPE,
        **FORMANT,
        "section": (("section",), "1", "index of a section of the simulator's tube, glottis first"),
        "area": (("time", "section"), "m2", "of the simulator's tube"),
        "section_length": (("time", "section"), "m", "of the simulator's tube"),
        "frequency": (("time", "formant"), "Hz", "poles of the simulator's transfer function"),
        "bandwidth": (("time", "formant"), "Hz", "of those poles"),
        "voiced": (("time",), "1", "1 where the voice sounds"),
        # Directional sensitivities by finite differences of the simulator itself, on a subsample.
        "exam": (("exam",), "s", "times of the frames in which the simulator was moved"),
        "parameter": (("parameter",), None, "tract parameter that was moved"),
        "exam_formant_change": (("exam", "parameter", "formant"), "1", "d ln F"),
        "exam_area_change": (("exam", "parameter", "section"), "1", "d ln A"),
        "exam_length_change": (("exam", "parameter", "section"), "1", "d ln(section length)"),
    },
    ("corpus", "speaker", "frame_rate"),
)

DYNAMICS = Contract(
    "dynamics",
    "Gestures from plateau to plateau, and the noise of what moves.",
    {
        "gesture": (("gesture",), "1", "index of a gesture"),
        "frame": (("frame",), "s", "of a frame since the first one of its window"),
        "trajectory": (("gesture", "frame"), "m", "what moves; NaN in gaps and after the window"),
        "trajectory_sd": (("gesture", "frame"), "m", "as the contours have it; NaN: unknown"),
        "contact": (
            ("gesture", "frame"),
            "1",
            "1: articulators touch, and what is measured is no movement",
        ),
        **FORMANT,
        "frequency": (("gesture", "frame", "formant"), "Hz", "heard meanwhile; NaN: not trusted"),
        "frequency_sd": (("gesture", "frame", "formant"), "Hz", "standard deviation of it"),
        "moves": (("gesture",), None, "variable that the gesture is one of"),
        "direction": (("gesture",), None, "closing, opening, forward, backward ..."),
        "begin": (("gesture",), "s", "time of the first frame of its window"),
        "clip_of_gesture": (("gesture",), "1", "index of the clip that it belongs to"),
        "start": (("gesture",), "s", "since begin: speed has risen to a share of its peak; early"),
        "peak": (("gesture",), "s", "since begin: of the smoothed speed"),
        "end": (("gesture",), "s", "since begin: speed has fallen to that share"),
        "amplitude": (("gesture",), "m", "signed, from plateau to plateau"),
        "peak_velocity": (("gesture",), "m/s", "signed, smoothed: too low"),
        "phone_before": (("gesture",), None, "label where it starts"),
        "phone_after": (("gesture",), None, "label where it ends"),
        "variable": (("variable",), None, "what may move: a constriction's degree, place ..."),
        "lag": (("lag",), "s", "0, 1, 2 ... frames"),
        "noise_autocovariance": (
            ("variable", "lag"),
            "m2",
            "of plateaus, an autoregression of as many coefficients as there are lags but 0; NaN: "
            "no plateau",
        ),
        "plateaus": (("variable",), "1", "stretches that the noise was measured on"),
        "reason": (("reason",), None, "why a movement is left out"),
        "excluded": (("variable", "reason"), "1", "movements left out"),
    },
    ("corpus", "speaker", "frame_rate"),
)

FOLDS = Contract(
    "folds",
    "Which frames train and which test.",
    {
        **CLOCK,
        "fold": (("fold",), "1", "index of a split"),
        "role": (("fold", "time"), None, 'train, test, "" left out (guard gap)'),
    },
)

PREDICTIONS = Contract(
    "predictions",
    "What each model says about frames that it never saw.",
    {
        **CLOCK,
        **FORMANT,
        **PLACE,
        "model": (("model",), None, "shape to sound, or picture to sound"),
        "frequency": (
            ("model", "time", "formant"),
            "Hz",
            "NaN where the frame was not held out",
        ),
        "log_frequency_sd": (
            ("model", "time", "formant"),
            "1",
            "standard deviation of ln F, 1.645 of it to either side for nine tenths; NaN: unknown",
        ),
        "bandwidth": (("model", "time", "formant"), "Hz", "-3 dB width; NaN: it has none"),
        "coefficient": (("coefficient",), "1", "index of a coefficient of the cepstrum, from 1"),
        "cepstrum": (
            ("model", "time", "coefficient"),
            "1",
            "mel-frequency cepstral coefficients of the spectral envelope; NaN: it has none",
        ),
        "residual": (
            ("model", "time", "formant"),
            "1",
            "ln F beyond the model's own tube; NaN: it has none",
        ),
        "inverse_model": (("inverse_model",), None, "sound to shape"),
        "distance": (("inverse_model", "time", "place"), "m", "midsagittal cross-distance"),
        "log_distance_sd": (
            ("inverse_model", "time", "place"),
            "1",
            "standard deviation of ln d, 1.645 of it to either side for nine tenths; NaN: unknown",
        ),
        "area": (
            ("inverse_model", "time", "place"),
            "m2",
            "area function of the model's own tube; NaN: it has none",
        ),
        "tract_length": (("inverse_model", "time"), "m", "glottis to lips along the midline"),
        "log_length_sd": (("inverse_model", "time"), "1", "standard deviation of ln L"),
        "part?": (("part",), "1", "index of what makes places err together, from 1"),
        "log_distance_together?": (
            ("inverse_model", "time", "part", "place"),
            "1",
            "by how much ln d errs with one standard deviation of a part; what `log_distance_sd` "
            "has beyond all parts, each place has to itself; NaN: not known",
        ),
    },
)

EXPLANATIONS = Contract(
    "explanations",
    "What each model depends on, in some frames that it never saw.",
    {
        **FORMANT,
        **PLACE,
        "model": (("model",), None, "shape to sound"),
        "frame": (("frame",), "s", "times of the explained frames, a declared subsample"),
        "region": (("region",), "1", "x / L, centre of a region that is widened or narrowed"),
        "cavity": (("cavity",), None, "back, constriction, front"),
        "distance_sensitivity": (("model", "frame", "formant", "place"), "1", "dlnF/dlnd"),
        "stretch_sensitivity": (("model", "frame", "formant"), "1", "dlnF/dlnL, d held"),
        "tube_distance_sensitivity": (
            ("model", "frame", "formant", "place"),
            "1",
            "dlnF/dlnd of the model's own tube; NaN: it has none",
        ),
        "tube_stretch_sensitivity": (
            ("model", "frame", "formant"),
            "1",
            "dlnF/dlnL of the model's own tube; NaN: it has none",
        ),
        "bend": (
            ("model", "frame", "place"),
            "1",
            "ln A that the shape as a whole adds to a law by place; NaN: the model has no tube",
        ),
        "bend_distance_sensitivity": (
            ("model", "frame", "formant", "place"),
            "1",
            "the part of `tube_distance_sensitivity` that comes by the bend; NaN: no tube",
        ),
        "fold": (("fold",), "1", "index of a split"),
        "fold_sensitivity": (
            ("model", "frame", "fold", "formant", "place"),
            "1",
            "dlnF/dlnd by the model of every fold; NaN in frames that were not asked",
        ),
        "twin_sensitivity": (
            ("model", "frame", "formant", "place"),
            "1",
            "dlnF/dlnd by a model fitted with other random numbers; NaN as above, or no such model",
        ),
        "widened": (("model", "frame", "formant", "region"), "1", "change of ln F by +1 step"),
        "narrowed": (("model", "frame", "formant", "region"), "1", "change of ln F by -1 step"),
        "cavity_sensitivity": (
            ("model", "frame", "formant", "cavity"),
            "1",
            "-dlnF/dln(length of the cavity)",
        ),
        "end": (("end",), None, "of the tract: larynx, lips"),
        "end_sensitivity": (
            ("model", "frame", "formant", "end"),
            "1",
            "-dlnF/dln(length of the end)",
        ),
        "sweep?": (
            ("sweep",),
            "1",
            "x / L, middle of a constriction that moves along the neutral shape",
        ),
        "swept_distance?": (("sweep", "place"), "m", "the neutral shape with that constriction"),
        "swept_frequency?": (
            ("model", "sweep", "formant"),
            "Hz",
            "of those shapes, of the neutral length; mean of ln F over folds",
        ),
        "neutral_distance": (
            ("place",),
            "m",
            "the speaker's neutral shape, geometric mean of all that were not refused",
        ),
        "explainer": (("explainer",), None, "integrated_gradients, gradient_shap, occlusion"),
        "attribution": (
            ("model", "frame", "explainer", "formant", "place"),
            "1",
            "ln F that d at a place adds to the neutral shape's; NaN in frames that were not asked",
        ),
        "length_attribution": (
            ("model", "frame", "explainer", "formant"),
            "1",
            "the same of tract length; NaN as above",
        ),
        "departure": (
            ("model", "frame", "formant"),
            "1",
            "ln F less that of the neutral shape: integrated gradients sum to it; NaN as above",
        ),
        "set": (("set",), "1", "index of a random half of the tract"),
        "returned": (("set", "place"), "1", "share of a place that is in it"),
        "return_change": (
            ("model", "frame", "formant", "set"),
            "1",
            "change of ln F when these places return to the neutral shape; NaN as above",
        ),
        "picture_model?": (("picture_model",), None, "picture to sound"),
        "picture_attribution?": (
            ("frame", "picture_model", "explainer", "formant", "place"),
            "1",
            "ln F that pixels near a place of the midline add to the mean picture's; NaN in frames "
            "that were not asked",
        ),
        "picture_rest?": (
            ("frame", "picture_model", "explainer", "formant"),
            "1",
            "the same of pixels that are near no place",
        ),
        "picture_off_tract?": (
            ("frame", "picture_model", "formant"),
            "1",
            "their share of the squares of what all pixels add, by integrated gradients",
        ),
        "picture_departure?": (
            ("frame", "picture_model", "formant"),
            "1",
            "ln F less that of the speaker's mean picture: integrated gradients sum to it",
        ),
        "picture_motion?": (
            ("frame", "place"),
            "1",
            "share of the picture's squared difference from the mean that is near a place",
        ),
        "inverse_model?": (("inverse_model",), None, "sound to shape"),
        "redrawn_distance?": (
            ("inverse_model", "frame", "formant", "place"),
            "1",
            "change of the drawn ln d by ln F of a formant that is raised in the sound; NaN: it or "
            "its bandwidth is not known",
        ),
        "redrawn_length?": (
            ("inverse_model", "frame", "formant"),
            "1",
            "the same of the drawn ln L",
        ),
        "layer?": (("layer",), None, "of a network: its model, a stroke, its name there"),
        "network?": (("layer",), None, "the model that it is a layer of"),
        "represented?": (
            ("fold", "layer", "frame", "unit"),
            "1",
            "what the layer's units hold in every frame, those that train the fold and those that "
            "it holds out; NaN: the layer has no more units",
        ),
        "cascade?": (("cascade",), "1", "layers with random weights, from the output's on"),
        "cascade_sensitivity?": (
            ("model", "cascade", "frame", "formant", "place"),
            "1",
            "dlnF/dlnd of a network so many of whose layers are random; NaN: it has no more "
            "layers, is no network, or was not asked about the frame",
        ),
    },
    ("corpus", "speaker", "step", "floor", "ends", "neutral_length"),
)

EFFICIENCY = Contract(
    "efficiency",
    "What models that learnt from less say about frames that they never saw.",
    {
        **CLOCK,
        **FORMANT,
        **PLACE,
        "amount": (("amount",), None, "what taught them: a share of the data, or one speaker"),
        "share": (
            ("amount",),
            "1",
            "of every training speaker's frames; NaN: all frames of one of them",
        ),
        "training_frames": (
            ("amount",),
            "1",
            "how many taught, mean over the folds that hold this speaker out",
        ),
        "model": (("model",), None, "shape to sound"),
        "frame": (("frame",), "s", "times of the explained frames, a declared subsample"),
        "frequency": (
            ("amount", "model", "time", "formant"),
            "Hz",
            "NaN where the frame was not held out",
        ),
        "distance_sensitivity": (
            ("amount", "model", "frame", "formant", "place"),
            "1",
            "dlnF/dlnd",
        ),
    },
)

#: Per speaker, so that models can be compared speaker by speaker. A store per corpus.
SCORES = Contract(
    "scores",
    "Every score of every speaker of a corpus, and accuracy and skill by amount of data; where the "
    "truth is known, also where measuring errs and how often its intervals hold the truth.",
    {
        "model": (("model",), None, "or what else has a score"),
        "speaker": (("speaker",), None, "the name that the corpus gives them"),
        "score": (("score",), None, 'its name has the unit where there is one: "V0 error (%)"'),
        "formant": (("formant",), None, "F1, F2, F3, mean; all: of no formant"),
        "direction": (("score",), None, "forward, efficiency, inverse, measurement"),
        "better": (("score",), "1", "1 larger is better, -1 smaller is, 0 neither"),
        "asked": (("model", "score", "formant"), "1", "1: has a row in the table"),
        "value": (("model", "speaker", "score", "formant"), "as named", "NaN: not applicable"),
        "null": (("speaker", "score", "formant"), "as named", "of an uninformed guess"),
        "ceiling": (("speaker", "score", "formant"), "as named", "of the truth itself"),
        "held_out_fold?": (
            ("speaker",),
            "1",
            "fold whose models never heard the speaker, nor the others that it tests; -1: of a "
            "corpus of one speaker, who is tested in parts",
        ),
        "phone?": (("phone",), None, "label of frames, as the corpus has it"),
        "phone_error?": (
            ("model", "speaker", "phone"),
            "1",
            "mean abs(dF)/F of F1 to F3 in its frames; NaN: too few, or no such model",
        ),
        "phone_shape_error?": (
            ("model", "speaker", "phone"),
            "m",
            "root mean square error of cross-distances in its frames; NaN: as above",
        ),
        "other_model?": (("other_model",), None, "models that have a map of sensitivities"),
        "map_agreement?": (
            ("model", "speaker", "other_model"),
            "1",
            "cosine of the angle between two maps in the natural metric, mean over F1 to F3; of a "
            "model with itself, agreement over folds",
        ),
        "explained_phone?": (("explained_phone",), None, "label of explained frames"),
        "ordering_tau?": (
            ("model", "speaker", "explained_phone"),
            "1",
            "Kendall's tau of what regions do to F1 to F3 in its frames; NaN: as above",
        ),
        "sweep?": (("sweep",), "1", "x / L, middle of a constriction in the neutral shape"),
        "nomogram?": (
            ("model", "speaker", "sweep", "formant"),
            "Hz",
            "formants of that shape; NaN: no such model, or not applicable",
        ),
        "place?": PLACE["place"],
        "distance_error?": (("speaker", "place"), "m", "mean of measured less true distance"),
        "absolute_distance_error?": (("speaker", "place"), "m", "mean of its size"),
        "area_error?": (
            ("speaker", "place"),
            "1",
            "mean size of ln(measured area / area of the true distance by the same law)",
        ),
        "true_exponent?": (
            ("speaker", "place"),
            "1",
            "beta of the simulator's A = A_1 (d / 1 cm)^beta, by least squares of ln A on ln d",
        ),
        "true_scale?": (("speaker", "place"), "m2", "A_1 of that law, its area at 1 cm"),
        "true_usual_distance?": (("speaker", "place"), "m", "geometric mean of true distances"),
        "true_length_gain?": (
            ("speaker",),
            "1",
            "length of the simulator's tube over measured tract length, geometric mean",
        ),
        "articulator?": (("articulator",), None, "what the points of boundaries belong to"),
        "boundary_error?": (
            ("speaker", "articulator"),
            "m",
            "mean distance of its points to the true boundary",
        ),
        "atlas_tube?": (("atlas_tube",), None, "tube whose formants are held against known ones"),
        "atlas_phone?": (("atlas_phone",), None, "label of frames, all that anybody has"),
        "atlas_place?": (
            ("atlas_place",),
            "1",
            "x / L, middle of a part of the tract with the constriction; NaN: none is clear",
        ),
        "atlas_mean?": (
            ("speaker", "atlas_tube", "atlas_phone", "atlas_place", "formant"),
            "1",
            "mean of ln(F of the tube / F) less the tube's level",
        ),
        "atlas_rms?": (
            ("speaker", "atlas_tube", "atlas_phone", "atlas_place", "formant"),
            "1",
            "root mean square of the same",
        ),
        "atlas_frames?": (
            ("speaker", "atlas_tube", "atlas_phone", "atlas_place", "formant"),
            "1",
            "how many frames these are of",
        ),
        "atlas_level?": (
            ("speaker", "atlas_tube", "formant"),
            "1",
            "mean of ln(F of the tube / F) over all scored frames of a speaker",
        ),
        "nominal?": (("nominal",), "1", "share that an interval should hold, were errors normal"),
        "quantity?": (("quantity",), None, "boundary, distance, tract length, F1, F2, F3"),
        "coverage?": (
            ("speaker", "quantity", "nominal"),
            "1",
            "share of true values that the interval holds",
        ),
        "amount?": (("amount",), None, "what taught the models, all the data last"),
        "share?": (("amount",), "1", "of the training frames; NaN: all of one training speaker"),
        "training_frames?": (("speaker", "amount"), "1", "how many; NaN where that is not told"),
        "learner?": (("learner",), None, "models that learnt from every amount"),
        "efficiency_error?": (
            ("speaker", "amount", "learner", "formant"),
            "%",
            "V0 error of formants",
        ),
        "efficiency_skill?": (("speaker", "amount", "learner", "formant"), "1", "V1 natural skill"),
        "layer?": (("layer",), None, "of a network: model, stroke, layer; input: the shape itself"),
        "network?": (("layer",), None, "the model that it is a layer of"),
        "target?": (("target",), None, "what a linear probe is to read off a layer"),
        "probed?": (
            ("layer", "speaker", "target"),
            "1",
            "R2 of the probe on speakers that it never saw, about the mean of training speakers",
        ),
        "probe_control?": (
            ("layer", "speaker", "target"),
            "1",
            "the same of a probe that is taught, and asked, other frames of the same speaker",
        ),
        "other?": (("other",), None, "a layer, or physics: areas, sensitivities"),
        "likeness?": (
            ("layer", "other"),
            "1",
            "linear CKA of what two layers hold, debiased, mean over folds",
        ),
        "cascade?": (("cascade",), "1", "layers with random weights, from the output's on"),
        "cascade_skill?": (
            ("model", "speaker", "cascade"),
            "1",
            "V1 natural skill, mean of F1 to F3, of a network so many of whose layers are random",
        ),
        "cascade_agreement?": (
            ("model", "speaker", "cascade"),
            "1",
            "cosine of its sensitivities to those that it had learnt, likewise",
        ),
    },
    ("corpus",),
)

#: In the order in which data flow.
CONTRACTS = (
    RECORDINGS,
    CONTOURS,
    AREAS,
    FORMANTS,
    THEORY,
    TRUTH,
    DYNAMICS,
    FOLDS,
    PREDICTIONS,
    EXPLANATIONS,
    EFFICIENCY,
    SCORES,
)
