"""The folder that the site generator reads: documents and what they link to, notebooks, our pages.

It keeps the repository's layout, so that a link from one document to another holds on the site.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat

from analysis import paths
from analysis.publish.light_pictures import Pictures
from analysis.publish.site import notebooks
from analysis.publish.site.content import Content
from analysis.publish.site.notebook_links import Linker
from analysis.publish.site.pages import Page

DOCUMENTS = ("docs/*.md", "data/README.md", "data/*/README.md", "data/clients/*.md")
HAND_WRITTEN = Path(__file__).parent / "pages"
#: Pages of our own that hand-written pages link to.
PAGES = ("index.html", "figures.html", "what-you-may-write.html")
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_AWAY = re.compile(r"[a-z][a-z0-9+.-]*:|#|//", re.IGNORECASE)


def documents() -> list[str]:
    """The repository's documents that become pages, as paths from its top folder."""
    found = (path for pattern in DOCUMENTS for path in paths.root().glob(pattern))
    return sorted({path.relative_to(paths.root()).as_posix() for path in found})


def write(
    folder: Path,
    pages: Iterable[Page],
    content: Content,
    menu: Mapping[str, list[tuple[str, str]]],
    pictures: Pictures,
) -> None:
    """Fill ``folder``; light copies of the notebooks' pictures go to ``pictures``."""
    texts, executed = documents(), content.notebooks
    known = [*texts, *(f"notebooks/{name}.ipynb" for name in executed)]
    for name in texts:
        text = (paths.root() / name).read_text(encoding="utf-8")
        _put(folder / name, _links(text, name, folder, known))
    for page_file in sorted(HAND_WRITTEN.glob("*.md")):
        text = page_file.read_text(encoding="utf-8")
        for marker, caption, end in (
            ("{notebooks}", "Notebooks", ".ipynb"),
            ("{documents}", "For reviewers", ".md"),
        ):
            entries = [e for e in menu.get(caption, ()) if e[1] + end in known]
            listed = (f"- [{words}]({target}{end})" for words, target in entries)
            text = text.replace(marker, "\n".join(listed))
        _put(folder / page_file.name, _links(text, page_file.name, folder, known))
    for name, path in executed.items():
        notebook = notebooks.prepare(path, pictures, linker := Linker(content, name), linker.tables)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = _links(cell.source, f"notebooks/{name}.ipynb", folder, known)
        target = folder / "notebooks" / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
    for page in pages:
        text = page.source()
        if page.name == "index":
            text = json.dumps(json.loads(text) | {"menu": menu}, ensure_ascii=False)
        _put(folder / f"{page.name}.page", text)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _links(text: str, name: str, folder: Path, known: list[str]) -> str:
    """Make a document's links hold on the site.

    A folder becomes its README, the top README the front page; a file that is no page is copied, to
    be downloaded; what is not on the site loses its link and keeps its words.
    """
    here = os.path.dirname(name)  # noqa: PTH120

    def change(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        if _AWAY.match(target):
            return found[0]
        path, _, part = target.partition("#")
        there = os.path.normpath(os.path.join(here, path))  # noqa: PTH118
        goal = _on_site(there, folder, known)
        if goal is None:
            return words
        return f"[{words}]({os.path.relpath(goal, here or '.')}{'#' + part if part else ''})"

    return _LINK.sub(change, text)


def _on_site(there: str, folder: Path, known: list[str]) -> str | None:
    if there.startswith(".."):
        return None
    at = paths.root() / there
    if there == "README.md":
        return "index.page"
    if there in PAGES:
        return f"{there.removesuffix('.html')}.page"
    if at.is_dir():
        return f"{there}/README.md" if f"{there}/README.md" in known else None
    if there in known or (HAND_WRITTEN / there).is_file():
        return there
    # What would be taken for a page of its own is not copied.
    if at.is_file() and at.suffix not in (".md", ".ipynb") and not there.startswith("build"):
        (folder / there).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(at, folder / there)
        return there
    return None
