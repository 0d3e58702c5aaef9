"""What all tubes share: a law of area by place, and the physics of the tube that it makes."""

import math
from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tractable.constants import CENTIMETRE
from tractable.mel import Bands
from tractable.models.envelope import cepstrum, frequencies
from tractable.models.model import Examples, Model, Prediction
from tractable.tube import SONDHI_SCHROETER, Branch, Losses, formants, transfer_function

SOURCE_FRAMES = 400  # evenly chosen, from which the source is learnt

Kind = TypeVar("Kind", bound="Tube")


class Tube(Model):
    """A power law makes cross-distances an area function; the tube makes it sound.

    A = A_1 (d / 1 cm)^beta at every place; sections of equal length but for an end correction.
    """

    log_scale: Float[Tensor, " place"]  # ln A_1 [ln m2]
    exponent: Float[Tensor, " place"]  # beta
    log_gain: Float[Tensor, ""]  # ln (acoustic over measured tract length)
    log_end: Float[Tensor, ""]  # ln (length of the section at the lips over the others')
    log_wall: Float[Tensor, ""]  # ln (resonance of the walls over Sondhi & Schroeter's)
    turned: Tensor  # True: a control that takes the lips for the glottis
    count: Tensor  # formants
    mel: Float[Tensor, " number"] | None  # bands in which its envelope is heard; None: no envelope
    source: Float[Tensor, " coefficient"] | None  # cepstrum of what excites it, the same for all

    def __init__(self, direction: str, state: Mapping[str, Tensor]):
        super().__init__(direction, state)
        for name in ("mel", "source"):
            if name not in state:
                self.register_parameter(name, None)

    def area(
        self,
        log_distance: Float[Tensor, "frame place"],
        bend: Float[Tensor, "frame place"] | None = None,
    ) -> Float[Tensor, "frame place"]:
        """The seam: learning ends and physics begins here [m2]."""
        log_area = self.log_scale + self.exponent * (log_distance - math.log(CENTIMETRE))
        return torch.exp(log_area if bend is None else log_area + bend)

    def bend(
        self, log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
    ) -> Float[Tensor, "frame place"] | None:
        """What the shape as a whole adds to ln A: nothing here."""
        return None

    def usual_bend(self) -> Float[Tensor, " place"] | None:
        """The bend at the mean training shape: none here."""
        return None

    def section_length(self, log_length: Float[Tensor, " frame"]) -> Float[Tensor, "frame place"]:
        """Lengths [m] of equal sections, but for an end correction at the lips."""
        places = len(self.log_scale)
        equal = torch.exp(log_length + self.log_gain)[:, None] / places
        return torch.cat([equal.expand(-1, places - 1), equal * self.log_end.exp()], 1)

    def losses(self) -> Losses:
        usual = SONDHI_SCHROETER
        return usual._replace(
            closed_tract_resonance=usual.closed_tract_resonance * self.log_wall.exp()
        )

    def forward(
        self, log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
    ) -> Prediction:
        bend = self.bend(log_distance, log_length)
        area = self.area(log_distance, bend)
        section_length = self.section_length(log_length)
        tract = self.sounding(area, section_length)
        frequency, bandwidth = formants(**tract, count=int(self.count))
        residual = self.residual(log_distance, log_length)
        return Prediction(
            log_frequency=frequency.log() + residual,
            log_bandwidth=bandwidth.log(),
            area=area,
            bend=bend,
            section_length=section_length,
            residual=residual,
        )

    def sounding(
        self,
        area: Float[Tensor, "frame place"],
        section_length: Float[Tensor, "frame place"],
    ) -> dict[str, Any]:
        """The tract that sounds, as functions of `tractable.tube` are told: turned, if it is."""
        branch = self.branch()
        if self.turned:
            area, section_length = area.flip(1), section_length.flip(1)
            branch = branch and branch._replace(joint=len(self.log_scale) - branch.joint)
        tract = {"log_area": area.log(), "section_length": section_length}
        return tract | {"losses": self.losses(), "branch": branch}

    def answer(self, given: Float[Tensor, "frame feature"]) -> Prediction:
        """The prediction; its envelope is the tube's alone, with no residual and no network."""
        told = self.without_envelope(given)
        if self.source is None:
            return told
        return told._replace(cepstrum=self.source + self.envelope(told, len(self.source)))

    def envelope(self, told: Prediction, count: int) -> Float[Tensor, "frame coefficient"]:
        """Cepstrum, from c1, of a flat source through the tract of an answer."""
        assert self.mel is not None
        assert told.area is not None
        assert told.section_length is not None
        many, lowest, highest = self.mel.tolist()
        bands = Bands(int(many), lowest, highest)
        tract = self.sounding(told.area, told.section_length)
        return cepstrum(
            transfer_function(**tract, frequency=frequencies(bands)).abs(), bands, count
        )

    def with_source(self: Kind, examples: Examples) -> Kind:
        """The same tube, excited by what examples have beside their tracts: one mean cepstrum."""
        if examples.bands is None:
            return self
        few = examples.evenly(SOURCE_FRAMES)
        self.mel = nn.Parameter(torch.tensor(examples.bands, dtype=torch.float64), False)
        beyond = slice(2 * examples.scored, None)  # ln F and ln B
        wanted, weight = few.wanted[:, beyond], few.weight[:, beyond]
        with torch.no_grad():
            own = self.envelope(self.without_envelope(few.given), wanted.shape[1])
        self.source = nn.Parameter((weight * (wanted - own)).sum(0) / weight.sum(0), False)
        return self

    def branch(self) -> Branch | None:
        """A closed side branch: none here."""
        return None

    def residual(
        self, log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
    ) -> Float[Tensor, "frame formant"]:
        """ln F beyond the tube: none here."""
        return log_distance.new_zeros(len(log_distance), int(self.count))


def power_law(
    examples: Examples, scale: float, exponent: float, reversed: bool
) -> dict[str, Tensor]:
    """The same law at every place, as the tensors of a tube.

    Parameters
    ----------
    scale : area at a cross-distance of 1 cm [m2].
    exponent : of the power law.
    reversed : take glottis for lips.
    """
    places = examples.given.shape[1] - 1
    return {
        "log_scale": torch.full((places,), math.log(scale), dtype=torch.float64),
        "exponent": torch.full((places,), exponent, dtype=torch.float64),
        "log_gain": torch.tensor(0.0, dtype=torch.float64),
        "log_end": torch.tensor(0.0, dtype=torch.float64),
        "log_wall": torch.tensor(0.0, dtype=torch.float64),
        "turned": torch.tensor(reversed),
        "count": torch.tensor(examples.scored),
    }
