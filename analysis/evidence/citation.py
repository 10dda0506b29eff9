"""Can the study be found that the post cites without naming it?

The post gives a journal and a description: regular massage, patients with chronic pain, and pain,
physical functioning and quality of life all better. Each candidate paper is held against that
description point by point. Not found among the papers that could be opened is not the same as
"does not exist".
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.evidence.marks import mark, plain
from analysis.evidence.sentences import count

JOURNAL = "J Pain Symptom Manage"

#: What the post says of the study, and the column of the points table.
POINTS = {
    "right_journal": "in the Journal of Pain and Symptom Management",
    "chronic_pain": "in people with chronic pain",
    "pain": "measured pain",
    "function": "measured physical functioning",
    "quality_of_life": "measured quality of life",
}


@dataclass(frozen=True)
class CitationFinding:
    """Verdict, sentence and the ids of the candidates that were held against the description."""

    verdict: str
    sentence: str
    rows: tuple[str, ...]
    points: pd.DataFrame


def points(candidates: pd.DataFrame) -> pd.DataFrame:
    """One row per candidate: which points of the description it meets, and how many.

    An unknown stays missing and does not count as met.
    """
    table = pd.DataFrame(
        {
            "row_id": candidates["row_id"],
            "right_journal": candidates["journal"].eq(JOURNAL).fillna(False).astype("boolean"),
            "chronic_pain": candidates["chronic_pain_population"].astype("boolean"),
            "pain": candidates["measured_pain"].astype("boolean"),
            "function": candidates["measured_function"].astype("boolean"),
            "quality_of_life": candidates["measured_qol"].astype("boolean"),
        }
    )
    table["met"] = table[list(POINTS)].fillna(False).astype(int).sum(axis=1)
    return table.sort_values(["met", "row_id"], ascending=[False, True], ignore_index=True)


def judge(candidates: pd.DataFrame) -> CitationFinding:
    """Hold all candidates against the description.

    ``supported`` only when one paper meets every point; ``not_supported`` when none does;
    ``not_testable`` without candidates.
    """
    table = points(candidates)
    if table.empty:
        return CitationFinding("not_testable", "No candidate paper was found.", (), table)
    rows = tuple(table["row_id"].astype(str))
    full = table[table["met"].eq(len(POINTS))]
    in_journal = table[table["right_journal"]]
    both = int(in_journal["chronic_pain"].fillna(False).sum())
    if len(full):
        sentence = f"{count(len(full), 'paper')} meets every point of the post's description."
        return CitationFinding("supported", sentence, rows, table)
    sentence = plain(marked_not_found("", len(table), len(in_journal), both))
    return CitationFinding("not_supported", sentence, rows, table)


def marked_not_found(claim_id: str, papers: int, in_journal: int, chronic_pain: int) -> str:
    """The sentence of a study that was not found, with each number's id in it."""
    about = f"{claim_id}.candidates"
    figure, _, word = count(papers, "paper").partition(" ")
    among = mark(str(chronic_pain), f"{about}.chronic_pain") if chronic_pain else "none"
    return (
        f"Of {mark(figure, f'{about}.papers')} {word} that could be the cited study, "
        f"{mark(str(in_journal), f'{about}.in_journal')} {'is' if in_journal == 1 else 'are'} in "
        f"that journal and {among} of these is about people with chronic pain; no paper meets all "
        f"{mark(str(len(POINTS)), f'{about}.points')} points of the description. "
        "Not found among the papers that we could open is not proof that it does not exist."
    )
