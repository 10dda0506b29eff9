"""What a card is: a finding with everything that somebody needs who passes it on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

PROJECT = "Massage evidence notebooks"  # as CITATION.cff has it
AUTHORS = "The massage evidence notebooks contributors"
LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
VARIANTS = ("svg", "png", "square", "print")


@dataclass(frozen=True)
class Card:
    """One claim or one figure as a citable object.

    ``claim`` is a claim id, or None for a figure about method. ``sentence`` is what one may write.
    ``certainty`` and ``verdict`` are in words, ``verdict`` is None for a figure. ``sources`` are
    dicts ``source_id, citation, doi, url, year, pmid`` (None where not known); where there is none,
    ``no_sources`` says why. ``files`` maps ``svg, png, square, print`` to file names.
    """

    id: str
    kind: str
    claim: str | None
    title: str
    caption: str
    alt_short: str
    alt_long: str
    sentence: str
    certainty: str
    verdict: str | None
    sources: tuple[dict[str, Any], ...]
    data_version: str
    licence: str
    files: dict[str, str]
    no_sources: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {**asdict(self), "sources": list(self.sources)}


def files_of(card_id: str) -> dict[str, str]:
    """The names of a card's pictures."""
    return {
        "svg": f"{card_id}.svg",
        "png": f"{card_id}.png",
        "square": f"{card_id}-square.png",
        "print": f"{card_id}-print.png",
    }


def papers(sources: pd.DataFrame, wanted: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """Rows of ``sources.csv`` for ids, one per paper, in alphabetical order of their citations.

    One paper may stand in the table once per copy that was read; the DOI tells.
    """
    found = sources[sources["source_id"].isin(set(wanted))]
    found = found.assign(paper=found["doi"].fillna(found["citation"]))
    found = found.sort_values(["citation", "doi", "source_id"], na_position="last")
    found = found.drop_duplicates("paper").drop_duplicates("citation")
    return tuple(source_record(row) for row in found.to_dict("records"))


def source_record(row: dict[Any, Any]) -> dict[str, Any]:
    """One paper as plain data; the link is the DOI's where there is one."""
    text = {name: _text(row.get(name)) for name in ("source_id", "citation", "doi", "pmid", "url")}
    year = row.get("year")
    return {
        **text,
        "url": f"https://doi.org/{text['doi']}" if text["doi"] else text["url"],
        "year": int(year) if pd.notna(year) else None,
    }


def _text(value: object) -> str | None:
    return None if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
