"""The command that says what is not the same in two runs, and why."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

# Heavy libraries are imported inside the functions that need them, so that help is quick.
from analysis.cli_common import FINE, NO, AsJson, complaints, print_json

if TYPE_CHECKING:
    from analysis.changes import InputChange, Side
    from analysis.differences import Comparison

HELP = "A folder with results, a clone, a claims.json, or a git revision."


def command(
    a: Annotated[str, typer.Argument(metavar="A", help=HELP)],
    b: Annotated[str, typer.Argument(metavar="B", help="The same; what changed from A to B.")],
    as_json: AsJson = False,
) -> None:
    """Say which claims, verdicts, numbers and figures changed from A to B, and why."""
    from analysis.changes import as_records, input_changes, reasons
    from analysis.compare import comparable, compare
    from analysis.sides import opened

    with complaints(as_json), contextlib.ExitStack() as stack:
        private = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evidence-")))
        (old, side_a), (new, side_b) = (
            stack.enter_context(opened(name, private / key)) for key, name in (("a", a), ("b", b))
        )
        # A file of claims by itself says nothing of figures and tables.
        alone = [f for f in (old, new) if comparable(f) == {"claims.json"}]
        only = {"claims.json"} if alone else None
        found = compare(new, old, only)
        changed = input_changes(side_a, side_b)
        why = {claim: reasons(claim, side_a, side_b, changed) for claim in _claims(found)}
    told = side_a.manifest and side_b.manifest
    if as_json:
        document = found.as_dict() | {"same": found.same, "verdicts": _verdicts(found)}
        del document["reproduced"]
        document["differences"] = [
            dataclasses.asdict(d) | {"message": _named(str(d), a, b)} for d in found.differences
        ]
        print_json(
            document | {"inputs_known": bool(told), "inputs": as_records(changed), "why": why}
        )
    else:
        _show(found, changed, why, (a, b), (side_a, side_b))
    raise typer.Exit(FINE if found.same else NO)


def _claims(found: Comparison) -> list[str]:
    return list(dict.fromkeys(d.claim for d in found.differences if d.claim))


def _verdicts(found: Comparison) -> dict[str, list[Any]]:
    """The claims whose overall verdict changed: from, to."""
    return {
        str(d.claim): [d.expected, d.found]
        for d in found.differences
        if d.claim and not d.figure and d.where == "verdict"
    }


def _named(line: str, a: str, b: str) -> str:
    from analysis.differences import EXTRA, MISSING

    return line.replace(MISSING, f"only in {a}").replace(EXTRA, f"only in {b}")


def _show(
    found: Comparison,
    changed: list[InputChange],
    why: dict[str, list[str]],
    names: tuple[str, str],
    sides: tuple[Side, Side],
) -> None:
    from analysis.changes import LONGEST
    from analysis.differences import many
    from analysis.terminal import say

    lines = [_named(line, *names) for line in found.lines()]
    for number, line in enumerate(lines):
        say(line)
        ends = number + 1 == len(lines) or not lines[number + 1].startswith("  ")
        claim = next((c for c in reversed(lines[: number + 1]) if not c.startswith("  ")), "")
        if ends and claim.startswith("claim "):
            for reason in why.get(claim.split()[1].rstrip(":"), []):
                say(f"  because: {reason}")
    for name, side in zip(names, sides, strict=True):
        if not side.manifest:
            say(f"{name} does not say what it was made from: why it differs cannot be told")
    if all(side.manifest for side in sides):
        what = many(len(changed), "change") if changed else "the same"
        say(f"what went in: {what}")
    for one in changed[:LONGEST]:
        say(f"  {one}")
    if len(changed) > LONGEST:
        say(f"  and {len(changed) - LONGEST} more (--json lists all)".replace("mores", "more"))
    if found.same:
        say("the same: " + found.summary().removeprefix("reproduced: "), style="bold green")
    else:
        moved = _verdicts(found)
        verdicts = [f"{claim} {x} -> {y}" for claim, (x, y) in moved.items()]
        say(f"verdicts changed: {'; '.join(verdicts) or 'none'}")
        say(found.summary(), style="bold red")
