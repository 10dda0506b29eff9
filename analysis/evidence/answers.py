"""One answer: what the strongest evidence held says, against one comparator in one time window.

The order of strength is fixed: two or more trials in people with chronic pain; a published pooled
estimate in such people; one such trial; then two or more trials or a published estimate in other
people, marked as indirect. One trial in other people answers nothing. Where only directions or p
values are published, nothing is pooled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Protocol

import pandas as pd

from analysis.evidence import sentences
from analysis.evidence.certainty import Certainty, assess, assess_published
from analysis.evidence.claims import MEASURES, Claim, Published
from analysis.evidence.published import aligned
from analysis.evidence.selection import DIRECT, INDIRECT, Selection, select
from analysis.stats.equivalence import Equivalence, equivalence
from analysis.stats.pooling import PooledEffect, pool

TRIALS, REVIEW, NOTHING = "trials", "review", "nothing"


@dataclass(frozen=True)
class Answer:
    """What the evidence says about one claim against one comparator in one time window.

    ``basis`` is ``trials``, ``review`` (a published pooled estimate) or ``nothing``; ``population``
    is ``direct`` or ``indirect``. ``pooled`` is None where nothing could be tested; below zero
    favours massage, ratios are on the log scale. ``margin`` is the smallest difference that
    matters, in the same unit.
    """

    claim: Claim
    comparator: str
    horizon: str
    verdict: str
    basis: str
    population: str
    measure: str
    margin: float
    selection: Selection
    pooled: PooledEffect | None
    certainty: Certainty | None
    equivalence: Equivalence | None
    rows: tuple[str, ...]
    k: int | None
    n: int | None
    who: str
    mixed: bool = False

    @property
    def unit(self) -> str:
        """The measure's unit in words."""
        return self.claim.unit if self.measure == self.claim.effect else MEASURES[self.measure][0]

    @property
    def unit_short(self) -> str:
        """The measure's unit in one word."""
        return (
            self.claim.unit_short
            if self.measure == self.claim.effect
            else MEASURES[self.measure][1]
        )

    def shown(self, value: float) -> float:
        """A value of the analysis scale as a reader sees it: ratios are not logged."""
        return math.exp(value) if self.measure == "RR" else value

    @property
    def too_little(self) -> bool:
        """Whether the evidence is too little to judge by, whatever it found."""
        return settles_nothing(self.claim, self.k, self.n)

    @property
    def sentence(self) -> str:
        """The answer in one plain sentence, made from the numbers."""
        return sentences.answer(self)


class Estimated(Protocol):
    """What the verdict rules read of a pooled effect."""

    @property
    def estimate(self) -> float: ...  # noqa: D102
    @property
    def ci_low(self) -> float: ...  # noqa: D102
    @property
    def ci_high(self) -> float: ...  # noqa: D102


def word(
    pooled: Estimated | None,
    certainty: str | None,
    margin: float,
    equivalent: bool,
    *,
    settles_nothing: bool = False,
) -> str:
    """The verdict word of one answer about an effect (docs/methods.md has the table).

    Parameters
    ----------
    pooled
        Pooled effect (negative favours massage), or None without a usable trial.
    certainty
        GRADE level of that effect.
    margin
        Smallest important difference between groups, above zero.
    equivalent
        Whether two one-sided tests show the effect to lie within ``-margin`` to ``margin``.
    settles_nothing
        One or two small trials stand alone: whatever they found, there is no clear effect.
    """
    if pooled is None:
        return "not_testable"
    if settles_nothing:
        return "no_clear_effect"
    if pooled.ci_low > 0 and not equivalent:
        return "contradicted"
    if equivalent:
        return "no_clear_effect" if certainty == "very_low" else "not_supported"
    if pooled.ci_high >= 0:
        return "no_clear_effect"
    if pooled.estimate <= -margin and certainty in ("moderate", "high"):
        return "supported"
    return "supported_uncertain"


def harm_word(
    pooled: Estimated | None,
    certainty: str | None,
    margin: float,
    *,
    settles_nothing: bool = False,
) -> str:
    """The verdict word of an answer about safety: harm is not increased by more than ``margin``.

    ``pooled`` and ``margin`` are on the log scale of the risk ratio.
    """
    if pooled is None:
        return "not_testable"
    if settles_nothing:
        return "no_clear_effect"
    if pooled.ci_low > 0:
        return "contradicted"
    if pooled.ci_high >= margin:
        return "no_clear_effect"
    return "supported" if certainty in ("moderate", "high") else "supported_uncertain"


def find(
    claim: Claim, comparator: str, horizon: str, prepared: pd.DataFrame, reviews: pd.DataFrame
) -> Answer:
    """Answer one question from the strongest evidence held.

    ``prepared`` comes from :func:`analysis.evidence.selection.prepare`; ``reviews`` is the table
    of published pooled estimates, joined to nothing.
    """
    first: Selection | None = None
    for population in (DIRECT, INDIRECT):
        selection = select(claim, comparator, horizon, prepared, population=population)
        first = first or selection
        published = _published(claim, comparator, horizon, reviews, population)
        alone = published is None and population == DIRECT and len(selection.rows) == 1
        if len(selection.rows) >= 2 or alone:
            return from_trials(claim, comparator, horizon, selection)
        if published is not None:
            return from_review(claim, published[0], selection, published[1])
    assert first is not None
    return Answer(
        claim, comparator, horizon, "not_testable", NOTHING, DIRECT, claim.effect,
        margin_of(claim, claim.effect), first, None, None, None, (), 0, 0,
        "people with chronic pain",
    )  # fmt: skip


def margin_of(claim: Claim, measure: str) -> float:
    """The smallest difference that matters, on the scale of the analysis (ratios are logged)."""
    if measure == "RR":
        return math.log(claim.rules.harm_margin)
    return claim.important if measure == claim.effect else claim.rules.standardised_important


def settles_nothing(claim: Claim, k: int | None, n: int | None) -> bool:
    """Whether this is too little to judge by.

    One or two trials with fewer people than ``optimal_information_size``, or a published estimate
    that says neither how many trials nor how many people it rests on. For two trials of which one
    does not print its size, the effect counts as small evidence too.
    """
    small = n is None or n < claim.rules.optimal_information_size
    return small and (k is None or k <= 2)


def _judge(
    claim: Claim, pooled: PooledEffect, certainty: Certainty, measure: str, too_little: bool
) -> tuple[str, Equivalence]:
    margin = margin_of(claim, measure)
    # Knapp-Hartung's standard error is 0 where all trials report the very same effect
    same = equivalence(pooled.estimate, max(pooled.se, 1e-12 * margin), pooled.df, margin)
    if claim.kind == "harm":
        return harm_word(pooled, certainty.level, margin, settles_nothing=too_little), same
    verdict = word(pooled, certainty.level, margin, same.equivalent, settles_nothing=too_little)
    return verdict, same


def from_trials(claim: Claim, comparator: str, horizon: str, selection: Selection) -> Answer:
    """The answer that follows from these rows, pooled by the claim's model and judged."""
    rows = selection.rows
    pooled = pool(
        rows["effect"],
        rows["variance"],
        tau2=claim.tau2,
        interval=claim.interval_of_two if len(rows) == 2 else claim.interval,
        level=claim.rules.level,
    )
    margin = margin_of(claim, claim.effect)
    certainty = assess(claim, comparator, rows, pooled, margin, selection.population)
    n = int(rows["n"].sum()) if rows["n"].notna().all() else None
    too_little = settles_nothing(claim, len(rows), n)
    verdict, same = _judge(claim, pooled, certainty, claim.effect, too_little)
    return Answer(
        claim, comparator, horizon, verdict, TRIALS, selection.population, claim.effect, margin,
        selection, pooled, certainty, same, tuple(rows["contrast_id"]), len(rows), n,
        sentences.people(rows["condition"]),
    )  # fmt: skip


def _published(
    claim: Claim, comparator: str, horizon: str, reviews: pd.DataFrame, population: str
) -> tuple[Published, dict[str, Any]] | None:
    for one in claim.published:
        if (one.comparator, one.horizon) != (comparator, horizon):
            continue
        found = reviews[reviews["row_id"].eq(one.row)]
        row: dict[str, Any] = {str(k): v for k, v in found.iloc[0].to_dict().items()}
        if (row["condition"] in claim.conditions) == (population == DIRECT):
            return one, row
    return None


def from_review(claim: Claim, one: Published, selection: Selection, row: dict[str, Any]) -> Answer:
    """The answer that a published pooled estimate gives; ``row`` is of the table of reviews."""
    measure = "SMD" if row["measure"] in ("SMD", "g", "d") else str(row["measure"])
    estimate, low, high = aligned(row, positive_favours_massage=one.positive_favours_massage)
    se = (high - low) / (2 * NormalDist().inv_cdf(0.975))
    k = int(row["k"]) if pd.notna(row["k"]) else 2
    nan = math.nan
    pooled = PooledEffect(
        k=k, estimate=estimate, se=se, ci_low=low, ci_high=high,
        p=2 * (1 - NormalDist().cdf(abs(estimate) / se)), df=math.inf,
        prediction_low=nan, prediction_high=nan, tau2=nan, tau2_low=nan, tau2_high=nan,
        q=nan, q_df=k - 1, q_p=nan, i2=nan, i2_low=nan, i2_high=nan, weights=(),
        tau2_method="DL", interval_method="normal", level=0.95,
    )  # fmt: skip
    direct = row["condition"] in claim.conditions
    rating = str(row["certainty"]) if pd.notna(row["certainty"]) else None
    n = int(float(row["n"])) if pd.notna(row["n"]) else None
    minimum = claim.rules.optimal_information_size
    certainty = assess_published(rating, direct, n, minimum, mixed=one.mixed)
    stated = int(row["k"]) if pd.notna(row["k"]) else None
    too_little = settles_nothing(claim, stated, n)
    verdict, same = _judge(claim, pooled, certainty, measure, too_little)
    return Answer(
        claim, one.comparator, one.horizon, verdict, REVIEW, DIRECT if direct else INDIRECT,
        measure, margin_of(claim, measure), selection, pooled, certainty, same,
        (str(row["row_id"]),), stated,
        n, sentences.people(pd.Series([row["condition"]])), one.mixed,
    )  # fmt: skip
