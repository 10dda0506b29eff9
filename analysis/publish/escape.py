"""Text from tables, drafts and captions made safe for the place where it is put.

A study's name is data. Whatever characters it holds, it must not become markup in a page, a
snippet that somebody pastes, or a formula in a spreadsheet.
"""

from __future__ import annotations

import html as _html
import re

import pandas as pd

#: A spreadsheet may run a cell that begins with one of these.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

# Control characters, and the marks that turn the reading direction of what follows.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$^=:@\"'&])")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'\\^`{|}\x00-\x20]+", re.IGNORECASE)


def one_line(text: str) -> str:
    """``text`` without control characters, every run of blanks and line breaks one blank."""
    return " ".join(_UNSEEN.sub("", text).split())


def html(text: str) -> str:
    """``text`` for the content or a quoted attribute of HTML."""
    return _html.escape(_UNSEEN.sub("", text), quote=True)


def markdown(text: str) -> str:
    """``text`` as one line of Markdown that shows exactly these characters.

    Every ASCII mark that could mean anything is escaped, so that no flavour finds markup, raw HTML,
    a table's border or a formula in it.
    """
    return _MARKDOWN.sub(r"\\\1", one_line(text))


def markdown_alt(text: str) -> str:
    """``text`` between the brackets of a Markdown image: read aloud, hence few backslashes."""
    return re.sub(r"([\\`*_\[\]<>!&$|~])", r"\\\1", one_line(text))


def web_address(text: str) -> str | None:
    """``text`` if it is an http or https address that is safe in a link, else None."""
    return text if _WEB_ADDRESS.fullmatch(text) else None


def csv_text(text: str) -> str:
    """``text`` as a spreadsheet cell that is not run: a dangerous start gets a quote.

    Plain numbers stay as they are ("-3.4" is no formula).
    """
    if text.startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def csv_table(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with the text of its cells and column names safe to open in a spreadsheet.

    Numbers, dates and missing cells are untouched.
    """

    def cell(value: object) -> object:
        return csv_text(value) if isinstance(value, str) else value

    words = [i for i, kind in enumerate(table.dtypes) if not pd.api.types.is_numeric_dtype(kind)]
    out = table.copy()
    for i in words:
        out.isetitem(i, table.iloc[:, i].map(cell, na_action="ignore").array)
    out.columns = pd.Index([cell(name) for name in table.columns])
    return out
