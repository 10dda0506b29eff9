"""Every pooled result of the collection, computed again by other people's program: R's metafor.

``questions`` lists what was pooled (which rows, which model) with the committed numbers;
``scripts/crosscheck.R`` derives effects from the printed figures and pools them without a line of
this package; ``differences`` compares. The last output is pinned in ``tests/reference``, so that
those without R can compare with it.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis import paths

TOLERANCE = 1e-6
"""The largest relative difference to metafor that is put down to rounding and stopping rules."""

YARDSTICK = 1e-6
"""Numbers smaller than this are compared with it: a difference from 0 has no relative size."""

Numbers = dict[str, float]


class CannotRunError(RuntimeError):
    """R or metafor is missing, or the script failed; the text says what to do."""


@dataclass(frozen=True)
class Question:
    """One pooled result: rows of ``contrasts.csv``, the model named for it, committed numbers.

    ``style`` is ``own`` or ``review`` (a review's own units, orientation and software); ``task`` is
    ``pool``, ``between`` (subgroups: ``groups`` has one name per row) or ``bias`` (corrections for
    missing studies).
    """

    id: str
    rows: tuple[str, ...]
    measure: str
    tau2: str
    interval: str
    level: float
    committed: Numbers = field(hash=False)
    style: str = "own"
    signed_p: bool = False
    groups: tuple[str, ...] = ()
    task: str = "pool"


@dataclass(frozen=True)
class Difference:
    """One committed number beside metafor's; ``relative`` is to the larger of the two."""

    id: str
    quantity: str
    ours: float
    metafors: float

    @property
    def relative(self) -> float:
        """The difference as a share of the larger number (see :data:`YARDSTICK`)."""
        if self.metafors != self.metafors:
            return float("inf")
        largest = max(abs(self.ours), abs(self.metafors), YARDSTICK)
        return abs(self.ours - self.metafors) / largest


def run(asked: Iterable[Question], data: Path | None = None) -> dict[str, Any]:
    """Ask metafor. Returns ``made_with`` (versions) and ``values`` (numbers by id and quantity).

    Raises
    ------
    CannotRunError
        Without Rscript or metafor, or if the script fails.
    """
    rscript = shutil.which("Rscript")
    if rscript is None:
        raise CannotRunError(
            "Rscript is missing: install R (Debian: r-base-core) and its package metafor "
            "(Debian: r-cran-metafor). What it last said is pinned in "
            f"{pin_file().relative_to(paths.root())}"
        )
    contrasts = (data or paths.data_dir()) / "published" / "contrasts.csv"
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        questions_file, out = Path(folder) / "questions.csv", Path(folder) / "out.csv"
        _write(questions_file, asked)
        script = paths.root() / "scripts" / "crosscheck.R"
        done = subprocess.run(
            [rscript, "--vanilla", str(script), str(contrasts), str(questions_file), str(out)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise CannotRunError(done.stderr.strip() or "Rscript failed without a word")
        return _read(out)


def _write(file: Path, asked: Iterable[Question]) -> None:
    columns = ("id", "task", "row_id", "measure", "style", "tau2", "interval", "level", "signed_p",
               "group")  # fmt: skip
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        for q in asked:
            signed = str(q.signed_p).lower()
            groups = q.groups or ("",) * len(q.rows)
            for row, group in zip(q.rows, groups, strict=True):
                model = (q.measure, q.style, q.tau2, q.interval, repr(q.level), signed)
                writer.writerow((q.id, q.task, row, *model, group))


def _read(file: Path) -> dict[str, Any]:
    made_with: dict[str, str] = {}
    values: dict[str, Numbers] = {}
    with file.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            if line["id"] == "made_with":
                made_with[line["quantity"]] = line["value"]
            elif line["value"] not in ("NA", "NaN"):
                values.setdefault(line["id"], {})[line["quantity"]] = float(line["value"])
    return {"made_with": made_with, "values": values}


def differences(
    asked: Iterable[Question], values: Mapping[str, Mapping[str, float]]
) -> list[Difference]:
    """Every committed number beside metafor's, the largest difference first.

    A number that metafor's output lacks counts as infinitely different.
    """
    nan = float("nan")
    found = [
        Difference(q.id, name, ours, values.get(q.id, {}).get(name, nan))
        for q in asked
        for name, ours in q.committed.items()
    ]
    return sorted(found, key=lambda d: -d.relative)


def pin_file() -> Path:
    """Where the last output is kept."""
    return paths.root() / "tests" / "reference" / "crosscheck.json"


def pin(asked: Iterable[Question], said: Mapping[str, Any], file: Path | None = None) -> Path:
    """Keep what metafor said, as far as it is compared, with 15 digits."""
    asked = tuple(asked)
    compared = differences(asked, said["values"])
    kept = {
        q.id: {name: float(f"{said['values'][q.id][name]:.15g}") for name in q.committed}
        for q in asked
    }
    document = {
        "made_with": dict(said["made_with"]),
        "contrasts_sha256": digest(paths.data_dir() / "published" / "contrasts.csv"),
        "questions": len(asked),
        "numbers": len(compared),
        "largest_relative_difference": compared[0].relative,
        "values": kept,
    }
    place = file or pin_file()
    partial = place.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return partial.replace(place)


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read_csv(file: Path) -> Iterator[dict[str, str]]:
    """The rows of a table as typed; none where there is no such file."""
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream)
