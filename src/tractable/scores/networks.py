"""All that is asked inside networks: what layers hold, and what is left when they forget."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from tractable.scores.cascade import Cascade, cascade_curves
from tractable.scores.evidence import Stores
from tractable.scores.exam import Exam
from tractable.scores.layers import all_frames, all_layers
from tractable.scores.likeness import PHYSICS, likeness
from tractable.scores.phones import Curves
from tractable.scores.probes import Probing, probe_curves, probe_scores
from tractable.scores.score import Score

Found = tuple[list[list[Score]], Curves]  # of each speaker; beside them


def inside_networks(exams: Sequence[Exam], speakers: Sequence[Stores], how: Probing) -> Found:
    """Scores of every speaker, and curves of the contract ``scores``; none where no network is."""
    parts = [probes(exams, speakers, how), cascades(exams)]
    scores = [list(chain(*of)) for of in zip(*(found for found, _ in parts), strict=True)]
    return scores, parts[0][1] | parts[1][1]


def probes(exams: Sequence[Exam], speakers: Sequence[Stores], how: Probing) -> Found:
    """What can be read off layers, and how alike they are."""
    evidences = [exam.evidence for exam in exams]
    layers, frames = all_layers(evidences), all_frames(evidences)
    if not layers:
        return [[] for _ in exams], {}
    read = probe_curves(evidences, speakers, layers, frames, how)
    names = [layer.name for layer in layers]
    return probe_scores(read), {
        "layer": np.array(names),
        "network": np.array([layer.network for layer in layers]),
        "target": read.target.values.astype(str),
        "probed": read.probed.values,
        "probe_control": read.probe_control.values,
        "other": np.array([*names, *PHYSICS]),
        "likeness": likeness(evidences, speakers, layers, frames),
    }


def cascades(exams: Sequence[Exam]) -> Found:
    """What is left of explanations while networks forget."""
    if not all("cascade_sensitivity" in exam.evidence.answers for exam in exams):
        return [[] for _ in exams], {}
    found = [Cascade.of(exam) for exam in exams]
    return [of.scores for of in found], cascade_curves(found)
