"""The committed table of planted errors, and replaying a part of it.

Planting them all takes a minute, too long for every run of the notebooks: one command does it
(``make mutations``), and whoever doubts the table plants some of its errors again.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import paths
from analysis.evidence.verdicts import data_version
from analysis.inputs import digest_of, hashes
from analysis.mutations import run
from analysis.mutations.nets import Nets

COMMAND = "python scripts/plant_errors.py"
NAME = "planted_errors"
#: The wings whose code decides what is planted and what is caught.
CODE = ("evidence", "mutations", "stats")
#: What a replay must give again. Messages may be worded anew without the table being wrong.
FOUND = ["family", "error", "where", "row", "checks", "numbers", "verdict", "from_the_start",
         "later"]  # fmt: skip


def load(data: Path | None = None) -> pd.DataFrame:
    """One row per planted error, columns as of :func:`analysis.mutations.run.data_errors`."""
    file = (data or paths.data_dir()) / "derived" / f"{NAME}.csv"
    return pd.read_csv(file, keep_default_na=False)


def recorded(data: Path | None = None) -> dict[str, str]:
    """What the committed table says it was made from: ``command``, ``data``, ``code``."""
    file = (data or paths.data_dir()) / "derived" / f"{NAME}.json"
    made: dict[str, str] = json.loads(file.read_text("utf-8"))
    return made


def made_from() -> dict[str, str]:
    """What a table would be made from now: the version of the data, SHA-256 of the code."""
    root = paths.root() / "analysis"
    code = hashes(root, (file for wing in CODE for file in (root / wing).rglob("*.py")))
    return {"command": COMMAND, "data": data_version(), "code": digest_of(code)}


def write(folder: Path) -> list[Path]:
    """Plant every error and write the table, with what it was made from, into ``folder``."""
    nets = Nets()
    table = pd.concat([run.data_errors(nets), run.result_errors()], ignore_index=True)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{NAME}.csv", folder / f"{NAME}.json"]
    table.to_csv(files[0], index=False, lineterminator="\n")
    files[1].write_text(json.dumps(made_from(), indent=2) + "\n", "utf-8")
    return files


def sample(table: pd.DataFrame, each: int, seed: int) -> pd.DataFrame:
    """So many errors of each family, picked by chance, in the order of the table."""
    rng = np.random.default_rng(seed)
    groups = table.groupby("family", sort=False).groups.values()
    picked = [rng.choice(g.to_numpy(), min(each, len(g)), replace=False) for g in groups]
    return table.loc[np.sort(np.concatenate(picked))]


def replay(table: pd.DataFrame, rows: pd.Index, nets: Nets | None = None) -> pd.DataFrame:
    """These rows of the table made again: each error planted where it was, and all nets tried."""
    time = table.groupby(["family", "error"]).cumcount()
    names = table["error"].where(table["family"].ne(run.RESULTS))
    wanted = [
        (name, int(n)) for name, n in zip(names[rows], time[rows], strict=True) if pd.notna(name)
    ]
    edits = table.loc[rows, "error"][names[rows].isna()].tolist()
    parts = [run.data_errors(nets, only=wanted)] if wanted else []
    parts += [run.result_errors(only=edits)] if edits else []
    return pd.concat(parts, ignore_index=True)


def differs(table: pd.DataFrame, again: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table that a replay gave otherwise; the two have the same order."""
    old, new = (t[FOUND].reset_index(drop=True).astype(str) for t in (table, again))
    return table.reset_index(drop=True)[(old != new).any(axis=1).to_numpy()]
