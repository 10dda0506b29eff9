"""Sphinx with MyST-NB and the furo theme: from sources to pages with menus and search.

Pages of our own come as JSON (see :class:`analysis.publish.site.pages.Page`) and go into the same
tree as the documents and the notebooks, so that menus, search and links know them all.
"""

from __future__ import annotations

import functools
import io
import json
import re
import warnings
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers import Parser
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from sphinx.util.docutils import docutils_namespace, patch_docutils

from analysis.publish.site.content import SiteError
from analysis.publish.site.pages import Page

HERE = Path(__file__).parent
Menu = Mapping[str, list[tuple[str, str]]]
"""Captions of the menu, and under each the pages: what the menu calls them, and their names."""

_CONFIG: dict[str, Any] = {
    "project": "Massage and chronic pain: what the trials say",
    "html_title": "Massage and chronic pain",
    "extensions": ["myst_nb"],
    "language": "en",
    "source_suffix": {".md": "myst-nb", ".ipynb": "myst-nb", ".page": "page"},
    "templates_path": [str(HERE / "theme")],
    "html_theme": "furo",
    "html_static_path": [str(HERE / "static")],
    "html_css_files": ["site.css"],
    "html_js_files": [("site.js", {"defer": "defer"})],
    "html_theme_options": {"top_of_page_buttons": []},
    "html_show_sourcelink": False,
    "html_copy_source": False,
    "html_show_sphinx": False,
    "html_show_copyright": False,
    "html_last_updated_fmt": None,
    "html_use_index": False,
    # Summaries are fetched page by page, which a browser refuses for files opened from a disk.
    "html_show_search_summary": False,
    "html_permalinks_icon": "#",
    "smartquotes": False,
    "pygments_style": "a11y-high-contrast-light",
    "nb_execution_mode": "off",
    "nb_merge_streams": True,
    "nb_code_prompt_show": "Show the code",
    "nb_code_prompt_hide": "Hide the code",
    # Links to headings, and tables. Raw HTML in any document is shown, not obeyed.
    "myst_disable_syntax": ["html_block", "html_inline"],
    "myst_heading_anchors": 4,
    "suppress_warnings": ["myst.header", "myst-nb.lexer", "misc.highlighting_failure"],
}


_FOLDED = (
    '<details class="notebook"><summary>Open the notebook: every step from the tables to the '
    "verdict, with all figures, tables and code</summary>"
)


class PageParser(Parser):  # type: ignore[misc]  # docutils has no types
    """Reads a page of our own: titles are text, sections are finished HTML."""

    supported = ("page",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Put the page's title, lead and sections into ``document``."""
        page = json.loads(inputstring)
        # Trace pages are reached from numbers, not from the menu.
        document.settings.env.metadata[document.settings.env.docname]["orphan"] = True
        top = _section(page["name"].replace("/", "-"), page["title"])
        document += top
        top += nodes.raw("", page["lead"], format="html")
        for part in page["sections"]:
            section = _section(part["id"], part["title"])
            section += nodes.raw("", part["html"], format="html")
            top += section
        for caption, entries in page.get("menu", {}).items():
            top += _toctree(caption, entries)
        if page["notebook"]:
            document["notebook"] = page["notebook"]


def _section(anchor: str, title: str) -> nodes.section:
    # No name: anchors are a page's own, and many pages have the same.
    section = nodes.section(ids=[anchor])
    section += nodes.title("", "", nodes.Text(title))
    return section


def _toctree(caption: str, entries: list[list[str]]) -> nodes.Node:
    """A part of the menu; the page itself does not show it."""
    tree = addnodes.toctree(
        parent="index",
        entries=[tuple(e) for e in entries],
        includefiles=[e[1] for e in entries],
        maxdepth=1,
        caption=caption,
        glob=False,
        hidden=True,
        includehidden=False,
        numbered=0,
        titlesonly=True,
        rawentries=[],
        rawcaption=caption,
    )
    wrapper = nodes.compound(classes=["toctree-wrapper"])
    wrapper += tree
    return wrapper


def generate(
    sources: Path, out: Path, pages: Mapping[str, Page], context: Mapping[str, Any], work: Path
) -> None:
    """Turn the folder ``sources`` into a site in ``out``; ``work`` is an empty folder for caches.

    ``context`` is what the theme may use on every page; ``context["data_for"]`` gives a page's
    schema.org text by its name.

    Raises
    ------
    SiteError
        Sphinx warned of something: a link that leads nowhere, a document that cannot be read.
    """
    warned = io.StringIO()
    config = _CONFIG | {"html_context": {k: v for k, v in context.items() if not callable(v)}}
    data_for: Callable[[str], str] = context["data_for"]
    with warnings.catch_warnings(), patch_docutils(None), docutils_namespace():
        warnings.simplefilter("ignore")  # other people's deprecations
        app = Sphinx(
            sources,
            None,
            out,
            work / "doctrees",
            "html",
            config,
            status=None,
            warning=warned,
            freshenv=True,
        )
        app.add_source_parser(PageParser)
        app.connect("doctree-resolved", _append_notebook)
        app.add_search_language(_English)
        app.connect("html-page-context", _no_tree, priority=400)  # before furo
        app.connect("html-page-context", _context(pages, data_for), priority=900)  # after furo
        app.build(force_all=True)
    said = warned.getvalue().strip()
    if said:
        raise SiteError(f"the site generator warned:\n{said.replace(str(sources) + '/', '')}")


def _append_notebook(app: Sphinx, doctree: nodes.document, _: str) -> None:
    """The notebook that a page names follows its last section, one level down."""
    name = doctree.get("notebook")
    if not name:
        return
    notebook = app.env.get_and_resolve_doctree(name, app.builder, tags=app.tags)
    part = nodes.section(ids=["notebook"])
    part += nodes.title("", "", nodes.Text("The full notebook"))
    # Folded: a reader who wants the answer has it by now. Browsers open it for links into it.
    part += nodes.raw("", _FOLDED, format="html")
    for section in notebook.children:
        _prefix(section, "notebook-")
        part += section
    part += nodes.raw("", "</details>", format="html")
    doctree[0] += part


def _prefix(node: nodes.Node, prefix: str) -> None:
    """Keep the anchors of a page that is put into another apart from the other's own."""
    for element in node.findall(nodes.Element):
        if element.get("ids"):
            element["ids"] = [prefix + name for name in element["ids"]]
        if element.get("refid"):
            element["refid"] = prefix + element["refid"]
        if str(element.get("refuri", "")).startswith("#"):
            element["refuri"] = f"#{prefix}{element['refuri'][1:]}"


def _no_tree(_: Sphinx, __: str, ___: str, context: dict[str, Any], ____: object) -> None:
    """No menu resolved from the documents: the theme's own template writes the one that is given.

    To resolve it takes as long as the rest of a page.
    """
    context.pop("toctree", None)


class _English(SearchEnglish):
    """The search index's English, which takes the stem of each word once, not once a page."""

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        self._stem = functools.cache(super().stem)

    def stem(self, word: str) -> str:
        """The stem of a word."""
        return self._stem(word)


def _context(pages: Mapping[str, Page], data_for: Callable[[str], str]) -> Any:
    def add(_: Sphinx, name: str, __: str, context: dict[str, Any], ___: object) -> None:
        page = pages.get(name)
        context["structured_data"] = data_for(name)
        context["description"] = page.description if page else ""
        context["page_kind"] = name.split("/")[0]
        context["body"] = _reachable(context.get("body", ""))

    return add


def _reachable(body: str) -> str:
    """Whatever scrolls by itself can be scrolled with the keyboard."""
    numbers = count(1)
    body = re.sub(
        r'<div class="(table-wrapper[^"]*)"',
        lambda found: (
            f'<div class="{found[1]}" role="region" aria-label="Table {next(numbers)} of the text"'
            ' tabindex="0"'
        ),
        body,
    )
    return body.replace("<pre>", '<pre tabindex="0">')
