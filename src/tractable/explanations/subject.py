"""A speaker's explained frames, and what each model is given of them."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from tractable.models.asking import Shelf, frames_to_ask, held_out_fold, spread_over
from tractable.models.examples import Measured, shape

Array = np.ndarray
#: Whom shapes, pictures, and sounds are given.
SHAPED, PICTURED, SOUNDED = "shape_to_sound", "picture_to_sound", "sound_to_shape"


@dataclass(frozen=True)
class Subject:
    """``shapes`` are ln d (place), glottis first [ln m], and ln L [ln m]; ``neutral`` is their mean
    over all frames that were not refused, not only those that are explained.
    """

    shelf: Shelf
    measured: Measured
    frames: Int[Array, " frame"]  # index on the clock
    fold: Int[Array, " frame"]  # that holds each out
    edges: Float[Array, "frame edge"]  # of the constriction [x / L]; NaN: none is clear
    shapes: Float[Array, "frame feature"]
    neutral: Float[Array, " feature"]
    windows: dict[str, Float[Array, "frame window"]]  # what each model of shapes is given
    pictures: dict[str, Float[Array, "frame pixel"]]  # what each model of pictures is given
    sounds: dict[str, Float[Array, "frame window"]]  # what each inverse model is given

    @classmethod
    def of(
        cls, shelf: Shelf, measured: Measured, theory: xr.Dataset, folds: xr.Dataset, frames: int
    ) -> "Subject":
        """So many frames, evenly spread over the held-out ones that can be asked about.

        Raises
        ------
        BadInput : no held-out frame has a shape and a formant that can be trusted.
        """
        chosen = frames_to_ask(measured, folds, frames, count=shelf.examples["count"])
        shapes = shape(measured.areas)
        windows, pictures, sounds = (
            {name: shelf.given(name, measured)[chosen] for name in shelf.names(direction)}
            for direction in (SHAPED, PICTURED, SOUNDED)
        )
        fold, edges = held_out_fold(folds)[chosen], theory.cavity_edge.values[chosen]
        known = shapes[chosen], np.nanmean(shapes, 0)
        return cls(shelf, measured, chosen, fold, edges, *known, windows, pictures, sounds)

    def some(self, count: int) -> Int[Array, " few"]:
        """Index, among the explained frames, of ``count`` at even steps."""
        return spread_over(np.isfinite(self.shapes).all(1), count)

    def given(
        self, name: str
    ) -> tuple[Float[Array, "frame window"], Float[Array, "frame feature"]]:
        """What a model of shapes is given, and the shapes of the very frames."""
        return self.windows[name], self.shapes
