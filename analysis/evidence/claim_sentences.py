"""A claim's verdict in plain words, from its answers and from what trials report.

As in :mod:`analysis.evidence.sentences`, ``marked_...`` functions give the same text with each
number's id in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.evidence.answers import Answer
from analysis.evidence.marks import mark, plain
from analysis.evidence.sentences import (
    CERTAINTY_WORDS,
    COMPARATOR_WORDS,
    VERDICT_WORDS,
    controls,
    count,
    counted,
    marked_figures,
)

if TYPE_CHECKING:  # builds on this module
    from analysis.evidence.verdicts import Verdict


def overall(v: Verdict) -> str:
    """The claim's answer in plain words, from the answers that decide it."""
    return plain(marked_overall(v))


def marked_overall(v: Verdict) -> str:
    """:func:`overall` with marks."""
    tested = [a for a in v.decisive if a.pooled is not None]
    if not tested:
        return (
            f"No figures to pool on {v.claim.noun}: against no treatment or a sham, no trial in "
            "people with chronic pain prints the size of an effect, and at most one in others does."
        )
    said = "; ".join(f"compared with {controls(a)}, {_short(a)}" for a in tested)
    missing = [
        COMPARATOR_WORDS[c]
        for c in dict.fromkeys(c for c, _ in v.claim.decided_by)
        if not any(a.comparator == c for a in tested)
    ]
    told = f"{said[:1].upper()}{said[1:]}."
    if missing:
        told += f" No figures against {' or '.join(missing)}."
    return told


def reported(trials: pd.DataFrame) -> str:
    """What trials report in directions, said with what that cannot show."""
    favour = int(trials["direction"].eq("favours_massage").sum()) if len(trials) else 0
    direct = int(trials["direct"].sum()) if len(trials) else 0
    return plain(marked_reported("", len(trials), favour, direct))


def marked_reported(claim_id: str, total: int, favour: int, direct: int) -> str:
    """:func:`reported` with marks, from the three counts that it tells."""
    if not total:
        return "No randomised trial reports a direction either."
    about = f"{claim_id}.directions"
    return (
        f"Of {counted(total, 'trial result', f'{about}.total')} with a direction, "
        f"{mark(f'{favour}', f'{about}.favours_massage')} "
        f"{'favours' if favour == 1 else 'favour'} massage; "
        f"{mark(f'{direct}', f'{about}.chronic_pain')} of all "
        f"{'is' if direct == 1 else 'are'} from people with chronic pain. "
        "Directions say nothing about size."
    )


def verdict_finding(v: Verdict) -> str:
    """A claim's verdict as a short title: what, and how it came out."""
    noun = v.claim.noun if v.claim.kind == "effect" else v.claim.id
    outcome = f"{noun[:1].upper()}{noun[1:]}"
    tested = count(len(v.tested), "comparison")
    return f"{outcome}: {VERDICT_WORDS[v.verdict]} ({tested} with figures)"


def _short(a: Answer) -> str:
    assert a.pooled is not None
    assert a.certainty is not None
    when = {"immediate": "right after, ", "medium": "later, ", "long": "later, "}
    sure = CERTAINTY_WORDS[a.certainty.level]
    about = f"({a.who}, {when.get(a.horizon, '')}{marked_figures(a)}; {sure})"
    if a.too_little:
        return f"not enough to tell {about}"
    return {
        "supported": f"{a.claim.better} {about}",
        "supported_uncertain": f"{a.claim.better} {about}",
        "no_clear_effect": f"not clearly {a.claim.better} {about}",
        "not_supported": f"not {a.claim.better} to a degree that matters {about}",
        "contradicted": f"{a.claim.worse} {about}",
    }[a.verdict]
