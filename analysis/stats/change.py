"""Change within people: first to last, and as a trend over all of their measurements.

Sign: a change is *later minus earlier*. Scores are expected so that lower is better; negative
therefore means improvement.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.stats._checks import FloatArray, check_level, together

#: What a check says when slopes do not differ measurably between people.
AT_BOUNDARY = "mixed, random slope: at the boundary, slopes do not differ measurably"
#: The model with one slope for all.
INTERCEPT = "mixed, random intercept"


@dataclass(frozen=True)
class MeanChange:
    """A mean change with its interval; ``sd`` is the spread of the single changes."""

    n: int
    mean: float
    sd: float
    se: float
    ci_low: float
    ci_high: float
    level: float


@dataclass(frozen=True)
class Trend:
    """Change per unit of time in a whole group, from a mixed model, and how it was got.

    ``model`` is the one that held (see :func:`trend`); ``checks`` says what was wrong with those
    tried before it.
    """

    people: int
    values: int
    change: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    model: str
    checks: tuple[str, ...]


def mean_change(first: ArrayLike, last: ArrayLike, *, level: float = 0.95) -> MeanChange:
    """Mean of ``last - first`` over people, with Student's interval for paired values.

    Pairs with a missing half are left out. With one person the mean stands alone: spread and
    interval are NaN.

    Raises
    ------
    ValueError
        When no pair is complete, or for a level outside (0, 1).

    Examples
    --------
    >>> result = mean_change([6, 5, 7, 4], [4, 4, 4, 4])
    >>> result.mean, round(result.ci_low, 2), round(result.ci_high, 2)
    (-1.5, -3.55, 0.55)
    """
    check_level(level)
    x, y = (np.atleast_1d(a) for a in together(first=first, last=last))
    change = (y - x)[~np.isnan(x) & ~np.isnan(y)]
    n = len(change)
    if n == 0:
        raise ValueError("nobody has both a first and a last value")
    mean, sd = float(change.mean()), float(change.std(ddof=1)) if n > 1 else math.nan
    se = sd / math.sqrt(n)
    half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * se if n > 1 else math.nan
    return MeanChange(n, mean, sd, se, mean - half, mean + half, level)


def trend(person: ArrayLike, time: ArrayLike, score: ArrayLike, *, level: float = 0.95) -> Trend:
    """Average change per unit of ``time``, with each person's own level and own slope.

    Model. ``score ~ time`` with a random intercept and a random slope per person, by restricted
    maximum likelihood (Laird and Ware 1982, *Biometrics* 38, 963; statsmodels ``MixedLM``). The
    interval is Student's with (people - 1) degrees of freedom, because the average of the slopes is
    known no better than from so many people; a normal interval is too narrow in small groups.
    With a random intercept alone they are (values - people - 1).

    Checks and fallback. A fit counts when the optimiser converged and the standard error is a
    number above zero. When the slopes do not differ measurably (their variance ends at its boundary
    of zero), the model is fitted again with a random intercept alone, which is then what the data
    say. When neither fit counts, each person's own least-squares slope is taken and averaged
    ("two-stage"; Feldman 1988, *J. Appl. Physiol.* 64, 1721): less efficient when people have
    unequal numbers of values, but it needs no optimiser.

    Parameters
    ----------
    person, time, score
        One entry per measurement. Rows with a missing value are left out, and people with fewer
        than two different times say nothing about a slope. Choose the unit of ``time`` so that a
        change per unit can be read, and so that times are of the order of 1.
    level
        Confidence level of the interval.

    Raises
    ------
    ValueError
        When fewer than three people have two times.

    Examples
    --------
    >>> result = trend([1, 1, 2, 2, 3, 3], [0, 1, 0, 1, 0, 1], [6, 4, 5, 4, 7, 4])
    >>> result.change, result.people, result.model
    (-2.0, 3, 'two-stage')
    """
    check_level(level)
    rows = pd.DataFrame(
        {
            "person": pd.factorize(np.asarray(person))[0],
            "time": np.asarray(time, dtype=float),
            "score": np.asarray(score, dtype=float),
        }
    ).dropna()
    rows = rows[rows.groupby("person")["time"].transform("nunique") > 1]
    people = int(rows["person"].nunique())
    if people < 3:
        raise ValueError(f"a trend needs 3 people with two times each, there are {people}")
    checks: list[str] = []
    fitted = None
    if len(rows) >= 3 * people:
        fitted = _mixed(rows, checks, slopes=True)
        if fitted is None and checks[-1] == AT_BOUNDARY:
            fitted = _mixed(rows, checks, slopes=False)
    else:
        checks.append("mixed model not tried: fewer than three values per person on average")
    change, se, model = fitted or (*_two_stage(rows), "two-stage")
    # one common slope is known from all values, an average of slopes only from so many people
    df = len(rows) - people - 1 if model == INTERCEPT else people - 1
    half = float(stats.t.ppf(0.5 + level / 2, df)) * se
    return Trend(
        people, len(rows), change, se, df, change - half, change + half, model, tuple(checks)
    )


def _mixed(
    rows: pd.DataFrame, checks: list[str], *, slopes: bool
) -> tuple[float, float, str] | None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    design = np.column_stack([np.ones(len(rows)), rows["time"]])
    varying = design if slopes else design[:, :1]
    name = "mixed, random slope" if slopes else INTERCEPT
    model = MixedLM(rows["score"].to_numpy(), design, rows["person"].to_numpy(), exog_re=varying)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they say is checked below, and told
            fit: Any = model.fit(reml=True, method=["lbfgs", "bfgs"])
            se, covariance = float(fit.bse_fe[1]), np.asarray(fit.cov_re)
    except (np.linalg.LinAlgError, ValueError) as error:
        checks.append(f"{name}: failed ({type(error).__name__})")
        return None
    smallest = float(np.linalg.eigvalsh(covariance)[0])
    if slopes and smallest < 1e-3 * max(float(fit.scale), 1e-12):
        checks.append(AT_BOUNDARY)
    elif not fit.converged:
        checks.append(f"{name}: did not converge")
    elif not (math.isfinite(se) and se > 0):
        checks.append(f"{name}: no standard error")
    else:
        return float(fit.fe_params[1]), se, name
    return None


def _two_stage(rows: pd.DataFrame) -> tuple[float, float]:
    times, scores = (rows[c] - rows.groupby("person")[c].transform("mean") for c in _BOTH)
    sums = pd.DataFrame({"xy": times * scores, "xx": times**2}).groupby(rows["person"]).sum()
    slopes = (sums["xy"] / sums["xx"]).to_numpy()
    return float(slopes.mean()), float(slopes.std(ddof=1) / math.sqrt(len(slopes)))


_BOTH = ("time", "score")


def reliable(change: ArrayLike, sd_untreated: float, *, level: float = 0.95) -> FloatArray:
    """Which single changes are larger than chance and a natural month make: -1 better, 1 worse, 0.

    Jacobson and Truax (1991, *J. Consult. Clin. Psychol.* 59, 12) divide a change by the standard
    error of a difference and call it reliable beyond 1.96. They take that error from a test-retest
    correlation, ``sd_first * sqrt(2 * (1 - r))``. Where untreated people were measured twice, the
    SD of their changes is the same thing observed, and it is what is given here.

    Examples
    --------
    >>> reliable([-4.0, -1.0, 3.5], sd_untreated=1.5)
    array([-1.,  0.,  1.])
    """
    check_level(level)
    if not sd_untreated > 0:
        raise ValueError(f"sd_untreated = {sd_untreated:g} must be above 0")
    values = np.asarray(change, dtype=float)
    beyond = np.abs(values) > stats.norm.ppf(0.5 + level / 2) * sd_untreated
    return np.where(np.isnan(values), np.nan, np.sign(values) * beyond + 0.0)


def share(events: int, people: int, *, level: float = 0.95) -> tuple[float, float, float]:
    """A share with Wilson's interval (1927), which holds for small numbers and at 0 and 1.

    >>> tuple(round(s, 3) for s in share(5, 50))
    (0.1, 0.043, 0.214)
    """
    check_level(level)
    if not 0 <= events <= people or people < 1:
        raise ValueError(f"events = {events} must lie between 0 and people = {people}, not 0")
    low, high = proportion_confint(events, people, alpha=1 - level, method="wilson")
    told = events / people
    return told, min(float(low), told), max(float(high), told)  # rounding at 0 and 1
