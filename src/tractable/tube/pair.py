"""Complex numbers as pairs of reals: torch's compiler knows no others."""

from typing import Any

import torch
from torch import Tensor


class Pair:
    """A complex number as two reals, with as much arithmetic as the lattice asks of it."""

    def __init__(self, real: Tensor, imag: Tensor) -> None:
        self.real, self.imag = real, imag

    def __add__(self, other: Any) -> "Pair":
        if isinstance(other, Pair):
            return Pair(self.real + other.real, self.imag + other.imag)
        return Pair(self.real + other, self.imag)

    def __sub__(self, other: Any) -> "Pair":
        return self + -other

    def __neg__(self) -> "Pair":
        return Pair(-self.real, -self.imag)

    def __mul__(self, other: Any) -> "Pair":
        if isinstance(other, Pair | complex):
            return Pair(
                self.real * other.real - self.imag * other.imag,
                self.real * other.imag + self.imag * other.real,
            )
        return Pair(self.real * other, self.imag * other)

    def reciprocal(self) -> "Pair":
        scale = 1 / (self.real**2 + self.imag**2)
        return Pair(self.real * scale, -self.imag * scale)

    def sqrt(self) -> "Pair":
        """The root of positive real part, on the side of the cut where the number lies."""
        size = (self.real**2 + self.imag**2).sqrt()
        long = ((size + self.real.abs()) / 2).sqrt()
        short = torch.where(long > 0, self.imag.abs() / (2 * long), 0.0)
        right = self.real >= 0
        imag = torch.where(right, short, long)
        return Pair(torch.where(right, long, short), torch.where(self.imag >= 0, imag, -imag))

    def exp(self) -> "Pair":
        size = self.real.exp()
        return Pair(size * self.imag.cos(), size * self.imag.sin())
