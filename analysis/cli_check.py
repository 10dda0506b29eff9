"""The command that reads a draft and says which sentences go further than the evidence."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

# Heavy libraries are imported inside the function that needs them, so that help is quick.
from analysis.cli_common import (
    FINE,
    NO,
    WRONG,
    AsJson,
    committed_claims,
    complaints,
    print_json,
)

if TYPE_CHECKING:
    from rich.console import Group

    from analysis.publish.draft.judgement import Finding

WORDS = {
    "fair": ("fair", "green"),
    "overclaim": ("goes too far", "yellow"),
    "trap": ("trap", "red"),
}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The draft: .md, .html, .txt or .docx.")
    ],
    as_json: AsJson = False,
    html: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Also write the draft with notes as one HTML page."),
    ] = None,
) -> None:
    """Check a draft: which sentences claim more than the trials show, and what to write instead.

    Exit code 0: nothing goes too far; 1: something does; 2: the file cannot be read.
    """
    from analysis.publish.draft.check import check_sentences
    from analysis.publish.draft.reading import DraftError, read_sentences

    with complaints(as_json):
        try:
            sentences = read_sentences(file)
            document = committed_claims()
            findings = check_sentences(sentences, document)
            if html is not None:
                from analysis.publish.draft.page import page

                _write(html, page(file.name, sentences, findings, str(document["data_version"])))
        except DraftError as error:
            _refuse(str(error), as_json)
    if as_json:
        print_json({"findings": [finding.as_dict() for finding in findings]})
    else:
        from analysis.terminal import console

        where = "paragraph" if file.suffix.lower() == ".docx" else "line"
        console().print(_report(findings, where, clean(file.name)))
    too_far = any(finding.judgement != "fair" for finding in findings)
    raise typer.Exit(NO if too_far else FINE)


def clean(text: str) -> str:
    """A text without control characters, which could steer a terminal or turn its letters round."""
    return _CONTROLS.sub(" ", text)


def _refuse(message: str, as_json: bool) -> None:
    from analysis.terminal import say

    if as_json:
        print_json({"error": message, "problems": []})
    say(clean(message), error=True)
    raise typer.Exit(WRONG)


def _write(out: Path, text: str) -> None:
    """Write a file whole or not at all."""
    from analysis.publish.draft.reading import DraftError

    if out.is_dir() or not out.parent.is_dir():
        what = "is a folder" if out.is_dir() else f"cannot be written: no folder {out.parent}"
        raise DraftError(f"{out} {what}; name a file, such as checked.html")
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8", errors="replace")
        partial.replace(out)
    except OSError as error:
        raise DraftError(f"{out} cannot be written: {error.strerror}; name another file") from None
    finally:
        partial.unlink(missing_ok=True)


def _report(findings: Sequence[Finding], where: str, name: str) -> Group:
    """Findings by sentence, and last one line that says it all."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[object] = []
    last: tuple[int, str] | None = None
    for f in findings:
        if (f.line, f.text) != last:
            last = (f.line, f.text)
            parts += [Text(""), Text(f"{where} {f.line}: {clean(f.text)}", style="bold")]
        word, style = WORDS[f.judgement]
        judged = Text.assemble((word.upper(), style), f"  {f.claim or 'no claim'}")
        parts.append(Padding(judged, (0, 0, 0, 2)))
        parts.append(Padding(Text(f.why), (0, 0, 0, 4)))
        if f.judgement != "fair":
            parts.append(Padding(Text(f"You may write: {f.rewording}"), (0, 0, 0, 4)))
            if f.cite:
                parts.append(Padding(Text(f"Cite: {f.cite}", style="dim"), (0, 0, 0, 4)))
    parts += [Text(""), Text(_tally(findings, name), style="bold")]
    return Group(*parts)  # type: ignore[arg-type]


def _tally(findings: Sequence[Finding], name: str) -> str:
    """One line that counts sentences, each once, as the worst of its findings."""
    from analysis.publish.draft.judgement import counts

    number = counts(findings)
    if not findings:
        return f"{name}: no claim found, though figures of speech are easily missed"
    if not number["overclaim"] + number["trap"]:
        return f"{name}: nothing goes too far; fair sentences: {number['fair']}"
    return (
        f"{name}: sentences that go too far: {number['overclaim']}; sentences with a trap: "
        f"{number['trap']}; fair sentences: {number['fair']}"
    )
