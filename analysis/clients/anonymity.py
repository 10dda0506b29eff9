"""How many people share what an acquaintance could know of each client: k-anonymity.

A client is hidden among those who look alike in the quasi-identifiers: age band, sex, kinds of
treatment and number of visits (Sweeney 2002, k-anonymity). The log is k-anonymous when every such
group has at least k clients. It is a floor, not a promise: see docs/privacy.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

DEFAULT_K = 5
#: What an acquaintance may know, per client; in the order in which we advise to give it up.
QUASI = ("kinds", "visits", "sex", "age_band")
_VISITS = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Anonymity:
    """The report. `smallest` is the size of the smallest group of look-alikes; 0 for no client.

    `at_risk` counts clients in groups below k. `suggestions` are steps in words, tried in order:
    each says how many clients would then still be at risk.
    """

    k: int
    clients: int
    groups: int
    smallest: int
    at_risk: int
    quasi_identifiers: tuple[str, ...]
    suggestions: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every client is hidden among k."""
        return self.at_risk == 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return dataclasses.asdict(self) | {"holds": self.holds}


def profiles(log: pd.DataFrame) -> pd.DataFrame:
    """One row per client: what could be known of them, visits in classes of doubling width."""
    by = log.groupby("client_code", sort=True)
    visits = by.size()
    classes = pd.cut(visits, [0, *_VISITS, float("inf")], labels=[*map(_up_to, _VISITS), "33+"])
    used = log.loc[log["kind"].notna(), ["client_code", "kind"]].drop_duplicates()
    kinds = used.sort_values(["client_code", "kind"]).groupby("client_code")["kind"].agg("+".join)
    table = pd.DataFrame(
        {
            "kinds": kinds.reindex(visits.index).fillna(""),
            "visits": classes.astype(str),
            "sex": by["sex"].first().fillna(""),
            "age_band": by["age_band"].first().fillna(""),
        }
    )
    return table.astype("string")


def k_anonymity(log: pd.DataFrame, k: int = DEFAULT_K) -> Anonymity:
    """The report on a log with columns `client_code, kind, sex, age_band`, one row per visit.

    Raises
    ------
    ValueError
        ``k`` is below 1.

    Example
    -------
    >>> log = pd.DataFrame({"client_code": list("abc"), "kind": "swedish", "sex": "female",
    ...                     "age_band": ["30-39", "30-39", "80-89"]})
    >>> report = k_anonymity(log, k=2)
    >>> report.smallest, report.at_risk, report.suggestions[0]
    (1, 1, 'leave out the column age_band: 0 clients still at risk')
    """
    if k < 1:
        raise ValueError(f"k must be 1 or more, not {k}")
    table = profiles(log)
    used = tuple(name for name in QUASI if table[name].nunique() > 1)
    sizes = _sizes(table, used)
    risk = int((sizes < k).sum())
    groups = len(table.drop_duplicates(list(used))) if used else min(len(table), 1)
    return Anonymity(
        k=k,
        clients=len(table),
        groups=groups,
        smallest=int(sizes.min()) if len(table) else 0,
        at_risk=risk,
        quasi_identifiers=used,
        suggestions=_suggestions(table, used, k) if risk else (),
    )


def _sizes(table: pd.DataFrame, used: Sequence[str]) -> pd.Series:
    if not used:
        return pd.Series(len(table), index=table.index)
    return table.groupby(list(used), sort=False)[used[0]].transform("size").astype(int)


def _suggestions(table: pd.DataFrame, used: Sequence[str], k: int) -> tuple[str, ...]:
    """What to give up, one thing at a time, the most helpful first."""
    if len(table) < k:
        return (f"there are fewer than {k} clients: do not publish any table of single clients",)
    words = {
        "kinds": "write `mixed` or `other` for rare kinds of treatment",
        "visits": "leave out visits beyond those that most clients have",
        "sex": "leave out the column sex",
        "age_band": "leave out the column age_band",
    }
    left = list(used)
    steps: list[str] = []
    while left:
        risks = {
            name: int((_sizes(table, [other for other in left if other != name]) < k).sum())
            for name in left
        }
        best = min(left, key=lambda name: risks[name])
        left.remove(best)
        steps.append(f"{words[best]}: {risks[best]} clients still at risk")
        if risks[best] == 0:
            break
    alone = int((_sizes(table, used) < k).sum())
    return (*steps, f"or leave out the {alone} clients at risk altogether")


def _up_to(limit: int) -> str:
    low = {1: 1, 2: 2, 4: 3, 8: 5, 16: 9, 32: 17}[limit]
    return str(limit) if low == limit else f"{low}-{limit}"
