"""What the copy buttons of a claim's page put on the clipboard."""

from __future__ import annotations

from html import escape

from analysis.publish.site.content import Content


def of_claim(claim_id: str, content: Content, base_url: str) -> list[tuple[str, str, str]]:
    """Name, label and text of each snippet, the figure first."""
    fair = content.wording(claim_id).fair
    card = content.cards.get(claim_id)
    sentence = ("sentence", "the sentence", fair)
    if card is None:
        return [sentence]
    src = f"{base_url}cards/{card['files']['png']}" if base_url else card["files"]["png"]
    block = (
        f'<figure>\n  <img src="{escape(src)}" alt="{escape(card["alt_short"])}">\n'
        f"  <figcaption>{escape(fair)}</figcaption>\n</figure>"
    )
    return [("html", "figure (HTML)", block), sentence]
