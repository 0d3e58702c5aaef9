"""Acoustic theory of every measured shape of a speaker."""

from typing import Any

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float

from tractable.contracts import THEORY, described
from tractable.theory.cavities import CAVITIES, cavity_edges, shares_of
from tractable.tube import PIRIFORM, Branch, affiliation, formants, length_sensitivity, sensitivity

Array = np.ndarray


def physics(
    areas: xr.Dataset,
    *,
    formant_count: int,
    radiation: str,
    piriform: float | None,
    widest: float,
    larynx: float,
    together: float,
) -> xr.Dataset:
    """Formants, sensitivities and affiliations of every measured shape (contract THEORY).

    NaN in refused frames; cavities and affiliations also where no constriction is clear.

    Parameters
    ----------
    areas : of one speaker (contract AREAS).
    formant_count : how many formants, from F1.
    radiation : load at the lips, see ``tube.formants``.
    piriform : x / L at which VocalTractLab's piriform fossa opens; None: no fossa.
    widest, larynx : what counts as a constriction, see ``cavity_edges``.
    together : distance over which measured areas are wrong together, see ``deviation``.
    """
    area, length = areas.area.values, areas.tract_length.values
    known = (areas.refused.values == "") & np.isfinite(area).all(1) & np.isfinite(length)
    branch = None if piriform is None else fossa(piriform, area.shape[1])
    tube = {"count": formant_count, "radiation": radiation, "branch": branch}
    found = acoustics(area[known], length[known], tube)
    found["frequency_sd"] = found["frequency"] * deviation(
        found["sensitivity"],
        found["length_sensitivity"].sum(-1),
        (areas.area_sd.values / area)[known],
        (areas.tract_length_sd.values / length)[known],
        length[known] / together,
    )
    found |= cavities(area[known], found["length_sensitivity"], widest=widest, larynx=larynx)
    variables = {
        **{name: areas[name].values for name in ("time", "clip_of", "phone", "place")},
        "formant": 1 + np.arange(formant_count),
        "cavity": np.array(CAVITIES),
        "edge": np.arange(2),
        **{name: spread(values, known) for name, values in found.items()},
    }
    return described(THEORY, variables, **{name: areas.attrs[name] for name in THEORY.attributes})


def fossa(place: float, sections: int) -> Branch:
    """VocalTractLab's piriform fossa, opening at the joint nearest to ``place`` (x / L)."""
    return PIRIFORM._replace(joint=round(place * sections))


def acoustics(
    area: Float[Array, "shape section"], length: Float[Array, " shape"], tube: dict[str, Any]
) -> dict[str, Array]:
    """What the tube says of each shape, under the names of the contract.

    Parameters
    ----------
    area : of equal sections, glottis first [m2].
    length : of the tract [m].
    tube : options of ``tube.formants``.
    """
    shape = torch.from_numpy(area).log(), torch.from_numpy(length / area.shape[1])
    heard = formants(*shape, **tube)
    return {
        "frequency": heard.frequency.numpy(),
        "bandwidth": heard.bandwidth.numpy(),
        "sensitivity": sensitivity(*shape, **tube).numpy(),
        "length_sensitivity": length_sensitivity(*shape, **tube).numpy(),
    }


def deviation(
    sensitivity: Float[Array, "shape formant section"],
    of_length: Float[Array, "shape formant"],
    area_sd: Float[Array, "shape section"],
    length_sd: Float[Array, " shape"],
    apart: Float[Array, " shape"],
) -> Float[Array, "shape formant"]:
    r"""Standard deviation of ln F that uncertain areas and length make, to first order.

    With s_i = S_i sd(ln A_i), it is the root of \sum_ij s_i s_j exp(-|x_i - x_j| / together), and
    of what the length adds.

    Parameters
    ----------
    sensitivity : dlnF/dlnA.
    of_length : dlnF/dln(length of all sections).
    area_sd, length_sd : of ln A and of ln(length); where it is beyond 1, as in closures, it is 1.
    apart : length of the tract, in distances over which areas are wrong together.
    """
    sections = sensitivity.shape[-1]
    way = np.abs(np.subtract.outer(np.arange(sections), np.arange(sections))) / sections
    effect = sensitivity * np.minimum(area_sd, 1)[:, None]
    by_area = [one @ np.exp(-way * far) * one for one, far in zip(effect, apart, strict=True)]
    total = np.array(by_area).reshape(sensitivity.shape).sum(-1)
    return np.sqrt(total + (of_length * np.minimum(length_sd, 1)[:, None]) ** 2)


def cavities(
    area: Float[Array, "shape section"],
    length_sensitivity: Float[Array, "shape formant section"],
    *,
    widest: float,
    larynx: float,
) -> dict[str, Array]:
    """Constriction, cavities and what each formant owes to them, under the contract's names.

    Parameters
    ----------
    area : of equal sections, glottis first [m2].
    length_sensitivity : dlnF/dln(section length).
    widest, larynx : what counts as a constriction, see ``cavity_edges``.
    """
    edges = cavity_edges(area, widest=widest, larynx=larynx)
    shares = shares_of(edges, area.shape[1])
    owed = affiliation(torch.from_numpy(length_sensitivity), torch.from_numpy(shares))
    return {"cavity_edge": edges, "cavity_share": shares.mean(-1), "affiliation": owed.numpy()}


def spread(values: Array, known: Array) -> Array:
    """Values of the known frames in their places among all, NaN elsewhere."""
    everywhere = np.full((len(known), *values.shape[1:]), np.nan)
    everywhere[known] = values
    return everywhere
