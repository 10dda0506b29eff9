"""A draft with notes as one HTML page that needs nothing else: no script, no font, no link.

Everything that comes from the draft is escaped, and the page forbids scripts and requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import Final

from analysis.publish.draft.judgement import Finding, by_sentence, counts, worst
from analysis.publish.draft.split import Sentence

WORDS: Final = {"fair": "Fair", "overclaim": "Goes too far", "trap": "Trap"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--quiet:#555;--line:#ccc;--fair:#1b6e3c;
--overclaim:#8a5000;--trap:#a8201a;--note:#f5f5f2}
@media(prefers-color-scheme:dark){:root{--ink:#ececec;--paper:#161616;--quiet:#b5b5b5;--line:#555;
--fair:#7fd8a0;--overclaim:#f0b65a;--trap:#ff9d96;--note:#242424}}
body{font:1.05rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper);
max-width:44rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem;border-top:1px solid var(--line);
padding-top:1rem}.quiet{color:var(--quiet)}.where{color:var(--quiet);font-size:.9rem}
mark{background:none;color:inherit;border-bottom:3px solid}mark.fair{border-color:var(--fair)}
mark.overclaim{border-color:var(--overclaim);border-bottom-style:dashed}
mark.trap{border-color:var(--trap);border-bottom-style:double;border-bottom-width:5px}
mark a{color:inherit}a{color:inherit}a:focus-visible{outline:3px solid;outline-offset:2px}
ol{padding-left:1.4rem}li.note{background:var(--note);padding:.7rem 1rem;margin:.8rem 0;
border-left:5px solid var(--line)}.word{font-weight:700}
.fair .word{color:var(--fair)}.overclaim .word{color:var(--overclaim)}.trap .word{color:var(--trap)}
q{font-style:italic}@media print{body{margin:0}li.note{break-inside:avoid}}
"""


def page(
    name: str, sentences: Sequence[Sentence], findings: Sequence[Finding], version: str
) -> str:
    """The annotated page.

    Parameters
    ----------
    name
        The draft's name.
    sentences, findings
        As :func:`analysis.publish.draft.check.check_sentences` takes and gives them.
    version
        The data version of the verdicts.
    """
    unit = "paragraph" if name.lower().endswith(".docx") else "line"
    grouped = by_sentence(findings)
    numbers = {key: number for number, key in enumerate(grouped, start=1)}
    body = [
        f"<h1>{_text(name)}, checked</h1>",
        _p(_summary(findings)),
        _p(f"Held against the verdicts of data version {version}. No legal advice.", "quiet"),
        "<h2>Notes</h2>",
        _notes(grouped, numbers, unit)
        or _p("No claim found, though figures of speech are easily missed."),
        "<h2>The draft</h2>",
        *_draft(sentences, grouped, numbers, unit),
    ]
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_text(name)}, checked</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _summary(findings: Sequence[Finding]) -> str:
    number = counts(findings)
    return (
        f"Sentences that go too far: {number['overclaim']}. Sentences with a trap: "
        f"{number['trap']}. Fair sentences: {number['fair']}. Each sentence counts once, as the "
        "worst of its notes."
    )


def _notes(
    grouped: dict[tuple[int, str], list[Finding]],
    numbers: dict[tuple[int, str], int],
    unit: str,
) -> str:
    notes = []
    for key, found in grouped.items():
        line, text = key
        number = numbers[key]
        inner = [
            f'<p><a class="where" href="#s{number}">{unit} {line}</a> <q>{_text(text)}</q></p>'
        ]
        inner += [_one(finding) for finding in found]
        notes.append(f'<li class="note" id="n{number}">{"".join(inner)}</li>')
    return f"<ol>{''.join(notes)}</ol>" if notes else ""


def _one(finding: Finding) -> str:
    about = f" ({_text(finding.claim)})" if finding.claim else ""
    word = f'<span class="word">{WORDS[finding.judgement]}</span>'
    told = f"{word}{about}: {_text(finding.why)}"
    parts = [f'<div class="{finding.judgement}"><p>{told}</p>']
    if finding.judgement != "fair":
        parts.append(f"<p>You may write: <q>{_text(finding.rewording)}</q></p>")
    if finding.cite:
        parts.append(_p(f"Source: {finding.cite}", "quiet"))
    return "".join(parts) + "</div>"


def _draft(
    sentences: Sequence[Sentence],
    grouped: dict[tuple[int, str], list[Finding]],
    numbers: dict[tuple[int, str], int],
    unit: str,
) -> Iterable[str]:
    seen: set[int] = set()
    for line, here in groupby(sentences, key=lambda sentence: sentence.line):
        told = []
        for sentence in here:
            key = (sentence.line, sentence.text)
            if key not in grouped:
                told.append(_text(sentence.text))
                continue
            number, gravest = numbers[key], worst(grouped[key])
            anchor = "" if number in seen else f' id="s{number}"'
            seen.add(number)
            told.append(
                f'<mark class="{gravest}"{anchor}>{_text(sentence.text)} '
                f'<a href="#n{number}">[{WORDS[gravest].lower()}, note {number}]</a></mark>'
            )
        yield f'<p><span class="where">{unit} {line}</span> {" ".join(told)}</p>'


def _text(text: str) -> str:
    return escape(_CONTROLS.sub("\ufffd", text), quote=True)


def _p(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{_text(text)}</p>' if kind else f"<p>{_text(text)}</p>"
