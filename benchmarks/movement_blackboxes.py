"""Black boxes that forecast movement, and what law they hold: both, beside the truth.

Classes of simulated gestures whose law is known teach a neural ODE, a hybrid ODE and SINDy; told
the onset, x0 and the class's target they forecast other gestures of the class (V9.2). Then the
learnt equation is asked for its stiffness and damping at the target, and for its acceleration along
true movements. Beside them the true law, the damped spring and the mean trajectory. Onsets are
known, and every training gesture's target: no black box fails for want of these.

Beside the table stands a picture: how well each forecasts, and how stiff the law is that it holds;
``--redraw`` makes it of a table that is there.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from rich.progress import track as progress

from benchmarks import tables
from benchmarks.movement_recovery import LEVELS, MADE_BY
from tractable.contracts import BadInput
from tractable.figures.sheet import COLOURS, PAGE, save_picture, styled
from tractable.movement.laws import law
from tractable.movement.simulated import Simulated
from tractable.movement.skill import forecast, learnt_mean
from tractable.vector_fields.field import Field, Linearised, linearised
from tractable.vector_fields.networks import hybrid_ode, neural_ode
from tractable.vector_fields.sindy import sindy
from tractable.vector_fields.trial import COMMON, SPRINGS, Trial, trial

NETWORK = {"width": 8, "steps": 60}
PENALTY = 0.01
DEGREES = {"sindy_linear": 1, "sindy_cubic": 3}
THRESHOLD = 0.1
LAWS = [name for name in MADE_BY if name != "minimum_jerk"]
TAUGHT = 60  # gestures of a class
SETTLING = 0.05  # time scales after the onset, before which acceleration is not compared
NEAR = 0.02  # time scales, of its differences
COLUMNS = (
    *("law", "theta", "noise_mm", "method", "classes", "diverged"),
    *("forward_skill", "over_mean_trajectory", "forecast_mm"),
    *("stiffness_percent", "stiffness_percent_least", "stiffness_percent_most"),
    *("damping_percent", "acceleration_percent", "network_share"),
)


def drawn_trial(name: str, level: float, seed: int) -> Trial:
    return trial(
        name,
        MADE_BY[name],
        count=TAUGHT,
        noise_autocovariance=np.array([level**2]),
        seeds=(4000 + 2 * seed, 4001 + 2 * seed),
        **COMMON,
    )


def by_law(of: Trial, name: str) -> dict[str, float]:
    numbers = skills(of, of.by_law(name))
    if {name, of.name} <= {*SPRINGS}:
        numbers |= wrong_by(of, of.spring(name))
    return numbers


def by_mean_trajectory(of: Trial) -> dict[str, float]:
    return skills(of, forecast(learnt_mean(of.fits), of.asked.gestures, of.asked.onset))


def by_field(of: Trial, name: str, seed: int) -> dict[str, float]:
    told = taught_field(of, name, seed)
    numbers = {"acceleration_percent": 100 * off(told, of.asked, of.name)}
    if of.name in SPRINGS:
        numbers |= wrong_by(of, linearised(told))
    if name == "hybrid_ode":
        numbers["network_share"] = told.share
    try:
        numbers |= skills(of, of.by_field(told))
    except BadInput:
        numbers["diverged"] = 1.0
    return numbers


def taught_field(of: Trial, name: str, seed: int) -> Any:
    if name == "neural_ode":
        return of.teach(neural_ode, **NETWORK, seed=seed)
    if name == "hybrid_ode":
        return of.teach(hybrid_ode, **NETWORK, penalty=PENALTY, seed=seed)
    return of.teach(sindy, degree=DEGREES[name], threshold=THRESHOLD)


def skills(of: Trial, told: Float[np.ndarray, "gesture frame"]) -> dict[str, float]:
    found = of.skill(told)
    return {
        "forward_skill": found.over_first,
        "over_mean_trajectory": found.over_mean,
        "forecast_mm": found.error,
    }


def wrong_by(of: Trial, told: Linearised) -> dict[str, float]:
    """In percent of the truth, too soft or too little damped below 0."""
    return {
        "stiffness_percent": 100 * (told.stiffness / of.truth.stiffness - 1),
        "damping_percent": 100 * (told.damping / of.truth.damping - 1),
    }


def off(told: Field, truth: Simulated, name: str) -> float:
    """Root mean square of what acceleration is off along true movements, over that of the truth."""
    wrong, true = [], []
    size = truth.x0 - truth.target
    power = law(name).amplitude_power
    for amplitude, onset, tau in zip(size, truth.onset, truth.tau, strict=True):
        theta = MADE_BY[name] * (amplitude / size.max()) ** power if power else MADE_BY[name]
        u = (truth.gestures.time - onset) / tau
        u = u[u > SETTLING]
        before, here, after = (law(name)(u + far, theta) for far in (-NEAR, 0.0, NEAR))
        velocity = -amplitude * (after - before) / (2 * NEAR * tau)
        true.append(-amplitude * (after - 2 * here + before) / (NEAR * tau) ** 2)
        wrong.append(told.acceleration(amplitude * (1 - here), velocity) - true[-1])
    return float(np.sqrt((np.concatenate(wrong) ** 2).mean() / (np.concatenate(true) ** 2).mean()))


def by(method: str, of: Trial, seed: int) -> dict[str, float]:
    if method == "mean_trajectory":
        return by_mean_trajectory(of)
    if method in ("true_law", "linear_law"):
        return by_law(of, of.name if method == "true_law" else "linear")
    return by_field(of, method, seed)


METHODS = ("true_law", "linear_law", "mean_trajectory", "neural_ode", "hybrid_ode", *DEGREES)
#: Of the picture: whoever holds an equation, and true laws that have a stiffness.
DRAWN = {
    "true_law": ("true law, fitted", "#000000"),
    "linear_law": ("damped spring", COLOURS["tube"][0]),
    "neural_ode": ("neural ODE", COLOURS["black_box"][0]),
    "hybrid_ode": ("hybrid ODE", COLOURS["black_box"][2]),
    "sindy_linear": ("SINDy, degree 1", COLOURS["control"][0]),
}
SIGNS = {"linear": "o", "cubic": "s", "scaled": "^", "ramp": "D"}


def rows(names: list[str], levels: list[float], classes: int) -> Iterator[dict[str, Any]]:
    cases = [(level, name) for level in levels for name in names]
    for level, name in progress(cases, "law x noise"):
        trials = [drawn_trial(name, level, seed) for seed in range(classes)]
        line = {"law": name, "theta": MADE_BY[name], "noise_mm": level, "classes": classes}
        for method in METHODS:
            found = [by(method, of, seed) for seed, of in enumerate(trials)]
            yield line | {"method": method} | summary(found)


def summary(found: list[dict[str, float]]) -> dict[str, float | str]:
    """Medians over the classes that have a number, and the range of stiffness."""
    numbers: dict[str, float | str] = {"diverged": sum("diverged" in one for one in found)}
    for word in COLUMNS[COLUMNS.index("forward_skill") :]:
        values = [one[word] for one in found if word in one]
        if values:
            numbers[word] = rounded(float(np.median(values)))
        if values and word == "stiffness_percent":
            numbers["stiffness_percent_least"] = rounded(min(values))
            numbers["stiffness_percent_most"] = rounded(max(values))
    return numbers


def rounded(value: float) -> float:
    return float(f"{value:.3g}")


def chart(table: list[dict[str, str]], path: Path) -> None:
    """A panel per level of noise: forecast error beside the true law's, and stiffness beside truth.

    Whoever forecasts as well as the true law stands at 1 along the axis; only who holds that law
    stands at 1 upwards too. Bars: from the least to the most of the classes.
    """
    levels = sorted({float(row["noise_mm"]) for row in table})
    with styled():
        figure = Figure(figsize=(PAGE, 3.0), layout="constrained")
        panels = figure.subplots(1, len(levels), sharex=True, sharey=True, squeeze=False)[0]
        for axes, level in zip(panels, levels, strict=True):
            draw_level(axes, [row for row in table if float(row["noise_mm"]) == level])
            axes.set_title(f"noise {level:g} mm")
        panels[0].set_ylabel("stiffness over the truth")
        panels[len(panels) // 2].set_xlabel("forecast error over that of the true law")
        models = [
            Line2D([], [], marker="o", linestyle="none", color=colour)
            for _, colour in DRAWN.values()
        ]
        laws = [
            Line2D([], [], marker=sign, linestyle="none", markerfacecolor="none", color="#444444")
            for sign in SIGNS.values()
        ]
        words = [*(word for word, _ in DRAWN.values()), *(f"of {name}" for name in SIGNS)]
        figure.legend(models + laws, words, loc="outside lower center", ncols=5)
    save_picture(figure, path)


def draw_level(axes: Axes, rows: list[dict[str, str]]) -> None:
    """Every model that has a stiffness, by the law that is true."""
    best = {row["law"]: float(row["forecast_mm"]) for row in rows if row["method"] == "true_law"}
    axes.axhline(1, color="#888888", linewidth=0.7)
    axes.axvline(1, color="#888888", linewidth=0.7)
    for row in rows:
        if row["method"] not in DRAWN or not (row["stiffness_percent"] and row["forecast_mm"]):
            continue
        middle, *ends = (
            1 + float(row[f"stiffness_percent{end}"]) / 100 for end in ("", "_least", "_most")
        )
        at, colour = float(row["forecast_mm"]) / best[row["law"]], DRAWN[row["method"]][1]
        axes.plot(at, middle, SIGNS[row["law"]], color=colour, markersize=4)
        axes.vlines(at, *ends, color=colour, linewidth=0.8)
    axes.set(xscale="log", yscale="log")
    axes.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
    axes.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
    axes.minorticks_off()


def main() -> None:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.movement_blackboxes", description=__doc__
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV to write; beside it an SVG")
    parser.add_argument(
        "--redraw", action="store_true", help="the SVG alone, of a table that is here"
    )
    parser.add_argument("--noise", type=float, nargs="+", default=list(LEVELS), help="mm")
    parser.add_argument("--laws", nargs="+", default=[*LAWS], choices=LAWS, help="that are true")
    parser.add_argument("--classes", type=int, default=3, help="of each law and noise")
    given = parser.parse_args()
    if not given.redraw:
        lines = rows(given.laws, given.noise, given.classes)
        tables.write(given.out, COLUMNS, tables.shown(lines))
    elif not given.out.is_file():
        parser.error(f"{given.out}: no such file; run it without --redraw, which makes it")
    chart(tables.read(given.out), given.out.with_suffix(".svg"))


if __name__ == "__main__":
    main()
