"""Who speaks: anatomy, face, voice and habits of each simulated speaker, and what they can say."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from tractable.contracts import BadInput
from tractable.imaging.anatomy import Head
from tractable.simulator import GLOTTIS, Anatomy, glottis_shapes, poles, shapes, tubes


class Speaker(NamedTuple):
    name: str
    sex: str
    anatomy: Anatomy
    head: Head
    fundamental: float  # Hz, mean of statements
    breathiness: float  # 0 pressed, 1/3 modal, 1 breathy
    pace: float  # durations relative to the ordinary
    pressure: float  # of the lungs [Pa]


#: Phones by what they are called in labels: the simulator's names.
VOWELS = {"a": "a", "e": "e", "i": "i", "o": "o", "u": "u", "y": "y", "E": "E:", "O": "O", "@": "@"}
PLACES = {
    "ll-labial-closure": "pb",
    "tt-alveolar-closure": "td",
    "tb-velar-closure": "kg",
    "ll-dental-fricative": "fv",
    "tt-alveolar-fricative": "sz",
    "tt-postalveolar-fricative": "SZ",
}
CONSONANTS = {phone: place for place, phones in PLACES.items() for phone in phones}
STOPS = "pbtdkg"
VOICELESS = "ptkfsS"
#: Vowel whose consonant shapes a vowel shares.
CONTEXT = {"a": "a", "E": "a", "O": "a", "@": "a", "e": "i", "i": "i", "y": "i", "o": "u", "u": "u"}
CLOSED = 1e-7  # m2: a tract narrower than this lets no sound through


def speaker_named(name: str, speakers: Mapping[str, Mapping[str, Any]]) -> Speaker:
    """A speaker from the parameters.

    Raises
    ------
    BadInput : no such speaker, or a proportion missing or misspelt.
    """
    if name not in speakers:
        raise BadInput(
            f"speaker {name!r} is listed in params.yaml: corpora but not described in "
            f"phantom: speakers, which has {', '.join(speakers)}"
        )
    described = dict(speakers[name])
    try:
        anatomy = Anatomy(**described.pop("anatomy"))
        return Speaker(name=name, anatomy=anatomy, head=Head(**described.pop("head")), **described)
    except (KeyError, TypeError) as problem:
        raise BadInput(f"params.yaml: phantom: speakers: {name}: {problem}") from problem


def vowel_targets(speaker: Speaker) -> dict[str, Float[np.ndarray, " parameter"]]:
    """Tract state of each vowel."""
    return dict(zip(VOWELS, shapes(list(VOWELS.values()), speaker.anatomy), strict=True))


def consonant_targets(
    speaker: Speaker,
) -> dict[tuple[str, str], Float[np.ndarray, " parameter"]]:
    """Tract state of each consonant beside each kind of vowel: (phone, "a") and so on."""
    names = [(phone, beside) for phone in CONSONANTS for beside in "aiu"]
    states = shapes([f"{CONSONANTS[phone]}({beside})" for phone, beside in names], speaker.anatomy)
    return dict(zip(names, states, strict=True))


def glottis_targets(speaker: Speaker) -> dict[str, Float[np.ndarray, " parameter"]]:
    """Glottis state of each phone and of silence (""), at the speaker's mean pitch."""
    pressed, breathy, devoiced = glottis_shapes(["pressed", "breathy", "voiceless-fricative"])
    voiced = pressed + speaker.breathiness * (breathy - pressed)
    quiet = devoiced.copy()
    pressure, pitch = GLOTTIS.index("PR"), GLOTTIS.index("F0")
    for state in (voiced, devoiced, quiet):
        state[pitch], state[pressure] = speaker.fundamental, 10 * speaker.pressure
    quiet[pressure] = 0.0
    states = {phone: voiced for phone in (*VOWELS, *CONSONANTS)}
    return states | dict.fromkeys(VOICELESS, devoiced) | {"": quiet}


def check(speaker: Speaker, *, least_vowel_distance: float) -> None:
    """Refuse an anatomy in which vowels fall together or consonants are not what they are called.

    ``least_vowel_distance`` is the distance between two vowels in (ln F1, ln F2, ln F3).
    """
    states = np.array(list(vowel_targets(speaker).values()))
    formants = np.log(poles(states, speaker.anatomy, piriform=True, formants=3).frequency)
    for (one, a), (other, b) in combinations(zip(VOWELS, formants, strict=True), 2):
        if not np.linalg.norm(a - b) >= least_vowel_distance:
            raise BadInput(
                f"speaker {speaker.name}: /{one}/ and /{other}/ are {np.linalg.norm(a - b):.3f} "
                f"apart in ln F1-F3, expected at least {least_vowel_distance}; change the anatomy"
            )
    targets = consonant_targets(speaker)
    narrowest = tubes(np.array(list(targets.values())), speaker.anatomy).area.min(1)
    for (phone, beside), area in zip(targets, narrowest, strict=True):
        if (phone in STOPS) != (area < CLOSED) or area > 3e-5:
            raise BadInput(
                f"speaker {speaker.name}: /{phone}/ beside /{beside}/ leaves {1e4 * area:.3f} cm2; "
                "expected 0 of a stop, up to 0.3 cm2 of a fricative; change the anatomy"
            )
