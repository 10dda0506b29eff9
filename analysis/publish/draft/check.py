"""The draft check as one pure function: text and verdicts in, findings out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.publish.draft.judgement import Finding, judge
from analysis.publish.draft.reading import sentences_of
from analysis.publish.draft.recorded import recorded
from analysis.publish.draft.split import Sentence


def check_text(text: str, claims_document: Mapping[str, Any], form: str = "text") -> list[Finding]:
    """Findings on a draft, in its order.

    Parameters
    ----------
    text
        The draft.
    claims_document
        The content of ``claims.json``: what goes too far follows from its verdicts.
    form
        ``text``, ``markdown`` or ``html``.
    """
    return check_sentences(sentences_of(text, form), claims_document)


def check_sentences(sentences: list[Sentence], claims_document: Mapping[str, Any]) -> list[Finding]:
    """Findings on sentences that were read already."""
    evidence = recorded(claims_document)
    return [
        finding
        for sentence in sentences
        for finding in judge(sentence.line, sentence.text, evidence, quoted=sentence.quoted)
    ]
