"""What each model depends on, on held-out frames: Jacobians, interventions, affiliations, and
attributions of what a shape does to formants beside the speaker's neutral one; nomograms, of a
constriction that moves along that; what inverse models draw when a formant is raised; and what is
inside networks.
"""

from functools import partial
from typing import Annotated, Any

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from tractable.contracts import EXPLANATIONS, described
from tractable.explanations.attributions import EXPLAINERS, Attributing
from tractable.explanations.cavities import cavity_sensitivity
from tractable.explanations.interventions import effect
from tractable.explanations.layers import Inside
from tractable.explanations.nomograms import Sweep
from tractable.explanations.pixels import seen
from tractable.explanations.redrawn import Raising
from tractable.explanations.stability import repeated
from tractable.explanations.subject import Subject
from tractable.models.asking import Shelf, by_fold
from tractable.models.examples import Measured
from tractable.models.hearing import held, jacobian
from tractable.models.model import Model

Array = np.ndarray
ENDS = ("larynx", "lips")


def explained(
    areas: xr.Dataset,
    formants: xr.Dataset,
    theory: xr.Dataset,
    folds: xr.Dataset,
    recordings: xr.Dataset,
    shelf: Shelf,
    *,
    frames: int,
    regions: int,
    step: float,
    floor: float,
    stretch: float,
    ends: float,
    repeated_frames: int,
    attribution: Annotated[dict[str, Any], Attributing],
    reach: float,
    raising: Annotated[dict[str, float], Raising],
    nomogram: Annotated[dict[str, Any], Sweep],
    inside: Annotated[dict[str, int], Inside],
) -> xr.Dataset:
    """What the formants of every model of sound depend on, by the model of the tested fold.

    Parameters
    ----------
    frames : of each speaker that are asked about, evenly spread over the held-out ones that have a
        shape and a formant that can be trusted.
    regions : equal parts of the tract that are made wider and narrower.
    step : by how much [m].
    floor : cross-distance that narrowing does not pass [m].
    stretch : share by which a cavity, or an end of the tract, is made longer and shorter.
    ends : share of the tract's length that is its larynx, and its lips.
    repeated_frames : of those, evenly spread, about which the models of all folds are asked.
    attribution : options of `attributions.Attributing`.
    reach : from the midline, beyond which a pixel is near no place [m].
    raising : options of `redrawn.Raising`.
    nomogram : options of `nomograms.Sweep`.
    inside : options of `layers.Inside`.

    Raises
    ------
    BadInput : no held-out frame has a shape and a formant that can be trusted.
    """
    measured = Measured(areas, formants, recordings)
    subject = Subject.of(shelf, measured, theory, folds, frames)
    how, sweep = Attributing(**attribution), Sweep(**nomogram)
    returned = how.returned(regions, areas.sizes["place"])
    ask = partial(asked, regions=regions, step=step, floor=floor, stretch=stretch, ends=ends)
    answers = [
        by_fold(shelf, name, subject.fold, (*subject.given(name), subject.edges), ask)
        | how.answers(subject, name, returned)
        | repeated(subject, name, frames=repeated_frames)
        | sweep.answers(subject, name)
        for name in subject.windows
    ]
    coordinates = {
        "model": np.array(list(subject.windows), dtype=str),
        "frame": areas.time.values[subject.frames],
        "formant": 1 + np.arange(shelf.examples["count"]),
        "place": areas.place.values,
        "region": (np.arange(regions) + 0.5) / regions,
        "cavity": theory.cavity.values,
        "end": np.array(ENDS),
        "fold": np.arange(shelf.folds),
        "sweep": sweep.middles(),
        "swept_distance": np.exp(sweep.shapes(subject.neutral)[:, :-1]),
        "explainer": np.array(EXPLAINERS),
        "neutral_distance": np.exp(subject.neutral[:-1]),
        "set": np.arange(len(returned)),
        "returned": returned,
    }
    parts = {name: np.stack([answer[name] for answer in answers]) for name in answers[0]}
    parts |= seen(subject, how, reach=reach)
    parts |= Raising(**raising).answers(subject)
    parts |= Inside(**inside).answers(subject)
    about = {name: areas.attrs[name] for name in ("corpus", "speaker")}
    about |= {"step": step, "floor": floor, "ends": ends}
    about |= {"neutral_length": np.exp(subject.neutral[-1])}
    return described(EXPLANATIONS, coordinates | parts, **about)


def asked(
    model: Model,
    windows: Float[Array, "frame window"],
    shapes: Float[Array, "frame feature"],
    edges: Float[Array, "frame edge"],
    *,
    regions: int,
    step: float,
    floor: float,
    stretch: float,
    ends: float,
) -> dict[str, Array]:
    """All that one model is asked about some frames, under the names of the contract.

    A model that is given windows is asked for a change that is held over them.
    """
    shape, given = torch.from_numpy(shapes), torch.from_numpy(windows)
    hear, hear_own_tube = (
        held(of, given, shape.shape[1]) for of in (model.hear, partial(hear_tube, model))
    )
    whole, tube = (jacobian(of, shape).numpy() for of in (hear, hear_own_tube))
    bend, by_bend = (part.numpy() for part in bending(model, given, shape.shape[1] - 1))
    outside = np.tile([ends, 1 - ends], (len(shapes), 1))  # all between the ends as one cavity
    with torch.no_grad():
        return {
            "distance_sensitivity": whole[..., :-1],
            "stretch_sensitivity": whole[..., -1],
            "tube_distance_sensitivity": tube[..., :-1],
            "tube_stretch_sensitivity": tube[..., -1],
            "bend": bend,
            "bend_distance_sensitivity": by_bend,
            "widened": effect(hear, shape, step, regions=regions, floor=floor).numpy(),
            "narrowed": effect(hear, shape, -step, regions=regions, floor=floor).numpy(),
            "cavity_sensitivity": cavity_sensitivity(hear, shapes, edges, stretch),
            "end_sensitivity": cavity_sensitivity(hear, shapes, outside, stretch)[..., ::2],
        }


def hear_tube(
    model: Model, given: Float[Tensor, "frame feature"]
) -> Float[Tensor, "frame formant"]:
    """ln F of the model's own tube; NaN where it has none."""
    told = model.without_envelope(given)
    assert told.log_frequency is not None
    if told.residual is None:
        return torch.nan * told.log_frequency
    return told.log_frequency - told.residual


def bending(
    model: Model, given: Float[Tensor, "frame feature"], places: int
) -> tuple[Float[Tensor, "frame place"], Float[Tensor, "frame formant place"]]:
    """What the shape as a whole adds to ln A, and dlnF/dlnd by way of that alone.

    Both are 0 where a tube's law is by place alone, and NaN where a model has no tube.
    """
    given = given.clone().requires_grad_()
    told = model.without_envelope(given)
    assert told.log_frequency is not None
    if told.bend is None:
        nothing = torch.nan if told.area is None else 0.0
        bend = given.new_full((len(given), places), nothing)
        return bend, bend[:, None].expand(-1, told.log_frequency.shape[1], -1)
    rows = []
    for one in told.log_frequency.unbind(1):
        (by_area,) = torch.autograd.grad(one.sum(), told.bend, retain_graph=True)
        (by_shape,) = torch.autograd.grad(told.bend, given, by_area, retain_graph=True)
        rows.append(by_shape[:, :-1])
    return told.bend.detach(), torch.stack(rows, 1)
