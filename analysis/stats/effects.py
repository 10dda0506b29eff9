"""Effect sizes with their sampling variances: from the two arms of a trial, or as reported.

Every function takes scalars, sequences, arrays or Series (matched by position, not by index) and
returns ``(effect, variance)``: floats for scalars, otherwise numpy arrays of the common shape.

Sign. An effect is always *treatment minus control*. Where a higher score means more symptoms,
negative therefore means fewer symptoms, and favours the treatment; turning scales that run the
other way is the caller's job.

Missing. NaN in gives NaN out, for effect and variance both. Impossible input (an SD of 0, an arm
of one, more events than people, an interval that misses its estimate) raises ValueError with the
name, position and value.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import poch
from statsmodels.stats.meta_analysis import effectsize_2proportions, effectsize_smd

from analysis.stats._checks import FloatArray, Floats, check_choice, finish, refuse, together
from analysis.stats.reported import (
    from_difference_interval,
    from_difference_p,
    from_ratio_interval,
    from_ratio_p,
)

__all__ = [
    "from_difference_interval",
    "from_difference_p",
    "from_ratio_interval",
    "from_ratio_p",
    "hedges_correction",
    "hedges_g",
    "log_risk_ratio",
    "mantel_haenszel_log_rr",
    "mean_difference",
    "standardise_difference",
]

Variance = Literal["large_sample", "revman"]


def mean_difference(
    mean_t: ArrayLike,
    sd_t: ArrayLike,
    n_t: ArrayLike,
    mean_c: ArrayLike,
    sd_c: ArrayLike,
    n_c: ArrayLike,
) -> tuple[Floats, Floats]:
    """Difference of two means, in the units of the scale.

    ``effect = mean_t - mean_c``; ``variance = sd_t**2 / n_t + sd_c**2 / n_c``, each arm with its
    own SD. This is what RevMan and metafor (measure "MD") compute. See Borenstein, Hedges, Higgins
    and Rothstein (2009), *Introduction to Meta-Analysis*, chapter 4.

    Parameters
    ----------
    mean_t, sd_t, n_t : array_like
        Mean, standard deviation (not standard error) and size of the treated arm.
    mean_c, sd_c, n_c : array_like
        The same of the control arm.

    Raises
    ------
    ValueError
        For an SD of 0 or below, an arm below 2, or an infinite number.

    Examples
    --------
    >>> effect, variance = mean_difference(40.0, 20.0, 25, 50.0, 20.0, 25)
    >>> round(effect, 3), round(variance, 3)
    (-10.0, 32.0)
    """
    mt, st, nt, mc, sc, nc = _arms(mean_t, sd_t, n_t, mean_c, sd_c, n_c)
    return finish(mt - mc, st**2 / nt + sc**2 / nc)


def hedges_g(
    mean_t: ArrayLike,
    sd_t: ArrayLike,
    n_t: ArrayLike,
    mean_c: ArrayLike,
    sd_c: ArrayLike,
    n_c: ArrayLike,
    *,
    variance: Variance = "large_sample",
) -> tuple[Floats, Floats]:
    """Standardised mean difference with Hedges' small-sample correction, in SD units.

    ``g = J(m) * (mean_t - mean_c) / sd_pooled`` with ``m = n_t + n_c - 2``. Lets trials be
    compared that measured one thing on different scales.

    Parameters
    ----------
    mean_t, sd_t, n_t, mean_c, sd_c, n_c : array_like
        As in :func:`mean_difference`.
    variance : {"large_sample", "revman"}
        Which of two conventions to follow.
        ``"large_sample"``: the exact correction ``J(m)`` (see :func:`hedges_correction`) and
        ``1/n_t + 1/n_c + g**2 / (2 N)``; Hedges (1981, 1982), metafor's measure "SMD".
        ``"revman"``: the usual approximation of J, ``1 - 3 / (4 N - 9)``, and
        ``1/n_t + 1/n_c + g**2 / (2 (N - 3.94))``; what Cochrane reviews made with RevMan print.
        It is statsmodels' ``effectsize_smd``.

    Raises
    ------
    ValueError
        As :func:`mean_difference`, and for an unknown ``variance``.

    Examples
    --------
    >>> effect, var = hedges_g(40.0, 20.0, 25, 50.0, 20.0, 25)
    >>> round(effect, 4), round(var, 4)
    (-0.4921, 0.0824)
    """
    check_choice("variance", variance, ("large_sample", "revman"))
    mt, st, nt, mc, sc, nc = _arms(mean_t, sd_t, n_t, mean_c, sd_c, n_c)
    if variance == "revman":
        g, var = effectsize_smd(mt, st, nt, mc, sc, nc)
        return finish(np.asarray(g), np.asarray(var))
    df = nt + nc - 2
    pooled = np.sqrt(((nt - 1) * st**2 + (nc - 1) * sc**2) / df)
    return finish(*_corrected((mt - mc) / pooled, nt, nc))


def hedges_correction(df: ArrayLike) -> FloatArray:
    """The exact factor J that takes the small-sample bias out of a standardised difference.

    ``J(m) = Gamma(m/2) / (sqrt(m/2) * Gamma((m - 1)/2))``, Hedges (1981), *Journal of Educational
    Statistics* 6, 107. Always below 1, and close to it from 50 degrees of freedom on.

    Examples
    --------
    >>> round(float(hedges_correction(10)), 6)
    0.922746
    """
    m = np.asarray(df, dtype=float)
    return np.asarray(poch((m - 1) / 2, 0.5) / np.sqrt(m / 2), dtype=float)


def standardise_difference(
    difference: ArrayLike, variance: ArrayLike, n_t: ArrayLike, n_c: ArrayLike
) -> tuple[Floats, Floats]:
    """A mean difference and its variance, turned into Hedges' g and its large-sample variance.

    For trials that report a difference with its interval and no SDs. The SD that both arms share
    is recovered from the standard error, ``sd = sqrt(variance / (1/n_t + 1/n_c))`` (Cochrane
    Handbook, chapter 6). With equal SDs in both arms this gives back :func:`hedges_g` exactly. If
    the difference was adjusted for baseline, its standard error is smaller than the raw one, the
    recovered SD too small and g too large: say so where it is used.

    Raises
    ------
    ValueError
        For a variance of 0 or below, or an arm below 2.

    Examples
    --------
    >>> effect, var = standardise_difference(-10.0, 32.0, 25, 25)
    >>> round(effect, 4), round(var, 4)
    (-0.4921, 0.0824)
    """
    d, v, nt, nc = together(difference=difference, variance=variance, n_t=n_t, n_c=n_c)
    refuse("variance", v, v <= 0, "must be greater than 0")
    _check_sizes(n_t=nt, n_c=nc)
    return finish(*_corrected(d / np.sqrt(v / (1 / nt + 1 / nc)), nt, nc))


def log_risk_ratio(
    events_t: ArrayLike, n_t: ArrayLike, events_c: ArrayLike, n_c: ArrayLike
) -> tuple[Floats, Floats]:
    """Natural logarithm of the ratio of two risks.

    ``effect = log((events_t / n_t) / (events_c / n_c))``, ``variance = 1/events_t - 1/n_t +
    1/events_c - 1/n_c``; below 0 means fewer events under treatment. If the event is a good thing
    (recovered), negative is bad: turn it before you pool.

    Empty cells. Where one of a row's four cells (events and non-events of both arms) is empty, 0.5
    is added to all four cells of that row and of no other: metafor's default (``add=1/2,
    to="only0"``), and RevMan's. A row in which nobody in either arm had the event, or everybody in
    both, says nothing about the ratio and gives NaN (metafor: ``drop00=TRUE``).

    Raises
    ------
    ValueError
        For negative events, more events than people, or an arm below 2.

    Examples
    --------
    >>> effect, variance = log_risk_ratio([7, 0], [27, 10], [16, 3], [27, 12])
    >>> effect.round(4), variance.round(4)
    (array([-0.8267, -1.7789]), array([0.1313, 2.1179]))
    """
    et, nt, ec, nc = _counts(events_t, n_t, events_c, n_c)
    uninformative = ((et == 0) & (ec == 0)) | ((et == nt) & (ec == nc))
    empty_cell = (et == 0) | (ec == 0) | (et == nt) | (ec == nc)
    # statsmodels 0.15's zero_correction adds to the counts of rows without an empty cell too, so
    # the counts are corrected here and the option stays off.
    add = np.where(uninformative, np.nan, np.where(empty_cell, 0.5, 0.0))
    effect, variance = effectsize_2proportions(
        et + add, nt + 2 * add, ec + add, nc + 2 * add, statistic="risk-ratio"
    )
    return finish(np.asarray(effect), np.asarray(variance))


def mantel_haenszel_log_rr(
    events_t: ArrayLike, n_t: ArrayLike, events_c: ArrayLike, n_c: ArrayLike
) -> tuple[float, float]:
    """One common log risk ratio of several trials, by Mantel and Haenszel's weights.

    ``RR = sum(events_t * n_c / N) / sum(events_c * n_t / N)``, with the variance of its logarithm
    by Greenland and Robins (1985), *Biometrics* 41, 55. No cell is ever corrected: it does not
    need it unless an arm has no event in any trial.

    RevMan takes this as the centre about which it measures heterogeneity, also for its
    "Mantel-Haenszel, random-effects" results. To reproduce such a Cochrane analysis give it to
    :func:`analysis.stats.pooling.pool`: ``pool(*log_risk_ratio(...), tau2="DL",
    interval="normal", q_centre=mantel_haenszel_log_rr(...)[0])``.

    Raises
    ------
    ValueError
        As :func:`log_risk_ratio`; also for missing counts, and when an arm has no event at all.

    Examples
    --------
    >>> estimate, variance = mantel_haenszel_log_rr([43, 7], [57, 27], [39, 16], [57, 27])
    >>> round(estimate, 4), round(variance, 4)
    (-0.0953, 0.0138)
    """
    et, nt, ec, nc = (np.atleast_1d(a) for a in _counts(events_t, n_t, events_c, n_c))
    for name, counts in (("events_t", et), ("n_t", nt), ("events_c", ec), ("n_c", nc)):
        refuse(name, counts, np.isnan(counts), "is missing: drop the study")
    for name, counts in (("events_t", et), ("events_c", ec)):
        if not counts.sum() > 0:
            raise ValueError(f"{name}: no trial has an event in this arm, so no ratio is defined")
    total = nt + nc
    treated, control = (et * nc / total).sum(), (ec * nt / total).sum()
    spread = ((nt * nc * (et + ec) - et * ec * total) / total**2).sum()
    return float(np.log(treated / control)), float(spread / (treated * control))


def _corrected(d: FloatArray, nt: FloatArray, nc: FloatArray) -> tuple[FloatArray, FloatArray]:
    g = hedges_correction(nt + nc - 2) * d
    return g, 1 / nt + 1 / nc + g**2 / (2 * (nt + nc))


def _check_sizes(**sizes: FloatArray) -> None:
    for name, n in sizes.items():
        refuse(name, n, n < 2, "must be at least 2 (one person has no spread)")


def _arms(
    mean_t: ArrayLike,
    sd_t: ArrayLike,
    n_t: ArrayLike,
    mean_c: ArrayLike,
    sd_c: ArrayLike,
    n_c: ArrayLike,
) -> list[FloatArray]:
    arms = together(mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c)
    _check_sizes(n_t=arms[2], n_c=arms[5])
    for name, sd in (("sd_t", arms[1]), ("sd_c", arms[4])):
        refuse(name, sd, sd <= 0, "must be greater than 0")
    return arms


def _counts(
    events_t: ArrayLike, n_t: ArrayLike, events_c: ArrayLike, n_c: ArrayLike
) -> list[FloatArray]:
    counts = together(events_t=events_t, n_t=n_t, events_c=events_c, n_c=n_c)
    et, nt, ec, nc = counts
    _check_sizes(n_t=nt, n_c=nc)
    for name, events, n in (("events_t", et, nt), ("events_c", ec, nc)):
        refuse(name, events, events < 0, "must not be negative")
        refuse(name, events, events > n, "is more than the people in that arm")
    return counts
