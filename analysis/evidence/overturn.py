"""What would overturn an answer? Trials that nobody has seen are added, and it is judged again.

An added trial has two arms of one size, the usual spread of its pool, a low risk of bias and people
with chronic pain: the most convincing trial there could be. So the numbers are a lower bound of
what real trials would need.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.evidence.answers import Answer, from_trials

#: People in each added trial.
SIZES = (40, 100, 200, 400, 1000)
#: Numbers of trials that are tried, in this order; the numbers between two of them, where it
#: matters.
COUNTS = (*range(1, 11), 12, 15, 20, 25, 30, 40, 50)


def with_trials(answer: Answer, trials: int, people: int, effect: float = 0.0) -> Answer:
    """Judge ``answer`` with so many added trials of so many people that find ``effect``.

    ``effect`` is on the answer's scale, below zero favours massage. With 0 trials this is the
    answer itself.

    Raises
    ------
    ValueError
        For an answer that rests on no trials, negative trials, or fewer than four people.
    """
    if answer.pooled is None or not len(answer.selection.rows):
        raise ValueError(f"{answer.claim.id}, {answer.comparator}, {answer.horizon}: no trials")
    if trials < 0 or people < 4:
        raise ValueError(f"{trials} trials of {people} people: trials >= 0 and people >= 4")
    return _judged(answer, _with_added(answer, trials, people, effect))


def _with_added(answer: Answer, trials: int, people: int, effect: float) -> pd.DataFrame:
    """The answer's trials and so many more."""
    rows = answer.selection.rows
    if not trials:
        return rows
    new = pd.DataFrame(
        {
            "contrast_id": [f"added-{i + 1}" for i in range(trials)],
            "condition": rows["condition"].iloc[0],
            "effect": effect,
            "variance": 4 * _unit_variance(rows) / people,
            "n": people,
            "risk_of_bias": "low",
            "duration": "chronic",
        }
    )
    return pd.concat([rows[new.columns], new.astype({"n": rows["n"].dtype})], ignore_index=True)


def _judged(answer: Answer, rows: pd.DataFrame) -> Answer:
    """The same question answered from these trials."""
    selection = replace(answer.selection, rows=rows)
    return from_trials(answer.claim, answer.comparator, answer.horizon, selection)


def _unit_variance(rows: pd.DataFrame) -> float:
    """The variance of one person's score, as the pool's trials have it in the middle."""
    n = rows["n"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return float(np.nanmedian(rows["variance"].to_numpy(dtype=float) * n / 4))


def null_trials(chosen: Iterable[Answer], sizes: tuple[int, ...] = SIZES) -> pd.DataFrame:
    """How many trials that find nothing at all would change each answer's word.

    Columns: ``claim, comparator, horizon, verdict, people`` (per trial), ``trials`` (the fewest
    that change the word; missing if none of :data:`COUNTS` does) and ``becomes``.
    """
    return pd.DataFrame(
        [_fewest(answer, people, 0.0) for answer in chosen for people in sizes]
    ).astype({"trials": "Int64"})


def _fewest(answer: Answer, people: int, effect: float) -> dict[str, object]:
    record: dict[str, object] = {
        "claim": answer.claim.id,
        "comparator": answer.comparator,
        "horizon": answer.horizon,
        "verdict": answer.verdict,
        "people": people,
        "trials": None,
        "becomes": None,
    }
    held = len(answer.selection.rows)
    most = _with_added(answer, COUNTS[-1], people, effect)

    def word(trials: int) -> str:
        return _judged(answer, most.iloc[: held + trials]).verdict

    below = 0
    for reached in COUNTS:
        if word(reached) == answer.verdict:
            below = reached
            continue
        for trials in range(below + 1, reached + 1):
            found = word(trials)
            if found != answer.verdict:
                return record | {"trials": trials, "becomes": found}
    return record


def contrary_trial(
    chosen: Iterable[Answer], sizes: tuple[int, ...] = (*SIZES, 2000, 5000)
) -> pd.DataFrame:
    """How large one trial must be that finds harm, to change each answer's word.

    It finds massage worse by the smallest difference that matters. Columns: ``claim, comparator,
    horizon, verdict, effect, people`` (missing if none of ``sizes`` does) and ``becomes``.
    """
    records = []
    for answer in chosen:
        record: dict[str, object] = {
            "claim": answer.claim.id,
            "comparator": answer.comparator,
            "horizon": answer.horizon,
            "verdict": answer.verdict,
            "effect": answer.margin,
            "people": None,
            "becomes": None,
        }
        for people in sizes:
            found = with_trials(answer, 1, people, answer.margin)
            if found.verdict != answer.verdict:
                record |= {"people": people, "becomes": found.verdict}
                break
        records.append(record)
    return pd.DataFrame(records).astype({"people": "Int64"})
