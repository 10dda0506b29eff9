"""The main figures as cards: the figure's own words, and what a square of it shows.

A figure's drawing stays as its notebook made it. For a phone it is set anew where its data allow
that (one labelled bar per line), else fitted under a larger title.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.evidence.claims import Claim
from analysis.evidence.fair import may_write_of
from analysis.evidence.sentences import CERTAINTY_WORDS, count, interval, number
from analysis.publish import card_points, card_words, figures
from analysis.publish.card_marks import Axis, axis_of, effect_ends
from analysis.publish.card_model import LICENCE, PROJECT, Card, files_of, source_record
from analysis.publish.card_points import Points
from analysis.publish.card_words import Row

#: The figures that matter, in the order of a tour. The forests of the deciding answers join them.
MAIN_FIGURES = (
    "evidence-map",
    "pain-gap",
    "what-is-left",
    "pain-responders",
    "natural-history-month",
    "natural-course",
    "client-log-yardstick",
    "neck-replication-weights",
)
#: Figures that show the answer to a claim, so that its fair sentence and its certainty hold.
_ANSWERS = ("pain-gap",)
_NOT_RATED = "not rated for this figure"


@dataclass(frozen=True)
class Lines:
    """A square made of one labelled bar per line."""

    rows: tuple[Row, ...]
    axis: Axis


@dataclass(frozen=True)
class FigurePicture:
    """A figure's drawing, and its square: ``lines``, or the drawing itself where that is None."""

    drawing: Path
    title: str
    footer: str
    lines: Lines | Points | None


def figure_cards(
    folder: Path, document: Mapping[str, Any], claims: Mapping[str, Claim], sources: pd.DataFrame
) -> list[tuple[Card, FigurePicture]]:
    """Cards of the main figures that a folder of results holds."""
    records = {record["id"]: record for record in document["claims"]}
    forests = {
        f"{claim}-{comparator.replace('_', '-')}-{horizon}": (claim, comparator, horizon)
        for claim in records
        for comparator, horizon in claims[claim].decided_by
    }
    made = []
    for figure_id in dict.fromkeys([*MAIN_FIGURES, *forests]):
        if not (folder / "figures" / f"{figure_id}.json").exists():
            continue
        about = json.loads((folder / "figures" / f"{figure_id}.json").read_text(encoding="utf-8"))
        claim = about["claim"]
        entry = (claims[claim], records[claim]) if claim in records else None
        version = document["data_version"]
        card = _card(about, entry, forests.get(figure_id), version, sources)
        made.append((card, _picture(folder, card, about, entry)))
    return made


def _card(
    about: dict[str, Any],
    entry: tuple[Claim, dict[str, Any]] | None,
    question: tuple[str, str, str] | None,
    version: str,
    sources: pd.DataFrame,
) -> Card:
    title, sure, sentence = about["title"], _NOT_RATED, f"{about['title'].rstrip('.')}."
    if entry and (question or about["id"] in _ANSWERS):
        sure = _certainty(*entry, question)
        sentence = may_write_of(*entry).fair
    return Card(
        id=about["id"],
        kind="figure",
        claim=about["claim"],
        title=title,
        caption=about["caption"],
        alt_short=card_words.alt_short(title),
        alt_long=f"{title}. {about['alt']}",
        sentence=sentence,
        certainty=sure,
        verdict=None,
        sources=tuple(_source(text, sources) for text in about["sources"]),
        data_version=version,
        licence=LICENCE,
        files=files_of(about["id"]),
        no_sources=None if about["sources"] else "the figure names no source",
    )


def _certainty(claim: Claim, record: dict[str, Any], question: tuple[str, str, str] | None) -> str:
    if question is None:
        return card_words.certainty(claim, record)
    for answer in record["answers"]:
        if (answer["comparator"], answer["horizon"]) == question[1:] and answer["certainty"]:
            return CERTAINTY_WORDS[answer["certainty"]]
    return _NOT_RATED


def _source(text: str, sources: pd.DataFrame) -> dict[str, Any]:
    """The paper that a figure names; one that is no row of ``sources.csv`` keeps its words."""
    citation, _, doi = text.partition(", doi ")
    found = sources[sources["doi"].eq(doi) if doi else sources["citation"].eq(citation)]
    if found.empty:
        return source_record({"source_id": None, "citation": text})
    return source_record(found.to_dict("records")[0])


def _picture(
    folder: Path,
    card: Card,
    about: dict[str, Any],
    entry: tuple[Claim, dict[str, Any]] | None,
) -> FigurePicture:
    stem = folder / "figures" / card.id
    named = figures.credit(about["sources"]) if len(about["sources"]) < 3 else (
        f"{count(len(about['sources']), 'paper')}, listed with the card"
    )  # fmt: skip
    footer = f"{PROJECT}, data version {card.data_version}. Source: {named}. {LICENCE}."
    data = pd.read_csv(stem.with_suffix(".csv"))
    return FigurePicture(
        stem.with_suffix(".svg"), card.title, footer, lines_of(card.id, data, entry)
    )


def lines_of(
    figure_id: str, data: pd.DataFrame, entry: tuple[Claim, dict[str, Any]] | None
) -> Lines | Points | None:
    """A figure's data as labelled lines or points, or None where a square cannot be made of it."""
    if figure_id == "natural-course":
        return card_points.course(data)
    if figure_id == "neck-replication-weights":
        return card_points.differences(data)
    if figure_id == "evidence-map":
        return _outcomes(data)
    if figure_id == "pain-responders":
        return _hundred(data)
    if entry and "kind" in data:
        return _forest(data, entry[0], pooled_only=figure_id in _ANSWERS)
    if figure_id in _PLAIN:
        estimate, ends, note = _PLAIN[figure_id]
        rows = tuple(_plain_row(row, estimate) for row in figures.records(data))
        return Lines(rows, axis_of(rows, ends=ends, margin=None, note=note))
    return None


#: Figures with columns ``label, low, high``: the estimate's column, both ends, what is measured.
_PLAIN: dict[str, tuple[str, tuple[str, str], str]] = {
    "what-is-left": (
        "share",
        ("", ""),
        "Percent of the gain over no treatment that comes with a sham too.",
    ),
    "natural-history-month": (
        "estimate",
        ("\u2190 better", "worse \u2192"),
        "Change in standard deviations, without a new treatment.",
    ),
    "client-log-yardstick": (
        "estimate",
        ("\u2190 worse", "better \u2192"),
        "Improvement in pain, points of ten. The log is simulated.",
    ),
}


def _plain_row(row: dict[str, Any], estimate: str) -> Row:
    label, series = " ".join(str(row["label"]).split()), str(row.get("series", ""))
    if series in ("usual care", "open placebo"):
        label = f"{label}, {series}"
    return Row(
        series, label, "", "",
        figures=_figures(row[estimate], row["low"], row["high"]),
        estimate=row[estimate], low=row["low"], high=row["high"],
    )  # fmt: skip


def _figures(estimate: float, low: float, high: float) -> str:
    digits = 0 if abs(estimate) >= 30 else 1 if abs(estimate) >= 3 else 2
    return f"{number(estimate, digits)} ({interval(low, high, digits)})"


def _hundred(data: pd.DataFrame) -> Lines:
    """People in a hundred who are better by so much, without massage and with it."""
    rows: list[Row] = []
    for row in figures.records(data):
        words = card_words.compared(str(row["comparator"]))
        for what, names in (
            ("without massage", ("control", "control", "control")),
            ("with massage", ("treated", "treated_low", "treated_high")),
        ):
            share, low, high = (100 * float(row[name]) for name in names)
            told = _figures(share, low, high) if low < high else number(share, 0)
            rows.append(
                Row(
                    str(row["comparator"]), f"{words}: {what}", "", "",
                    figures=told, estimate=share, low=low, high=high,
                )
            )  # fmt: skip
    shown = tuple(rows)
    note = "People in a hundred who reach the threshold in the title; more is better."
    return Lines(shown, axis_of(shown, ends=("", ""), margin=None, note=note))


def _forest(data: pd.DataFrame, claim: Claim, *, pooled_only: bool) -> Lines:
    ratio = claim.effect == "RR"
    shown = data[data["kind"].eq("pooled")] if pooled_only else data
    rows = tuple(_forest_row(row, ratio) for row in figures.records(shown))
    margin = claim.rules.harm_margin if ratio else claim.important
    unit = claim.unit if ratio else f"difference in {claim.unit}"
    return Lines(
        rows,
        axis_of(
            rows, ends=effect_ends(claim.better, claim.worse), margin=margin,
            note=f"{unit[:1].upper()}{unit[1:]}. Grey: too small to matter.",
        ),
    )  # fmt: skip


def _forest_row(row: dict[str, Any], ratio: bool) -> Row:
    label = {"pooled": "All trials", "prediction": "Where a new trial may fall"}.get(
        row["kind"], str(row["label"])
    )
    if "horizon" in row:  # several answers in one figure
        label = card_words.compared(str(row["group"]), str(row["horizon"]))
    values = [math.exp(row[c]) if ratio else row[c] for c in ("effect", "low", "high")]
    return Row(
        str(row["group"]) if row["kind"] != "prediction" else "prediction",
        label, "pooled" if row["kind"] == "pooled" else "", "",
        measure="RR" if ratio else "MD", figures=_figures(*values),
        estimate=values[0], low=values[1], high=values[2],
    )  # fmt: skip


def _outcomes(data: pd.DataFrame) -> Lines:
    """Trials per outcome by what they report; a trial counts once per outcome and comparison."""
    words = ("favours_massage", "mixed", "no_difference", "favours_comparator")
    table = pd.crosstab(data["outcome"], data["direction"]).reindex(columns=list(words)).fillna(0)
    table = table.loc[table.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    rows = tuple(
        Row(
            "", str(outcome).replace("_", " ").replace("-", " "), str(int(numbers.sum())), "",
            counts=tuple((w, int(numbers[w])) for w in words if numbers[w]),
        )
        for outcome, numbers in table.iterrows()
    )  # fmt: skip
    note = "Trial results by what they report, one per trial and comparison. No measure of size."
    return Lines(rows, axis_of(rows, ends=("", ""), margin=None, note=note))
