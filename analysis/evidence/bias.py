"""What could be missing, and who paid: small studies, selection by p, sponsors, pool by pool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from analysis.evidence.answers import TRIALS, Answer
from analysis.evidence.tables import Tables
from analysis.stats import fail_safe
from analysis.stats.pet_peese import pet_peese
from analysis.stats.pools import IntArray
from analysis.stats.selection_model import MODERATE, SEVERE, STEPS, selection_model
from analysis.stats.small_studies import FEWEST, egger, trim_and_fill

#: A pool needs this many trials before a correction is even computed.
POOL_NEEDED = 3
#: One step less than the given weights: with ten trials an estimate has two steps at most.
TWO_STEPS = (STEPS[0], 1.0)


def pools(answers: Mapping[str, tuple[Answer, ...]]) -> tuple[Answer, ...]:
    """The answers that rest on a pool of differences (not ratios) of three trials or more."""
    return tuple(
        a
        for mine in answers.values()
        for a in mine
        if a.basis == TRIALS and a.measure != "RR" and len(a.selection.rows) >= POOL_NEEDED
    )


def corrections(chosen: Iterable[Answer]) -> pd.DataFrame:
    """Each pool as it is and under every correction; below zero favours massage.

    Columns: ``claim, comparator, horizon, k, estimate, ci_low, ci_high``; ``egger_p`` and
    ``trim_and_fill`` (from ten trials on, else missing); ``pet``, ``peese``, ``pet_peese`` with
    its interval; ``moderate`` and ``severe`` (with its interval): selection models with given
    weights; ``selection`` and ``selection_p``: with one estimated weight, where both steps hold
    three trials or more; ``warning``. The methods and their sources are in :mod:`analysis.stats`
    (``small_studies``, ``pet_peese``, ``selection_model``).
    """
    return pd.DataFrame([_corrected(answer) for answer in chosen])


def _corrected(answer: Answer) -> dict[str, object]:
    rows, pooled = answer.selection.rows, answer.pooled
    assert pooled is not None
    y, v = rows["effect"].to_numpy(dtype=float), rows["variance"].to_numpy(dtype=float)
    enough = len(y) >= FEWEST
    line = pet_peese(y, v)
    fixed = {
        name: selection_model(y, v, weights=weights)
        for name, weights in (("moderate", MODERATE), ("severe", SEVERE))
    }
    free = _estimated(y, v)
    filled = trim_and_fill(y, v, tau2=answer.claim.tau2) if enough else None
    return {
        "claim": answer.claim.id,
        "comparator": answer.comparator,
        "horizon": answer.horizon,
        "k": len(y),
        "estimate": pooled.estimate,
        "ci_low": pooled.ci_low,
        "ci_high": pooled.ci_high,
        "egger_p": egger(y, v).p if enough else np.nan,
        "trim_and_fill": filled.adjusted.estimate if filled else np.nan,
        "pet": line.pet.estimate,
        "peese": line.peese.estimate,
        "pet_peese": line.estimate.estimate,
        "pet_peese_low": line.estimate.ci_low,
        "pet_peese_high": line.estimate.ci_high,
        "moderate": fixed["moderate"].estimate,
        "severe": fixed["severe"].estimate,
        "severe_low": fixed["severe"].ci_low,
        "severe_high": fixed["severe"].ci_high,
        "selection": free[0],
        "selection_p": free[1],
        "warning": line.warning,
    }


def _estimated(y: np.ndarray, v: np.ndarray) -> tuple[float, float]:
    significant = int((y / np.sqrt(v) < -1.959964).sum())
    if min(significant, len(y) - significant) < 3:
        return np.nan, np.nan
    found = selection_model(y, v, steps=TWO_STEPS)
    return found.estimate, found.lrt_p


def fail_safe_numbers(chosen: Iterable[Answer]) -> pd.DataFrame:
    """How many trials without effect would undo each pool, by Rosenthal (1979) and Orwin (1983).

    ``rosenthal``: until the combined effect, on whichever side, is no longer significant;
    ``orwin``: until the mean effect is just what matters, 0 where it does not favour massage.
    """
    records = []
    for a in chosen:
        rows = a.selection.rows
        mean = float(rows["effect"].mean())
        records.append(
            {
                "claim": a.claim.id,
                "comparator": a.comparator,
                "horizon": a.horizon,
                "k": len(rows),
                "rosenthal": fail_safe.rosenthal(rows["effect"], rows["variance"]),
                "orwin": fail_safe.orwin(rows["effect"], a.margin) if mean < 0 else 0,
            }
        )
    return pd.DataFrame(records)


def small_and_large(chosen: Iterable[Answer]) -> pd.DataFrame:
    """The smaller half of each pool's trials against the larger half, by standard error.

    Plain inverse-variance means. Columns: ``claim, comparator, horizon, k, small, large,
    small_minus_large`` (below zero: the smaller trials favour massage more); of an odd number of
    trials the middle one is in neither half.
    """
    records = []
    for a in chosen:
        rows = a.selection.rows
        y, v = rows["effect"].to_numpy(dtype=float), rows["variance"].to_numpy(dtype=float)
        means = [float(np.average(y[part], weights=1 / v[part])) for part in halves(rows)]
        records.append((a.claim.id, a.comparator, a.horizon, len(y), *means, means[0] - means[1]))
    columns = ["claim", "comparator", "horizon", "k", "small", "large", "small_minus_large"]
    return pd.DataFrame(records, columns=columns)


def halves(rows: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Places of the smaller half of a pool's trials (the larger variances) and of the larger."""
    order = np.argsort(rows["variance"].to_numpy(dtype=float), kind="stable")
    half = len(order) // 2
    return order[-half:], order[:half]


_PAID = re.compile(r"\b[Ff]unded by (?P<who>[^.;()]+?)(?=\s+(?:per|with)\s|[.;()]|$)")


def funding(evidence: Tables, answers: Mapping[str, tuple[Answer, ...]]) -> pd.DataFrame:
    """Who paid, where a note says so: ``table, id, funder, rows, in_a_pool``.

    The tables have no column for it, because hardly any source that was read says it. Silence is
    "not known", never "independent".
    """
    used = {row for mine in answers.values() for a in mine for row in a.rows}
    records = []
    for name, key, who in (("contrasts", "contrast_id", "study_id"), ("reviews", "row_id",
                           "review_id"), ("studies", "study_id", "study_id")):  # fmt: skip
        table: pd.DataFrame = getattr(evidence, name)
        funder = table["note"].fillna("").astype(str).str.extract(_PAID)["who"]
        said = table[funder.notna()].assign(funder=funder)
        for (one, paid), part in said.groupby([who, "funder"], sort=True):
            hit = bool(part[key].isin(used).any())
            records.append((name, one, str(paid).strip(), len(part), hit))
    return pd.DataFrame(records, columns=["table", "id", "funder", "rows", "in_a_pool"])
