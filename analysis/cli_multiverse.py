"""`evidence multiverse`: one claim under every defensible combination of choices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

# Heavy libraries are imported inside the command, so that help is quick.
from analysis.cli_claims import ClaimId
from analysis.cli_common import WRONG, AsJson, complaints, print_json

if TYPE_CHECKING:
    import pandas as pd

    from analysis.evidence.spec_overall import OverallSpread
    from analysis.evidence.spec_summary import AnswerSpread


def multiverse(
    claim_id: ClaimId,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many specifications, evenly spaced.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="'processes', or a Dask scheduler's address (tcp://...)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write one row per specification to this CSV file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask one claim under every defensible combination of choices; say what moves the answer."""
    from analysis.evidence.spec_overall import overall_spread
    from analysis.evidence.spec_summary import spreads
    from analysis.evidence.specifications import named
    from analysis.evidence.tables import load_all
    from analysis.stats.multiverse import specification_curve
    from analysis.terminal import say

    with complaints(as_json):
        try:
            with _bar() as progress:
                table = specification_curve(
                    claim_id, limit=limit, scheduler=scheduler, progress=progress
                )
        except (LookupError, ValueError) as error:
            if as_json:
                print_json({"error": str(error), "problems": []})
            say(str(error), error=True)
            raise typer.Exit(WRONG) from None
        if out is not None:
            _write(table, out)
        claim = named(claim_id)
        found, whole = spreads(claim, table), overall_spread(claim, load_all())
    if as_json:
        print_json(document(claim_id, table, found, whole))
    else:
        for line in told(claim_id, table, found, whole):
            say(line)
        if out is not None:
            say(f"written: {out}")


def document(
    claim_id: str,
    table: pd.DataFrame,
    found: tuple[AnswerSpread, ...],
    whole: OverallSpread | None,
) -> dict[str, Any]:
    """The summary as JSON: the choices, and how each deciding answer moves."""
    return {
        "id": claim_id,
        "specifications": table.attrs["total"],
        "fitted": len(table),
        "choices": [
            {"choice": c.name, "options": list(c.options), "why": c.why}
            for c in table.attrs["choices"]
        ],
        "inert": list(table.attrs["inert"]),
        "overall": None if whole is None else _overall(whole),
        "answers": [_record(a, [c.name for c in table.attrs["choices"]]) for a in found],
        "caution": CAUTION,
    }


def _overall(whole: OverallSpread) -> dict[str, Any]:
    return {
        "verdict": whole.committed,
        "combinations": len(whole.table),
        "verdicts": _verdicts(whole.words),
        "other_verdict": whole.changed,
    }


def _verdicts(words: pd.DataFrame) -> dict[str, float]:
    return dict(zip(words["word"], words["share"], strict=True))


CAUTION = (
    "Specifications share trials, so they are not independent and their shares are no "
    "probabilities: they show how far an answer hangs on choices, not whether it is true."
)


def _record(a: AnswerSpread, names: list[str]) -> dict[str, Any]:
    driven = a.driven.drop_duplicates("choice")
    return {
        "comparator": a.comparator,
        "horizon": a.horizon,
        "verdict": a.committed,
        "specifications": len(a.crossed),
        "verdicts": _verdicts(a.words),
        "other_verdict": a.changed,
        "other_verdict_one_trial_out": _known(a.changed_by("one trial")),
        "other_verdict_two_trials_out": _known(a.changed_by("two trials")),
        "drivers": [
            {"choice": r["choice"], "eta2": _known(r["eta2"]), "spread": _known(r["hit_spread"])}
            for r in driven.to_dict("records")
        ],
        "most_favourable": _spec(a.best, names),
        "least_favourable": _spec(a.worst, names),
    }


def _spec(row: pd.Series, names: list[str]) -> dict[str, Any]:
    import pandas as pd

    figures = ["k", "n", "estimate", "ci_low", "ci_high", "unit", "certainty", "verdict"]
    values = {name: row[name] for name in [*names, "left_out_trials", *figures]}
    return {
        name: None if pd.isna(value) else getattr(value, "item", lambda v=value: v)()
        for name, value in values.items()
    }


def _known(value: float) -> float | None:
    return None if value != value else float(value)


def told(
    claim_id: str,
    table: pd.DataFrame,
    found: tuple[AnswerSpread, ...],
    whole: OverallSpread | None,
) -> list[str]:
    """The summary in lines for a terminal."""
    from analysis.evidence.sentences import COMPARATOR_WORDS, VERDICT_WORDS

    total = table.attrs["total"]
    some = "" if len(table) == total else f", of which {len(table):,} were fitted"
    lines = [f"{claim_id}: {total:,} specifications{some}"]
    if whole is not None:
        lines.append(
            f"the claim as a whole ({len(whole.table):,} combinations of choices about method): "
            f"committed as {VERDICT_WORDS[whole.committed]}; another verdict in {whole.changed:.0%}"
        )
    for a in found:
        lines.append("")
        lines.append(
            f"against {COMPARATOR_WORDS[a.comparator]}, {a.horizon} "
            f"({len(a.crossed):,} with all trials in): committed as "
            f"{VERDICT_WORDS[a.committed]}; another verdict in {a.changed:.0%}"
        )
        lines += [
            f"  {r['share']:6.1%}  {VERDICT_WORDS[r['word']]}" for r in a.words.to_dict("records")
        ]
        for left in ("one trial", "two trials"):
            changed = _known(a.changed_by(left))
            if changed is not None:
                lines.append(f"  with {left} left out: another verdict in {changed:.0%}")
        moved = a.driven.drop_duplicates("choice").head(3)
        if len(moved):
            lines.append("  moved most by " + ", ".join(moved["choice"]))
    if table.attrs["inert"]:
        lines += ["", f"nothing to choose here: {', '.join(table.attrs['inert'])}"]
    return [*lines, "", CAUTION]


def _write(table: pd.DataFrame, out: Path) -> None:
    partial = out.with_name(out.name + ".partial")
    try:
        table.to_csv(partial, index=False, lineterminator="\n")
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _bar() -> Any:
    """A moving bar where someone watches, and nothing in a pipe."""
    import contextlib

    from rich.progress import Progress

    from analysis.terminal import console

    @contextlib.contextmanager
    def shown() -> Any:
        to = console(error=True)
        if not to.is_terminal:
            yield None
            return
        with Progress(console=to, transient=True) as bar:
            task = bar.add_task("fitting", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    return shown()
