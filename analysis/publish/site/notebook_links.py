"""Numbers, figures and tables of an executed notebook, linked to the rows and files behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString
from markupsafe import Markup, escape

from analysis.publish.site.content import Content
from analysis.publish.site.numbers import linked

_KEEPS = re.compile(r"""keep\([\s\S]*?,\s*["']([a-z0-9-]+)["']\)""")
_QUIET = {"a", "code", "pre", "script", "style", "button"}


class Linker:
    """Links what one notebook says. Pages of notebooks lie one folder deep."""

    def __init__(self, content: Content, name: str) -> None:
        self._content = content
        self._records = [content.records[c] for c in content.judged_in(name)]
        self._captions = {about["caption"]: about for about in content.figures.values()}

    def __call__(self, html: str) -> str:
        """HTML of an output, with each number that quotes an answer linked to its trace."""
        if not re.search(r"\d", html):
            return html
        soup = BeautifulSoup(html, "html.parser")
        caption = self._captions.get(soup.get_text().strip())
        records = self._records
        if caption and caption["claim"] in self._content.records:
            records = [self._content.records[caption["claim"]]]
        for text in list(soup.find_all(string=re.compile(r"\d"))):
            if not any(parent.name in _QUIET for parent in text.parents):
                _link(text, records, self._content)
        told = self._figure_links(caption["id"]) if caption else ""
        return f"{soup}{told}"

    def tables(self, source: str) -> str:
        """Links to the files that a cell keeps."""
        names = [n for n in _KEEPS.findall(source) if n in self._content.result_tables]
        return data_links((f"{n}.csv", f"../data/tables/{n}.csv") for n in dict.fromkeys(names))

    def _figure_links(self, figure_id: str) -> str:
        links = [("its numbers (CSV)", f"../data/figures/{figure_id}.csv")]
        if figure_id in self._content.cards:
            links.append(("copy this figure", f"../figures/{figure_id}.html"))
        return data_links(links)


def data_links(links: Iterable[tuple[str, str]]) -> str:
    """A line of links below a figure or a table."""
    made = [Markup('<a href="{}">{}</a>').format(to, words) for words, to in links]
    return (
        str(Markup('<p class="data-links">Data: {}</p>').format(Markup(" · ").join(made)))
        if made
        else ""
    )


def _link(text: NavigableString, records: Iterable[Mapping[str, Any]], content: Content) -> None:
    for record in records:
        html = linked(str(text), record, content.claims, "../")
        if html != escape(str(text)):
            text.replace_with(BeautifulSoup(str(html), "html.parser"))
            return
