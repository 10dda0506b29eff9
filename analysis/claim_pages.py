"""Verdicts as text for a terminal: the board of all claims, one claim's page, its sources.

Everything comes from `claims.json`, so that what is shown is what is committed. Fits 80 columns;
only a web address is never broken.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analysis.differences import many
from analysis.evidence.sentences import COMPARATOR_SHORT, VERDICT_WORDS
from analysis.terminal import WIDTH

_STYLES = {
    "supported": "bold green",
    "supported_uncertain": "green",
    "no_clear_effect": "yellow",
    "not_supported": "red",
    "contradicted": "bold red",
    "not_testable": "dim",
}
VERDICTS = {verdict: (word, _STYLES[verdict]) for verdict, word in VERDICT_WORDS.items()}
HORIZONS = {"immediate": "same day", "short": "short", "medium": "medium", "long": "long"}
LARGEST = 9999  # a bound beyond it says only that nothing is known


def board(claims: Sequence[Mapping[str, Any]]) -> Group:
    """The verdicts of `claims.json` in its order: id, verdict, the answer in words; then a tally.

    Numbers, intervals and gaps stand on each claim's own page.
    """
    width = max((len(claim["id"]) for claim in claims), default=0)
    parts: list[Any] = []
    for claim in claims:
        parts += [*_heading(claim, width), _indented(Text(claim["sentence"])), Text("")]
    tally = [
        f"{label}: {number}"
        for verdict, (label, _) in VERDICTS.items()
        if (number := sum(claim["verdict"] == verdict for claim in claims))
    ]
    parts.append(Text(f"{many(len(claims), 'claim')} ({'; '.join(tally)})."))
    parts.append(Text("Numbers and certainty: evidence claim ID. Papers: evidence sources ID."))
    return Group(*parts)


def page(claim: Mapping[str, Any], units: Mapping[str, str]) -> Group:
    """One claim of `claims.json`: the answer, its numbers, and how sure each of them is.

    `units` says in words what each measure is counted in and which side favours massage.
    """
    answers = claim["answers"]
    tested = [a for a in answers if _is_tested(a)]
    parts: list[Any] = [*_heading(claim), _indented(Text(claim["sentence"]))]
    if tested:
        parts += [Text(""), *_numbers(tested), Text(""), *_legend(tested, units)]
    untested = _untested(answers)
    if untested:
        parts += [] if tested else [Text("")]
        parts.append(Text(f"No data: {untested}.", style="dim"))
    for answer in tested:
        parts += [Text(""), *_certainty(answer)]
    parts += [Text(""), Text(f"Rows and papers behind it: evidence sources {claim['id']}")]
    return Group(*parts)


def source_list(
    claim: Mapping[str, Any],
    sources: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    width: int,
) -> Text:
    """Every row behind a claim, by answer and then by paper, each paper with its address.

    `sources` are records as `evidence sources --json` gives them; `names` are the studies' names.
    """
    lines = [f"{claim['id']}: {_label(claim['verdict'])}"]
    papers = {s["citation"] for s in sources}
    if not sources:
        lines.append("No row of the tables stands behind it.")
    else:
        lines.append(f"{many(len(sources), 'row')} from {many(len(papers), 'paper')}")
    loose = [s for s in sources if not s["answers"]]
    if loose:
        lines += ["", *_by_paper("papers held against the claim", loose, names, width)]
    for answer in claim["answers"]:
        key = {name: answer[name] for name in ("comparator", "horizon")}
        behind = [s for s in sources if key in s["answers"]]
        if behind:
            heading = f"{_question(answer)}: {_effect(answer)} {answer['measure']}"
            lines += ["", *_by_paper(heading, behind, names, width)]
    untested = _untested(claim["answers"])
    if untested:
        lines += ["", *textwrap.wrap(f"No data: {untested}.", width)]
    return Text("\n".join(lines))


def _by_paper(
    heading: str, sources: Iterable[Mapping[str, Any]], names: Mapping[str, str], width: int
) -> Iterator[str]:
    papers: dict[tuple[str, str | None], list[Mapping[str, Any]]] = {}
    for source in sources:
        papers.setdefault((source["citation"], source["url"]), []).append(source)
    yield f"{heading} ({many(sum(map(len, papers.values())), 'row')})"
    for (citation, url), rows in papers.items():
        yield from _hanging(citation, width, "  ", "  ")
        if url:
            yield f"  {url}"
        for row in rows:
            told = (names.get(row["study"] or ""), row["place"])
            where = ", ".join(part for part in told if part)
            text = f"{row['row']} ({row['table']}){': ' if where else ''}{where}"
            yield from _hanging(text, width, "    ", "      ")


def _hanging(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _heading(claim: Mapping[str, Any], width: int = 0) -> Iterator[Any]:
    verdict, style = VERDICTS.get(claim["verdict"], (claim["verdict"], ""))
    yield Text.assemble((claim["id"].ljust(width), "bold"), "  ", (verdict.upper(), style))
    yield _indented(Text(f"“{claim['claim']}”", style="italic"))


def _indented(what: Text | Table) -> Padding:
    return Padding(what, (0, 0, 0, 2))


def _numbers(answers: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """One row per tested answer, under the name of what massage was compared with."""
    measures = list(dict.fromkeys(a["measure"] for a in answers))
    what = f"{measures[0]} [95 % interval]" if len(measures) == 1 else "[95 % interval]"
    header = ("", "verdict", what, "k", "n", "GRADE", "from")
    rows = {id(a): _cells(a, name_measure=len(measures) > 1) for a in answers}
    widths = [
        max(len(cell) for cell in column) for column in zip(header, *rows.values(), strict=True)
    ]
    widths[0] = max(map(len, HORIZONS.values()))
    widths[-1] = max(len(word) for _, *_, cell in rows.values() for word in cell.split())
    # The verdict gives way where the numbers need the room.
    room = WIDTH - 2 - sum(widths) + widths[1] - (len(widths) - 1)
    widths[1] = min(widths[1], max(room, len("uncertain")))
    yield _indented(_grid(widths, [[Text(cell, style="dim") for cell in header]]))
    for comparator in dict.fromkeys(a["comparator"] for a in answers):
        yield Text(COMPARATOR_SHORT.get(comparator, comparator), style="bold")
        here = [a for a in answers if a["comparator"] == comparator]
        cells = [[Text(cell) for cell in rows[id(a)]] for a in here]
        for a, row in zip(here, cells, strict=True):
            row[1].stylize(VERDICTS.get(a["verdict"], ("", ""))[1])
        yield _indented(_grid(widths, cells))


def _cells(answer: Mapping[str, Any], *, name_measure: bool) -> tuple[str, ...]:
    return (
        HORIZONS.get(answer["horizon"], answer["horizon"]),
        _label(answer["verdict"]),
        _effect(answer) + (f" {answer['measure']}" if name_measure else ""),
        str(answer["k"] or "?"),
        str(answer["n"] or "?"),
        _plain(answer["certainty"]),
        _basis(answer),
    )


def _grid(widths: Sequence[int], rows: Iterable[Sequence[Text]]) -> Table:
    """Cells in columns of these widths; the fourth and fifth hold counts."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    for number, width in enumerate(widths):
        right = number in (3, 4)
        grid.add_column(width=width, justify="right" if right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid


def _legend(answers: Sequence[Mapping[str, Any]], units: Mapping[str, str]) -> Iterator[Text]:
    """What the columns count, and how large a difference would matter."""
    for measure in dict.fromkeys(a["measure"] for a in answers):
        margin = next(
            (
                a["detail"]["important_difference"]
                for a in answers
                if a["measure"] == measure and a.get("detail", {}).get("important_difference")
            ),
            None,
        )
        told = f"{measure}: {units[measure]}" if measure in units else measure
        matters = "" if margin is None else f" {_fixed(margin, measure)} would matter."
        yield Text(f"{told}.{matters}", style="dim")
    said = "k trials, n people (?: not stated); GRADE: how sure."
    if any(_detail(a, "population") == "indirect" for a in answers):
        said += " indirect: other people than those meant."
    yield Text(said, style="dim")


def _certainty(answer: Mapping[str, Any]) -> Iterator[Any]:
    """How sure one answer is, domain by domain."""
    yield Text(f"{_question(answer)}: {_plain(answer['certainty'])} certainty", style="bold")
    if answer.get("sentence"):
        yield _indented(Text(answer["sentence"]))
    spread = _spread(answer)
    if spread:
        yield _indented(Text(spread, style="dim"))
    domains = _detail(answer, "domains") or ()
    if domains:
        table = Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True)
        table.header_style = "dim"
        table.add_column("domain", no_wrap=True)
        table.add_column("steps off", justify="right", no_wrap=True)
        table.add_column("why", overflow="fold")
        for domain in domains:
            # Not plain strings: what a rule says is no markup.
            cells = (domain["name"], str(domain["steps"]), domain["reason"])
            table.add_row(*map(Text, cells))
        yield _indented(table)


def _spread(answer: Mapping[str, Any]) -> str:
    """How far trials lie apart, where the answer says so."""
    low, high = answer.get("prediction_low"), answer.get("prediction_high")
    parts = []
    if low is not None and high is not None:
        measure = answer["measure"]
        parts.append(f"expected of a new trial: {_fixed(low, measure)} to {_fixed(high, measure)}")
    if _detail(answer, "i2") is not None:
        parts.append(f"I2 {_detail(answer, 'i2'):.0f} %")
    if _detail(answer, "equivalence_p") is not None and answer["measure"] != "RR":
        parts.append(f"test that it is too small to matter: p = {_p(answer)}")
    return "; ".join(parts)


def _p(answer: Mapping[str, Any]) -> str:
    p = float(_detail(answer, "equivalence_p"))
    return f"{p:.3f}" if p >= 0.001 else "below 0.001"


def _detail(answer: Mapping[str, Any], name: str) -> Any:
    return (answer.get("detail") or {}).get(name)


def _is_tested(answer: Mapping[str, Any]) -> bool:
    return answer.get("estimate") is not None


def _label(verdict: str) -> str:
    return VERDICTS.get(verdict, (verdict, ""))[0]


def _plain(word: str | None) -> str:
    return (word or "not rated").replace("_", " ")


def _basis(answer: Mapping[str, Any]) -> str:
    indirect = _detail(answer, "population") == "indirect"
    return f"{_detail(answer, 'basis') or ''}{', indirect' if indirect else ''}"


def _question(answer: Mapping[str, Any]) -> str:
    comparator, horizon = answer["comparator"], answer["horizon"]
    return f"{COMPARATOR_SHORT.get(comparator, comparator)}, {HORIZONS.get(horizon, horizon)}"


def _fixed(value: float, measure: str) -> str:
    if abs(value) > LARGEST:
        return f">{LARGEST}" if value > 0 else f"<\u2212{LARGEST}"
    text = f"{value:.{1 if measure == 'MD' else 2}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "\u2212")


def _effect(answer: Mapping[str, Any]) -> str:
    figures = (answer[name] for name in ("estimate", "ci_low", "ci_high"))
    estimate, low, high = (None if f is None else _fixed(f, answer["measure"]) for f in figures)
    return f"{estimate}" if low is None or high is None else f"{estimate} [{low}, {high}]"


def _untested(answers: Iterable[Mapping[str, Any]]) -> str:
    """The comparisons without an estimate, by comparator."""
    gaps: dict[str, list[str]] = {}
    for a in answers:
        if not _is_tested(a):
            name = COMPARATOR_SHORT.get(a["comparator"], a["comparator"])
            gaps.setdefault(name, []).append(HORIZONS.get(a["horizon"], a["horizon"]))
    return "; ".join(
        name if len(when) == len(HORIZONS) else f"{name} {', '.join(when)}"
        for name, when in gaps.items()
    )
