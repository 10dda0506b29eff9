"""Tau2, the variance of the true effects, by four methods, and its interval; in bulk.

Every solver keeps a bracket around its solution, so that none can miss or fail to converge, takes
Newton steps inside it, and drops a question from the flat table once it is solved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy import special

from analysis.stats._checks import BoolArray, FloatArray, check_choice
from analysis.stats.heterogeneity import TAU2_METHODS, Positions, Scatter, Tau2, parts

ROUNDING = 4 * np.finfo(float).eps
NEWTON_STEPS = 12  # from then on every other step halves the bracket
MOST_STEPS = 400  # out of reach: halving alone needs 64 + log2 of the range's logarithm
SURE = 1 - 1e-9  # room for rounding where an inequality is to settle something
FINEST = 1.05  # ratio of v + t within which the likelihood has no two peaks worth telling apart
CELLS = 1_000_000  # rows times trial values held at once; bounds the memory

Step: TypeAlias = Callable[[Scatter, Positions, FloatArray], tuple[FloatArray, BoolArray]]


def estimate(scatter: Scatter, method: Tau2, q_centre: float | None = None) -> FloatArray:
    """Tau2 of each question by ``method``, in scaled units and never below 0.

    PM: Paule and Mandel (1982), the t at which Q(t) equals its degrees of freedom.
    DL: DerSimonian and Laird (1986), (Q(0) - df) / trace(0); Q about ``q_centre`` if one is given.
    REML: the t of the highest restricted likelihood (see :func:`highest_likelihood`).
    CE: 0, by assumption. One study: 0.
    """
    check_choice("tau2", method, TAU2_METHODS)
    zero = np.zeros(len(scatter.rows))
    if method == "CE":
        return zero
    several = scatter.df > 0
    if not several.all():
        if several.any():
            zero[several] = estimate(scatter.take(np.flatnonzero(several)), method, q_centre)
        return zero
    if method == "DL":
        q = scatter.q(zero) if q_centre is None else scatter.q_about(q_centre)
        return np.maximum(0.0, (q - scatter.df) / scatter.trace(zero))
    if method == "PM":
        return where_q_is(scatter, scatter.df)
    return highest_likelihood(scatter)


def interval(scatter: Scatter, level: float) -> tuple[FloatArray, FloatArray]:
    """The Q-profile interval of tau2 (Viechtbauer 2007, *Statistics in Medicine* 26, 37), scaled.

    All tau2 under which a Q as large as ours would be neither surprisingly big nor small: Q(t) is
    chi-squared with df degrees of freedom at the true t. Depends on the data, not on how tau2 was
    estimated, so it need not hold a DL or REML estimate. (0, 0) where the studies agree better than
    chance would have it even at t = 0; NaN for one study.
    """
    low, high = np.full((2, len(scatter.rows)), np.nan)
    at = np.flatnonzero(scatter.df > 0)
    if len(at):
        some = scatter.take(at)
        tail = (1 - level) / 2
        rare: FloatArray = np.asarray(special.chdtri(some.df, tail), dtype=float)
        common: FloatArray = np.asarray(2 * special.gammaincinv(some.df / 2, tail), dtype=float)
        low[at], high[at] = where_q_is(some, rare), where_q_is(some, common)
    return low, high


def where_q_is(scatter: Scatter, target: FloatArray) -> FloatArray:
    """The t >= 0 at which Q(t) falls to ``target`` (above 0); 0 where Q(0) is already below it.

    Newton steps on ``1 / Q(t) = 1 / target``. As ``Q(t) = sum(z**2 / (d + t))`` for some z and
    d >= 0, 1 / Q is concave: steps from the left never pass the solution, and with equal variances
    the first one lands on it. The bracket is ``spread / (t + max v) <= Q(t) <= spread / (t +
    min v)``.

    No absolute tolerance could serve here: metafor's ``tau2.PM`` (tol 1e-13) and statsmodels'
    (``atol``) stop short of six digits for outcomes in small units, or never where rounding takes
    the last step past the solution.
    """
    low = np.maximum(0.0, scatter.spread / target - scatter.highest)
    high = np.maximum(low, scatter.spread / target - scatter.lowest)

    def step(some: Scatter, at: Positions, t: FloatArray) -> tuple[FloatArray, BoolArray]:
        q, square = some.q_and_square(t)
        excess = q - target[at]
        with np.errstate(all="ignore"):
            return q / target[at] * (excess / square), excess > 0

    # A step of this size leaves an error of its square: |g''/g'| of 1/Q is at most 2 / (t + min v).
    return _solve(scatter, np.arange(len(target)), low, high, step, close=1e-8)


def highest_likelihood(scatter: Scatter) -> FloatArray:
    """The highest point of the restricted likelihood over t >= 0, in scaled units.

    The likelihood can have several peaks, and an iteration ends on one of them. So every fall of
    its slope through zero is isolated (:func:`_falls`) and refined, and the best one taken.
    """
    zero = np.zeros(len(scatter.rows))
    at, low, high, falling = _falls(scatter)

    def step(some: Scatter, _: Positions, t: FloatArray) -> tuple[FloatArray, BoolArray]:
        m = some.moments(t)
        with np.errstate(all="ignore"):
            move = (m.square / m.trace - 1) / (2 * m.cube / m.square - m.trace2 / m.trace)
        return move, m.square > m.trace

    roots = _solve(scatter, at, low, high, step, close=ROUNDING)
    candidates = np.concatenate([np.flatnonzero(falling), at])
    peaks = np.concatenate([zero[falling], roots])
    best = zero
    alone = np.bincount(candidates, minlength=len(zero)) == 1
    single = alone[candidates]
    best[candidates[single]] = peaks[single]
    rival, peak = candidates[~single], peaks[~single]
    if len(rival):
        height = scatter.take(rival).log_likelihood(peak)
        order = np.lexsort([height, rival])
        best[rival[order]] = peak[order]  # the last one written, the highest, stays
    return best


def _falls(scatter: Scatter) -> tuple[Positions, FloatArray, FloatArray, BoolArray]:
    """Where the slope of the restricted likelihood falls through zero: question, low, high of each.

    Also which questions' slope is not above zero at t = 0, so that 0 itself is a peak.

    Branch and bound. Beyond ``last`` the slope is negative: there the bounds of y'PPy and of the
    trace have crossed. The interval up to there is halved until each piece is settled by
    :func:`_settled`, which for variances that are alike it is at once.
    """
    mean_square = scatter.spread / scatter.df
    low, high = scatter.lowest, scatter.highest
    last = (mean_square + np.sqrt(mean_square**2 + 4 * mean_square * (high - low))) / 2 - low
    falling = np.ones(len(low), dtype=bool)
    at = np.flatnonzero(last > 0)
    left, right = _shape(scatter, at, np.zeros(len(at))), _shape(scatter, at, last[at])
    falling[at] = ~_rising(left)
    still = _rising(right)  # by rounding only, as beyond the last point there is no peak
    found = [(at[still], right[0, still], right[0, still])]
    while len(at):
        thin = right[0] + low[at] <= FINEST * (left[0] + low[at])
        settled, monotone = _settled(left, right)
        falls = _rising(left) & ~_rising(right)
        ready = falls & (monotone | thin)
        found.append((at[ready], left[0, ready], right[0, ready]))
        halve = ~(thin | ready | (~falls & (settled | monotone)))
        at, left, right = at[halve], left[:, halve], right[:, halve]
        middle = _shape(scatter, at, _middle(left[0], right[0], low[at]))
        at, left, right = (
            np.concatenate([at, at]),
            np.hstack([left, middle]),
            np.hstack([middle, right]),
        )
    questions, lows, highs = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return questions, lows, highs, falling


def _shape(scatter: Scatter, at: Positions, t: FloatArray) -> FloatArray:
    """What :func:`_settled` needs at trial values ``t`` of the questions ``at``, as rows.

    t, A**-0.5 with its slope, B**-0.5 with its slope, A / C, B / D; A to D as in :class:`Moments`.
    """
    if not len(at):
        return np.empty((7, 0))
    found = [scatter.take(at[part]).moments(t[part]) for part in parts(scatter.rows[at], CELLS)]
    a, b, c, d = (
        np.concatenate([getattr(m, name) for m in found])
        for name in ("square", "trace", "cube", "trace2")
    )
    with np.errstate(all="ignore"):
        root_a, root_b = a**-0.5, b**-0.5
        return np.stack([t, root_a, c / a * root_a, root_b, d / b * root_b / 2, a / c, b / d])


def _rising(shape: FloatArray) -> BoolArray:
    rising: BoolArray = shape[1] < shape[3]  # A > B
    return rising


def _settled(left: FloatArray, right: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Intervals in which the slope A - B surely keeps its sign; and in which A / B is monotone.

    A and B are sums of ``z**2 / (d + t)**2`` and of ``1 / (d + t)`` over the same d >= 0. Hence
    ``A**-0.5``, ``1 / B`` and ``B**-0.5`` are concave: above their chord, below their tangents. And
    ``A / C`` and ``B / D`` rise by at least 1 per unit of t, which bounds both within the interval;
    A / B falls where ``A / (2 C) < B / D``. Rounding spoils the bounds of extreme weights: such
    intervals are not settled but halved.
    """
    t, a, a_slope, b, b_slope, ac, bd = left
    t1, a1, a1_slope, b1, b1_slope, ac1, bd1 = right
    h = t1 - t
    with np.errstate(all="ignore"):
        x = _kink(a, a_slope, a1, a1_slope, h)
        above = (a + a_slope * x) ** 2 < SURE * (b**2 + (b1**2 - b**2) * x / h)
        x = _kink(b, b_slope, b1, b1_slope, h)
        below = SURE * (a + (a1 - a) * x / h) > b + b_slope * x
        falls = (ac1 - h < SURE * 2 * bd) & (ac1 < SURE * 2 * (bd + h))
        rises = (SURE * ac > 2 * (bd1 - h)) & (SURE * (ac + h) > 2 * bd1)
    up, up1 = _rising(left), _rising(right)
    return (above & up & up1) | (below & ~up & ~up1), falls | rises


def _kink(
    f: FloatArray, s: FloatArray, f1: FloatArray, s1: FloatArray, h: FloatArray
) -> FloatArray:
    """Where the tangents at both ends of an interval of length ``h`` meet; 0 if it is a line."""
    x = (f1 - s1 * h - f) / (s - s1)
    return np.where(s > s1, np.clip(x, 0.0, h), 0.0)


def _middle(low: FloatArray, high: FloatArray, offset: FloatArray) -> FloatArray:
    """The middle on the scale of log(offset + t), on which all these functions vary."""
    return np.sqrt((low + offset) * (high + offset)) - offset


def _solve(
    scatter: Scatter,
    at: Positions,
    low: FloatArray,
    high: FloatArray,
    step: Step,
    close: float,
) -> FloatArray:
    """Solve a falling function of t for questions ``at`` between ``low`` and ``high``, from low.

    ``step`` gives for some questions at t the Newton step and whether the solution is above t. A
    step that leaves the bracket is replaced by halving it; one below ``close * (t + min v)`` is the
    last.
    """
    answers = np.empty(len(at))
    for part in parts(scatter.rows[at], CELLS):
        answers[part] = _solve_part(
            scatter.take(at[part]), at[part], low[part], high[part], step, close
        )
    return answers


def _solve_part(
    some: Scatter,
    at: Positions,
    low: FloatArray,
    high: FloatArray,
    step: Step,
    close: float,
) -> FloatArray:
    answers, left, t = low.copy(), np.arange(len(at)), low
    for count in range(MOST_STEPS):
        move, above = step(some, at, t)
        low, high = np.where(above, t, low), np.where(above, high, t)
        done = np.abs(move) <= close * (t + some.lowest)
        done |= high - low <= ROUNDING * (high + some.lowest)
        forward = t + move
        inside = (low < forward) & (forward < high)
        if count >= NEWTON_STEPS and count % 2:
            inside[:] = False
        t = np.where(inside, forward, _middle(low, high, some.lowest))
        t = np.where(done, np.clip(np.where(np.isfinite(forward), forward, t), low, high), t)
        answers[left] = t
        if done.all():
            break
        if done.any():
            kept = np.flatnonzero(~done)
            some, at, left = some.take(kept), at[kept], left[kept]
            low, high, t = low[kept], high[kept], t[kept]
    return answers
