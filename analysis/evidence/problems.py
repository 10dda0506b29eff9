"""What can be wrong with a table, said so that the person who keeps it can mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

#: How many rows one check names before it only counts; a table with a whole column wrong has one
#: cause, and a million messages help nobody.
ROWS_NAMED = 1000
#: How many problems a printed error lists.
LINES_PRINTED = 20

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place.

    ``row`` is the row number that a spreadsheet shows (the header is row 1; a line break inside a
    quoted cell does not start a new row), or ``None`` when the whole file or column is meant.
    An ``error`` stops the loader, a ``warning`` asks for a second look at the source.

    >>> print(Problem("contrasts.csv", 3, "sd_t", "0", "must be above 0", "look in the paper"))
    contrasts.csv, row 3, column sd_t, value '0': must be above 0. To mend: look in the paper.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    what: str
    mend: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        if self.value is not None:
            place.append(f"value {self.value!r}")
        mark = "(warning) " if self.severity == "warning" else ""
        return f"{', '.join(place)}: {mark}{self.what}. To mend: {self.mend}."


class DataError(Exception):
    """A table that cannot be used. ``problems`` holds all that was found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(_listing(self.problems))


def _listing(problems: Sequence[Problem]) -> str:
    errors = [p for p in problems if p.severity == "error"]
    noun = "problem" if len(errors) == 1 else "problems"
    lines = [f"{len(errors)} {noun} in the data tables:"]
    lines += [f"  {problem}" for problem in errors[:LINES_PRINTED]]
    if len(errors) > LINES_PRINTED:
        lines.append(f"  ... and {len(errors) - LINES_PRINTED} more")
    return "\n".join(lines)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort by file and row, as one would walk through the tables to mend them."""
    return sorted(problems, key=lambda p: (p.file, p.row is None, p.row or 0, p.column or ""))


def at_rows(
    file: str,
    positions: npt.NDArray[np.intp],
    column: str,
    value: Callable[[int], object],
    what: str,
    mend: str,
    severity: Severity = "error",
) -> list[Problem]:
    """One problem per position (0 = first row under the header), the rest counted.

    ``value`` gives what stands at a position; it is only asked for rows that are named.
    """
    found = [
        Problem(file, int(at) + 2, column, _shown(value(int(at))), what, mend, severity)
        for at in positions[:ROWS_NAMED]
    ]
    if len(positions) > ROWS_NAMED:
        rest = f"{what}: {len(positions) - ROWS_NAMED} more rows"
        found.append(Problem(file, None, column, None, rest, mend, severity))
    return found


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}" if value == value else ""
    return str(value)
