"""The tube with textbook coefficients: physics alone, nothing learnt but what excites it."""

from tractable.models.model import Examples
from tractable.models.tube_model import Tube, power_law


class TubeTextbook(Tube):
    @classmethod
    def fit(
        cls, examples: Examples, *, scale: float, exponent: float, reversed: bool, seed: int
    ) -> "TubeTextbook":
        """Nothing of the tract is fitted.

        Parameters
        ----------
        scale : area at a cross-distance of 1 cm [m2].
        exponent : of the power law.
        reversed : take the tract the wrong way round, glottis for lips: a control.
        """
        law = power_law(examples, scale, exponent, reversed)
        return cls(examples.direction, law).with_source(examples)
