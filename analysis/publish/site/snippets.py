"""What the copy buttons of a claim's or a figure's page put on the clipboard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from analysis.publish import cite
from analysis.publish.card_model import Card
from analysis.publish.site.content import Content

#: Forms of a snippet and what a reader calls them; the figure is the first button.
FORMS = {
    "html": "figure (HTML)",
    "markdown": "figure (Markdown)",
    "text": "plain text with sources",
    "bibtex": "references (BibTeX)",
    "ris": "references (RIS)",
}


def of_card(card_id: str, content: Content, base_url: str) -> list[tuple[str, str, str]]:
    """Name, label and text of each snippet; without a card there is only the claim's sentence."""
    if card_id not in content.cards:
        return [("sentence", "sentence", content.wording(card_id).fair)]
    card = card_of(content.cards[card_id])
    fair = content.wording(card_id).fair if card_id in content.records else card.sentence
    sentence = ("sentence", "sentence", fair)
    told = [(form, label, snippet(card, form, base_url)) for form, label in FORMS.items()]
    return [told[0], sentence, *told[1:]]


def card_of(words: Mapping[str, Any]) -> Card:
    """A card put together again from its JSON."""
    return Card(**{**words, "sources": tuple(words["sources"])})


def snippet(card: Card, form: str, base_url: str) -> str:
    """A snippet that works where it is pasted.

    Where nobody knows the site's address, a link to the site would lead nowhere: the snippet then
    names the picture's file alone, which goes along with it.
    """
    text = cite.cite(card, form, base_url)
    if base_url:
        return text
    page, image = re.escape(cite.page(card, "")), cite.image(card, "")
    if form == "html":
        text = re.sub(rf'<a href="{page}">(.*?)</a>', r"\1", text)
    elif form == "markdown":
        text = re.sub(rf"^\[(!\[.*\))\]\({page}\)$", r"\1", text, flags=re.MULTILINE)
        text = re.sub(rf"\[([^\[\]]*)\]\({page}\)", r"\1", text)
    elif form == "text":
        text = re.sub(rf", {page}$", "", text, flags=re.MULTILINE)
    return text.replace(image, card.files["png"])
