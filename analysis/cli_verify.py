"""The command that reruns everything in a private place and reports how it compares."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

# Heavy libraries are imported inside the functions that need them, so that help is quick.
from analysis import paths
from analysis.cli_common import FINE, NO, AsJson, complaints, print_json, stoppable


def command(
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Nothing may move, warn, be resumed, or differ from the lock."
        ),
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this notebook, claim or figure; repeatable.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Notebooks at a time.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page, too.")] = None,
    notebooks: Annotated[
        Path | None, typer.Option(help="Another folder of notebooks.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rerun all in a private place; say what is identical, within tolerance, different."""
    from analysis import cli_readme, pipeline
    from analysis.compare import compare
    from analysis.kept import Kept
    from analysis.manifest import read_manifest
    from analysis.rerun import find_notebooks, rerun
    from analysis.terminal import progress
    from analysis.tolerances import STRICT
    from analysis.verify import Verification, choose, not_as_locked, wrote_to_stderr

    results = paths.results_dir()
    private = paths.build_dir().with_name(f".{paths.build_dir().name}.verify")
    with complaints(as_json), stoppable(), _left_only_if_interrupted(private):
        folder = notebooks or paths.notebooks_dir()
        if not (results / "claims.json").exists():
            raise FileNotFoundError(
                f"{results / 'claims.json'} is not there: nothing is committed to verify against"
            )
        if html is not None and not html.parent.is_dir():
            raise FileNotFoundError(f"{html.parent} is no folder: make it, or name another")
        chosen = choose(only or (), [p.stem for p in find_notebooks(folder)], results)
        named = None if chosen.notebooks is None else set(chosen.notebooks)
        found = [p for p in find_notebooks(folder) if named is None or p.stem in named]
        kept = Kept(private / "kept", fresh=strict)
        with (
            progress() as told,
            rerun(
                found,
                private / "build",
                steps=pipeline.steps(),
                after=pipeline.pictures(),
                jobs=jobs,
                kept=kept,
                cold=strict,
                progress=told,
            ) as run,
        ):
            pipeline.check_no_clients(run.directory, kept)
            made = run.made if only or run.failures else None
            comparison = compare(run.directory, results, made, STRICT if strict else None)
            if not only:
                stale = cli_readme.stale(results)
                comparison = dataclasses.replace(
                    comparison, differences=comparison.differences + stale
                )
            verification = Verification(
                comparison=chosen.of(comparison),
                notebooks=run.notebooks,
                committed=read_manifest(results).get("environment", {}),
                here=kept.inputs.environment,
                lock=not_as_locked(paths.root() / "requirements.lock"),
                warnings=wrote_to_stderr(run.directory),
                strict=strict,
                seconds=run.seconds,
            )
        if html is not None:
            from analysis.verify_page import verify_page

            partial = html.with_name(f"{html.name}.partial")
            partial.write_text(verify_page(verification), encoding="utf-8")
            partial.replace(html)
    if as_json:
        print_json(verification.as_dict())
    else:
        _show(verification)
    raise typer.Exit(FINE if verification.verified else NO)


@contextlib.contextmanager
def _left_only_if_interrupted(folder: Path) -> Iterator[None]:
    """Remove the folder at the end; what an interrupted run has finished is taken up again."""
    try:
        yield
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _show(verification: object) -> None:
    from analysis.terminal import say
    from analysis.verify import Verification

    assert isinstance(verification, Verification)
    for item in verification.comparison.of_status("within"):
        moved = f"largest move {item.largest:.1e} ({item.where})" if item.within else "its picture"
        say(f"within tolerance: {item.kind} {item.id}, {moved}")
    for line in (*verification.comparison.lines(), *verification.objections):
        say(line)
    for name, (then, now) in verification.moved_environment.items():
        say(f"environment: {name} was {then} when the results were committed, is {now}")
    good = verification.verified
    say(verification.summary(), style="bold green" if good else "bold red")
