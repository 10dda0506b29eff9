"""How the command line shows things: plain text, and a run's progress.

Fits 80 columns. Colours and moving bars only where someone watches: not in a pipe, and not where
NO_COLOR is set. Survives a terminal that cannot show every character.
"""

from __future__ import annotations

import codecs
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.kernels import Progress as Listener

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

    def keep(self, name: str) -> None:
        """Say that it was not needed."""
        self._to.print(Text(f"same    {name}"), soft_wrap=True)


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

    def keep(self, name: str) -> None:
        """Draw it as done."""
        task = self._bars.add_task(f"{name}  [dim]unchanged[/]", total=1, completed=1)
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
