"""Each client's own line, and what can be said of it when there are too few for a group."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.clients.outcomes import OUTCOMES
from analysis.stats.single_case import baseline_corrected_tau, line_trend, nap, tau_u

#: Values needed in each phase before phases are compared.
FEWEST_IN_PHASE = 3


@dataclass(frozen=True)
class SingleCase:
    """Single-case measures of one line; None where the line is too short.

    ``before`` counts the values up to and with the first treatment (pain is asked before it), and
    ``after`` the later ones. ``nap`` is the share of pairs in which the later value is better,
    ``tau_u`` and ``tau_corrected`` (-1 to 1, positive is better) take off a trend that was there
    before. ``trend_tau`` and its p are of the whole line.
    """

    before: int
    after: int
    nap: float | None
    nap_low: float | None
    nap_high: float | None
    tau_u: float | None
    tau_corrected: float | None
    trend_tau: float | None
    trend_p: float | None


@dataclass(frozen=True)
class Line:
    """One client's values of one outcome, by day; ``improvement`` is last against first."""

    client: str
    outcome: str
    days: tuple[float, ...]
    values: tuple[float, ...]
    improvement: float | None
    single: SingleCase | None


def lines(log: pd.DataFrame, *, single_for: Collection[str] = ()) -> tuple[Line, ...]:
    """Every client's line for every outcome that has a value, clients in the log's order.

    ``single_for`` names the outcomes with too few clients for a group: their lines are measured.
    """
    return tuple(_lines(log, single_for))


def _lines(log: pd.DataFrame, single_for: Collection[str]) -> Iterator[Line]:
    for client, rows in log.groupby("client_code", sort=False):
        treated = _treated_before(rows)
        for outcome in OUTCOMES:
            values = rows[outcome.column].astype(float)
            told = values.notna().to_numpy()
            if not told.any():
                continue
            burden = outcome.burden(rows[outcome.column])[told]
            days = rows["days_since_first"].to_numpy(dtype=float)[told]
            yield Line(
                client=str(client),
                outcome=outcome.column,
                days=tuple(days.tolist()),
                values=tuple(values[told].tolist()),
                improvement=float(burden[0] - burden[-1]) + 0.0 if len(burden) > 1 else None,
                single=_single(burden, days, treated[told])
                if outcome.column in single_for
                else None,
            )


def _treated_before(rows: pd.DataFrame) -> np.typing.NDArray[np.bool_]:
    """Whether the client had been treated before each visit's questions were asked.

    A visit counts as a treatment unless its minutes are 0 or its kind is ``none``.
    """
    none = rows["minutes"].eq(0).fillna(False) | rows["kind"].eq("none").fillna(False)
    given = (~none).to_numpy(dtype=bool)
    return np.concatenate([[False], np.logical_or.accumulate(given)[:-1]])


def _single(
    burden: np.typing.NDArray[np.float64],
    days: np.typing.NDArray[np.float64],
    treated: np.typing.NDArray[np.bool_],
) -> SingleCase:
    a, b = burden[~treated], burden[treated]
    whole = line_trend(days, burden)
    found = overlap = corrected = None
    if min(len(a), len(b)) >= FEWEST_IN_PHASE:
        found, overlap = nap(a, b), tau_u(a, b)
        corrected = baseline_corrected_tau(a, b)[0]
    return SingleCase(
        before=len(a),
        after=len(b),
        nap=found.nap if found else None,
        nap_low=found.ci_low if found else None,
        nap_high=found.ci_high if found else None,
        tau_u=overlap,
        tau_corrected=corrected,
        trend_tau=None if math.isnan(whole.tau) else whole.tau,
        trend_p=None if math.isnan(whole.p) else whole.p,
    )
