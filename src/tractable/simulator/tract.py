"""What VocalTractLab says of a tract state: outlines, tube, response, poles, sound."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import vocaltractlab_cython as vtl
from jaxtyping import Complex, Float, Int
from vocaltractlab_cython import VocalTractLabApi as api

from tractable.contracts import BadInput
from tractable.simulator.anatomy import JD3, TRACT, Anatomy, reshape
from tractable.simulator.poles import Poles, poles_of

SAMPLE_RATE = 44_100  # Hz
FOSSA_LENGTH = 0.025  # m, piriform fossa of every anatomy: five equal sections, joined
FOSSA_VOLUME = 1.5e-6  # m3     before section 3 of the pharynx
SPECTRUM = 1024  # samples from 0 to the sample rate
HIGHEST = 6000.0  # Hz, of the response that poles are read from
#: Parameters of the geometric glottis: F0 [Hz], lung pressure [dPa], rest displacements [cm] ...
GLOTTIS = ("F0", "PR", "XB", "XT", "CA", "PL", "RA", "DP", "PS", "FL", "AS")

States = Float[np.ndarray, "state parameter"]


class Outlines(NamedTuple):
    """Midsagittal outlines [m], x towards the lips, y up; same number of points in every state."""

    upper: Float[np.ndarray, "state upper axis"]  # back wall from the glottis up, palate, upper lip
    lower: Float[np.ndarray, "state lower axis"]  # front of the larynx, floor, jaw, lower lip
    tongue: Float[np.ndarray, "state tongue axis"]  # root to under the tip
    epiglottis: Float[np.ndarray, "state epiglottis axis"]


class Tubes(NamedTuple):
    """Area functions, glottis first; what follows section_length is only needed for sound."""

    area: Float[np.ndarray, "state section"]  # m2
    section_length: Float[np.ndarray, "state section"]  # m
    articulator: Int[np.ndarray, "state section"]  # what makes the front wall, by number
    incisor: Float[np.ndarray, " state"]  # m, place of the teeth
    side_elevation: Float[np.ndarray, " state"]  # sides of the tongue tip, simulator's units
    velum_opening: Float[np.ndarray, " state"]  # m2


_loaded: list[Anatomy] = [JD3]  # what this process holds; importing the simulator loads JD3


def load(anatomy: Anatomy) -> None:
    """Make the simulator this speaker, unless it is already."""
    if _loaded == [anatomy]:
        return
    speaker = ElementTree.parse(vtl.speaker_path())
    reshape(speaker.getroot(), anatomy)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "anatomy.speaker"
        speaker.write(file)
        api._close()
        _loaded.clear()
        api._initialize(str(file))
    _loaded.append(anatomy)


def shapes(names: Sequence[str], anatomy: Anatomy) -> States:
    """Tract states of vowels ("a", "@") and consonants ("tt-alveolar-closure(a)").

    Raises
    ------
    BadInput : a name that the simulator does not have.
    """
    load(anatomy)
    return np.array([shape(name, "tract") for name in names])


def glottis_shapes(names: Sequence[str]) -> States:
    """Glottis states by name: "modal", "breathy", "stop", "voiceless-fricative" and others."""
    return np.array([shape(name, "glottis") for name in names])


def shape(name: str, kind: str) -> Float[np.ndarray, " parameter"]:
    try:
        return vtl.get_shape(name, kind)
    except vtl.VtlApiError as problem:
        raise BadInput(
            f"the simulator has no {kind} shape {name!r}; see its speaker file"
        ) from problem


def limits(anatomy: Anatomy) -> Float[np.ndarray, "parameter 2"]:
    """Least and greatest value of each tract parameter."""
    load(anatomy)
    return np.array([(p["min"], p["max"]) for p in vtl.get_param_info("tract")])


def each(function: Callable, states: States, anatomy: Anatomy) -> tuple[np.ndarray, ...]:
    """The function's arrays of every state, stacked; equal states are computed once."""
    if states.ndim != 2 or states.shape[1] != len(TRACT):
        raise BadInput(f"tract states of shape {states.shape}, expected (state, {len(TRACT)})")
    if not np.isfinite(states).all():
        raise BadInput(f"tract state {np.argwhere(~np.isfinite(states))[0, 0]} is not finite")
    load(anatomy)
    unique, which = np.unique(states, axis=0, return_inverse=True)
    columns = zip(*(function(state) for state in unique), strict=True)
    return tuple(np.array(column)[which.reshape(-1)] for column in columns)


def outlines(states: States, anatomy: Anatomy) -> Outlines:
    """Midsagittal outlines [m] of each state."""

    def one(state: np.ndarray) -> list[np.ndarray]:
        found = vtl.get_outlines(state)
        return [0.01 * found[name] for name in Outlines._fields]

    return Outlines(*each(one, states, anatomy))


def tubes(states: States, anatomy: Anatomy) -> Tubes:
    """Area functions of each state, glottis first."""

    def one(state: np.ndarray) -> tuple:
        tube = vtl.tract_state_to_tube_state(state)
        return (
            1e-4 * tube["tube_area"],
            1e-2 * tube["tube_length"],
            tube["tube_articulator"],
            1e-2 * tube["incisor_position"],
            tube["tongue_tip_side_elevation"],
            1e-4 * tube["velum_opening"],
        )

    return Tubes(*each(one, states, anatomy))


def frequencies() -> Float[np.ndarray, " frequency"]:
    """Where ``responses`` are given [Hz]."""
    every = np.arange(SPECTRUM) * SAMPLE_RATE / SPECTRUM
    return every[(every > 30) & (every < HIGHEST)]


def responses(
    states: States, anatomy: Anatomy, *, piriform: bool
) -> Complex[np.ndarray, "state frequency"]:
    """Flow at the lips over flow at the glottis, at ``frequencies()``.

    ``piriform`` says whether the side branch at the glottal end takes part.
    """

    def one(state: np.ndarray) -> list[np.ndarray]:
        found = vtl.tract_state_to_transfer_function(
            state, n_spectrum_samples=SPECTRUM, piriform_fossa=piriform
        )
        return [found["magnitude_spectrum"] * np.exp(1j * found["phase_spectrum"])]

    every = np.arange(SPECTRUM) * SAMPLE_RATE / SPECTRUM
    return each(one, states, anatomy)[0][:, (every > 30) & (every < HIGHEST)]


def poles(states: States, anatomy: Anatomy, *, piriform: bool, formants: int = 4) -> Poles:
    """Formants of the simulator's own transfer function: complex poles, not peaks."""
    found = responses(states, anatomy, piriform=piriform)
    return poles_of(found, frequencies(), formants=formants)


def sound(
    tube: Tubes, glottis: States, sample: Int[np.ndarray, " state"]
) -> Float[np.ndarray, " sample"]:
    """Sound pressure at 44.1 kHz while the tract passes through the tubes, linearly in time.

    Parameters
    ----------
    tube : at each instant.
    glottis : state of the geometric glottis at each instant, in the order of ``GLOTTIS``.
    sample : when each instant is, counted in samples; rising from 0.
    """
    if len(sample) == 0 or sample[0] != 0 or (np.diff(sample) <= 0).any():
        raise BadInput("the instants of a sound must rise from sample 0")
    vtl.synthesis_reset()
    vtl.set_fossa_dims(100 * FOSSA_LENGTH, 1e6 * FOSSA_VOLUME)
    parts = []
    for k, new in enumerate(np.diff(sample, prepend=0)):
        part = vtl.synthesis_add_tube(
            int(new),
            100 * tube.section_length[k],
            1e4 * tube.area[k],
            tube.articulator[k],
            100 * float(tube.incisor[k]),
            1e4 * float(tube.velum_opening[k]),
            float(tube.side_elevation[k]),
            glottis[k],
        )
        parts.append(part)
    return np.concatenate(parts)
