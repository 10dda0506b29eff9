"""The command that has every pooled result computed again by R's metafor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

# Heavy libraries are imported inside the commands that need them, so that help is quick.
from analysis import paths
from analysis.cli_common import FINE, NO, WRONG, AsJson, committed_claims, complaints, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.crosscheck import Difference, Question


def command(
    keep: Annotated[
        bool, typer.Option("--pin", help="Keep what metafor says, for those without R.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compute every pooled result again in R's metafor; print the largest difference."""
    from analysis import crosscheck
    from analysis.crosscheck_questions import questions
    from analysis.terminal import say

    with complaints(as_json):
        committed_claims()
        from analysis.evidence.tables import load_all

        asked = questions(paths.results_dir(), load_all())
    try:
        said = crosscheck.run(asked)
    except crosscheck.CannotRunError as error:
        if as_json:
            print_json({"error": str(error)})
        say(str(error), error=True)
        raise typer.Exit(WRONG) from None
    found = crosscheck.differences(asked, said["values"])
    agrees = bool(found) and found[0].relative < crosscheck.TOLERANCE
    if keep and agrees:
        crosscheck.pin(asked, said)
    if as_json:
        print_json(_document(asked, said["made_with"], found, agrees=agrees))
    else:
        _show(asked, said["made_with"], found, agrees=agrees)
    raise typer.Exit(FINE if agrees else NO)


def _document(
    asked: Sequence[Question], made_with: Any, found: Sequence[Difference], *, agrees: bool
) -> dict[str, Any]:
    return {
        "agrees": agrees,
        "made_with": made_with,
        "results": len(asked),
        "numbers": len(found),
        "largest_relative_difference": _finite(found[0].relative) if found else None,
        "differences": [
            {
                "id": d.id,
                "quantity": d.quantity,
                "ours": d.ours,
                "metafor": _finite(d.metafors),
                "relative": _finite(d.relative),
            }
            for d in found
        ],
    }


def _finite(value: float) -> float | None:
    """A number, or None for what JSON cannot say: metafor gave none."""
    return value if abs(value) < float("inf") else None


def _show(
    asked: Sequence[Question], made_with: Any, found: Sequence[Difference], *, agrees: bool
) -> None:
    from analysis.crosscheck import TOLERANCE
    from analysis.terminal import say

    largest: dict[str, Difference] = {}
    for d in found:
        largest.setdefault(d.id, d)
    for q in asked:
        size = q.committed.get("estimate", q.committed.get("q_between"))
        worst = largest[q.id].relative
        say(f"{q.id}: {len(q.rows)} rows, {size:.6g}, largest difference {worst:.1e}")
    version = f"metafor {made_with.get('metafor')}, R {made_with.get('R')}"
    if not found:
        say("nothing was pooled from trials, so there is nothing to compare", style="bold red")
        return
    worst_of_all = found[0]
    say(
        f"{'agrees' if agrees else 'DIFFERS'}: {len(found)} numbers of {len(asked)} results, "
        f"{version}; largest relative difference {worst_of_all.relative:.1e} "
        f"({worst_of_all.id}, {worst_of_all.quantity}; below {TOLERANCE:g} counts as the same)",
        style="bold green" if agrees else "bold red",
    )
