"""The `evidence` command: a thin line over the rest of the package.

Exit codes: 0 fine; 1 the answer is no (a rerun differs, a notebook failed, a draft goes too far); 2
wrong use or bad input; 130 interrupted. With `--json`, standard output holds one JSON document and
nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

# Heavy libraries are imported inside the commands that need them, so that help is quick.
from analysis import (
    cli_check,
    cli_cite,
    cli_claims,
    cli_clients,
    cli_crate,
    cli_crosscheck,
    cli_diff,
    cli_multiverse,
    cli_reproduce,
    cli_site,
    cli_trace,
    cli_verify,
    paths,
)
from analysis.cli_common import FINE, WRONG, AsJson, complaints, print_json, records

app = typer.Typer(
    help="Massage claims tested on published data: verdicts, and how to rerun and doubt them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

ASK, WRITE, DOUBT = "What is known", "For those who write", "For those who doubt"

app.command(rich_help_panel=ASK)(cli_claims.claims)
app.command(rich_help_panel=ASK)(cli_claims.claim)
app.command(rich_help_panel=ASK)(cli_claims.sources)
app.command("cite", rich_help_panel=WRITE)(cli_cite.command)
app.command("check", rich_help_panel=WRITE)(cli_check.command)
app.command(rich_help_panel=WRITE)(cli_site.site)
app.add_typer(cli_clients.app, name="clients", rich_help_panel=WRITE)
app.command("trace", rich_help_panel=DOUBT)(cli_trace.command)
app.command("reproduce", rich_help_panel=DOUBT)(cli_reproduce.command)
app.command("verify", rich_help_panel=DOUBT)(cli_verify.command)
app.command("diff", rich_help_panel=DOUBT)(cli_diff.command)
app.command(rich_help_panel=DOUBT)(cli_multiverse.multiverse)
app.command("crosscheck", rich_help_panel=DOUBT)(cli_crosscheck.command)
app.command("crate", rich_help_panel=DOUBT)(cli_crate.command)


def main() -> None:
    """Run the command line (the `evidence` script)."""
    app()


@app.callback()
def _commands() -> None:
    pass


@app.command(rich_help_panel=DOUBT)
def validate(as_json: AsJson = False) -> None:
    """Check the data tables; name file, row, column and mend of whatever is wrong."""
    from analysis.evidence.tables import validate as check

    with complaints(as_json):
        problems = check()
    wrong = any(problem.severity == "error" for problem in problems)
    if as_json:
        print_json({"valid": not wrong, "problems": records(problems)})
    else:
        from analysis.differences import many
        from analysis.terminal import say

        for problem in problems:
            say(str(problem))
        say(f"{'not valid' if wrong else 'valid'}: {paths.data_dir()}, {_sum(problems, many)}")
    raise typer.Exit(WRONG if wrong else FINE)


def _sum(problems: Sequence[Any], many: Any) -> str:
    wrong = sum(problem.severity == "error" for problem in problems)
    return f"{many(wrong, 'error')}, {many(len(problems) - wrong, 'warning')}"
