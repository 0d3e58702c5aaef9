"""Do models that are as accurate depend on the tract in the same way, and as physics does?"""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tractable.figures.physics import PHYSICS
from tractable.figures.sheet import PAGE, counted, draw_squares, listed, spoken
from tractable.figures.vowels import Speakers, check_models
from tractable.score_table import quote

TITLE = "Agreement between models, and of each with itself"
NOUNS = ("scores",)
COLUMNS = {"model": str, "other_model": str, "agreement": float, "n_speakers": int}


def numbers(corpus: Speakers, *, models: list[str]) -> pd.DataFrame:
    """How alike the sensitivities of any two models are, and of one in all folds.

    Parameters
    ----------
    models : those that are shown, in this order.

    Returns
    -------
    model, other_model (of each pair once), agreement (%, mean over speakers; NaN on the diagonal
    of a map that no fold trains), n_speakers.
    """
    ((name, stores),) = corpus.items()
    scores = stores["scores"]
    if "map_agreement" not in scores:
        return pd.DataFrame(columns=[*COLUMNS])
    check_models(models, scores.other_model.values, f"agreement_between_models: {name}")
    pairs = ((model, other) for k, model in enumerate(models) for other in models[: k + 1])
    rows = []
    for model, other in pairs:
        found = scores.map_agreement.sel(model=model, other_model=other)
        rows.append((model, other, 100 * float(found.mean()), int(found.notnull().sum())))
    return pd.DataFrame(rows, columns=[*COLUMNS])


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """Half a table: a square for each pair, those of a model with itself framed."""
    models = list(dict.fromkeys(numbers.model))
    figure = Figure(figsize=(PAGE, 0.9 + 0.24 * len(models)), layout="constrained")
    axes = figure.subplots()
    cells = numbers.pivot(index="model", columns="other_model", values="agreement")
    values = cells.loc[models, models].to_numpy()
    draw_squares(axes, values, size=7.0)
    frame_diagonal(axes, len(models))
    words = [spoken(model) for model in models]
    axes.set_yticks(range(len(models)), words)
    axes.set_xticks(range(len(models)), words, rotation=90)
    return figure


def frame_diagonal(axes: Axes, count: int) -> None:
    for k in range(count):
        corner = (k - 0.46, k - 0.46)
        axes.add_patch(Rectangle(corner, 0.92, 0.92, fill=False, edgecolor="black", linewidth=0.8))


def caption(numbers: pd.DataFrame) -> str:
    """What the squares are; the two black boxes that are most alike, and how right they are."""
    pairs = numbers[numbers.model != numbers.other_model]
    people = counted(int(numbers.n_speakers.max()), "speaker")
    said = [
        "Cosine of the angle between the sensitivity maps of two models in the natural metric, in "
        "per cent: 100 the same but for a gain, 0 nothing in common. Mean of F1 to F3 and of "
        f"{people}, in frames that taught neither. Framed: a model with itself in other folds, "
        "some of which these frames did teach; there a gain counts too, and all folds start from "
        "the same random numbers; empty: a map that no fold trains."
    ]
    physics = pairs[(pairs.model == PHYSICS) | (pairs.other_model == PHYSICS)]
    others = pairs.drop(physics.index).dropna(subset="agreement")
    if len(others) and len(physics):
        closest = others.loc[others.agreement.idxmax()]
        both = [closest.model, closest.other_model]
        own = physics[physics.model.isin(both) | physics.other_model.isin(both)].agreement
        said.append(
            f"Most alike are {listed(map(spoken, both))}, {quote(closest.agreement)} %; with "
            f"physics they share {listed(f'{quote(value)} %' for value in own)}."
        )
    return " ".join(said)
