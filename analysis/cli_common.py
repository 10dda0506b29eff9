"""What every command shares: exit codes, JSON output, complaints, the committed claims."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

# Heavy libraries are imported inside the functions that need them, so that help is quick.
from analysis import paths

FINE, NO, WRONG, INTERRUPTED = 0, 1, 2, 130

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class NoSuchClaimError(LookupError):
    """A claim was asked for that the committed results do not hold; the text lists those there."""


def read_claims(folder: Path) -> dict[str, Any] | None:
    """The content of a folder's `claims.json`; None where there is no such file."""
    from analysis.documents import read_json

    path = folder / "claims.json"
    return read_json(path) if path.exists() else None


def committed_claims() -> dict[str, Any]:
    """The content of the committed `claims.json`.

    Raises
    ------
    FileNotFoundError
        Nothing is committed yet; the text says how to make it.
    """
    document = read_claims(paths.results_dir())
    if document is None:
        raise FileNotFoundError(
            f"{paths.results_dir() / 'claims.json'} is not there; "
            "`evidence reproduce --accept` makes it"
        )
    return document


def print_json(document: Any) -> None:
    """Print one JSON document in plain ASCII, which any pipe can carry."""
    typer.echo(json.dumps(document, indent=2))


def records(problems: Sequence[Any]) -> list[dict[str, Any]]:
    """Bad rows as JSON."""
    return [dataclasses.asdict(problem) for problem in problems]


@contextlib.contextmanager
def complaints(as_json: bool) -> Iterator[None]:
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

        ours = ClaimError | DataError | NoSuchClaimError | NoSuchNotebookError | ResultsError
        if not isinstance(error, ours | OSError):
            raise
        problems = error.problems if isinstance(error, DataError) else ()
        if as_json:
            print_json({"error": str(error), "problems": records(problems)})
        for line in [str(problem) for problem in problems] or [str(error)]:
            say(line, error=True)
        raise typer.Exit(WRONG) from None


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
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
