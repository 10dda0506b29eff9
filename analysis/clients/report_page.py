"""The report as one HTML file that needs nothing else: no script, no font, no link out of it.

Whatever comes from the log is escaped. The page is private unless it was made for publication.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

from analysis.clients.drawing import interval_bars, many_lines, one_line
from analysis.clients.report import SUPPRESSED
from analysis.evidence.sentences import interval, number

NAMES: Final = {
    "usual_care": "usual care, about a month",
    "placebo": "open placebo, about a month",
    "bad_day": "usual care after a bad day",
}
_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;max-width:46rem;margin:2rem auto}
body{padding:0 1rem}h1{font-size:1.6rem}svg{max-width:100%;height:auto}.quiet{color:#5a5a5a}
h2{font-size:1.25rem;margin-top:2.5rem;border-top:1px solid #d9d9d9;padding-top:1rem}
table{border-collapse:collapse;margin:.8rem 0;font-size:.95rem}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #e6e6e6}
td,th{vertical-align:top}.mark{background:#fff3cd;padding:.5rem 1rem}
.answer{font-size:1.08rem;background:#eef4f8;padding:.8rem 1rem;border-left:4px solid #0072b2}
"""


def page(document: dict[str, Any]) -> str:
    """The page for a report as :func:`analysis.clients.report.as_dict` returns it."""
    parts = [_top(document)]
    if document["outcomes"] == SUPPRESSED:
        parts.append(_p("Too few clients: everything is suppressed."))
    else:
        parts.append(_attendance(document["log"], document["reactions"]))
        lines = document["clients"]
        for outcome in document["outcomes"]:
            own = [] if lines == SUPPRESSED else [x for x in lines if x["outcome"] == outcome["id"]]
            parts.append(_outcome(outcome, own))
    parts.append("<h2>What this report cannot show</h2>" + _list(document["limits"]))
    return (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Client outcomes</title><style>{_STYLE}</style></head><body>"
        f"{''.join(parts)}</body></html>\n"
    )


def _top(document: dict[str, Any]) -> str:
    said = ["<h1>What your clients' records can and cannot show</h1>"]
    if document["simulated"] != "no":
        which = "All" if document["simulated"] == "yes" else "Some"
        said.append(f'<p class="mark">{which} of these records are simulated: nobody\'s data.</p>')
    if not document["for_publication"]:
        said.append(
            '<p class="mark">Private: this page holds the lines of single clients. Do not publish '
            "it; <code>--for-publication</code> makes one without them.</p>"
        )
    return "".join(said)


def _attendance(log: dict[str, Any], reactions: dict[str, Any]) -> str:
    rows = [
        ("clients", log["clients"]),
        ("visits recorded", log["visits"]),
        ("visits missing between others", log["missing_visits"]),
        ("clients who came once only", log["one_visit_only"]),
        ("visits of the middle client", log["median_visits"]),
        ("days from first to last visit, middle client", log["median_days"]),
        ("minutes of a visit, middle", log["median_minutes"]),
        ("kinds of treatment, visits", _counted(log["kinds"])),
        ("visits at which people were asked about reactions", reactions["asked"]),
        ("of these with an unwelcome reaction", reactions["with_reaction"]),
        ("reactions", _counted(reactions["codes"])),
    ]
    return "<h2>Who came</h2>" + _table((), rows)


def _outcome(told: dict[str, Any], lines: Sequence[dict[str, Any]]) -> str:
    noun = escape(str(told["noun"]))
    head = f"<h2>{noun[:1].upper()}{noun[1:]}</h2>"
    if told["sentence"] == SUPPRESSED:
        return head + _p("Too few clients: suppressed.")
    parts = [head, f'<p class="answer">{escape(told["sentence"])}</p>']
    if told["time_note"]:
        parts.append(_p(told["time_note"]))
    if told["yardstick"]:
        parts.append(_yardstick(told))
    if told["change"]:
        parts.append(_changes(told))
        if told["stopped_sentence"] != SUPPRESSED:
            parts.append(_p(told["stopped_sentence"]))
    if lines:
        parts.append(_pictures(told, lines))
    return "".join(parts)


def _yardstick(told: dict[str, Any]) -> str:
    change = told["change"]
    bars = [("your clients, first to last", change["mean"], change["ci_low"], change["ci_high"])]
    rows = []
    for e in told["yardstick"]:
        half = 1.96 * e["improvement_se"]
        name = NAMES[e["name"]]
        bars.append((name, e["improvement"], e["improvement"] - half, e["improvement"] + half))
        note = " (your clients start outside the trial's range)" if e["extrapolated"] else ""
        left = f"{number(e['left'])} ({interval(e['left_low'], e['left_high'])})"
        rows.append((name, number(e["improvement"]), left, e["how"] + note))
    title = f"Improvement in {told['noun']}, {told['unit']}: clients and what to expect anyway"
    heads = ("without massage", "expected", "left for your clients", "how it is expected")
    return interval_bars(bars, title=title) + _table(heads, rows)


def _changes(told: dict[str, Any]) -> str:
    rows = [
        ("clients, values, missing values", " / ".join(
            str(told[k]) for k in ("clients", "values", "missing_values"))),
        ("mean first, mean last", f"{_number(told['first_mean'])}, {_number(told['last_mean'])}"),
        ("improvement, first to last", _improved(told["change"])),
        ("improvement, all visits", _improved(told["trend"])),
        ("improvement, first value to second", _improved(told["first_step"])),
    ]  # fmt: skip
    for reached in told["important"]:
        need = f"{number(reached['value'], 0)}{' %' if reached['percent'] else ' ' + told['unit']}"
        rows.append((f"improved by {need} or more", _share(reached)))
    if told["reliable"]:
        r = told["reliable"]
        need = f"changed beyond {number(r['needed'])} ({r['based_on']})"
        rows.append((need, f"better {r['better']}, worse {r['worse']} of {r['people']}"))
    dose = told["dose"]
    if dose["rho"] is not None and dose["rho_low"] is not None:
        spread = interval(dose["rho_low"], dose["rho_high"], 2)
        rows.append(("total minutes and improvement, rank correlation",
                     f"{number(dose['rho'], 2)} ({spread})"))  # fmt: skip
    return _table((), rows)


def _pictures(told: dict[str, Any], lines: Sequence[dict[str, Any]]) -> str:
    values = [v for line in lines for v in line["values"]]
    days = max(d for line in lines for d in line["days"])
    low, high = (0.0, 10.0) if told["unit"] == "points of 10" else (min(values), max(values))
    paths = [(line["days"], line["values"]) for line in lines]
    title = f"{told['noun']}, one line per client; {told['better']} is better"
    drawn = many_lines(paths, title=title, low=low, high=high, days=days)
    heads = ["client", "line", "values", "improvement"]
    heads += (
        ["before / after", "NAP", "Tau-U", "corrected", "trend"] if told["change"] is None else []
    )
    rows = [
        [line["client"], None, len(line["values"]), _number(line["improvement"])] for line in lines
    ]
    cells = []
    for line, row in zip(lines, rows, strict=True):
        picture = one_line(line["days"], line["values"], title=f"{told['noun']} over time")
        plain = [_cell(row[0]), f"<td>{picture}</td>", *map(_cell, row[2:])]
        cells.append("".join(plain + [_cell(c) for c in _measures(line["single"])]))
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    said = f'<p class="quiet">{escape(title[:1].upper() + title[1:])}</p>'
    top = "".join(f"<th>{head}</th>" for head in heads)
    table = f"<table><tr>{top}</tr>{body}</table>"
    return f"{said}{drawn}<details><summary>Each client</summary>{table}</details>"


def _measures(single: dict[str, Any] | None) -> list[str]:
    if single is None:
        return []
    overlap = "too short"
    if single["nap"] is not None:
        overlap = (
            f"{number(single['nap'], 2)} ({interval(single['nap_low'], single['nap_high'], 2)})"
        )
    named = ("tau_u", "tau_corrected", "trend_tau")
    return [f"{single['before']} / {single['after']}", overlap] + [
        "–" if single[name] is None else number(single[name], 2) for name in named
    ]


def _improved(change: dict[str, Any] | None) -> str:
    if change is None:
        return "–"
    spread = interval(change["ci_low"], change["ci_high"])
    return f"{number(change['mean'])} ({spread}; {change['people']} clients, {change['model']})"


def _share(reached: dict[str, Any]) -> str:
    if reached["reached"] == SUPPRESSED:
        return SUPPRESSED
    low, high = 100 * reached["share_low"], 100 * reached["share_high"]
    return (
        f"{reached['reached']} of {reached['people']}: {number(100 * reached['share'], 0)} % "
        f"({interval(low, high, 0)})"
    )


def _counted(counts: dict[str, Any] | str) -> str:
    if isinstance(counts, str):
        return counts
    return ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items()) or "none"


def _number(value: float | None) -> str:
    return "–" if value is None else number(value)


def _p(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _cell(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else "–" if value is None else str(value)
    return f"<td>{escape(text)}</td>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    top = f"<tr>{''.join(f'<th>{escape(h)}</th>' for h in heads)}</tr>" if heads else ""
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table>{top}{body}</table>"
