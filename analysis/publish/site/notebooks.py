"""Executed notebooks made fit for the web: light pictures, tables that scroll, nothing that runs.

An output is data. Its Markdown is rendered without raw HTML and without pictures from elsewhere,
its tables are rebuilt from their text alone, and every other kind of HTML is dropped.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt

from analysis.publish.light_pictures import Pictures

_EMPTY_HEAD = re.compile(r"<thead>\s*<tr>\s*(?:<th></th>\s*)+</tr>\s*</thead>\s*")

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def prepare(
    path: Path,
    pictures: Pictures,
    link: Callable[[str], str] = str,
    tables_of: Callable[[str], str] = lambda _: "",
) -> nbformat.NotebookNode:
    """Read an executed notebook and clean its outputs; its pictures go to ``pictures``.

    ``link`` puts links into what a cell says, ``tables_of`` gives the links to what its code keeps.
    """
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    heading, tables = "this notebook", count(1)
    for cell in notebook.cells:
        heading = _last_heading(cell) or heading
        if cell.cell_type != "code":
            continue
        cell.metadata["tags"] = ["hide-input"]
        cell.outputs = [
            _clean(output, pictures, f"Table {next(tables)}: {heading}", link)
            for output in cell.outputs
        ]
        if cell.outputs and (kept := tables_of(cell.source)):
            cell.outputs.append(nbformat.v4.new_output("display_data", {"text/html": kept}))
    return notebook


def _last_heading(cell: Any) -> str | None:
    if cell.cell_type != "markdown":
        return None
    lines = [line for line in cell.source.splitlines() if line.startswith("#")]
    return lines[-1].lstrip("# ") if lines else None


def _clean(output: Any, pictures: Pictures, label: str, link: Callable[[str], str]) -> Any:
    data = output.get("data", {})
    if output.output_type not in ("display_data", "execute_result"):
        return output
    if "image/png" in data:
        alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
        html = pictures.show(base64.b64decode(data["image/png"]), alt)
    elif "text/markdown" in data:
        said = link(markdown(data["text/markdown"]))
        html = f'<div class="said">{with_tables_boxed(said, label)}</div>'
    elif "text/html" in data:
        html = plain_tables(data["text/html"], label)
    else:
        html = f"<pre>{escape(data.get('text/plain', ''))}</pre>"
    return nbformat.v4.new_output("display_data", {"text/html": html})


def markdown(text: str) -> str:
    """Markdown as HTML, in which no tag of the text itself survives as a tag."""
    return str(_markdown.render(text))


def plain_tables(html: str, label: str) -> str:
    """The tables of a piece of HTML, rebuilt from the text of their cells; all else is dropped."""
    soup = BeautifulSoup(html, "html.parser")
    return "\n".join(boxed(_table(table), label) for table in soup.find_all("table"))


def with_tables_boxed(html: str, label: str) -> str:
    """Put each table of our own HTML into a box that scrolls."""
    html = _EMPTY_HEAD.sub("", html)
    return html.replace("<table>", _box(label) + "<table>").replace("</table>", "</table></div>")


def boxed(table: str, label: str) -> str:
    """A table in a box that scrolls by itself and that the keyboard can reach."""
    return f"{_box(label)}{table}</div>"


def _box(label: str) -> str:
    return f'<div class="scroll" role="region" aria-label="{escape(label)}" tabindex="0">'


def _table(table: Tag) -> str:
    rows = [list(_cells(row)) for row in table.find_all("tr")]
    head = [row for row in rows if row and all(heading for heading, _ in row)]
    body = [row for row in rows if row and row not in head]
    numeric = [
        all(_is_number(c) for c in column)
        for column in zip(*([text for _, text in row] for row in body), strict=False)
    ]

    def line(cells: Iterable[tuple[bool, str]], scope: str) -> str:
        return f"<tr>{''.join(_cell(c, scope, n, numeric) for n, c in enumerate(cells))}</tr>"

    top = "".join(line(row, "col") for row in head)
    rest = "".join(line(row, "row") for row in body)
    return f"<table><thead>{top}</thead><tbody>{rest}</tbody></table>"


def _cells(row: Tag) -> Iterator[tuple[bool, str]]:
    for cell in row.find_all(["th", "td"]):
        yield cell.name == "th", cell.get_text(" ", strip=True)


def _cell(cell: tuple[bool, str], scope: str, column: int, numeric: list[bool]) -> str:
    heading, text = cell
    right = ' class="number"' if column < len(numeric) and numeric[column] else ""
    if heading and text:
        return f'<th scope="{scope}"{right}>{escape(text)}</th>'
    return f"<td{right}>{escape(text)}</td>"


def _is_number(text: str) -> bool:
    bare = text.replace("\u2212", "-").replace(",", "").strip()
    return bare in ("", "–") or bare.lstrip("-").replace(".", "", 1).isdigit()
