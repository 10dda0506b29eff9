"""The commands that show what is committed: all claims, one claim, the sources of one claim."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

# Heavy libraries are imported inside the commands that need them, so that help is quick.
from analysis.cli_common import AsJson, NoSuchClaimError, committed_claims, complaints, print_json

if TYPE_CHECKING:
    from analysis.evidence.tables import Tables

ClaimId = Annotated[
    str, typer.Argument(metavar="ID", help="The claim's id, as `claims` lists them.")
]


def claims(as_json: AsJson = False) -> None:
    """Show the verdict on every claim, from the committed results."""
    from analysis.documents import claims_by_id

    with complaints(as_json):
        document = committed_claims()
        known = claims_by_id(document)
    if as_json:
        print_json(document)
    else:
        from analysis.claim_pages import board
        from analysis.terminal import console

        console().print(board(list(known.values())))


def claim(claim_id: ClaimId, as_json: AsJson = False) -> None:
    """Show one claim: the answer, its numbers, and how sure each of them is and why."""
    with complaints(as_json):
        found = find_claim(claim_id)
        units = {} if as_json else _units(claim_id)
    if as_json:
        print_json(found)
    else:
        from analysis.claim_pages import page
        from analysis.terminal import console

        console().print(page(found, units))


def sources(claim_id: ClaimId, as_json: AsJson = False) -> None:
    """List every row of the tables behind one claim's numbers, with paper, DOI and place."""
    with complaints(as_json):
        found = find_claim(claim_id)
        from analysis.evidence.tables import load_all

        tables = load_all()
        listed = sources_of(found, tables)
    if as_json:
        print_json({"id": claim_id, "sources": listed})
    else:
        from analysis.claim_pages import source_list
        from analysis.terminal import console

        to = console()
        studies = tables.studies
        names = {str(k): str(v) for k, v in zip(studies["study_id"], studies["name"], strict=True)}
        # Wrapped already: a web address longer than a line must stay whole to be of use.
        to.print(source_list(found, listed, names, to.width), soft_wrap=True)


def find_claim(claim_id: str) -> dict[str, Any]:
    """One claim of the committed `claims.json`.

    Raises
    ------
    NoSuchClaimError
        There is none of that id; the text names the nearest and all that there are.
    """
    from analysis.documents import claims_by_id

    known = claims_by_id(committed_claims())
    if claim_id in known:
        found: dict[str, Any] = known[claim_id]
        return found
    near = difflib.get_close_matches(claim_id, known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise NoSuchClaimError(
        f"there is no claim {claim_id!r}.{hint} There are: {', '.join(known) or 'none'}"
    )


def sources_of(claim: Mapping[str, Any], tables: Tables) -> list[dict[str, Any]]:
    """Where every row behind a claim of `claims.json` was read, each row once.

    Returns
    -------
    list
        In the order in which the answers name them: `row, table, study, citation, doi, url, place`
        and `answers`, the comparators and horizons whose numbers rest on the row (none for a paper
        that was only held against the claim). `url` is the DOI as a link where there is one.

    Raises
    ------
    ResultsError
        The tables no longer hold a row that the committed results name.
    """
    from analysis.differences import ResultsError
    from analysis.evidence.sources import places

    behind: dict[str, list[dict[str, str]]] = {row: [] for row in claim.get("rows", ())}
    for answer in claim["answers"]:
        question = {name: answer[name] for name in ("comparator", "horizon")}
        for row in answer.get("rows", ()):
            behind.setdefault(row, []).append(question)
    if not behind:
        return []
    try:
        found = places(tables, behind).to_dict("records")
    except KeyError as error:
        raise ResultsError(
            f"claims.json, {claim['id']}: {error.args[0]}. The committed results are older than "
            "the tables: `evidence reproduce` says what moved"
        ) from error
    read = [{str(key): _text(value) for key, value in row.items()} for row in found]
    return [
        {
            "row": row["row_id"],
            "table": row["table"],
            "study": row.get("study_id"),
            "citation": row["citation"],
            "doi": row["doi"],
            "url": _link(row),
            "place": row["place"],
            "answers": behind[str(row["row_id"])],
        }
        for row in read
    ]


def _text(value: Any) -> str | None:
    import pandas as pd

    return None if pd.isna(value) or value == "" else str(value)


def _link(row: Mapping[str, str | None]) -> str | None:
    """The address that lasts longest: DOI, then PubMed, then wherever it was read."""
    from urllib.parse import quote

    if row["doi"]:
        return f"https://doi.org/{quote(row['doi'], safe='/:;().')}"
    if row.get("pmid"):
        return f"https://pubmed.ncbi.nlm.nih.gov/{row['pmid']}/"
    return row["url"]


def _units(claim_id: str) -> dict[str, str]:
    """What each measure is counted in, and which side favours massage, in words.

    Nothing for a claim that `claims.toml` does not ask any more.
    """
    from analysis.evidence.claims import MEASURES, load_claims

    asked = load_claims().get(claim_id)
    if asked is None:
        return {}
    units = {name: words for name, (words, _) in MEASURES.items()} | {asked.effect: asked.unit}
    edge = {"RR": "below one"}
    return {
        name: f"{words}, {edge.get(name, 'below zero')} is {asked.better}"
        for name, words in units.items()
    }
