"""The command that reruns everything from the data and compares it with what is committed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

# Heavy libraries are imported inside the functions that need them, so that help is quick.
from analysis import paths
from analysis.cli_common import FINE, NO, AsJson, complaints, print_json, read_claims, stoppable

if TYPE_CHECKING:
    from analysis.differences import Comparison
    from analysis.kernels import NotebookRun
    from analysis.rerun import Rerun


def command(
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Notebooks at a time (processors + 1, at most 4).")
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
    from analysis import cli_readme, compare, pipeline
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
                steps=pipeline.steps(),
                after=pipeline.pictures() if only or notebooks else pipeline.after(),
                reads=pipeline.reads(),
                jobs=jobs,
                keep_others=bool(only),
                kept=kept,
                progress=told,
            ) as run,
        ):
            pipeline.check_no_clients(run.directory, kept)
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
