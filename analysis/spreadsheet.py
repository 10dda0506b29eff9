"""Tables that are safe to open in a spreadsheet, which runs a cell that looks like a formula.

Every CSV that the project writes for people goes through :func:`csv_table`. The tables of published
facts in ``data`` are input, kept as they were read, and are not touched.
"""

from __future__ import annotations

import re

import pandas as pd

#: A spreadsheet may run a cell that begins with one of these (the last four are full-width forms).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def csv_text(text: str) -> str:
    """``text`` as a spreadsheet cell that is not run: a dangerous start gets a quote before it.

    Plain numbers stay as they are.

    Examples
    --------
    >>> csv_text("=HYPERLINK(A1)"), csv_text("-3.4"), csv_text("Kim 2021")
    ("'=HYPERLINK(A1)", '-3.4', 'Kim 2021')
    """
    # blanks before the sign do not stop every spreadsheet
    if text.lstrip(" \u00a0").startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def csv_table(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with the text of its cells and of its column names safe to open in a spreadsheet.

    Numbers, dates and missing cells stay as they are.
    """

    def cell(value: object) -> object:
        return csv_text(value) if isinstance(value, str) else value

    out = table.copy()
    for i, kind in enumerate(table.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            out.isetitem(i, table.iloc[:, i].astype(object).map(cell, na_action="ignore").array)
    return out.rename(columns=cell)
