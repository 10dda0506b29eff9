"""Text from tables, drafts and captions made safe for the place where it is put.

A study's name is data. Whatever characters it holds, it must not become markup in a page, a
snippet that somebody pastes, or a formula in a spreadsheet.
"""

from __future__ import annotations

import html as _html
import re

from analysis.spreadsheet import csv_table, csv_text

__all__ = ["csv_table", "csv_text", "html", "markdown", "one_line", "web_address"]

# Control characters, and the marks that turn the reading direction of what follows.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$^&!])")
_LINE_START = re.compile(r"^([+\-=:]|\d+(?=[.)]))")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'\\^`{|}\x00-\x20]+", re.IGNORECASE)


def one_line(text: str) -> str:
    """``text`` without control characters, every run of blanks and line breaks one blank."""
    return " ".join(_UNSEEN.sub("", text).split())


def html(text: str) -> str:
    """``text`` for the content or a quoted attribute of HTML."""
    return _html.escape(_UNSEEN.sub("", text), quote=True)


def markdown(text: str) -> str:
    """``text`` as one line of Markdown that shows exactly these characters.

    Marks of emphasis, links, raw HTML, tables, code, formulas and headings are escaped, and what
    would begin a list; bare addresses do not become links.
    """
    escaped = _MARKDOWN.sub(r"\\\1", one_line(text))
    escaped = escaped.replace("://", r"\://").replace("www.", r"www\.").replace("@", r"\@")
    start = _LINE_START.match(escaped)
    if start is None:
        return escaped
    if start[1].isdigit():  # "1." begins a list
        return f"{start[1]}\\{escaped[start.end() :]}"
    return f"\\{escaped}"


def web_address(text: str) -> str | None:
    """``text`` if it is an http or https address that is safe in a link, else None."""
    return text if _WEB_ADDRESS.fullmatch(text) else None
