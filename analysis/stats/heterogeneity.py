"""How much true effects differ between studies: Q, and what else tau2 is found from, in bulk.

All estimates of tau2 ask how far the study effects scatter beyond their sampling error, as a
function of a trial value ``t`` of tau2 (the variance of the true effects). With weights ``w = 1 /
(v + t)``, the weighted mean ``mu`` of each group (one group, unless subgroups share one tau2),
residuals ``r = y - mu`` and the projection matrix ``P = diag(w) - w w' / sum(w)``:

* ``Q(t) = y'Py = sum(w r**2)``: the generalised Q statistic; Q(0) is Cochran's Q.
* ``-Q'(t) = y'PPy = sum(w**2 r**2)`` and ``trace(t) = tr P = sum(w) - sum(w**2) / sum(w)``.
* restricted log-likelihood ``-(sum(log(v + t)) + log(sum(w)) + Q(t)) / 2`` and its slope
  ``(y'PPy - tr P) / 2``.

Here they are computed for many questions at once, as segment sums over one flat table. The solvers
in :mod:`analysis.stats.tau2` and the results in :mod:`analysis.stats.batch` rest on it.

Effects are centred and scaled first (by a power of two, so without rounding): data in units of
1e-6 and of 1e6 take the same path, and every tolerance is relative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.stats._checks import FloatArray

Tau2 = Literal["PM", "DL", "REML", "CE"]
TAU2_METHODS: tuple[Tau2, ...] = ("PM", "DL", "REML", "CE")

Positions: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True)
class Moments:
    """What the restricted likelihood needs at one trial value of tau2 per question.

    ``square`` is y'PPy, ``trace`` tr P; ``cube`` y'PPPy and ``trace2`` tr PP give their slopes:
    ``square' = -2 cube`` and ``trace' = -trace2``. All of them fall as t grows.
    """

    square: FloatArray
    trace: FloatArray
    cube: FloatArray
    trace2: FloatArray


@dataclass(frozen=True)
class Scatter:
    """The scatter of studies about their group's mean, as a function of tau2; many questions.

    Made by :func:`scatter`. A question's rows lie together, and within it those of each of its
    ``groups`` (mostly one), which share the question's tau2 but have a mean each. A group's most
    precise study comes first. Effects ``y`` and variances ``v`` are centred and scaled. Trial
    values ``t`` and results have one entry per question, in scaled units: a tau2 is
    ``t * unit**2``.
    """

    y: FloatArray
    v: FloatArray
    rows_in_group: Positions
    groups: Positions
    centre: FloatArray
    unit: FloatArray

    @cached_property
    def rows(self) -> Positions:
        """Number of studies of each question."""
        if self._one_group_each:
            return self.rows_in_group
        return np.add.reduceat(self.rows_in_group, starts_of(self.groups))

    @cached_property
    def starts(self) -> Positions:
        """Where each question's rows begin."""
        return self._group_starts if self._one_group_each else starts_of(self.rows)

    @cached_property
    def df(self) -> FloatArray:
        """Degrees of freedom: studies less groups."""
        return (self.rows - self.groups).astype(float)

    @cached_property
    def lowest(self) -> FloatArray:
        """Smallest variance of each question."""
        return np.minimum.reduceat(self.v, self.starts)

    @cached_property
    def highest(self) -> FloatArray:
        """Largest variance of each question."""
        return np.maximum.reduceat(self.v, self.starts)

    @cached_property
    def spread(self) -> FloatArray:
        """Sum of squares about the groups' plain means; bounds Q(t) from both sides."""
        means = self._by_group(self.y) / self.rows_in_group
        return self._by_question((self.y - self._to_rows(means)) ** 2)

    def means(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The weighted mean of each *group*, in the units of the effects, and its sum of weights.

        The weights are in units of the effects too: 1 / sum is the variance of the mean.
        """
        w = 1 / (self.v + np.repeat(t, self.rows))
        weight, unit = self._by_group(w), np.repeat(self.unit, self.groups)
        return self.centre + unit * (self._by_group(w * self.y) / weight), weight / unit**2

    def q(self, t: FloatArray) -> FloatArray:
        """Q about the groups' own weighted means."""
        return self.q_and_square(t)[0]

    def q_about(self, centre: float) -> FloatArray:
        """Cochran's Q about a given value, in the units of the effects."""
        unit, middle = np.repeat(self.unit, self.groups), self._to_rows(self.centre)
        away = self.y - (centre - middle) / self._to_rows(unit)
        return self._by_question(away**2 / self.v)

    def q_and_square(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Q and minus its slope, y'PPy."""
        w = 1 / (self.v + np.repeat(t, self.rows))
        residual = self.y - self._to_rows(self._by_group(w * self.y) / self._by_group(w))
        projected = w * residual
        return self._by_question(projected * residual), self._by_question(projected**2)

    def trace(self, t: FloatArray) -> FloatArray:
        """Trace of the projection matrix."""
        w = 1 / (self.v + np.repeat(t, self.rows))
        share = w / self._to_rows(self._by_group(w))
        return self._by_question(w * self._rest(share))

    def typical_variance(self) -> FloatArray:
        """The 'typical' sampling variance of Higgins and Thompson (2002), df / trace(0)."""
        trace = self.trace(np.zeros(len(self.rows)))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.df > 0, self.df / trace, np.nan)  # one study has none

    def log_likelihood(self, t: FloatArray) -> FloatArray:
        """The restricted log-likelihood, up to a constant of the data."""
        total = self.v + np.repeat(t, self.rows)
        weights = np.log(self._by_group(1 / total))
        return -(self._by_question(np.log(total)) + self._over_groups(weights) + self.q(t)) / 2

    def moments(self, t: FloatArray) -> Moments:
        """The slope of the restricted likelihood in its two parts, and the slopes of these."""
        w = 1 / (self.v + np.repeat(t, self.rows))
        total = self._by_group(w)
        share = w / self._to_rows(total)
        rest = self._rest(share)
        projected = w * (self.y - self._to_rows(self._by_group(share * self.y)))
        # y'PPPy = sum(w (Py - weighted mean of Py)**2); the first study's difference apart, as
        # where it has nearly all the weight it has nearly made the mean
        pulled = share * projected
        away = projected - self._to_rows(self._by_group(pulled))
        first = self._group_starts
        away[first] = (rest * projected)[first] - self._without_first(pulled)
        # tr PP = squares on P's diagonal, and beside it (w_i w_j / sum(w))**2
        square = w * share
        leading, others = square[first], self._without_first(square)
        beside = 2 * leading * others + (others**2 - self._without_first(square**2))
        return Moments(
            square=self._by_question(projected**2),
            trace=self._by_question(w * rest),
            cube=self._by_question(w * away**2),
            trace2=self._by_question((w * rest) ** 2) + self._over_groups(beside),
        )

    def take(self, questions: Positions) -> Scatter:
        """The scatter of some of the questions, in the order given; repeats are welcome."""
        whole = len(self.groups)
        if len(questions) == whole and np.array_equal(questions, np.arange(whole)):
            return self
        at = runs(self.starts[questions], self.rows[questions])
        one = self._one_group_each
        group = (
            questions if one else runs(starts_of(self.groups)[questions], self.groups[questions])
        )
        return Scatter(
            self.y[at],
            self.v[at],
            self.rows_in_group[group],
            self.groups[questions],
            self.centre[group],
            self.unit[questions],
        )

    @cached_property
    def _one_group_each(self) -> bool:
        return len(self.groups) == len(self.rows_in_group)

    @cached_property
    def _group_starts(self) -> Positions:
        return starts_of(self.rows_in_group)

    def _by_group(self, values: FloatArray) -> FloatArray:
        return np.add.reduceat(values, self._group_starts)

    def _by_question(self, values: FloatArray) -> FloatArray:
        return np.add.reduceat(values, self.starts)

    def _over_groups(self, values: FloatArray) -> FloatArray:
        return values if self._one_group_each else np.add.reduceat(values, starts_of(self.groups))

    def _without_first(self, values: FloatArray) -> FloatArray:
        """Sums by group without the group's first study, its most precise one."""
        values = values.copy()
        values[self._group_starts] = 0.0
        return self._by_group(values)

    def _rest(self, share: FloatArray) -> FloatArray:
        """1 - share without loss of digits where one study, the first, has nearly all weight."""
        rest = 1 - share
        rest[self._group_starts] = self._without_first(share)
        return rest

    def _to_rows(self, values: FloatArray) -> FloatArray:
        return np.repeat(values, self.rows_in_group)


def scatter(
    effect: FloatArray,
    variance: FloatArray,
    rows_in_group: Positions | None = None,
    groups: Positions | None = None,
) -> Scatter:
    """Centre and scale studies, each group about its most precise one.

    ``rows_in_group`` and ``groups`` say how many consecutive rows each group has and how many
    consecutive groups each question; all rows are one group, and each group is a question of its
    own, where omitted. The most precise study is where digits matter most, and studies that agree
    exactly keep a scatter of exactly 0.
    """
    sizes = np.array([len(effect)]) if rows_in_group is None else rows_in_group
    counts = np.ones(len(sizes), dtype=np.intp) if groups is None else groups
    best = np.minimum.reduceat(variance, starts_of(sizes))
    hits = np.flatnonzero(variance == np.repeat(best, sizes))[::-1]
    chosen = np.empty(len(sizes), dtype=np.intp)
    chosen[np.repeat(np.arange(len(sizes)), sizes)[hits]] = hits  # the last one written stays
    centre, first = effect[chosen], starts_of(sizes)
    effect, variance = effect.copy(), variance.copy()
    effect[chosen], variance[chosen] = effect[first], variance[first]
    effect[first], variance[first] = centre, best
    smallest = best if groups is None else np.minimum.reduceat(best, starts_of(counts))
    unit = np.ldexp(1.0, np.round(np.log2(smallest) / 2).astype(int))
    by_row = np.repeat(np.repeat(unit, counts), sizes)
    return Scatter(
        (effect - np.repeat(centre, sizes)) / by_row,
        variance / by_row**2,
        sizes,
        counts,
        centre,
        unit,
    )


def starts_of(sizes: Positions) -> Positions:
    """Where consecutive runs of these sizes begin."""
    starts = np.zeros(len(sizes), dtype=np.intp)
    np.cumsum(sizes[:-1], out=starts[1:])
    return starts


def runs(starts: Positions, sizes: Positions) -> Positions:
    """The positions in several runs, one after the other."""
    return np.repeat(starts - starts_of(sizes), sizes) + np.arange(int(sizes.sum()))


def parts(rows: Positions, most: int) -> list[slice]:
    """Consecutive questions in parts of about ``most`` rows, one question at least."""
    ends = np.flatnonzero(np.diff(np.cumsum(rows) // most)) + 1
    return [slice(a, b) for a, b in zip([0, *ends], [*ends, len(rows)], strict=True)]
