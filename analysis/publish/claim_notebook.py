"""The parts that every claim's notebook has, each shown by one call.

A notebook says what is particular to its question; what all claims share is said here once.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from analysis.evidence import directions, published, sources
from analysis.evidence.answers import TRIALS, Answer, find
from analysis.evidence.fair import may_write
from analysis.evidence.selection import prepare
from analysis.evidence.sentences import (
    CERTAINTY_WORDS,
    COMPARATOR_SHORT,
    VERDICT_WORDS,
    count,
    figures,
)
from analysis.evidence.tables import Tables
from analysis.evidence.variants import variants
from analysis.evidence.verdicts import Verdict
from analysis.publish import claim_figures, gap, side_figures
from analysis.publish.notebook import keep, say, show, tabulate
from analysis.stats.pooling import pool


def name(answer: Answer) -> str:
    """An answer's name in headings, such as "v sham, short"."""
    return f"{COMPARATOR_SHORT[answer.comparator]}, {answer.horizon}"


def citations(verdict: Verdict, evidence: Tables) -> tuple[str, ...]:
    """Papers behind a claim's answers, trials and reviews."""
    return sources.of_rows(evidence, [row for a in verdict.tested for row in a.rows])


def plain_answer(verdict: Verdict) -> None:
    """The overall verdict, the deciding answers in words, and the others in a table."""
    say(f"**{VERDICT_WORDS[verdict.verdict].capitalize()}.** {verdict.sentence}")
    deciding = [a for a in verdict.decisive if a.pooled is not None]
    if deciding:
        say("\n".join(f"- {a.sentence}" for a in deciding))
    others = [a for a in verdict.tested if a not in deciding]
    if others:
        say("Other comparisons and times with figures:")
        tabulate(pd.DataFrame([_line(a) for a in others]))
    if not verdict.tested:
        say("No comparison and no time window has figures from which an effect follows.")


def _line(a: Answer) -> dict[str, object]:
    assert a.pooled is not None
    assert a.certainty is not None
    return {
        "massage": name(a),
        "verdict": VERDICT_WORDS[a.verdict],
        "in numbers": figures(a),
        "trials": a.k,
        "people": a.n,
        "certainty": CERTAINTY_WORDS[a.certainty.level],
    }


def main_figure(verdict: Verdict, evidence: Tables, version: str) -> None:
    """All answers with figures on one axis; where there are none, what trials report."""
    if any(a.measure == verdict.claim.effect for a in verdict.tested):
        show(gap.all_answers(verdict, version, citations(verdict, evidence)))


def reported_directions(verdict: Verdict, prepared: pd.DataFrame, version: str) -> None:
    """The effect direction plot with what it cannot show, and the trials behind it."""
    trials = directions.by_trial(verdict.claim, prepared)
    if trials.empty:
        say("No randomised trial of massage proper in these tables reports a direction.")
        return
    show(side_figures.direction_bars(verdict.claim, directions.counts(trials), version))
    direct = int(trials["direct"].sum())
    say(
        f"{direct} of these {count(len(trials), 'result')} are from people with chronic pain. "
        "Directions say nothing about size and are no test: they are shown because nothing better "
        "is published."
    )


def published_estimates(verdict: Verdict, evidence: Tables, version: str) -> None:
    """What other people's reviews pooled, and whether this collection agrees."""
    table = published.estimates(verdict.claim, evidence.reviews, evidence.sources)
    if table.empty:
        say("No published review in these tables pools this outcome.")
        return
    if (table["standardised"] & table["proper"] & table["oriented"]).any():
        show(side_figures.review_forest(verdict.claim, table, version))
    keep(table.drop(columns=["citation"]), f"{verdict.claim.id}-reviews")
    shown = ["label", "comparator", "timepoint", "measure", "k", "effect", "low", "high"]
    tabulate(table[[*shown, "oriented", "certainty"]])


def how_sure(verdict: Verdict) -> None:
    """The certainty table of every answer that rests on figures."""
    if not verdict.tested:
        say(f"{verdict.claim.noun.capitalize()}: nothing was pooled, so there is nothing to rate.")
    for a in verdict.tested:
        if a.certainty is not None:
            say(f"**{name(a)}: {a.certainty.level.replace('_', ' ')} certainty**")
            tabulate(a.certainty.table())


def forests(verdict: Verdict, evidence: Tables, version: str, *, at_least: int = 2) -> None:
    """A forest plot for every answer that rests on at least ``at_least`` trials."""
    pools = [a for a in verdict.tested if a.basis == TRIALS and len(a.rows) >= at_least]
    if not pools:
        say(f"{verdict.claim.noun.capitalize()}: no answer rests on {at_least} trials or more.")
    for a in pools:
        show(claim_figures.answer_forest(a, version, sources.of_rows(evidence, a.rows)))


def choices(verdict: Verdict) -> None:
    """The same pools under the other models that were named in advance."""
    claim, lines = verdict.claim, []
    for a in verdict.tested:
        if a.basis != TRIALS or len(a.rows) < 2:
            continue
        rows = a.selection.rows
        for tau2, kind in [(claim.tau2, claim.interval), *claim.sensitivity]:
            fit = pool(rows["effect"], rows["variance"], tau2=tau2, interval=kind)
            ends = [a.shown(x) for x in (fit.estimate, fit.ci_low, fit.ci_high)]
            lines.append((name(a), tau2, kind, fit.k, *ends, fit.tau2, fit.i2))
    if not lines:
        say("No answer rests on two trials or more, so no model was fitted here.")
        return
    columns = ["answer", "tau2 method", "interval", "k", "estimate", "low", "high", "tau2", "I2"]
    table = pd.DataFrame(lines, columns=columns)
    keep(table, f"{claim.id}-models")
    tabulate(table)


def other_rules(verdict: Verdict, evidence: Tables) -> None:
    """The deciding answers again under other rules of selection, one change at a time."""
    lines = []
    for label, claim in variants(verdict.claim, evidence.studies, evidence.contrasts).items():
        rows = prepare(claim, evidence.studies, evidence.contrasts)
        for comparator, horizon in claim.decided_by:
            a = find(claim, comparator, horizon, rows, evidence.reviews)
            if a.pooled is not None:
                p = a.pooled
                ends = [a.shown(x) for x in (p.estimate, p.ci_low, p.ci_high)]
                lines.append((label, name(a), a.verdict, a.population, a.k, *ends))
    if not lines:
        say("No rule of selection that we tried gives figures.")
        return
    columns = ["rule", "answer", "verdict", "population", "k", "estimate", "low", "high"]
    table = pd.DataFrame(lines, columns=columns)
    keep(table, f"{verdict.claim.id}-rules")
    tabulate(table)


def flow(verdict: Verdict) -> None:
    """Rows in, rows out and why, for each question: a flow count in one table."""
    parts = []
    for a in verdict.answers:
        steps = a.selection.flow.set_index("step")["rows_out"]
        total = int(steps.sum()) + len(a.selection.rows)
        parts.append({"question": name(a), "rows in": total, **steps, "used": len(a.rows)})
    table = pd.DataFrame(parts)
    keep(table, f"{verdict.claim.id}-flow")
    tabulate(table, digits=0)


def may_write_box(verdict: Verdict) -> None:
    """Three sentences: too strong, fair, too weak."""
    box = may_write(verdict)
    say(
        "| | |\n|---|---|\n"
        f"| **too strong** | {box.too_strong} |\n"
        f"| **fair** | {box.fair} |\n"
        f"| **too weak** | {box.too_weak} |"
    )


def list_sources(verdict: Verdict, evidence: Tables) -> None:
    """The papers behind the answers, and each row's place in them."""
    cited = citations(verdict, evidence)
    say("\n".join(f"- {line}" for line in cited) or "No row gives figures.")
    rows = [row for a in verdict.tested for row in a.rows]
    if rows:
        tabulate(sources.places(evidence, rows))


def disagreements(verdict: Verdict, evidence: Tables) -> None:
    """Published estimates that find a benefit where our own pool does not, and what differs."""
    ours = [a for a in verdict.tested if a.basis == TRIALS and not a.too_little]
    if not ours:
        say("This collection has no pool of its own here with which a review could disagree.")
        return
    table = published.estimates(verdict.claim, evidence.reviews, evidence.sources)
    lines = []
    for a in ours:
        assert a.pooled is not None
        compared = table["comparator"].fillna("").str.startswith(a.comparator)
        mixed = table["comparator"].fillna("").str.contains("/|mixed")
        against = table[compared & ~mixed & table["oriented"] & (table["high"] < 0)]
        if a.pooled.ci_high <= 0:
            continue
        lines += [
            f"- {name(a)}: our interval holds zero ({figures(a)}), while {row['label']} finds a "
            f"benefit. What differs: {_what_differs(a, row)}."
            for row in against.to_dict("records")
        ]
    said = list(dict.fromkeys(lines))
    say("\n".join(said) if said else "No published estimate in these tables contradicts our pools.")


def _what_differs(a: Answer, row: dict[Hashable, Any]) -> str:
    """Which plain features set a published estimate apart from our pool, by rule."""
    ours = set(a.selection.rows["condition"])
    when = str(row["timepoint"]).lower()
    found = []
    if row["condition"] not in ours:
        found.append(f"other people ({str(row['condition']).replace('_', ' ')})")
    if row["k"] == 1:
        found.append("it rests on one trial")
    if any(word in when for word in ("immediate", "first post", "single")):
        found.append("measured right after a session")
    if row["measure"] in ("RR", "OR"):
        found.append("counts of people, not mean scores")
    return "; ".join(found) or "the choice of trials, which its excerpt does not list"
