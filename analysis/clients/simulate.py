"""People whom nobody treated, drawn like those of a trial's usual-care arm."""

from __future__ import annotations

import numpy as np

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
