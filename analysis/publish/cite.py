"""A card as something to paste: a figure block for a page, a line of text, or references.

Every snippet names the finding, how sure it is, the data version, the licence and the papers with
their DOI. Text from tables is escaped for the place where it lands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from analysis.publish import references
from analysis.publish.card_model import LICENCE_URL, PROJECT, Card
from analysis.publish.escape import html, markdown, one_line, web_address

_RELATIVE = re.compile(r"(?!/)(?:[A-Za-z0-9_.~-]+/?)*|/(?!/)(?:[A-Za-z0-9_.~-]+/?)*")


def check_base(base_url: str) -> str:
    """``base_url`` without its last slash.

    Raises
    ------
    ValueError
        When it is neither an http(s) address nor a plain path.
    """
    base = base_url.rstrip("/")
    if web_address(base) or _RELATIVE.fullmatch(base_url):
        return base
    raise ValueError(
        f"{base_url!r} is no base for links: give an address such as https://example.org/massage, "
        "or a plain path"
    )


def page(card: Card, base_url: str) -> str:
    """The card's page on the site."""
    return _join(base_url, f"{'figures' if card.kind == 'figure' else 'claims'}/{card.id}.html")


def image(card: Card, base_url: str, variant: str = "png") -> str:
    """The address of one of the card's pictures (``svg``, ``png``, ``square`` or ``print``)."""
    return _join(base_url, f"cards/{card.files[variant]}")


def _join(base_url: str, path: str) -> str:
    base = check_base(base_url)
    return f"{base}/{path}" if base or base_url.startswith("/") else path


def cite(card: Card, form: str = "html", base_url: str = "") -> str:
    """A snippet that shows or names ``card``.

    Parameters
    ----------
    card
        From :func:`analysis.publish.cards.all_cards`.
    form
        ``html`` and ``markdown``: the picture with alt text, caption, certainty and sources;
        ``text``: the same without the picture; ``bibtex``, ``ris`` and ``csl-json``: the card and
        the papers behind it as references.
    base_url
        Where the site is published. Empty: links are relative to the site's front page.

    Raises
    ------
    ValueError
        For an unknown form or a base that cannot be one.
    """
    if form not in FORMS:
        raise ValueError(f"there is no form {form!r}; the forms are {', '.join(FORMS)}")
    check_base(base_url)
    return FORMS[form](card, base_url)


def _html(card: Card, base_url: str) -> str:
    link = html(page(card, base_url))
    papers = "\n".join(f"      <li>{_html_paper(source)}</li>" for source in card.sources)
    listed = (
        f"    <details>\n      <summary>{_papers(card)}</summary>\n      <ul>\n{papers}\n"
        "      </ul>\n    </details>\n"
        if papers
        else f"    <p>{html(card.no_sources or '')}</p>\n"
    )
    return (
        "<figure>\n"
        f'  <a href="{link}"><img src="{html(image(card, base_url))}"'
        f' alt="{html(one_line(card.alt_short))}" width="1200"'
        ' style="max-width: 100%; height: auto"></a>\n'
        "  <figcaption>\n"
        f"    <p>{html(one_line(card.sentence))} {html(_sure(card))}</p>\n"
        f'    <p>Source: <a href="{link}">{html(PROJECT)}</a>, data version '
        f'{html(card.data_version)}, <a rel="license" href="{LICENCE_URL}">'
        f"{html(card.licence)}</a>.</p>\n"
        f"{listed}"
        "  </figcaption>\n"
        "</figure>\n"
    )


def _html_paper(source: dict[str, Any]) -> str:
    said, link = html(one_line(str(source["citation"]))), _link(source)
    return f'<a href="{html(link)}">{said}</a>' if link else said


def _link(source: dict[str, Any]) -> str | None:
    return web_address(str(source.get("url") or ""))


def _papers(card: Card) -> str:
    number = len(card.sources)
    return f"{number} {'source' if number == 1 else 'sources'} behind this figure"


def _sure(card: Card) -> str:
    said = one_line(card.certainty)
    said = said if "certainty" in said else f"certainty {said}"
    return f"{said[:1].upper()}{said[1:]}."


def _markdown(card: Card, base_url: str) -> str:
    link = page(card, base_url)
    source = (
        f"Source: [{markdown(PROJECT)}]({link}), data version {markdown(card.data_version)}, "
        f"[{markdown(card.licence)}]({LICENCE_URL})."
    )
    lines = [
        f"[![{markdown(card.alt_short)}]({image(card, base_url)})]({link})",
        "",
        markdown(f"{card.sentence} {_sure(card)}"),
        "",
        source,
        "",
    ]
    for paper in card.sources:
        said, to = markdown(str(paper["citation"])), _link(paper)
        lines.append(f"- [{said}](<{to}>)" if to else f"- {said}")
    return "\n".join(lines) + "\n"


def _text(card: Card, base_url: str) -> str:
    source = (
        f"Source: {PROJECT}, data version {one_line(card.data_version)}, {card.licence}, "
        f"{page(card, base_url)}"
    )
    lines = [
        one_line(card.title),
        one_line(card.sentence),
        _sure(card),
        source,
        "",
        f"{_papers(card)}:",
    ]
    for paper in card.sources:
        to = _link(paper)
        lines.append(f"- {one_line(str(paper['citation']))}" + (f", {to}" if to else ""))
    return "\n".join(lines) + "\n"


def _references(card: Card, base_url: str) -> list[references.Reference]:
    return [references.work(card, page(card, base_url)), *map(references.paper, card.sources)]


def _bibtex(card: Card, base_url: str) -> str:
    return references.bibtex(_references(card, base_url))


def _ris(card: Card, base_url: str) -> str:
    return references.ris(_references(card, base_url))


def _csl(card: Card, base_url: str) -> str:
    items = references.csl(_references(card, base_url))
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


FORMS: dict[str, Callable[[Card, str], str]] = {
    "html": _html,
    "markdown": _markdown,
    "text": _text,
    "bibtex": _bibtex,
    "ris": _ris,
    "csl-json": _csl,
}
