"""The `evidence` command: a thin line over the rest of the package.

Exit codes: 0 fine; 1 the answer is no (a rerun differs, a notebook failed); 2 wrong use or bad
input; 130 interrupted. With `--json`, standard output holds one JSON document and nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

# Heavy libraries are imported inside the commands that need them, so that help is quick.
from analysis import paths

if TYPE_CHECKING:
    from analysis.differences import Comparison
    from analysis.kernels import NotebookRun
    from analysis.rerun import Rerun, Step

FINE, NO, WRONG, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    help="Massage claims tested on published data: verdicts, and how to rerun and doubt them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


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
    notebooks: Annotated[
        Path | None, typer.Option(help="Another folder of notebooks.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rerun everything from the data and compare it with the committed results."""
    from analysis import compare
    from analysis.rerun import find_notebooks, rerun
    from analysis.terminal import progress

    build, results = paths.build_dir(), paths.results_dir()
    with _complaints(as_json), _stoppable():
        chosen = find_notebooks(notebooks or paths.notebooks_dir(), only or ())
        with (
            progress() as told,
            rerun(
                chosen, build, steps=_steps(), jobs=jobs, keep_others=bool(only), progress=told
            ) as run,
        ):
            # Still in the staging folder: a run that failed is compared too, before it goes.
            partial = run.made if only or run.failures else None
            found = compare.compare(run.directory, results, partial)
            nothing_committed = not compare.comparable(results)
            claims = _read_claims(run.directory)
        accepted = accept and not run.failures
        if accepted:
            compare.accept(build, results, run.made if only else None)
    if as_json:
        _print_json(
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

    with _complaints(as_json):
        problems = check()
    wrong = any(problem.severity == "error" for problem in problems)
    if as_json:
        _print_json({"valid": not wrong, "problems": _records(problems)})
    else:
        from analysis.differences import many
        from analysis.terminal import say

        for problem in problems:
            say(str(problem))
        say(f"{'not valid' if wrong else 'valid'}: {paths.data_dir()}, {_sum(problems, many)}")
    raise typer.Exit(WRONG if wrong else FINE)


@app.command()
def claims(as_json: AsJson = False) -> None:
    """Show the verdict on every claim, from the committed results."""
    with _complaints(as_json):
        document = _read_claims(paths.results_dir())
        if document is None:
            raise FileNotFoundError(
                f"{paths.results_dir() / 'claims.json'} is not there; "
                "`evidence reproduce --accept` makes it"
            )
    if as_json:
        _print_json(document)
    else:
        from analysis.terminal import board, console

        console().print(board(document["claims"]))


def _steps() -> Sequence[Step]:
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
    from analysis.terminal import board, console, say

    console().print()
    if claims is not None:
        console().print(board(claims["claims"]))
    for failure in run.failures:
        say(str(failure), style="red")
    if not nothing_committed:
        for difference in found.differences:
            say(str(difference))
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
        "failure": failure and {"cell": failure.cell, "line": failure.line, "error": failure.error},
    }


def _read_claims(folder: Path) -> dict[str, Any] | None:
    from analysis.compare import read_json

    path = folder / "claims.json"
    if not path.exists():
        return None
    return read_json(path)


def _records(problems: Sequence[Any]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(problem) for problem in problems]


def _sum(problems: Sequence[Any], many: Any) -> str:
    wrong = sum(problem.severity == "error" for problem in problems)
    return f"{many(wrong, 'error')}, {many(len(problems) - wrong, 'warning')}"


def _print_json(document: Any) -> None:
    # Plain ASCII: any pipe can carry it.
    typer.echo(json.dumps(document, indent=2))


@contextlib.contextmanager
def _complaints(as_json: bool) -> Iterator[None]:
    """Turn bad input into a message that says how to mend it, and exit code 2."""
    from analysis.differences import ResultsError
    from analysis.terminal import say

    try:
        yield
    except KeyboardInterrupt:
        say("interrupted: what the last run made is as it was", error=True)
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        from analysis.evidence.claims import ClaimError
        from analysis.evidence.problems import DataError
        from analysis.rerun import NoSuchNotebookError

        ours = ClaimError | DataError | NoSuchNotebookError | ResultsError
        if not isinstance(error, ours | OSError):
            raise
        problems = error.problems if isinstance(error, DataError) else ()
        if as_json:
            _print_json({"error": str(error), "problems": _records(problems)})
        for line in [str(problem) for problem in problems] or [str(error)]:
            say(line, error=True)
        raise typer.Exit(WRONG) from None


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let a polite request to end (SIGTERM) do what Ctrl-C does: clean up first."""

    def stop(*_: object) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a script's background
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
