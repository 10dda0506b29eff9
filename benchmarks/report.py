"""One table out of what pytest-benchmark recorded, and the page docs/performance.md."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.processors import processors

LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels", "pymare", "matplotlib", "pytest-benchmark")
HEAD = """# How fast it is

Made by `make bench`, which runs everything below in one go; do not edit. Times are the fastest of
the rounds, in which other work on the machine disturbs least; ratios are between times of the same
run. Every program computes in one thread. What "holds" compares with is the target of the project,
measured on two cores.
"""


def machine() -> dict[str, str]:
    """The machine and the versions that the times belong to."""
    cpu = memory = "unknown"
    if Path("/proc/cpuinfo").is_file():
        names = [x for x in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in x]
        cpu = names[0].split(":", 1)[1].strip() if names else platform.processor()
        total = Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0]
        memory = f"{int(total) / 2**20:.0f} GB"
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": f"{cpu}, {processors()} cores usable",
        "memory": memory,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **versions,
    }


def document(
    timed: Mapping[str, Any], missing: Mapping[str, str], where: Mapping[str, str]
) -> dict[str, Any]:
    """All rows with their seconds, ratios and whether their targets hold; JSON-ready."""
    rows = []
    for one in timed["benchmarks"]:
        extra = one["extra_info"]
        taken = extra.get("seconds") or one["stats"]["data"] or [one["stats"]["min"]]
        rows.append(
            {"what": extra["what"], "seconds": min(taken), "rounds": len(taken)}
            | {
                name: extra.get(name)
                for name in ("on", "ours", "base", "at_least", "at_most", "note")
            }
            | {"extra_holds": extra.get("holds", True)}
        )
    seconds = {row["what"]: row["seconds"] for row in rows}
    return {
        "machine": dict(where),
        "rows": [_judged(row, seconds) for row in rows],
        "missing": dict(missing),
    }


def _judged(row: dict[str, Any], seconds: Mapping[str, float]) -> dict[str, Any]:
    """Add the ratio of this row's time to that of the row it names, and compare with targets."""
    partner = row["ours"] or row["base"]
    ratio = row["seconds"] / seconds[partner] if partner in seconds else None
    value = ratio if partner else row["seconds"]
    asked = row["at_least"] is not None or row["at_most"] is not None
    holds = None
    if asked and value is not None:
        holds = (row["at_least"] or 0) <= value <= (row["at_most"] or float("inf"))
        holds = holds and row.pop("extra_holds")
    row.pop("extra_holds", None)
    return row | {"ratio": ratio, "holds": holds}


def as_text(found: Mapping[str, Any]) -> str:
    """The table in plain text, for a terminal."""
    cells = [_cells(row) for row in found["rows"]]
    widths = [max(len(row[i]) for row in [*cells, COLUMNS]) for i in range(len(COLUMNS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [COLUMNS, *cells]
    ]
    lines += [f"not timed: {what}: {why}" for what, why in found["missing"].items()]
    return "\n".join(lines)


COLUMNS = ("what", "seconds", "ratio", "target", "holds", "note")


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    target = ""
    unit = " times" if row["ours"] or row["base"] else " s"
    if row["at_least"] is not None:
        target = f"at least {row['at_least']:g}{unit}"
    if row["at_most"] is not None:
        target = f"at most {row['at_most']:g}{unit}"
    partner = row["ours"] or row["base"]
    ratio = f"{row['ratio']:,.0f} x {partner}" if row["ours"] and row["ratio"] else ""
    if row["base"] and row["ratio"]:
        ratio = f"{row['ratio']:.1f} x {partner}"
    holds = {True: "yes", False: "NO", None: ""}[row["holds"]]
    notes = [row["on"], row["note"], f"fastest of {row['rounds']}" if row["rounds"] > 1 else "once"]
    return (
        row["what"], f"{row['seconds']:.3g}" if row["seconds"] < 100 else f"{row['seconds']:.0f}",
        ratio, target, holds, "; ".join(n for n in notes if n),
    )  # fmt: skip


def as_markdown(found: Mapping[str, Any]) -> str:
    """The page docs/performance.md."""
    lines = [HEAD, "| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in found["rows"]]
    if found["missing"]:
        lines += ["", "Not timed in this run:", ""]
        lines += [f"- {what}: {why}" for what, why in found["missing"].items()]
    lines += ["", "## Where", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in found["machine"].items()]
    return "\n".join(lines) + "\n"


def write(found: Mapping[str, Any], page: Path, build: Path) -> None:
    """Write the page, and the same as ``performance.json`` into ``build``."""
    build.mkdir(parents=True, exist_ok=True)
    for file, text in (
        (page, as_markdown(found)),
        (build / "performance.json", json.dumps(found, indent=2, ensure_ascii=False) + "\n"),
    ):
        partial = file.with_suffix(".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
