"""A file per result that says what went in, which code made it and in which environment.

``provenance/claims/CLAIM.json``, ``figures/ID.json`` and ``tables/NAME.json``: the same bytes from
two runs of one version on one machine. What differs from run to run (time, platform) stands apart,
in ``provenance/run.json`` under ``volatile``. What the run was made from is read by
:mod:`analysis.inputs`, as for the comparison of runs.
"""

from __future__ import annotations

import csv
import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis import __version__, paths
from analysis.evidence.claims import load_claims
from analysis.evidence.tables import load_all
from analysis.evidence.trace import Tracer
from analysis.evidence.writers import writers
from analysis.inputs import Inputs, commit, digest_of, file_hash, read_inputs

COMMAND = "evidence reproduce"
#: Among the tables, but only for people to fill in.
NOT_READ = ("data/clients/template.csv",)
KINDS = {"figures": ("csv", "json", "svg", "png"), "tables": ("csv",)}


def write_provenance(build: Path) -> None:
    """Write the provenance of everything in a build folder into its ``provenance/``.

    Called when claims, figures and tables are written; replaces what an earlier run left there,
    except its notes of which notebook wrote what.
    """
    folder = build / "provenance"
    known = read_inputs()
    made_with = {"code": code(known), "environment": environment(known)}
    shared = {
        "inputs": inputs(known),
        **made_with,
        "command": COMMAND,
        "run": "run.json",
    }
    names = set()
    for name, record in _records(build).items():
        names.add(_write(folder / f"{name}.json", record | shared))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    run = {
        "results": sorted(file.relative_to(folder).as_posix() for file in names),
        **made_with,
        "volatile": {
            "made_at": now,
            "platform": platform.platform(),
            "machine": platform.machine(),
        },
    }
    names.add(_write(folder / "run.json", run))
    for old in folder.rglob("*.json"):
        if old not in names:
            old.unlink()


def _records(build: Path) -> dict[str, dict[str, Any]]:
    """What is particular to each result, by its place under ``provenance/``."""
    known = load_claims()
    found = {}
    for claim, record in _claims(build).items():
        found[f"claims/{claim}"] = record
    for kind, endings in KINDS.items():
        for table in sorted((build / kind).glob("*.csv")):
            name = table.stem
            files = [table.with_suffix(f".{ending}") for ending in endings]
            about = max((c for c in known if name.startswith(f"{c}-")), key=len, default=None)
            found[f"{kind}/{name}"] = {
                "result": f"{kind}/{name}",
                "files": [_file(file, build) for file in files if file.is_file()],
                "made_by": [_notebook(book) for book in writers(name, about, build)],
                "number_ids": _cells(kind.removesuffix("s"), table),
            }
    return found


def _claims(build: Path) -> dict[str, dict[str, Any]]:
    file = build / "claims.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    ids: dict[str, list[str]] = {}
    for number_id in Tracer(build, load_all()).ids():
        ids.setdefault(number_id.split(".")[0], []).append(number_id)
    return {
        claim["id"]: {
            "result": f"claims.json, {claim['id']}",
            "files": [_file(file, build)],
            "made_by": [{"function": "analysis.evidence.verdicts:write_claims"}],
            "data_version": document["data_version"],
            "number_ids": ids.get(claim["id"], []),
            "rows": {
                f"{claim['id']}.{a['comparator']}.{a['horizon']}": a["rows"]
                for a in claim["answers"]
            },
        }
        for claim in document["claims"]
    }


def _cells(kind: str, table: Path) -> dict[str, Any]:
    """The ids of a table's cells: a pattern, how many rows and which columns."""
    with table.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    return {"pattern": f"{kind}.{table.stem}.ROW.COLUMN", "rows": len(rows), "columns": header}


def inputs(known: Inputs) -> list[dict[str, str]]:
    """The tables and the questions: every run reads and checks all of them."""
    return [
        {"path": path, "sha256": digest}
        for path, digest in known.data.items()
        if path.endswith((".csv", ".toml")) and path not in NOT_READ
    ]


def code(known: Inputs) -> dict[str, Any]:
    """Package version, one hash of its files, and the git commit where there is one."""
    return {"version": __version__, "sha256": digest_of(known.code), "commit": commit()}


def environment(known: Inputs) -> dict[str, Any]:
    """Python, the libraries that numbers depend on, and the lock that names all."""
    lock = known.environment["lock"]
    return {
        "python": known.environment["python"],
        "libraries": known.environment["leading"],
        "lock": {"path": "requirements.lock", "sha256": lock} if lock else None,
    }


def _notebook(name: str) -> dict[str, str]:
    file = paths.notebooks_dir() / f"{name}.ipynb"
    known = {"sha256": file_hash(file)} if file.is_file() else {}
    return {"notebook": f"notebooks/{name}.ipynb", **known}


def _file(file: Path, build: Path) -> dict[str, str]:
    return {"path": file.relative_to(build).as_posix(), "sha256": file_hash(file)}


def _write(file: Path, record: dict[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    text = json.dumps(record, indent=1, ensure_ascii=False)
    partial.write_text(text + "\n", encoding="utf-8", newline="\n")
    return partial.replace(file)
