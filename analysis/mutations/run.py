"""Plant every error, one at a time, and tell which net caught it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import paths
from analysis.compare import compare
from analysis.evidence.schemas import SCHEMAS
from analysis.mutations import codes, elsewhere, figures
from analysis.mutations.copy import KINDS, STRATA, Copy, Kind, NoPlace
from analysis.mutations.nets import Caught, Nets, pools
from analysis.mutations.results import TAMPERS

#: The kinds register when their modules are read.
PARTS = (figures, codes, elsewhere)
#: The checks were completed after a look at the errors of seed 1; these are fresh ones.
SEED = 2
RESULTS = "edited results"
COLUMNS = ["family", "error", "where", "row", "validation", "checks", "numbers", "verdict",
           "from_the_start", "later"]  # fmt: skip


def data_errors(
    nets: Nets | None = None, *, only: Sequence[tuple[str, int]] | None = None
) -> pd.DataFrame:
    """Every kind of error in the data, planted as often as it says, each in a fresh copy.

    ``only`` names some by kind and by which time it is planted, from 0; each comes out as it does
    among all of them.

    Columns: ``family, error, where`` (the stratum), ``row``, ``validation`` and ``checks`` (what
    they said), ``numbers`` and ``verdict`` (whether claims.json moved), ``from_the_start`` (caught
    by validation or checks) and ``later`` (these, or a moved number).
    """
    nets = nets or Nets()
    raw = {
        name: pd.read_csv(nets.data / "published" / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in SCHEMAS
    }
    text = (nets.data / "claims.toml").read_text("utf-8")
    known = pools(nets)
    records = []
    plantings = [(at, time) for at, kind in enumerate(KINDS) for time in range(kind.times)]
    for at, time in plantings:
        if only is not None and (KINDS[at].name, time) not in only:
            continue
        rng = np.random.default_rng([SEED, at, time])
        stratum = STRATA[(at + time) % len(STRATA)]
        planted = _plant(KINDS[at], Copy(dict(raw), text, rng, known, stratum))
        if planted is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            caught = nets(planted, Path(folder))
        records.append(_record(KINDS[at], planted, caught))
    return pd.DataFrame(records, columns=COLUMNS)


def _plant(kind: Kind, copy: Copy) -> Copy | None:
    """Plant it; another place is tried where a row picked by chance cannot hold it."""
    for _ in range(20):
        before = Copy(dict(copy.tables), copy.claims, copy.rng, copy.pools, copy.stratum)
        try:
            kind.plant(before)
        except NoPlace:
            continue
        return before
    return None


def _record(kind: Kind, copy: Copy, caught: Caught) -> dict[str, object]:
    return {
        "family": kind.family,
        "error": kind.name,
        "where": _where(copy),
        "row": copy.place,
        "validation": caught.validation,
        "checks": ", ".join(caught.checks),
        "numbers": caught.numbers,
        "verdict": caught.verdict,
        "from_the_start": caught.from_the_start,
        "later": caught.later,
    }


def _where(copy: Copy) -> str:
    if copy.place in copy.pools["pooled"]:
        return STRATA[0] if copy.place in copy.pools["printed twice"] else STRATA[1]
    return STRATA[2] if "contrasts" in copy.touched else "another table"


def result_errors(
    results: Path | None = None, *, only: Sequence[str] = tuple(TAMPERS)
) -> pd.DataFrame:
    """Committed results edited by hand and compared with honest ones; columns as for data.

    Only a rerun can see these, so ``from_the_start`` is False throughout.
    """
    # Not paths.results_dir(): during a run that is a folder which is only being filled.
    honest = results or paths.root() / "results"
    records = []
    for name, tamper in TAMPERS.items():
        if name not in only:
            continue
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "results"
            shutil.copytree(honest, folder)
            tamper(folder)
            found = not compare(honest, folder).same
        records.append((RESULTS, name, RESULTS, "", "", "", found, False, False, found))
    return pd.DataFrame(records, columns=COLUMNS)


def by_family(table: pd.DataFrame) -> pd.DataFrame:
    """Planted and caught per family of errors, with all of them last."""
    whole = table.assign(family="all errors in the data")
    data = table["family"].ne(RESULTS)
    both = pd.concat([table, whole[data]], ignore_index=True)
    groups = both.groupby("family", sort=False)
    out = groups.agg(
        planted=("error", "size"),
        validation=("validation", lambda x: int(x.ne("").sum())),
        checks=("checks", lambda x: int(x.ne("").sum())),
        from_the_start=("from_the_start", "sum"),
        numbers=("numbers", "sum"),
        later=("later", "sum"),
        verdict=("verdict", "sum"),
    )
    return out.reset_index()
