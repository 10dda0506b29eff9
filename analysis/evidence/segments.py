"""Sentences of ``claims.json`` cut into pieces, so that every number in them carries its id.

Nothing is guessed from how a number looks. An answer is put together again from its record, its
sentence is made again with marks, and only where that gives the very text does a number get an id.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from analysis.evidence import citation, claim_sentences, sentences
from analysis.evidence.answers import Answer
from analysis.evidence.certainty import Certainty
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.marks import Segment, mark, plain, split
from analysis.evidence.selection import Selection
from analysis.evidence.verdicts import Verdict
from analysis.stats.equivalence import Equivalence
from analysis.stats.pooling import PooledEffect

NAN = math.nan


def segments(
    text: str, claim_record: Mapping[str, Any], claims: Mapping[str, Claim] | None = None
) -> tuple[Segment, ...]:
    """Cut a text about one claim so that its numbers carry their ids.

    Parameters
    ----------
    text
        A sentence of ``claims.json`` (the claim's or an answer's), or a figure's title, caption or
        alt text that quotes one.
    claim_record
        The claim's entry in ``claims.json``.
    claims
        The claims of ``claims.toml``, where they were loaded already.

    Returns
    -------
    tuple of Segment
        Joined, their texts are ``text``. In sentences of ``claims.json`` every digit is in a
        segment with an id; in other texts those that quote an answer's numbers are.
    """
    known = claims if claims is not None else load_claims()
    claim = known.get(claim_record["id"])
    if claim is None:
        return (Segment(text),)
    phrases = {plain(marked): marked for marked in _phrases(claim, claim_record, text)}
    pieces: tuple[Segment | str, ...] = (text,)
    for phrase in sorted(phrases, key=len, reverse=True):
        pieces = tuple(_cut(pieces, phrase, phrases[phrase]))
    whole = [Segment(p) if isinstance(p, str) else p for p in pieces]
    return tuple(piece for piece in whole if piece.text)


def _cut(pieces: tuple[Segment | str, ...], phrase: str, marked: str) -> Iterator[Segment | str]:
    for piece in pieces:
        if isinstance(piece, Segment) or phrase not in piece:
            yield piece
            continue
        before, *others = re.split(f"(?<![\\w.,]){re.escape(phrase)}", piece)
        yield before
        for other in others:
            yield from split(marked)
            yield other


def _phrases(claim: Claim, record: Mapping[str, Any], text: str) -> Iterator[str]:
    """Everything that a text may quote, with marks; what two answers share comes from neither."""
    if claim.kind == "citation":
        yield from _counted(text, lambda n: citation.marked_not_found(claim.id, *_papers(n)))
        return
    overall, *others = _of_record(claim, json.dumps([record["verdict"], record["answers"]]))
    yield overall
    yield from _counted(text, lambda n: claim_sentences.marked_reported(claim.id, *n[:3]))
    yield from others


@lru_cache(maxsize=64)
def _of_record(claim: Claim, content: str) -> tuple[str, ...]:
    """What texts may quote of a record's verdict and answers (as JSON), first the overall sentence.

    Remembered, because one record is asked about for every sentence of its pages.
    """
    verdict, records = json.loads(content)
    answers = tuple(answer_of(one, claim) for one in records)
    return tuple(_quotable(Verdict(claim, verdict, answers, "")))


def _quotable(verdict: Verdict) -> Iterator[str]:
    yield claim_sentences.marked_overall(verdict)
    claim, answers = verdict.claim, verdict.answers
    tested = [a for a in answers if a.pooled is not None]
    short = [sentences.marked_figures(a) for a in tested]
    short += [sentences.marked_evidence_base(a) for a in tested]
    short += [size for a in tested for size in sentences.marked_sizes(a)]
    said = [plain(phrase) for phrase in short]
    yield from (p for p, words in zip(short, said, strict=True) if said.count(words) == 1)
    yield from (sentences.marked_answer(a) for a in tested)
    yield mark(sentences.level(claim.rules.level), "rules.level") + " "


def _counted(text: str, make: Any) -> Iterator[str]:
    """A sentence made of counts alone: its numbers are read from it, and it is made from them.

    Yielded only if that gives the text again, so a wrong reading never gets through.
    """
    for start in (found.start() for found in re.finditer(r"\bOf \d", text)):
        part = text[start:]
        numbers = [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", part)]
        try:
            made = make(numbers)
        except (IndexError, TypeError, ValueError):
            continue
        if plain(made) in part:
            yield made


def _papers(numbers: list[int]) -> tuple[int, int, int]:
    """Papers, papers in the journal, papers about chronic pain ("none" is no digit)."""
    points = len(citation.POINTS)
    *counts, last = numbers
    if last != points or len(counts) not in (2, 3):
        raise ValueError("not the sentence about candidates")
    return (counts[0], counts[1], counts[2] if len(counts) == 3 else 0)


def answer_of(record: Mapping[str, Any], claim: Claim) -> Answer:
    """An answer put together again from its record, as far as sentences tell of it.

    The evidence behind it (trials, domains of certainty) is not in it.
    """
    detail = record["detail"]
    back = math.log if record["measure"] == "RR" else float
    margin = back(detail["important_difference"])
    pooled, same = None, None
    if record["estimate"] is not None:
        low, high, estimate = (back(record[n]) for n in ("ci_low", "ci_high", "estimate"))
        pooled = _pooled(estimate, low, high, record["k"] or 2, claim)
        p = detail["equivalence_p"]
        same = Equivalence(margin, NAN, NAN, p, p < 0.05, NAN, NAN) if p is not None else None
    return Answer(
        claim, record["comparator"], record["horizon"], record["verdict"], detail["basis"],
        detail["population"], record["measure"], margin,
        Selection(pd.DataFrame(), detail["population"]), pooled,
        Certainty(record["certainty"], ()) if record["certainty"] else None, same,
        tuple(record["rows"]), record["k"], record["n"], detail["people"],
        detail["mixed_controls"],
    )  # fmt: skip


def _pooled(estimate: float, low: float, high: float, k: int, claim: Claim) -> PooledEffect:
    return PooledEffect(
        k=k, estimate=estimate, se=NAN, ci_low=low, ci_high=high, p=NAN, df=NAN,
        prediction_low=NAN, prediction_high=NAN, tau2=NAN, tau2_low=NAN, tau2_high=NAN, q=NAN,
        q_df=k - 1, q_p=NAN, i2=NAN, i2_low=NAN, i2_high=NAN, weights=(),
        tau2_method=claim.tau2, interval_method=claim.interval, level=claim.rules.level,
    )  # fmt: skip
