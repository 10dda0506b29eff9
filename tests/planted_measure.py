"""What the de-identification makes of the planted and of the clean files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from planted import clean, corpus


def traces(text: str) -> Iterator[str]:
    """What must not be found anywhere: the planted text, and its longer words and numbers."""
    yield text
    yield from (word for word in text.replace("-", " ").split() if len(word) >= 4)


@dataclass(frozen=True)
class Measured:
    """What became of the corpora. `leaks` and `echoes` name the places where there was one."""

    planted: int
    stopped: int
    unusable: int
    dropped: int
    leaks: tuple[str, ...]
    echoes: tuple[str, ...]
    left: tuple[str, ...]
    clean: int
    false_alarms: int
    places: int


def measure(folder: Path) -> Measured:
    """Run the de-identification over both corpora.

    `stopped` files were refused for an identifier, `unusable` ones as bad input; from `dropped`
    ones a log was written without what was planted. A leak is any trace of it in that log, an
    echo any in what the program says; `left` lists files besides log and secret that it left.
    """
    from analysis.clients.deidentify import deidentify
    from analysis.clients.records import RecordError

    count = {"stopped": 0, "unusable": 0, "dropped": 0}
    leaks, echoes, left = [], [], []
    cases = corpus(folder / "planted")
    for case in cases:
        out, before = case.path.parent / "out.csv", case.path.read_bytes()
        try:
            outcome = deidentify(case.path, out, secret=folder / "secret")
            said = str(outcome.as_dict())
            count["stopped" if outcome.findings else "dropped"] += 1
        except RecordError as error:
            said = str(error)
            count["unusable"] += 1
        written = out.read_text(encoding="utf-8") if out.exists() else ""
        found = list(traces(case.planted))
        leaks += [case.where for trace in found if trace in written]
        # What the program says of a file is its own words, so short words may coincide.
        echoes += [case.where for trace in found if len(trace) > 5 and trace in said]
        rest = {path.name for path in case.path.parent.iterdir()} - {case.path.name, out.name}
        left += sorted(rest) + ([] if case.path.read_bytes() == before else ["a changed raw file"])
    alarms = 0
    harmless = clean(folder / "clean")
    for case in harmless:
        outcome = deidentify(case.path, case.path.parent / "out.csv", secret=folder / "secret")
        alarms += outcome.written is None
    return Measured(
        planted=len(cases),
        **count,
        leaks=tuple(leaks),
        echoes=tuple(echoes),
        left=tuple(left),
        clean=len(harmless),
        false_alarms=alarms,
        places=len({case.where for case in cases}),
    )


def sentence(found: Measured) -> str:
    """The result as docs/privacy.md gives it."""
    return (
        f"Of {found.planted} files with an identifier planted in one of {found.places} kinds of "
        f"place, {found.stopped} were stopped for it, {found.unusable} were refused as unusable, "
        f"and {found.dropped} gave a log without it. In {len(found.leaks)} a trace of what was "
        f"planted reached the log, in {len(found.echoes)} a message. Of {found.clean} files "
        f"without any identifier, {found.false_alarms} were stopped by a false alarm."
    )
