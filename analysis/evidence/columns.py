"""The kinds of column our tables have, as pandera columns whose checks say how to mend.

A check's message is ``what is wrong -> how to mend it``; the loader splits it at the arrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandera.pandas as pa

ARROW = " -> "
DOI = r"^10\.[0-9]{4,9}/\S+$"

# pandas type -> name of the type in a Frictionless table schema.
_KINDS = {"float64": "number", "Int64": "integer", "boolean": "boolean"}


def kind(column: pa.Column) -> str:
    """``string``, ``number``, ``integer`` or ``boolean``, as Frictionless names them.

    In pandas: ``string``, ``float64`` (missing: NaN), ``Int64`` and ``boolean`` (missing:
    ``pd.NA``).
    """
    return _KINDS.get(str(column.dtype), "string")


def _column(
    dtype: str, title: str, description: str, checks: list[pa.Check], **options: Any
) -> pa.Column:
    return pa.Column(
        dtype, checks=checks, title=title, description=description, coerce=False, **options
    )


def text(
    title: str,
    description: str,
    *,
    required: bool = False,
    pattern: str | None = None,
    example: str = "",
) -> pa.Column:
    """Free text, optionally held to a pattern that ``example`` shows."""
    checks = []
    if pattern is not None:
        message = f"does not have the form of {example!r}{ARROW}write it in that form"
        checks.append(pa.Check.str_matches(pattern, error=message))
    return _column("string", title, description, checks, nullable=not required)


def key(title: str, description: str) -> pa.Column:
    """The column that names a row: never empty, never twice."""
    # The hyphenated ids carry the review's own analysis numbers, so capitals and dots are allowed.
    pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
    message = f"is no identifier{ARROW}use letters, digits, dot, hyphen and underscore only"
    checks = [pa.Check.str_matches(pattern, error=message)]
    return _column("string", title, description, checks, nullable=False, unique=True)


def reference(title: str, description: str, *, required: bool = True) -> pa.Column:
    """A key of another table; whether it exists there is checked when all tables are loaded."""
    return _column("string", title, description, [], nullable=not required)


def code(
    title: str, description: str, values: Sequence[str], *, required: bool = False
) -> pa.Column:
    """One word out of a fixed list."""
    message = (
        f"is not one of {', '.join(values)}{ARROW}"
        "use one of these words, or add the new word to the schema with its meaning"
    )
    checks = [pa.Check.isin(list(values), error=message)]
    return _column("string", title, description, checks, nullable=not required)


def number(
    title: str,
    description: str,
    *,
    low: float | None = None,
    above: float | None = None,
    high: float | None = None,
    mend: str = "compare with the source",
) -> pa.Column:
    """A figure. ``low`` and ``high`` are allowed values, ``above`` is not."""
    checks = _bounds(low, above, high, mend)
    return _column("float64", title, description, checks, nullable=True)


def count(
    title: str, description: str, *, low: int = 0, mend: str = "compare with the source"
) -> pa.Column:
    """A whole number of people, sessions, studies ..."""
    return _column("Int64", title, description, _bounds(low, None, None, mend), nullable=True)


def flag(title: str, description: str) -> pa.Column:
    """``true``, ``false`` or empty for "not known"."""
    return _column("boolean", title, description, [], nullable=True)


def _bounds(
    low: float | None, above: float | None, high: float | None, mend: str
) -> list[pa.Check]:
    checks = []
    if low is not None:
        checks.append(pa.Check.ge(low, error=f"must be {low:g} or more{ARROW}{mend}"))
    if above is not None:
        checks.append(pa.Check.gt(above, error=f"must be above {above:g}{ARROW}{mend}"))
    if high is not None:
        checks.append(pa.Check.le(high, error=f"must be {high:g} or less{ARROW}{mend}"))
    return checks


def table(
    columns: dict[str, pa.Column],
    *,
    title: str,
    description: str,
    primary_key: str,
    foreign_keys: dict[str, tuple[str, str]] | None = None,
    same_row: Sequence[str] | None = None,
) -> pa.DataFrameSchema:
    """A table: its columns in order, its key, and what it points to.

    ``foreign_keys`` maps a column to (table, column). ``same_row`` lists the columns that together
    say which fact a row holds: two rows that agree in all of them are one fact entered twice.
    Without it, all columns but the key count.
    """
    facts = list(same_row) if same_row is not None else [c for c in columns if c != primary_key]
    return pa.DataFrameSchema(
        columns,
        strict=True,
        ordered=False,
        title=title,
        description=description,
        metadata={
            "primary_key": primary_key,
            "foreign_keys": foreign_keys or {},
            "same_row": facts,
        },
    )
