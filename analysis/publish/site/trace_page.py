"""The pages that lead from each number of a claim to rows, papers and places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analysis.evidence.sentences import VERDICT_WORDS
from analysis.evidence.trace import Trace, Tracer
from analysis.evidence.trace_parts import quantity
from analysis.publish.site.claim_page import menu_name
from analysis.publish.site.content import Content
from analysis.publish.site.numbers import Line, line
from analysis.publish.site.pages import Page, Section, anchor, render

#: What the parts of an answer are called.
QUANTITIES = {
    "estimate": "difference",
    "ci_low": "95 % interval, lower end",
    "ci_high": "95 % interval, upper end",
    "prediction_low": "expected of a new trial, lower end",
    "prediction_high": "expected of a new trial, upper end",
    "k": "trials",
    "n": "people",
    "verdict": "verdict",
    "certainty": "certainty",
    "tau2": "variance between trials (τ²)",
    "tau2_low": "τ², lower end",
    "tau2_high": "τ², upper end",
    "i2": "share of spread not due to chance (I², %)",
    "i2_low": "I², lower end",
    "i2_high": "I², upper end",
    "q": "Cochran's Q",
    "q_p": "p value of Q",
    "p": "p value of the difference",
    "important_difference": "difference that would matter",
    "equivalence_p": "p value of the test that it is too small to matter",
}
_CELLS = ("figure", "table")


def trace_pages(content: Content, data: Iterable[Any]) -> Iterator[Page]:
    """One page per claim, with an anchor for every id that a sentence or table of it can name."""
    tracer = Tracer(content.build, content.tables)
    for claim_id in content.records:
        yield _page(claim_id, content, tracer, tuple(data))
    rules = [_named(tracer.trace(i)) for i in tracer.ids("rules")]
    html = render("trace_others.html", traces=rules, whole=None)
    yield Page(
        name="trace/rules",
        title="Thresholds that hold for every claim",
        short="Thresholds for every claim",
        lead=render("trace_rules.html"),
        sections=(Section("thresholds", "Thresholds", html),),
        description="What counts as an important difference, and the other rules set beforehand.",
        data=tuple(data),
    )


def _page(claim_id: str, content: Content, tracer: Tracer, data: tuple[Any, ...]) -> Page:
    record = content.records[claim_id]
    ids = [i for i in tracer.ids(claim_id) if i.split(".")[0] not in _CELLS]
    tested = [line(record, a) for a in record["answers"] if a["estimate"] is not None]
    told = {one.id for one in tested}
    whole = tracer.trace(claim_id)
    sections = [_answer(one, ids, tracer) for one in tested]
    # Empty answers have a verdict but no number that a sentence could show.
    empty = {f"{claim_id}.{a['comparator']}.{a['horizon']}" for a in record["answers"]} - told
    others = [
        i
        for i in ids
        if i != claim_id and not any(i == a or i.startswith(f"{a}.") for a in told | empty)
    ]
    if others:
        values = {"traces": [_named(tracer.trace(i)) for i in others], "whole": whole}
        sections.append(
            Section("other-numbers", "Counts and thresholds", render("trace_others.html", **values))
        )
    name = menu_name(claim_id, content)
    return Page(
        name=f"trace/{claim_id}",
        title=f"{name}: every number and where it is from",
        short=f"{name}: where the numbers are from",
        lead=render("trace_lead.html", record=record, version=content.version, whole=whole),
        sections=tuple(sections),
        description=f"Rows, papers and places behind each number: {name}.",
        data=data,
    )


def _answer(one: Line, ids: list[str], tracer: Tracer) -> Section:
    found = tracer.trace(one.id)
    values = [
        {
            "id": anchor(f"{one.id}.{key}"),
            "what": words,
            "value": _shown(quantity(dict(one.answer), key)),
        }
        for key, words in QUANTITIES.items()
        if f"{one.id}.{key}" in ids
    ]
    rows = {row.row_id: row for row in found.rows}
    papers = {paper.source_id: paper for paper in found.papers}
    html = render(
        "trace_answer.html",
        line=one,
        trace=found,
        values=values,
        rows=rows,
        papers=papers,
        shown=_shown,
    )
    return Section(anchor(one.id), f"{one.name[:1].upper()}{one.name[1:]}", html)


def _named(trace: Trace) -> dict[str, Any]:
    return {"id": anchor(trace.id), "trace": trace, "value": _shown(trace.value)}


def _shown(value: object) -> str:
    """Numbers to six figures: enough to compare, and not more than they are good for."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "\u2212")
    if value is None:
        return "not stated"
    return VERDICT_WORDS.get(str(value), str(value).replace("_", " "))
