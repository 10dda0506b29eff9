"""Logs of people whom nobody treated, to see what the report makes of them.

Their pain follows the trial's usual-care arm. Every row says that it is simulated.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.clients.schema import LOG
from analysis.clients.simulate import two_times
from analysis.evidence.columns import kind
from analysis.stats.regression_to_mean import TwoTimes

_DTYPES = {"string": "string", "number": "float64", "integer": "Int64", "boolean": "boolean"}


def natural_log(
    course: TwoTimes,
    *,
    clients: int,
    visits: int,
    generator: np.random.Generator,
    at_least: float = -np.inf,
    effect: float = 0.0,
    days: int = 28,
) -> pd.DataFrame:
    """A log of pain alone, in the form in which logs are loaded: nobody is treated.

    Between the first and the last visit people are on their way, with the course's scatter.
    ``effect`` is added evenly over the visits, to see whether the report would notice.
    """
    start, end = two_times(course, clients, generator, at_least=at_least)
    along = np.linspace(0, 1, visits)
    scatter = generator.normal(0, course.sd_change / np.sqrt(2), (clients, visits))
    scatter[:, [0, -1]] = 0.0
    pain = start[:, None] + along * (end - start)[:, None] + scatter + effect * along
    filled = {
        "client_code": np.repeat([f"N{i:04d}" for i in range(1, clients + 1)], visits),
        "visit": np.tile(np.arange(1, visits + 1), clients),
        "days_since_first": np.tile(np.rint(along * days).astype(int), clients),
        "pain_now": pain.ravel(),
        "simulated": np.full(clients * visits, "yes"),
    }
    empty = np.full(clients * visits, np.nan)
    log = pd.DataFrame({name: filled.get(name, empty) for name in LOG.columns})
    return log.astype({name: _DTYPES[kind(column)] for name, column in LOG.columns.items()})
