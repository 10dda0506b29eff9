"""The command that reports on a client log: `evidence clients report LOG`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

# Heavy libraries are imported inside the command, so that help is quick.
from analysis.cli_common import AsJson, complaints, print_json


def report(
    log: Annotated[
        Path, typer.Argument(metavar="LOG", help="A de-identified client log, .csv or .xlsx.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Write the report as one HTML page.", show_default=False)
    ] = None,
    for_publication: Annotated[
        bool,
        typer.Option(
            "--for-publication", help="Leave out single clients and counts of fewer than five."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show how clients changed, beside what people like them change without treatment."""
    with complaints(as_json):
        from analysis.clients.records import load_log
        from analysis.clients.report import as_dict, build

        document = as_dict(build(load_log(log)), for_publication=for_publication)
        if out is not None:
            from analysis.clients.report_page import page

            write_private(out, page(document))
    if as_json:
        print_json(document)
        return
    from analysis.terminal import say

    if isinstance(document["outcomes"], str):
        say("too few clients to publish anything")
    else:
        for outcome in document["outcomes"]:
            say(outcome["sentence"])
    say(f"the whole report is in {out}" if out else "with --out FILE the whole report is written")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
