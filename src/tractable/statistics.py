"""From speakers to a mean and its interval: speakers, never frames, are the unit."""

import numpy as np
import xarray as xr
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.stats import nct
from scipy.stats import t as student

from tractable.contracts import BadInput

MOST = 10_000  # speakers that anybody will ever record
MOST_FLIPPED = 16  # speakers of whom all flips of signs are tried, 65,536
FLIPS_AT_ONCE = 2**13  # that are held in memory
ROUNDING = 1e-12  # of a sum, over the sum of sizes


def student_interval(values: xr.DataArray, *, confidence: float) -> xr.Dataset:
    """Mean over ``speaker`` with Student's interval; speakers without a value (NaN) do not count.

    Parameters
    ----------
    values : any dims, one of them ``speaker``.
    confidence : of the two-sided interval, 0.95 for 95 %.

    Returns
    -------
    ``value``, ``low``, ``high``, ``n_speakers``; one speaker alone has a value and no interval.
    """
    mean, error, n = mean_and_error(values)
    reach = error * student.ppf((1 + confidence) / 2, (n - 1).where(n > 1))
    return xr.Dataset({"value": mean, "low": mean - reach, "high": mean + reach, "n_speakers": n})


def geometric_interval(values: xr.DataArray, *, confidence: float) -> xr.Dataset:
    """Geometric mean over ``speaker``: `student_interval` of the logarithm of positive values.

    What is many times as large of one speaker as of another is spread evenly only by its logarithm,
    and no interval of it reaches 0.

    Raises
    ------
    BadInput : a value that is 0 or below it, naming whose.
    """
    wrong = (values <= 0).any([dim for dim in values.dims if dim != "speaker"])
    if wrong.any():
        whose = values.speaker.values[wrong.values].tolist()
        raise BadInput(f"a geometric mean wants positive values, and of {whose} one is not")
    found = student_interval(xr.ufuncs.log(values), confidence=confidence)
    return found.assign({name: np.exp(found[name]) for name in ("value", "low", "high")})


def mean_and_error(values: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Mean over ``speaker``, its standard error (NaN: one alone), and how many have a value."""
    n = values.notnull().sum("speaker")
    mean = values.sum("speaker", min_count=1) / n.where(n > 0)
    squares = ((values - mean) ** 2).sum("speaker")
    return mean, (squares / (n - 1).where(n > 1) / n.where(n > 0)) ** 0.5, n


def jackknife_interval(values: xr.DataArray, *, confidence: float) -> xr.Dataset:
    """Mean over ``fold`` with the interval of a delete-a-group jackknife.

    Every fold leaves out another group of speakers, and so many groups are g. The variance is
    (g - 1) / g times the sum of squares of what each fold differs from the mean; Student's t has
    g - 1 degrees of freedom.

    Parameters
    ----------
    values : what each fold learnt; any dims, one of them ``fold``.
    confidence : of the two-sided interval, 0.95 for 95 %.

    Returns
    -------
    ``value``, ``low``, ``high``; one fold alone has a value and no interval.

    References
    ----------
    Kott (2001), J. Official Statistics 17(4), 521-526.
    """
    groups = values.sizes["fold"]
    mean = values.mean("fold")
    variance = ((values - mean) ** 2).sum("fold") * (groups - 1) / groups
    known = groups > 1
    reach = variance**0.5 * (student.ppf((1 + confidence) / 2, groups - 1) if known else np.nan)
    return xr.Dataset({"value": mean, "low": mean - reach, "high": mean + reach})


def separated(
    honest: xr.DataArray, control: xr.DataArray, better: int | xr.DataArray, *, confidence: float
) -> xr.DataArray:
    """Does a score set the honest model apart from its control, speaker by speaker?

    Parameters
    ----------
    better : +1 where a larger score is better, -1 where a smaller one is.

    Returns
    -------
    1 where the paired interval over ``speaker`` lies on the honest model's side, 0 where it does
    not, NaN where there is no interval (one speaker, or no value).
    """
    paired = student_interval(better * (honest - control), confidence=confidence)
    return (paired.low > 0).astype(float).where(paired.low.notnull())


def paired_difference(one: xr.DataArray, other: xr.DataArray, *, confidence: float) -> xr.Dataset:
    """``one`` less ``other`` on the speakers who have both, by Student's paired t.

    Returns
    -------
    As of `student_interval`; ``spread``, the standard deviation of the differences; and ``p``,
    two-sided, of no difference. The last two are NaN with fewer than three speakers, of whose
    spread hardly anything is known.
    """
    difference = one - other
    mean, error, n = mean_and_error(difference)
    p = 2 * student.sf(abs(mean) / error.where(error > 0), (n - 1).where(n > 1))
    p = xr.where(error == 0, (mean == 0).astype(float), mean.copy(data=p))  # all differ alike
    spread = (error * n**0.5).where(n > 2)
    found = student_interval(difference, confidence=confidence)
    return found.assign(p=p.where(n > 2), spread=spread)


def sign_flip_p(difference: xr.DataArray) -> float:
    """Exact p of no difference, two-sided: in what share of all flips of signs is the mean as far?

    A difference (speaker,) is as likely to have the other sign if there is none: nothing else is
    taken for granted, no normal distribution. Of 2^n flips the one that flips nothing is as far,
    and the one that flips all, so that n speakers have no p below 2 / 2^n: four .125, which shows
    nothing at 5 %, six .031, eight .0078. NaN with fewer than three speakers, as of
    `paired_difference`, and with more than 16, who have too many flips to be tried.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 21.
    """
    known = difference.values[np.isfinite(difference.values)]
    if not 3 <= len(known) <= MOST_FLIPPED:
        return np.nan
    return float(flipped_as_far(known[None])[0])


def flipped_as_far(
    differences: Float[np.ndarray, "study speaker"],
) -> Float[np.ndarray, " study"]:
    """In what share of all flips of signs the sum of each study is as far from 0 as it is.

    Half of them are tried: the others are their opposites, as far as they are.
    """
    many = differences.shape[1]
    seen = np.abs(differences.sum(1)) - ROUNDING * np.abs(differences).sum(1)
    as_far, flips = np.zeros(len(differences)), 2 ** (many - 1)
    for start in range(0, flips, FLIPS_AT_ONCE):
        which = np.arange(start, min(start + FLIPS_AT_ONCE, flips))
        signs = 1.0 - 2 * (which[:, None] >> np.arange(many) & 1)
        as_far += (np.abs(signs @ differences.T) >= seen).sum(0)
    return as_far / flips


def by_fold(values: xr.DataArray, fold: xr.DataArray) -> xr.DataArray:
    """Means over speakers that one fold tests, in the place of ``speaker``; NaN counts for nobody.

    These were told of by the same models, whose errors they share, and are one draw of them.

    Parameters
    ----------
    values : (speaker,).
    fold : that tests each of them (speaker,).
    """
    groups = [values.isel(speaker=fold.values == one) for one in np.unique(fold.values)]
    return xr.concat([of.mean("speaker") for of in groups], "speaker")


def power(effect: float, speakers: int, *, confidence: float) -> float:
    """How often a paired t-test of so many speakers shows a difference, whichever way.

    Parameters
    ----------
    effect : true mean difference over the standard deviation of differences.
    confidence : of the test, 0.95 for 5 % of false alarms.
    """
    far = student.ppf((1 + confidence) / 2, speakers - 1)
    middle = effect * speakers**0.5
    beyond = nct.sf(far, speakers - 1, middle), nct.cdf(-far, speakers - 1, middle)
    return float(np.nansum(beyond))  # the wrong tail of a large effect is none that can be told


def least_effect(speakers: int, *, chance: float, confidence: float) -> float:
    """The effect, as in `power`, that so many speakers show so often; NaN with fewer than three."""
    if speakers < 3:
        return np.nan
    return brentq(lambda size: power(size, speakers, confidence=confidence) - chance, 0.0, 50.0)


def speakers_needed(effect: float, *, chance: float, confidence: float) -> float:
    """How many speakers show an effect, as in `power`, so often; NaN beyond MOST of them."""
    if not np.isfinite(effect) or power(abs(effect), MOST, confidence=confidence) < chance:
        return np.nan
    few, many = 2, MOST  # the former too few (or as few as there can be), the latter enough
    while many - few > 1:
        half = (few + many) // 2
        enough = power(abs(effect), half, confidence=confidence) >= chance
        few, many = (few, half) if enough else (half, many)
    return float(many)


def holm(p: Float[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
    """p of each of a family of tests, adjusted so that one false alarm in all of them is as rare.

    The least is multiplied by how many tests there are, the next by one fewer, and so on; none
    becomes less than one before it, or more than 1. Tests without a p (NaN) do not count.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70.
    """
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1))
    return np.minimum(adjusted, 1.0)


def mean_of_known(values: np.ndarray) -> float:
    """Mean of what is no NaN; NaN where all is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan
