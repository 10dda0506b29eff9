"""What one may write, for all claims on one page, and the words to look out for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from analysis.evidence.sentences import VERDICT_WORDS
from analysis.publish.draft.word_list import softer, watched
from analysis.publish.site.claim_page import menu_name
from analysis.publish.site.content import Content
from analysis.publish.site.pages import Page, Section, render


def writing_page(content: Content, data: Iterable[Any]) -> Page:
    """The page to keep beside the keyboard, or to print."""
    entries = [
        {
            "id": claim_id,
            "name": menu_name(claim_id, content),
            "verdict": record["verdict"],
            "words": VERDICT_WORDS[record["verdict"]],
            "wording": content.wording(claim_id),
        }
        for claim_id, record in content.records.items()
    ]
    sections = (
        Section("sentences", "Sentences", render("writing_claims.html", entries=entries)),
        Section("words", "Words to look out for", render("writing_words.html", kinds=watched())),
        Section(
            "softer-words", "Words that leave room", render("writing_softer.html", words=softer())
        ),
    )
    return Page(
        name="what-you-may-write",
        title="What you may write",
        short="What you may write",
        lead=render("writing_lead.html", total=len(entries)),
        sections=sections,
        description="A fair sentence for each claim about massage and chronic pain, and the words "
        "that go too far.",
        data=tuple(data),
    )
