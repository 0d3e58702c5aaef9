"""Laws of movement: what drives a gesture, fitted to trajectories and held against them.

An instrument: no data on disk, no network. Trajectories in mm, times in s since the first frame of
a gesture's window.
"""

from tractable.movement.arrow import arrow_of_time
from tractable.movement.coupling import coupling
from tractable.movement.evidence import evidence, margins, parameters
from tractable.movement.fitting import Fits, fit
from tractable.movement.gestures import Gestures
from tractable.movement.laws import LAWS, Law, law, laws
from tractable.movement.mean_shape import MEAN, NoMeanTrajectory
from tractable.movement.pooled import best_pooled, class_stiffness, pooled
from tractable.movement.skill import forecast_errors, forward_skill, frames_after, skill_over
from tractable.movement.stored import as_gestures
from tractable.movement.surrogates import phase_shuffled, reversed_in_time
from tractable.movement.uncertainty import kinematics

__all__ = [
    "LAWS",
    "MEAN",
    "Fits",
    "Gestures",
    "Law",
    "NoMeanTrajectory",
    "arrow_of_time",
    "as_gestures",
    "best_pooled",
    "class_stiffness",
    "coupling",
    "evidence",
    "fit",
    "forecast_errors",
    "forward_skill",
    "frames_after",
    "kinematics",
    "law",
    "laws",
    "margins",
    "parameters",
    "phase_shuffled",
    "pooled",
    "reversed_in_time",
    "skill_over",
]
