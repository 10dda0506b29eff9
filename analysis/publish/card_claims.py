"""From a claim's entry in ``claims.json`` to its card and to what is drawn on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.evidence import citation, directions, sources
from analysis.evidence.claims import Claim
from analysis.evidence.fair import may_write_of
from analysis.evidence.selection import prepare
from analysis.evidence.sentences import VERDICT_WORDS, count, level
from analysis.evidence.tables import Tables
from analysis.publish import card_words, figures
from analysis.publish.card_drawing import Picture
from analysis.publish.card_marks import axis_of, effect_ends
from analysis.publish.card_model import LICENCE, PROJECT, Card, files_of, papers
from analysis.publish.card_words import Row


@dataclass(frozen=True)
class _Reported:
    """Trials by what they report, and the ids of the rows that say so."""

    counts: list[dict[str, Any]]
    rows: tuple[str, ...]


def claim_cards(
    document: Mapping[str, Any], claims: Mapping[str, Claim], tables: Tables
) -> list[tuple[Card, Picture]]:
    """The card and the picture of every claim in the content of a ``claims.json``."""
    version = document["data_version"]
    return [
        claim_card(claims[record["id"]], record, tables, version) for record in document["claims"]
    ]


def claim_card(
    claim: Claim, record: dict[str, Any], tables: Tables, version: str
) -> tuple[Card, Picture]:
    """One claim's card and picture from its entry in ``claims.json``."""
    if claim.kind == "citation":
        rows, row_ids, title = _cited(record, tables)
    else:
        reported = _reported(claim, tables)
        rows = card_words.rows(claim, record, reported.counts)
        row_ids = _rows_of(record) or list(reported.rows)
        title = card_words.title(claim, record)
    fair = may_write_of(claim, record).fair
    found = papers(tables.sources, sources.places(tables, row_ids)["source_id"].astype(str))
    cited = tuple(_cite(paper) for paper in found)
    card = Card(
        id=claim.id,
        kind="claim",
        claim=claim.id,
        title=title,
        caption=card_words.caption(claim, record, rows),
        alt_short=card_words.alt_short(title),
        alt_long=card_words.alt_long(claim, record, rows, fair),
        sentence=fair,
        certainty=card_words.certainty(claim, record),
        verdict=VERDICT_WORDS[record["verdict"]],
        sources=found,
        data_version=version,
        licence=LICENCE,
        files=files_of(claim.id),
        no_sources=None if found else "no row of the tables speaks to this claim",
    )
    credit = (
        figures.credit(cited)
        if len(cited) < 4
        else f"{count(len(cited), 'paper')}, listed with the card"
    )
    footer = f"{PROJECT}, data version {version}. Source: {credit}. {LICENCE}."
    return card, _picture(claim, record, card, rows, footer)


def _picture(
    claim: Claim, record: dict[str, Any], card: Card, rows: tuple[Row, ...], footer: str
) -> Picture:
    shown = [a for a in record["answers"] if a["estimate"] is not None]
    margin = shown[0]["detail"]["important_difference"] if shown else claim.important
    return Picture(
        claim=record["claim"],
        title=card.title,
        verdict=record["verdict"],
        verdict_words=VERDICT_WORDS[record["verdict"]],
        gloss=card_words.gloss(claim, record["verdict"]),
        rows=rows,
        axis=axis_of(
            rows, ends=effect_ends(claim.better, claim.worse), margin=margin,
            note=_note(claim, rows),
        ),
        fair=card.sentence,
        footer=footer,
    )  # fmt: skip


def _note(claim: Claim, rows: tuple[Row, ...]) -> str:
    """How to read the marks."""
    if claim.kind == "citation":
        return "Held against the post's description, point by point."
    if any(row.estimate is not None for row in rows):
        when = card_words.shared_window(rows)
        unit = claim.unit if claim.kind == "harm" else f"difference in {claim.unit}"
        unit = f"{unit}, {when}" if when else unit
        sure = level(claim.rules.level)
        return f"{unit[:1].upper()}{unit[1:]}. Bars: {sure} intervals. Grey: too small to matter."
    return "Trials by what they report. Counts say nothing about the size of an effect."


def _reported(claim: Claim, tables: Tables) -> _Reported:
    trials = directions.by_trial(claim, prepare(claim, tables.studies, tables.contrasts))
    if trials.empty:
        return _Reported([], ())
    counted = directions.counts(trials)
    rows = tuple(row for joined in trials["rows"] for row in str(joined).split(";"))
    return _Reported(figures.records(counted), rows)


def _rows_of(record: dict[str, Any]) -> list[str]:
    rows = [row for a in record["answers"] for row in a["rows"]] + list(record["rows"])
    return list(dict.fromkeys(rows))


def _cite(paper: dict[str, Any]) -> str:
    return f"{paper['citation']}, doi {paper['doi']}" if paper["doi"] else str(paper["citation"])


def _cited(record: dict[str, Any], tables: Tables) -> tuple[tuple[Row, ...], list[str], str]:
    """The cited study: how many candidates meet each point of the post's description."""
    held = tables.citations[tables.citations["row_id"].isin(record["rows"])]
    table = citation.points(held)
    total = len(table)
    lines = [
        (words, int(table[point].fillna(False).sum())) for point, words in citation.POINTS.items()
    ]
    every = int(table["met"].eq(len(citation.POINTS)).sum())
    lines.append((f"all {len(lines)} points at once", every))
    rows = tuple(
        Row(
            "met", f"{words[:1].upper()}{words[1:]}", f"{met} of {count(total, 'paper')}", "",
            counts=tuple((k, n) for k, n in (("met", met), ("not_met", total - met)) if n),
        )
        for words, met in lines
    )  # fmt: skip
    who = "the study that is cited without its name"
    if not total:
        title = f"No paper was found that could be {who}"
    elif every:
        title = f"{count(every, 'paper')} of {total} {'fits' if every == 1 else 'fit'} {who}"
    else:
        title = f"Of {count(total, 'paper')} that could be it, none fits {who}"
    return rows, list(record["rows"]), title
