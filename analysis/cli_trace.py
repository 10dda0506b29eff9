"""The command that follows a number back to its papers and the code that made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

# Heavy libraries are imported inside the commands that need them, so that help is quick.
from analysis import paths
from analysis.cli_common import (
    FINE,
    NO,
    AsJson,
    NoSuchClaimError,
    committed_claims,
    complaints,
    print_json,
)

if TYPE_CHECKING:
    from rich.tree import Tree

    from analysis.evidence.trace import Trace

MOST_ROWS = 40  # a claim's harms or candidates run to dozens; JSON has all
MOST_NAMED = 6  # rows left out for one reason

NumberId = Annotated[
    str | None,
    typer.Argument(
        metavar="NUMBER-ID",
        help="CLAIM.COMPARATOR.HORIZON.QUANTITY, or figure.… or table.…",
        show_default=False,
    ),
]


def command(
    number_id: NumberId = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Print all ids, or those of the claim named.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Follow a number back: pooled result, contrasts, rows, papers and code; compute it again."""
    with complaints(as_json):
        committed_claims()  # says how to make them where there are none
        from analysis.evidence.tables import load_all
        from analysis.evidence.trace import NoSuchNumberError, Tracer

        tracer = Tracer(paths.results_dir(), load_all())
        if listed:
            ids = tracer.ids(number_id)
            if not ids:
                raise NoSuchClaimError(f"no number belongs to {number_id!r}; name a claim's id")
            found = None
        elif number_id is None:
            raise NoSuchClaimError("name a number, or `--list` all that there are")
        else:
            try:
                found = tracer.trace(number_id)
            except NoSuchNumberError as error:
                raise NoSuchClaimError(str(error)) from None
    if found is None:
        _list(ids, as_json)
        raise typer.Exit(FINE)
    if as_json:
        print_json(found.as_dict())
    else:
        from analysis.terminal import console

        console().print(tree(found))
    raise typer.Exit(NO if found.agrees is False else FINE)


def _list(ids: list[str], as_json: bool) -> None:
    if as_json:
        print_json({"ids": ids})
    else:
        for number_id in ids:
            typer.echo(number_id)


def tree(found: Trace) -> Tree:
    """A trace as a tree for a terminal."""
    from rich.text import Text
    from rich.tree import Tree

    top = Tree(Text(found.id, style="bold"))
    top.add(Text(found.what))
    top.add(Text(f"committed   {_shown(found.value)}"))
    if found.recomputed is not None:
        top.add(Text(f"recomputed  {_shown(found.recomputed)}"))
    verdict = {True: "agrees", False: "DOES NOT AGREE", None: "not recomputed here"}
    style = {True: "green", False: "bold red", None: "yellow"}
    agreed = top.add(Text(verdict[found.agrees], style=style[found.agrees]))
    for line in found.differences:
        agreed.add(Text(line))
    for note in found.notes:
        top.add(Text(note, style="italic"))
    if found.sentence:
        top.add(Text(f"said as: {found.sentence}"))
    _branch(top, "cell", _cell(found))
    _branch(top, "result", [f"{k}: {_shown(v)}" for k, v in found.result.items() if v is not None])
    _branch(top, "trials pooled (negative favours massage)", map(_contrast, found.contrasts))
    rows = top.add(f"rows ({len(found.rows)})") if found.rows else None
    for row in found.rows[:MOST_ROWS]:
        assert rows is not None
        where = f", {row.place}" if row.place else ""
        how = f" ({row.how_read})" if row.how_read else ""
        one = rows.add(Text(f"{row.row_id}: {row.file}, line {row.line}{where}{how}"))
        one.add(Text("; ".join(f"{k} {v}" for k, v in row.reported.items())))
    if rows is not None and len(found.rows) > MOST_ROWS:
        rows.add(f"and {len(found.rows) - MOST_ROWS} more (`--json` lists all)")
    _branch(
        top,
        f"papers ({len(found.papers)})",
        [f"{p.citation} {p.url or 'no address known'}" for p in found.papers],
    )
    _branch(
        top,
        f"left out though outcome and comparator fit ({len(found.left_out)})",
        _left_out(found),
    )
    _branch(top, "rows at each step", [f"{s['why']}: {s['rows_out']} out, {s['rows_left']} left"
                                       for s in found.flow])  # fmt: skip
    _branch(top, "written by", found.notebooks)
    _branch(top, "code", [f"{s.what}: {s.function} ({s.file}:{s.line})" for s in found.code])
    top.add(Text(f"data version {found.data_version}, code version {found.version}"))
    return top


def _branch(top: Tree, name: str, lines: Iterable[str]) -> None:
    from rich.text import Text

    told = list(lines)
    if told:
        branch = top.add(Text(name, style="bold"))
        for line in told:
            branch.add(Text(line))


def _cell(found: Trace) -> list[str]:
    if not found.cell:
        return []
    cells = "; ".join(f"{k} {v}" for k, v in found.cell["cells"].items() if v)
    return [f"{found.cell['file']}, line {found.cell['line']}", cells]


def _left_out(found: Trace) -> list[str]:
    """One line per reason, in the order of the steps."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for one in found.left_out:
        by_reason.setdefault((one.step, one.why), []).append(one.row_id)
    order = [step["step"] for step in found.flow]
    return [
        f"{why} ({step}, {len(rows)}): {', '.join(rows[:MOST_NAMED])}"
        + (f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else "")
        for (step, why), rows in sorted(by_reason.items(), key=lambda one: order.index(one[0][0]))
    ]


def _contrast(one: Any) -> str:
    weight = f", weight {one.weight:.1f} %" if one.weight is not None else ""
    people = f", n {one.n}" if one.n is not None else ""
    return (
        f"{one.trial} ({one.row_id}): effect {one.effect:.4f}, variance {one.variance:.4f}"
        f"{weight}{people}, from {one.derived_from}"
    )


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
