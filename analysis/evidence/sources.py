"""From a number back to its rows, and from the rows to their papers."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.evidence.papers import KEYS, named
from analysis.evidence.tables import Tables

_COLUMNS = ["row_id", "table", "source_id", "place"]


def places(tables: Tables, rows: Iterable[str]) -> pd.DataFrame:
    """Where each row was read, in the order asked for.

    ``rows`` are ids of contrasts, published estimates, adverse events or citation candidates, in
    any mix. Columns: ``row_id, table, source_id, place, study_id, citation, doi, pmid, url``;
    ``study_id`` is missing for rows that belong to no trial of ours.

    Raises
    ------
    KeyError
        For an id that no table holds.
    """
    wanted = list(dict.fromkeys(rows))
    parts = []
    for name, key in KEYS.items():
        table: pd.DataFrame = getattr(tables, name)
        found = table[table[key].isin(wanted)].rename(columns={key: "row_id"})
        parts.append(found.assign(table=name).reindex(columns=[*_COLUMNS, "study_id"]))
    found = pd.concat(parts, ignore_index=True)
    missing = set(wanted) - set(found["row_id"])
    if missing:
        raise KeyError(f"no table holds {', '.join(sorted(missing))}")
    papers = tables.sources[["source_id", "citation", "doi", "pmid", "url"]]
    out = found.merge(papers, on="source_id", how="left", validate="many_to_one")
    return out.set_index("row_id").loc[wanted].reset_index()


def of_rows(tables: Tables, rows: Iterable[str]) -> tuple[str, ...]:
    """The distinct papers behind rows, as citations with DOI, in alphabetical order."""
    used = places(tables, rows)
    dois = used["doi"].astype(object).where(used["doi"].notna(), None)
    return named(zip(used["citation"], dois, strict=True))
