"""In which sounds does a model depend on the tract as physics does? V1, V3 and V4 by phone."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from tractable.figures.sheet import PAGE, counted, draw_squares, listed, spoken
from tractable.figures.vowels import Speakers, check_models
from tractable.score_table import quote

TITLE = "Agreement with physics by phone"
NOUNS = ("scores",)
COLUMNS = {"score": str, "phone": str, "model": str, "value": float} | {
    "guessed": float,
    "n_speakers": int,
}
SIGNS = "V3 signs of interventions"
#: Title of a panel -> how its scores are named but for the phone.
BEGINS = {
    "V1 natural skill": "V1 natural skill in ",
    SIGNS: "V3 accuracy in informative cells in ",
    "V4 affiliation skill": "V4 affiliation skill in ",
}


def numbers(
    corpus: Speakers, *, models: list[str], phones: list[str], least_speakers: int
) -> pd.DataFrame:
    """What models score in every phone.

    Parameters
    ----------
    models : those that are shown, in this order.
    phones : in the order in which they are shown; others come after them.
    least_speakers : who have a phone, below whom it is left out; as many as there are, should
        there be fewer.

    Returns
    -------
    score (title of a panel), phone, model, value (skill over the null, 1 the truth; of the mean
    over formants, then over speakers; NaN: it cannot be asked), guessed (the null, mean over
    speakers), n_speakers; empty where no phone was explained often enough.
    """
    ((name, stores),) = corpus.items()
    scores = stores["scores"].sel(formant="mean", drop=True)
    check_models(models, scores.model.values, f"agreement_by_phone: {name}")
    named = {
        score: (title, score.removeprefix(begin))
        for title, begin in BEGINS.items()
        for score in map(str, scores.score.values)
        if score.startswith(begin)
    }
    rows = []
    for score, (title, phone) in sorted(named.items(), key=lambda one: rank(one[1][1], phones)):
        of = scores.sel(score=score, drop=True)
        people = int(of.value.notnull().any("model").sum())
        if people >= min(least_speakers, scores.sizes["speaker"]):
            skill = ((of.value - of.null) / (1 - of.null)).where(of.null < 1)
            found, guessed = skill.mean("speaker").sel(model=models).values, float(of.null.mean())
            rows += [
                (title, phone, model, value, guessed, people)
                for model, value in zip(models, found, strict=True)
            ]
    return pd.DataFrame(rows, columns=[*COLUMNS]).astype(COLUMNS)


def rank(phone: str, phones: list[str]) -> tuple[int, str]:
    """By which a phone is sorted."""
    return (phones.index(phone) if phone in phones else len(phones)), phone


def draw(numbers: pd.DataFrame, *, families: Mapping[str, list[str]]) -> Figure:
    """A panel per score, a row per model, a column per phone."""
    models = list(dict.fromkeys(numbers.model))
    figure = Figure(figsize=(PAGE, 0.8 + 0.2 * len(models)), layout="constrained")
    panels = figure.subplots(1, len(BEGINS), sharey=True)
    for axes, title in zip(panels, BEGINS, strict=True):
        own = numbers[numbers.score == title]
        phones = list(dict.fromkeys(own.phone))
        axes.set_title(title)
        cells = own.pivot(index="model", columns="phone", values="value").reindex(models)
        draw_squares(axes, 100 * cells[phones].to_numpy(float), size=5.0)
        axes.set_xticks(range(len(phones)), phones)
    panels[0].set_yticks(range(len(models)), map(spoken, models))
    return figure


def caption(numbers: pd.DataFrame) -> str:
    """What the squares are; in which phone the model that is usually best has most and least."""
    people = counted(int(numbers.n_speakers.max()), "speaker")
    said = [
        "Skill in hundredths over the explained frames of one phone, of means of "
        f"{people} at most, columns in SAMPA: 100 all as in physics, 0 what is known without the "
        "shape. That is, left, the map of a uniform tube, its gain fitted; middle, in cells whose "
        "sign is no foregone conclusion, the sign that is usual in speech, right in "
        f"{guessed_right(numbers)} of them; "
        "right, of which cavity F2 and F3 are, lengths alone. An arrow: below -1; empty: not asked."
    ]
    for title in BEGINS:
        own = numbers[numbers.score == title].dropna(subset="value")
        if len(own):
            best = own.groupby("model", sort=False).value.median().idxmax()
            rows = own[own.model == best].sort_values("value")
            ends = [rows.iloc[-1], rows.iloc[0]]
            words = listed(f"{quote(row.value)} in [{row.phone}]" for row in ends)
            said.append(f"{title}: {spoken(best)} has most in the median of phones, {words}.")
    return " ".join(said)


def guessed_right(numbers: pd.DataFrame) -> str:
    """``0.55 to 0.89``: signs that are right without a shape, in the hardest and easiest phone."""
    guessed = numbers[numbers.score == SIGNS].guessed
    return f"{quote(guessed.min())} to {quote(guessed.max())}"
