"""The steps that GRADE's domains take off, as rules on numbers: for one answer or for thousands.

:mod:`analysis.evidence.certainty` puts these rules into words for one answer; the specification
curve applies them to every specification. Arguments are numbers or arrays of one length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.evidence.claims import Rules

Steps = NDArray[np.int64]

#: What :func:`inconsistency` found. Each code but ``AGREE`` takes one step off.
AGREE, ONE_TRIAL, BOTH_WAYS, NEXT_MAY_DIFFER, NEXT_MAY_MATTER = range(5)


def risk_of_bias(open_label: ArrayLike, low: ArrayLike, high: ArrayLike, rules: Rules) -> Steps:
    """``open_label``: people knew and rated themselves; ``low``, ``high``: shares of the weight."""
    known, some, most = np.asarray(open_label, bool), np.asarray(low), np.asarray(high) > 0.5
    return np.where(most, 2, (known | (some < rules.low_risk_share)).astype(int))


def inconsistency(
    k: ArrayLike,
    i2: ArrayLike,
    both_ways: ArrayLike,
    interval: tuple[ArrayLike, ArrayLike],
    prediction: tuple[ArrayLike, ArrayLike],
    margin: ArrayLike,
    rules: Rules,
) -> Steps:
    """Why trials count as inconsistent, as one of the codes above.

    A comparison with a number that does not exist (NaN) is false, as in the rules for one answer.
    """
    low, high = (np.asarray(x, float) for x in interval)
    next_low, next_high = (np.asarray(x, float) for x in prediction)
    m = np.asarray(margin, float)
    settled = (high < 0) | (low > 0)
    trivial = (-m < low) & (high < m)
    return np.select(
        [
            np.asarray(k) == 1,
            (np.asarray(i2, float) >= rules.inconsistency_i2) & np.asarray(both_ways, bool),
            settled & (next_low < 0) & (next_high > 0),
            trivial & ((next_low < -m) | (next_high > m)),
        ],
        [ONE_TRIAL, BOTH_WAYS, NEXT_MAY_DIFFER, NEXT_MAY_MATTER],
        AGREE,
    )


def indirectness(none_direct: ArrayLike, known: ArrayLike, rules: Rules) -> Steps:
    """``none_direct``: no trial is in the people meant; ``known``: weight known to be in them."""
    few = np.asarray(known, float) < rules.direct_share
    return np.where(np.asarray(none_direct, bool), 2, few.astype(int))


def imprecision(
    k: ArrayLike, n: ArrayLike, low: ArrayLike, high: ArrayLike, margin: ArrayLike, rules: Rules
) -> Steps:
    """A step per edge of what is too small to matter inside the interval, and for small pools."""
    low, high, m = (np.asarray(x, float) for x in (low, high, margin))
    edges = ((low < -m) & (-m < high)).astype(int) + ((low < m) & (m < high)).astype(int)
    small = (np.asarray(n) < rules.optimal_information_size).astype(int)
    steps: Steps = np.minimum(2, edges + small + (np.asarray(k) == 2).astype(int))
    return steps


def publication_bias(egger_p: ArrayLike) -> Steps:
    """``egger_p``: of Egger's test, NaN where it could not be made."""
    return (np.asarray(egger_p, float) < 0.10).astype(int)
