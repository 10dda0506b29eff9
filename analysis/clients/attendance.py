"""Who came, how often, who stopped, what they were given and what went wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.clients.outcomes import Outcome
from analysis.clients.schema import ADVERSE
from analysis.stats.change import share


@dataclass(frozen=True)
class Attendance:
    """Visits and dose of a whole log. ``missing_visits`` are numbers skipped below a last visit."""

    clients: int
    visits: int
    missing_visits: int
    one_visit_only: int
    median_visits: float
    median_days: float
    median_minutes: float | None
    kinds: dict[str, int]


@dataclass(frozen=True)
class Stopped:
    """The clients who came at most half as often as the middle one, set beside the others.

    ``clients`` of ``of`` stopped early. ``first_*`` are mean first values in the outcome's own
    units, ``improvement_*`` mean improvements up to each one's last value (positive is better), and
    ``gap`` is that of the early leavers less that of the rest, with Welch's interval. A gap means
    that who stayed is not a fair sample of who came. ``if_nothing_gained``: the mean improvement of
    everybody if each early leaver went back to his or her first value.
    """

    clients: int
    of: int
    limit_visits: float
    first_stopped: float | None
    first_stayed: float | None
    improvement_stopped: float | None
    improvement_stayed: float | None
    gap: float | None
    gap_low: float | None
    gap_high: float | None
    if_nothing_gained: float | None


@dataclass(frozen=True)
class Reactions:
    """Unwelcome reactions: of the visits at which people were asked, and of the clients."""

    asked: int
    with_reaction: int
    share: float | None
    share_low: float | None
    share_high: float | None
    clients_with_reaction: int
    codes: dict[str, int]


def attendance(log: pd.DataFrame) -> Attendance:
    """Counts of clients, visits and gaps, and the typical dose."""
    by_client = log.groupby("client_code", sort=False)
    last, rows = by_client["visit"].max().astype(int), by_client.size()
    minutes = log["minutes"].dropna()
    kinds = log["kind"].dropna().value_counts()
    return Attendance(
        clients=len(rows),
        visits=len(log),
        missing_visits=int((last - rows).sum()),
        one_visit_only=int((rows == 1).sum()),
        median_visits=float(rows.median()),
        median_days=float(by_client["days_since_first"].max().astype(float).median()),
        median_minutes=float(minutes.median()) if len(minutes) else None,
        kinds={str(kind): int(number) for kind, number in kinds.items()},
    )


def stopped(log: pd.DataFrame, ends: pd.DataFrame, outcome: Outcome) -> Stopped:
    """Early leavers for one outcome. ``ends``: per client ``first`` and ``last`` burden."""
    visits = log.groupby("client_code").size()
    limit = float(visits.median()) / 2
    early = visits[visits <= limit].index if len(visits) > 1 else visits.index[:0]
    is_early = ends.index.isin(early)
    improved = ends["first"] - ends["last"]
    some, rest = improved[is_early].dropna(), improved[~is_early].dropna()
    gap = low = high = None
    if len(some) > 1 and len(rest) > 1 and (some.std() > 0 or rest.std() > 0):
        test = stats.ttest_ind(some, rest, equal_var=False)
        low, high = (float(edge) for edge in test.confidence_interval())
        gap = float(some.mean() - rest.mean())
    back = improved.where(~is_early, 0.0).where(ends["first"].notna()).dropna()
    return Stopped(
        clients=len(early),
        of=len(visits),
        limit_visits=limit,
        first_stopped=_mean(-outcome.direction * ends["first"][is_early]),
        first_stayed=_mean(-outcome.direction * ends["first"][~is_early]),
        improvement_stopped=_mean(some),
        improvement_stayed=_mean(rest),
        gap=gap,
        gap_low=low,
        gap_high=high,
        if_nothing_gained=_mean(back),
    )


def reactions(log: pd.DataFrame) -> Reactions:
    """Adverse reactions by code; ``none`` means that people were asked and had none."""
    told = log[["client_code", "adverse"]].dropna()
    codes = told["adverse"].str.split(";").explode()
    bad = codes[codes != "none"]
    rows = set(bad.index)
    found = share(len(rows), len(told)) if len(told) else (None, None, None)
    return Reactions(
        asked=len(told),
        with_reaction=len(rows),
        share=found[0],
        share_low=found[1],
        share_high=found[2],
        clients_with_reaction=int(told.loc[list(rows), "client_code"].nunique()),
        codes={code: int((bad == code).sum()) for code in ADVERSE if (bad == code).any()},
    )


def dose_correlation(
    minutes: pd.Series[float], improvement: pd.Series[float]
) -> tuple[int, float | None, float | None, float | None]:
    """Spearman's correlation of total minutes and improvement: n, rho and Fisher's interval.

    Nothing below five people, or where either does not vary. Who feels better may come more often,
    or less: the correlation says nothing about which causes which.
    """
    both = pd.concat([minutes, improvement], axis=1, keys=["x", "y"]).dropna()
    n = len(both)
    if n < 5 or both["x"].nunique() < 2 or both["y"].nunique() < 2:
        return n, None, None, None
    rho = float(stats.spearmanr(both["x"], both["y"]).statistic)
    if abs(rho) > 1 - 1e-12:
        return n, rho, None, None
    # Bonett and Wright (2000): the variance of Fisher's z for a rank correlation
    half = 1.96 * math.sqrt((1 + rho**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half)
    return n, rho, float(low), float(high)


def _mean(values: pd.Series[float]) -> float | None:
    values = values.dropna()
    return float(values.mean()) if len(values) else None
