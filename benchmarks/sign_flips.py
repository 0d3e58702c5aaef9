"""What do exact flips of signs cost beside Student's t, and where do few speakers need them?

Differences of simulated speakers are drawn about an effect; printed is in which share of studies
each test has p of at most .05.
"""

import argparse

import numpy as np
from scipy.stats import ttest_1samp

from tractable.statistics import flipped_as_far

LEVEL = 0.05
SPEAKERS = (4, 8, 20)
#: Differences of standard deviation 1 about 0, by what is said of them.
SHAPES = {
    "normal": lambda random, size: random.normal(size=size),
    "t of 3 degrees": lambda random, size: random.standard_t(3, size) / 3**0.5,
    "exponential": lambda random, size: random.exponential(size=size) - 1,
}


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.sign_flips", description=__doc__)
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("differences", "effect_sd", "speakers", "student", "flips", "least_p", sep=",")
    for shape, drawn in SHAPES.items():
        for effect in (0, 1):
            for many in SPEAKERS:
                random = np.random.default_rng([options.seed, many])
                differences = effect + drawn(random, (options.studies, many))
                chances = ttest_1samp(differences, 0, axis=1).pvalue, flipped_as_far(differences)
                shares = (f"{(p <= LEVEL).mean():.3f}" for p in chances)
                print(shape, effect, many, *shares, f"{2.0 ** (1 - many):.2g}", sep=",", flush=True)


if __name__ == "__main__":
    main()
