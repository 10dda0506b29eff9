"""What a specification curve says: how often another word would have come out, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.evidence.choices import GROUPS, ONE_OUT, TWO_OUT, WINDOWS
from analysis.evidence.claims import Claim
from analysis.evidence.specifications import NoSpecificationsError, curve
from analysis.evidence.tables import Tables
from analysis.evidence.verdicts import VERDICTS
from analysis.stats.multiverse import Choice, drivers, shares

#: Verdict words that speak for a claim.
FOR = ("supported", "supported_uncertain")


@dataclass(frozen=True)
class AnswerSpread:
    """How one answer moves with the choices.

    ``table``: the specifications that answer this question, alone or within a wider one;
    ``crossed``: those with every trial in, which shares are counted over, since trials are left out
    near the pre-specified pools only. ``committed``: the verdict as pre-specified. ``words``: how
    often each verdict occurs. ``changed``: share with another verdict than ``committed``.
    ``driven``: what moves it, as :func:`analysis.stats.multiverse.drivers` on the rescaled
    estimate, ``hit`` being a verdict that speaks for the claim. ``best`` and ``worst``: the
    specifications whose intervals speak most and least for massage, in the pre-specified measure.
    """

    comparator: str
    horizon: str
    table: pd.DataFrame
    crossed: pd.DataFrame
    committed: str
    words: pd.DataFrame
    changed: float
    driven: pd.DataFrame
    best: pd.Series
    worst: pd.Series

    @property
    def supporting(self) -> float:
        """Share of specifications whose verdict speaks for the claim."""
        return float(self.crossed["verdict"].isin(FOR).mean())

    def by_measure(self) -> pd.DataFrame:
        """Each measure's share of verdicts for the claim, and the margin that it is held against.

        Columns: ``measure, analyses, margin`` (in the measure's unit), ``rescaled_margin`` (on the
        claim's scale), ``for_massage``, ``smaller`` (of the verdicts for the claim, the share whose
        estimate is smaller than the margin of the claim's own measure; NaN where there are none).
        """
        factor = self.crossed["rescaled"] / self.crossed["estimate"]
        table = self.crossed.assign(rescaled_margin=self.crossed["margin"] * factor)
        own = float(table["rescaled_margin"].abs().max())
        records = []
        for measure, part in table.groupby(table["measure"].astype(str), sort=False):
            hit = part[part["verdict"].isin(FOR)]
            records.append({
                "measure": measure,
                "analyses": len(part),
                "margin": float(part["margin"].iloc[0]),
                "rescaled_margin": float(part["rescaled_margin"].median()),
                "for_massage": len(hit) / len(part),
                "smaller": float((hit["rescaled"].abs() < own).mean()),
            })  # fmt: skip
        return pd.DataFrame(records)

    def changed_by(self, left_out: str) -> float:
        """Share with another verdict among those with no, one or two trials left out; NaN: none."""
        some = self.table[self.table["left_out"].astype(str).eq(left_out)]
        return float(some["verdict"].ne(self.committed).mean()) if len(some) else np.nan


def spreads(claim: Claim, table: pd.DataFrame) -> tuple[AnswerSpread, ...]:
    """The answers on which the verdict rests, as far as anything can be pooled for them."""
    found = (spread(claim, table, c, h) for c, h in claim.decided_by)
    return tuple(one for one in found if one is not None)


def spread(claim: Claim, table: pd.DataFrame, comparator: str, horizon: str) -> AnswerSpread | None:
    """How one deciding answer moves; None where nothing can be pooled for it under any choice.

    Where only other choices than the pre-specified ones give two trials, the answer stands as *not
    testable*, and every analysis differs from it.
    """
    some = answering(table, comparator, horizon)
    if some.empty:
        return None
    first = some[some["primary"]]
    committed = str(first["verdict"].iloc[0]) if len(first) else "not_testable"
    some = some.assign(speaks_for=some["verdict"].isin(FOR))
    crossed = some[~some["left_out"].astype(str).isin([ONE_OUT, TWO_OUT])]
    own = crossed[crossed["measure"].astype(str).eq(claim.effect)]
    choices: tuple[Choice, ...] = table.attrs["choices"]
    high, low = (own[c].to_numpy(dtype=float) for c in ("ci_high", "ci_low"))
    return AnswerSpread(
        comparator,
        horizon,
        some,
        crossed,
        committed,
        shares(crossed["verdict"], VERDICTS),
        float(crossed["verdict"].ne(committed).mean()),
        drivers(crossed, choices, "rescaled", "speaks_for"),
        own.iloc[int(high.argmin())],
        own.iloc[int(low.argmax())],
    )


def answering(table: pd.DataFrame, comparator: str, horizon: str) -> pd.DataFrame:
    """The specifications about this comparator and window, alone or grouped with others."""
    against = [comparator, *(g for g, members in GROUPS.items() if comparator in members)]
    when = [horizon, *(w for w, members in WINDOWS.items() if horizon in members)]
    asked = table["comparator"].astype(str).isin(against) & table["window"].astype(str).isin(when)
    return table[asked]


def overview(claims: Iterable[Claim], evidence: Tables) -> pd.DataFrame:
    """Every claim's deciding answers in a line each; a claim without a curve says why.

    Columns: ``claim, comparator, horizon, committed``, ``analyses`` (with all trials in),
    ``other_verdict`` and ``for_massage`` (shares of these), ``one_out`` and ``two_out`` (share with
    another verdict where trials are left out), ``moved_most_by`` (choice), ``why_none``.
    """
    lines: list[dict[str, object]] = []
    for claim in claims:
        try:
            table = curve(claim, evidence)
        except NoSpecificationsError as none:
            lines.append({"claim": claim.id, "why_none": str(none).partition(": ")[2] or str(none)})
            continue
        found = spreads(claim, table)
        lines += [{"claim": claim.id} | _line(a) for a in found]
        if not found:
            lines.append({"claim": claim.id, "why_none": "no deciding answer has two such trials"})
    columns = ["claim", "comparator", "horizon", "committed", "analyses", "other_verdict",
               "for_massage", "one_out", "two_out", "moved_most_by", "why_none"]  # fmt: skip
    return pd.DataFrame(lines).reindex(columns=columns)


def _line(a: AnswerSpread) -> dict[str, object]:
    return {
        "comparator": a.comparator,
        "horizon": a.horizon,
        "committed": a.committed,
        "analyses": len(a.crossed),
        "other_verdict": a.changed,
        "for_massage": a.supporting,
        "one_out": a.changed_by(ONE_OUT),
        "two_out": a.changed_by(TWO_OUT),
        "moved_most_by": a.driven["choice"].iloc[0] if len(a.driven) else None,
    }
