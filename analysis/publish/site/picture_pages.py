"""Every card as a picture to choose, and a page for each main figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any

import pandas as pd
from markupsafe import Markup

from analysis.evidence.sentences import VERDICT_WORDS
from analysis.publish.escape import web_address
from analysis.publish.light_pictures import Pictures
from analysis.publish.site.claim_page import card_values, menu_name
from analysis.publish.site.content import Content
from analysis.publish.site.notebooks import plain_tables
from analysis.publish.site.pages import Page, Section, render

THUMB = 420  # pixels; a phone shows one beside the other's words
Thumbs = Mapping[str, Future[bytes]]


def picture_pages(
    content: Content, base_url: str, pictures: Pictures, data: Iterable[Any]
) -> Iterator[Page]:
    """The gallery, and a page for each card that is a figure and no claim.

    Called, it has the gallery's pictures begun; they are waited for when the first page is taken.
    """
    thumbs = {
        name: pictures.thumb(content.build / "cards" / card["files"]["png"], THUMB)
        for name, card in content.cards.items()
    }

    def pages() -> Iterator[Page]:
        yield _gallery(content, thumbs, pictures, tuple(data))
        for card in _figures(content):
            yield _page(card, content, base_url, tuple(data))

    return pages()


def _figures(content: Content) -> list[Mapping[str, Any]]:
    return [card for card in content.cards.values() if card["kind"] == "figure"]


def _gallery(content: Content, thumbs: Thumbs, pictures: Pictures, data: tuple[Any, ...]) -> Page:
    claims = [content.cards[c] for c in content.records if c in content.cards]
    groups = [
        ("claims", "One picture for each claim", claims),
        ("explaining", "Figures that explain", _figures(content)),
    ]
    sections = [
        Section(
            anchor, title, render("gallery.html", cards=_shown(cards, content, thumbs, pictures))
        )
        for anchor, title, cards in groups
        if cards
    ]
    return Page(
        name="figures",
        title="Pictures to use on your page",
        short="Pictures",
        lead=render("gallery_lead.html"),
        sections=tuple(sections),
        description="Every figure as a picture to copy or download, with caption, alt text and "
        "sources.",
        data=data,
    )


def _shown(
    cards: Iterable[Mapping[str, Any]], content: Content, thumbs: Thumbs, pictures: Pictures
) -> list[dict[str, Any]]:
    shown = []
    for card in cards:
        folder = "claims" if card["kind"] == "claim" else "figures"
        thumb = thumbs[card["id"]].result()
        # fewer colours lose hues when small
        image = pictures.show(thumb, card["alt_short"], 256, up="")
        verdict = content.records[card["id"]]["verdict"] if folder == "claims" else None
        shown.append(
            {
                "page": f"{folder}/{card['id']}.html",
                "title": card["title"],
                "image": Markup(image),  # made of escaped parts
                "verdict": verdict,
                "words": VERDICT_WORDS[verdict] if verdict else "",
            }
        )
    return shown


def _page(card: Mapping[str, Any], content: Content, base_url: str, data: tuple[Any, ...]) -> Page:
    values = card_values(card["id"], content, base_url)
    sections = [Section("use-it", "Put it on your page", render("claim_card.html", **values))]
    table = _numbers(card, content)
    if table:
        sections.append(Section("numbers", "The numbers in it", table))
    papers = [
        source | {"link": web_address(str(source.get("url") or ""))} for source in card["sources"]
    ]
    told = {"papers": papers, "none": card["no_sources"]}
    sections.append(Section("sources", "Sources", render("figure_sources.html", **told)))
    claim = card["claim"]
    about = (claim, menu_name(claim, content)) if claim in content.records else None
    return Page(
        name=f"figures/{card['id']}",
        title=card["title"],
        short=card["title"],
        lead=render("figure_lead.html", card=card, about=about),
        sections=tuple(sections),
        description=card["alt_short"],
        data=data,
    )


def _numbers(card: Mapping[str, Any], content: Content) -> Markup:
    """The figure's data as a table, folded, with a link to the file."""
    file = content.build / "figures" / f"{card['id']}.csv"
    if not file.is_file():
        return Markup()
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    html = plain_tables(table.to_html(index=False, escape=True), f"Numbers of: {card['title']}")
    return render(
        "figure_numbers.html", table=Markup(html), rows=len(table), file=f"{card['id']}.csv"
    )
