"""From a number back to its rows, and from the rows to their papers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.evidence.tables import Tables


def row_sources(tables: Tables, rows: pd.DataFrame) -> pd.DataFrame:
    """Where each contrast was read: one row per contrast with paper, DOI, address and place."""
    papers = tables.sources[["source_id", "citation", "doi", "url"]]
    wanted = rows[["contrast_id", "name", "source_id", "place"]].drop_duplicates("contrast_id")
    return wanted.merge(papers, on="source_id", how="left", validate="many_to_one")


def citations(tables: Tables, rows: Sequence[pd.DataFrame]) -> tuple[str, ...]:
    """The distinct citations behind several sets of contrasts, with DOI, in alphabetical order."""
    used = pd.concat([row_sources(tables, part) for part in rows], ignore_index=True)
    papers = used.drop_duplicates("source_id").sort_values("citation")
    return tuple(
        f"{citation}, doi {doi}" if pd.notna(doi) else str(citation)
        for citation, doi in zip(papers["citation"], papers["doi"], strict=True)
    )
