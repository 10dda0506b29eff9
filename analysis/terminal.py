"""What the command line shows: a run's progress, the verdict board, bad rows.

Fits 80 columns. Colours and moving bars only where someone watches: not in a pipe, and not where
NO_COLOR is set. Survives a terminal that cannot show every character.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from analysis.differences import COMPARATORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.kernels import Progress as Listener

VERDICTS = {
    "supported": ("supported", "bold green"),
    "supported_uncertain": ("supported, uncertain", "green"),
    "no_clear_effect": ("no clear effect", "yellow"),
    "not_supported": ("not supported", "red"),
    "contradicted": ("contradicted", "bold red"),
    "not_testable": ("not testable with what is published", "dim"),
}
HORIZONS = {"immediate": "same day", "short": "short", "medium": "medium", "long": "long"}
WIDTH = 80
PLAIN = {"\u2212": "-", "\u2013": "-", "\u2014": "-", "\u201c": '"', "\u201d": '"', "\u2019": "'"}


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Write what the terminal cannot show in its plain form: a lost minus would be a lie."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, "?") for character in lost), error.end


codecs.register_error("plainly", _plainly)


def console(*, error: bool = False) -> Console:
    """A console for results, or with `error` for progress and complaints.

    A character that the stream cannot encode is shown in a plain form rather than ending the run.
    """
    stream = sys.stderr if error else sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="plainly")
    made = Console(stderr=error, highlight=False)
    if not made.is_terminal:
        made.width = WIDTH
    return made


def say(text: str, *, error: bool = False, style: str = "") -> None:
    """Print one paragraph as it is: long lines stay whole, brackets are not markup."""
    console(error=error).print(Text(text, style=style), soft_wrap=True)


class PlainProgress:
    """A line for everything that ended, for pipes and logs."""

    def __init__(self, to: Console) -> None:
        """Lines go to this console."""
        self._to = to
        self._cells: dict[str, int] = {}

    def start(self, name: str, cells: int) -> None:
        """Remember how large it is."""
        self._cells[name] = cells

    def advance(self, name: str) -> None:
        """Say nothing yet."""

    def finish(self, name: str, seconds: float, ok: bool) -> None:
        """Say how it ended."""
        cells = self._cells.get(name, 0)
        size = f", {cells} cells" if cells else ""
        self._to.print(
            Text(f"{'ok    ' if ok else 'FAILED'}  {name}{size}, {seconds:.1f} s"), soft_wrap=True
        )


class LiveProgress:
    """A moving bar per notebook."""

    def __init__(self, bars: Progress) -> None:
        """Bars are drawn in this rich display."""
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def start(self, name: str, cells: int) -> None:
        """Draw its bar; a step without cells is one piece of work."""
        self._tasks[name] = self._bars.add_task(name, total=cells or 1)

    def advance(self, name: str) -> None:
        """Move its bar."""
        self._bars.advance(self._tasks[name])

    def finish(self, name: str, seconds: float, ok: bool) -> None:  # noqa: ARG002
        """Stop its clock and mark how it ended."""
        if name not in self._tasks:
            self.start(name, 0)
        task = self._tasks[name]
        if ok:
            self._bars.update(task, completed=self._bars.tasks[task].total)
        mark = "[green]ok[/]" if ok else "[red]failed[/]"
        self._bars.update(task, description=f"{name}  {mark}")
        self._bars.stop_task(task)


@contextmanager
def progress() -> Iterator[Listener]:
    """A display for `rerun`: bars on a terminal, plain lines elsewhere; on standard error."""
    to = console(error=True)
    if not to.is_terminal:
        yield PlainProgress(to)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=to) as bars:
        yield LiveProgress(bars)


def board(claims: Iterable[Mapping[str, Any]]) -> Group:
    """The verdicts of claims.json, claim by claim: the answer in words, then its parts.

    Answers for which there are no data are named in one line, not listed.
    """
    return Group(*(part for claim in claims for part in _claim(claim)))


def _claim(claim: Mapping[str, Any]) -> Iterator[Any]:
    verdict, style = VERDICTS.get(claim["verdict"], (claim["verdict"], ""))
    yield Text.assemble((claim["id"], "bold"), "  ", (verdict.upper(), style))
    yield Padding(Text(f"“{claim['claim']}”", style="italic"), (0, 0, 0, 2))
    yield Padding(Text(claim["sentence"]), (0, 0, 0, 2))
    tested = [a for a in claim["answers"] if a.get("estimate") is not None]
    if tested:
        yield Padding(_answers(tested), (1, 0, 0, 0))
    untested = _untested(claim["answers"])
    if untested:
        yield Padding(Text(f"No data: {untested}.", style="dim"), (0, 0, 0, 2))
    yield Text("")


def _answers(answers: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(
        box=None, pad_edge=False, padding=(0, 1), collapse_padding=True, header_style="dim"
    )
    measures = " or ".join(dict.fromkeys(a["measure"] for a in answers))
    table.add_column("compared", overflow="fold")
    table.add_column("verdict", overflow="fold")
    table.add_column(f"{measures} [95 % interval]", no_wrap=True)
    table.add_column("k", justify="right", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("GRADE", no_wrap=True)
    for a in answers:
        verdict, style = VERDICTS.get(a["verdict"], (a["verdict"], ""))
        table.add_row(
            f"{COMPARATORS.get(a['comparator'], a['comparator'])}, "
            f"{HORIZONS.get(a['horizon'], a['horizon'])}",
            Text(verdict, style=style),
            _effect(a),
            str(a["k"]),
            str(a["n"]),
            str(a["certainty"] or "").replace("_", " "),
        )
    return table


def _effect(answer: Mapping[str, Any]) -> Text:
    digits = 1 if answer["measure"] == "MD" else 2
    estimate, low, high = (answer[name] for name in ("estimate", "ci_low", "ci_high"))
    interval = "" if low is None or high is None else f" [{low:.{digits}f}, {high:.{digits}f}]"
    # Not a plain string: the brackets are no markup.
    return Text(f"{estimate:.{digits}f}{interval}".replace("-", "\u2212"))


def _untested(answers: Iterable[Mapping[str, Any]]) -> str:
    """The comparisons without an estimate, by comparator."""
    gaps: dict[str, list[str]] = {}
    for a in answers:
        if a.get("estimate") is None:
            name = COMPARATORS.get(a["comparator"], a["comparator"])
            gaps.setdefault(name, []).append(HORIZONS.get(a["horizon"], a["horizon"]))
    return "; ".join(
        name if len(when) == len(HORIZONS) else f"{name} {', '.join(when)}"
        for name, when in gaps.items()
    )
