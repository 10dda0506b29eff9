"""The `evidence` command: a thin line over the rest of the package.

Exit codes: 0 fine; 1 the answer is no (a rerun differs, a notebook failed); 2 wrong use or bad
input; 130 interrupted. With `--json`, standard output holds one JSON document and nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    cli_site,
    cli_trace,
    cli_verify,
    paths,
)
from analysis.cli_common import (
    FINE,
    NO,
    WRONG,
    AsJson,
    complaints,
    print_json,
    read_claims,
    records,
    stoppable,
)
from analysis.pixels import write_pixels

if TYPE_CHECKING:
    from analysis.differences import Comparison
    from analysis.kept import Kept
    from analysis.kernels import NotebookRun
    from analysis.rerun import Rerun, Step

app = typer.Typer(
    help="Massage claims tested on published data: verdicts, and how to rerun and doubt them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.command()(cli_claims.claims)
app.command()(cli_claims.claim)
app.command()(cli_claims.sources)
app.command("cite")(cli_cite.command)
app.command()(cli_multiverse.multiverse)
app.command("trace")(cli_trace.command)
app.command("crosscheck")(cli_crosscheck.command)
app.command("crate")(cli_crate.command)
app.command("verify")(cli_verify.command)
app.command("diff")(cli_diff.command)
app.command("check")(cli_check.command)
app.command()(cli_site.site)
app.add_typer(cli_clients.app, name="clients")


def main() -> None:
    """Run the command line (the `evidence` script)."""
    app()


@app.callback()
def _commands() -> None:
    pass


@app.command()
def reproduce(
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Notebooks at a time (all processors, at most 4).")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this notebook; may be repeated.")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Make what was made the committed results.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run what has not changed, too.")] = False,
    notebooks: Annotated[
        Path | None, typer.Option(help="Another folder of notebooks.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rerun what changed since the last run, and compare everything with the committed results."""
    from analysis import cli_readme, compare
    from analysis.kept import Kept
    from analysis.rerun import find_notebooks, rerun
    from analysis.terminal import progress

    build, results = paths.build_dir(), paths.results_dir()
    with complaints(as_json), stoppable():
        chosen = find_notebooks(notebooks or paths.notebooks_dir(), only or ())
        kept = Kept(paths.kept_dir(), fresh=fresh)
        with (
            progress() as told,
            rerun(
                chosen,
                build,
                steps=steps(),
                after=after(),
                jobs=jobs,
                keep_others=bool(only),
                kept=kept,
                progress=told,
            ) as run,
        ):
            check_no_clients(run.directory, kept)
            # Still in the staging folder: a run that failed is compared too, before it goes.
            partial = run.made if only or run.failures else None
            found = compare.compare(run.directory, results, partial)
            nothing_committed = not compare.comparable(results)
            claims = read_claims(run.directory)
        accepted = accept and not run.failures
        if accepted:
            compare.accept(build, results, run.made if only else None)
            readme = None if only else cli_readme.readme_of(results)
            if readme is not None:
                cli_readme.refresh(readme, results)
        else:
            stale = cli_readme.stale(results, kept)
            found = dataclasses.replace(found, differences=found.differences + stale)
        if not (only or run.failures):
            kept.tidy()
    if as_json:
        print_json(
            found.as_dict()
            | {
                "reproduced": found.same and not run.failures,
                "accepted": accepted,
                "seconds": round(run.seconds, 3),
                "notebooks": [_notebook_record(n) for n in run.notebooks],
            }
        )
    else:
        _show_run(run, found, claims, accepted=accepted, nothing_committed=nothing_committed)
    raise typer.Exit(FINE if not run.failures and (found.same or accepted) else NO)


@app.command()
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


def check_no_clients(folder: Path, kept: Kept) -> None:
    """Before anything leaves the staging folder: no table of real clients may go out.

    Raises
    ------
    ReleaseError
        One would; what was kept of the run is gone.
    """
    from analysis.inputs import hashes

    def check() -> bool:
        from analysis.clients.release import ReleaseError, check_publishable

        try:
            check_publishable(folder)
        except ReleaseError:
            kept.drop()
            raise
        return True

    kept.once("publishable", check, hashes(folder, (p for p in folder.rglob("*") if p.is_file())))


def after() -> Sequence[Step]:
    """What is made from the results once all notebooks went well."""
    return [("pixels", write_pixels)]


def steps() -> Sequence[Step]:
    """What a run does besides notebooks, with the libraries loaded only when it comes to it."""

    def check(_: Path) -> None:
        from analysis.evidence.tables import load_all

        load_all()

    def judge(folder: Path) -> None:
        from analysis.evidence.verdicts import write_claims

        write_claims(folder)

    return [("data", check), ("verdicts", judge)]


def _show_run(
    run: Rerun,
    found: Comparison,
    claims: dict[str, Any] | None,
    *,
    accepted: bool,
    nothing_committed: bool,
) -> None:
    """The verdicts, what moved in detail, and last one line that says it all."""
    from analysis.claim_pages import board
    from analysis.terminal import console, say

    console().print()
    if claims is not None:
        console().print(board(claims["claims"]))
    same = sum(notebook.kept for notebook in run.notebooks)
    if same:
        say(f"{same} unchanged, {len(run.notebooks) - same} run (--fresh runs all)")
    for failure in run.failures:
        say(str(failure), style="red")
    if not nothing_committed:
        for line in found.lines():
            say(line)
    if run.failures:
        stopped = [f"notebook {f.notebook} stopped in cell [{f.cell}]" for f in run.failures]
        moved = [] if found.same or nothing_committed else [found.summary()]
        say(f"not reproduced: {'; '.join(stopped + moved)}", style="bold red")
    elif accepted:
        was = "nothing was committed before" if nothing_committed else found.summary()
        say(f"accepted into {paths.results_dir().name}/ ({was})", style="bold green")
    elif nothing_committed:
        say("differs: nothing is committed yet; `make accept` commits what a run makes")
    else:
        say(found.summary(), style="bold green" if found.same else "bold red")


def _notebook_record(notebook: NotebookRun) -> dict[str, Any]:
    failure = notebook.failure
    return {
        "name": notebook.name,
        "seconds": round(notebook.seconds, 3),
        "ok": failure is None,
        "unchanged": notebook.kept,
        "failure": failure and {"cell": failure.cell, "line": failure.line, "error": failure.error},
    }


def _sum(problems: Sequence[Any], many: Any) -> str:
    wrong = sum(problem.severity == "error" for problem in problems)
    return f"{many(wrong, 'error')}, {many(len(problems) - wrong, 'warning')}"
