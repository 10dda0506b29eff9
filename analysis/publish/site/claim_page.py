"""The page of one claim: answer, card, wording, numbers, certainty, sources, notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup
from PIL import Image

from analysis.evidence.sentences import VERDICT_WORDS
from analysis.evidence.sources import places
from analysis.publish.site import snippets
from analysis.publish.site.content import Content
from analysis.publish.site.numbers import lines, link_to, linked, untested
from analysis.publish.site.pages import Page, Section, render

#: What an overall verdict means, for somebody who reads the word for the first time.
GLOSS = {
    "supported": "It holds against no treatment and against a sham, with fair certainty.",
    "supported_uncertain": "It holds against at least one comparison, with room for doubt.",
    "no_clear_effect": "An effect is neither shown nor ruled out.",
    "not_supported": "What was looked for was not found.",
    "contradicted": "The trials point the other way.",
    "not_testable": "Nobody printed the figures; that does not mean untrue.",
}


def claim_page(claim_id: str, content: Content, base_url: str, data: Iterable[Any]) -> Page:
    """Put one claim's page together."""
    record, claim = content.records[claim_id], content.claims[claim_id]
    wording = content.wording(claim_id)
    told = lines(record)
    common = {"record": record, "wording": wording, "words": VERDICT_WORDS}
    sections = [
        _section(
            "use-it",
            "Put it on your page",
            "claim_card.html",
            card_values(claim_id, content, base_url),
        ),
        _section("what-you-may-write", "What you may write", "claim_write.html", common),
    ]
    if claim.kind != "citation":
        sections.append(
            _section(
                "the-numbers",
                "The numbers",
                "claim_answers.html",
                common
                | {
                    "lines": told,
                    "unit": told[0].unit if len({t.unit for t in told}) == 1 else "",
                    "sentences": [
                        linked(t.answer["sentence"], record, content.claims, "../") for t in told
                    ],
                    "untested": untested(record),
                    "direction": _direction(told, claim),
                },
            )
        )
    if told:
        sections.append(
            _section("how-sure", "How sure, and why", "claim_certainty.html", {"lines": told})
        )
    sections.append(
        _section(
            "sources",
            "Sources",
            "claim_sources.html",
            {
                "record": record,
                "papers": papers(record, content),
                "figures": figures_of(claim_id, content),
            },
        )
    )
    notebook = _doc(content.notebook_of(claim_id))
    lead = render(
        "claim_lead.html",
        **common,
        verdict_words=VERDICT_WORDS[record["verdict"]],
        gloss=GLOSS[record["verdict"]],
        sentence=linked(record["sentence"], record, content.claims, "../"),
        parts=[(s.id, s.title) for s in sections]
        + ([("notebook", "The full notebook")] if notebook else []),
    )
    return Page(
        name=f"claims/{claim_id}",
        title=content.cards[claim_id]["title"] if claim_id in content.cards else record["claim"],
        short=menu_name(claim_id, content),
        lead=lead,
        sections=tuple(sections),
        notebook=notebook,
        description=f"{VERDICT_WORDS[record['verdict']].capitalize()}. {wording.fair}",
        data=tuple(data),
    )


def menu_name(claim_id: str, content: Content) -> str:
    """What menus call a claim."""
    noun = content.claims[claim_id].noun
    return noun[:1].upper() + noun[1:]


def _section(anchor: str, title: str, template: str, values: Mapping[str, Any]) -> Section:
    return Section(anchor, title, render(template, **values))


def _doc(notebook: str | None) -> str | None:
    return f"notebooks/{notebook}" if notebook else None


def card_values(card_id: str, content: Content, base_url: str) -> dict[str, Any]:
    """What the template of a card with its buttons needs; ``card`` is None where there is none."""
    card = content.cards.get(card_id)
    sizes = {}
    downloads: list[tuple[str, str]] = []
    if card:
        files = card["files"]
        for kind in ("png", "square"):
            with Image.open(content.build / "cards" / files[kind]) as image:
                sizes[kind] = image.size
        named = {
            "png": "for a blog (PNG, 1200 wide)",
            "square": "square, for social posts",
            "print": "for print (300 dpi)",
            "svg": "SVG, any size",
        }
        downloads = [(label, files[kind]) for kind, label in named.items() if kind in files]
    record = content.records.get((card["claim"] or "") if card else card_id)
    return {
        "card": card,
        "caption": linked(card["caption"], record, content.claims, "../")
        if card and record
        else (card or {}).get("caption", ""),
        "size": sizes.get("png"),
        "square": sizes.get("square"),
        "downloads": downloads,
        "base_url": base_url,
        "snippets": snippets.of_card(card_id, content, base_url),
    }


def _direction(told: list[Any], claim: Any) -> Markup:
    if any(line.answer["measure"] == "RR" for line in told):
        return Markup("Risk ratios: below one means fewer people had the problem with massage.")
    unit = f"In {claim.unit}. " if len({line.unit for line in told}) == 1 else ""
    matters = link_to(f"{claim.important:g}", f"{claim.id}.important_difference", "../")
    return Markup("{}Below zero favours massage ({}). A difference of {} {} would matter.").format(
        unit, claim.better, matters, claim.unit
    )


def figures_of(claim_id: str, content: Content) -> list[Mapping[str, Any]]:
    """The cards of main figures about a claim."""
    return [
        card
        for card in content.cards.values()
        if card["kind"] == "figure" and card["claim"] == claim_id
    ]


def papers(record: Mapping[str, Any], content: Content) -> list[dict[str, str]]:
    """The papers behind a claim's numbers, each once, with the places that were read."""
    rows = [row for a in record["answers"] for row in a["rows"]] + list(record["rows"])
    if not rows:
        return []
    found = places(content.tables, rows)
    found = found.assign(paper=found["doi"].fillna(found["citation"]))
    listed = []
    for _, group in found.groupby("paper", sort=False):
        first = group.iloc[0]
        where = list(dict.fromkeys(str(p) for p in group["place"] if pd.notna(p)))
        url = link(first)
        listed.append(
            {
                "citation": str(first["citation"]),
                "url": url,
                "link_text": f"doi {first['doi']}" if pd.notna(first["doi"]) else url,
                "places": f"Read at: {'; '.join(where)}." if where else "",
            }
        )
    return sorted(listed, key=lambda paper: paper["citation"])


def link(paper: Mapping[str, Any] | pd.Series[Any]) -> str:
    """The address that lasts longest: DOI, then PubMed, then wherever it was read."""
    if pd.notna(paper["doi"]):
        return f"https://doi.org/{quote(str(paper['doi']), safe='/:;().')}"
    if pd.notna(paper["pmid"]):
        return f"https://pubmed.ncbi.nlm.nih.gov/{paper['pmid']}/"
    address = str(paper["url"]) if pd.notna(paper["url"]) else ""
    return address if address.startswith(("https://", "http://")) else ""
