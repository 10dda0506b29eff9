"""Logs of people whom nobody treated, to see what the report makes of them.

Their pain follows the trial's usual-care arm. Every row says that it is simulated.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.clients.schema import LOG
from analysis.evidence.columns import kind
from analysis.stats._checks import FloatArray
from analysis.stats.regression_to_mean import TwoTimes


def two_times(
    course: TwoTimes, people: int, generator: np.random.Generator, *, at_least: float = -np.inf
) -> tuple[FloatArray, FloatArray]:
    """Start and end of people like those of ``course`` whose start is ``at_least`` so high.

    Bivariate normal with the course's moments; who starts lower is never seen.
    """
    start = np.empty(0)
    while len(start) < people:
        drawn = generator.normal(course.mean_start, course.sd_start, 4 * people)
        start = np.concatenate([start, drawn[drawn >= at_least]])[:people]
    residual = course.sd_end * np.sqrt(1 - course.correlation**2)
    return start, course.expected_end(start) + generator.normal(0.0, residual, people)


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


_DTYPES = {"string": "string", "number": "float64", "integer": "Int64", "boolean": "boolean"}
