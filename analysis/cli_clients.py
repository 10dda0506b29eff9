"""`evidence clients`: what is done with people's own records, which are never published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

# Heavy libraries are imported inside the commands that need them, so that help is quick.
from analysis import cli_client_report
from analysis.cli_common import FINE, NO, AsJson, complaints, print_json

if TYPE_CHECKING:
    from analysis.clients.deidentify import Outcome

app = typer.Typer(
    help="A private log of clients: made anonymous, and read for what it can and cannot show.",
    no_args_is_help=True,
    add_completion=False,
)

app.command()(cli_client_report.report)

LISTED = 40


@app.callback()
def _commands() -> None:
    pass


@app.command()
def deidentify(
    raw: Annotated[Path, typer.Argument(metavar="RAW", help="Your file: CSV or .xlsx. Only read.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The log to write: a new .csv.")],
    k: Annotated[int, typer.Option("--k", min=2, help="Hide every client among so many.")] = 5,
    dates: Annotated[
        Literal["iso", "dmy", "mdy"],
        typer.Option(help="How dates are written: iso is 2024-01-31."),
    ] = "iso",
    secret: Annotated[
        Path | None,
        typer.Option(
            help="File of the secret for new codes; made when missing.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a log that names nobody, or say where the identifiers stand (exit code 1)."""
    with complaints(as_json):
        from analysis.clients import deidentify as work

        outcome = work.deidentify(raw, out, k=k, secret=secret, dates=dates)
    if as_json:
        print_json(outcome.as_dict())
    else:
        _show(outcome)
    raise typer.Exit(FINE if outcome.written is not None else NO)


def _show(outcome: Outcome) -> None:
    from analysis.differences import many
    from analysis.terminal import say

    for finding in outcome.findings[:LISTED]:
        say(str(finding))
    if len(outcome.findings) > LISTED:
        say(f"... and {len(outcome.findings) - LISTED} more (--json lists them)")
    for column in outcome.refused_columns:
        say(f"left out: column {column.letter} (number {column.position}, {column.masked})")
    report = outcome.k_anonymity
    if outcome.written is None or report is None:
        say(
            f"nothing written: {many(len(outcome.findings), 'place')} could identify a person. "
            "Remove them from a copy of the file and try again"
        )
        return
    if report.holds:
        say(f"every client is hidden among at least {report.k}")
    else:
        say(
            f"{report.at_risk} of {report.clients} clients are not hidden among {report.k}: keep "
            "this log to yourself, or"
        )
        for step in report.suggestions:
            say(f"  {step}")
    say(
        f"written: {outcome.written}, {many(outcome.rows, 'visit')} of "
        f"{many(report.clients, 'client')}"
    )
