"""The list of all pages, the page for addresses that are not there, and the names of documents."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from analysis.publish.site.pages import Page, Section, render


def all_pages(
    menu: Mapping[str, list[tuple[str, str]]], others: Mapping[str, list[tuple[str, str]]]
) -> Page:
    """Every page by name: the way round for readers without a menu or without JavaScript."""
    groups = [
        ("Start", [("Does massage help people with chronic pain?", "index")]),
        *menu.items(),
        *others.items(),
    ]
    sections = tuple(
        Section(_slug(caption), caption, render("page_list.html", entries=entries))
        for caption, entries in groups
    )
    return Page(name="pages", title="All pages", short="All pages", sections=sections)


def _slug(caption: str) -> str:
    return re.sub(r"\W+", "-", caption.lower())


def not_found(folder: Path, base_url: str) -> None:
    """Write ``404.html``: it may be shown under any address, so it stands alone."""
    (folder / "404.html").write_text(
        render("404.html", home=base_url or "index.html"), encoding="utf-8"
    )


def title_of(path: Path) -> str:
    """The first heading of a document or a notebook; the file's name where there is none."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    found = re.search(r"(?m)^# (.+)$", text)
    return re.sub(r"[`*]", "", found[1]) if found else path.stem
