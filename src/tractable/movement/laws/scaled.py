"""Cubic stiffness scaled by distance: the same shape at every amplitude."""

from tractable.movement.laws import cubic
from tractable.movement.laws.law import Law

#: d' = d k / |x0 - T|^2 (arXiv 2411.12720): within one gesture it is the cubic law.
LAW = Law(
    "scaled",
    "d'",
    (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98),
    cubic.displacement,
    cubic.LAW.tau,
    between=(0.1, 0.2),
)
