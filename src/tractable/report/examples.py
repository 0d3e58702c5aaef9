"""Five lines that open a store of each noun and ask something of it; a test runs them."""

from tractable.contracts import Contract

#: The last line: what a phonetician might ask first.
ASKED = {
    "recordings": 'recordings.frames.sel(time=0.1, method="nearest")  # (y, x), grey levels',
    "contours": 'contours.boundary.sel(tissue="lower").where(contours.refused == "")  # m',
    "areas": 'areas.area.groupby("phone").mean()  # (phone, place), m2',
    "formants": 'formants.frequency.groupby("phone").median()  # (phone, formant), Hz',
    "theory": 'theory.sensitivity.sel(formant=1).groupby("phone").mean()  # (phone, place)',
    "truth": 'truth.frequency.where(truth.voiced == 1).groupby("phone").mean()  # Hz',
    "dynamics": "dynamics.amplitude.groupby(dynamics.moves).median()  # m, rising positive",
    "folds": '(folds.role == "test").sum("time")  # frames that each fold tests',
    "predictions": 'predictions.frequency.sel(model="hybrid").dropna("time")  # Hz',
    "explanations": 'explanations.distance_sensitivity.sel(model="hybrid").mean("frame")',
    "efficiency": 'efficiency.frequency.sel(model="ridge").count("time")  # (amount, formant)',
    "scores": 'scores.value.sel(score="V0 error (%)", formant="mean").mean("speaker")  # %',
}


def example(contract: Contract) -> str:
    """Python that opens the store of a simulated speaker, or of all of them."""
    noun = contract.noun
    place = f"data/{noun}/phantom{'/sim1' if 'speaker' in contract.attributes else ''}.zarr"
    lines = [
        "from pathlib import Path",
        f"from tractable.contracts import {noun.upper()}",
        "from tractable.store import load  # refuses a store that is not whole",
        f'{noun} = load(Path("{place}"), {noun.upper()})  # an xarray.Dataset',
    ]
    return "\n".join([*lines, ASKED[noun]])
