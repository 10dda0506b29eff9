"""What the pages are made of, read once from a build folder and from the tables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis import paths
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.fair import MayWrite, may_write
from analysis.evidence.segments import answer_of
from analysis.evidence.tables import Tables, load_all
from analysis.evidence.verdicts import Verdict


class SiteError(Exception):
    """The site cannot be built from what is there; the text says what is missing and the mend."""


@dataclass(frozen=True)
class Content:
    """Everything that pages tell.

    ``records`` are the claims of ``claims.json`` by id, ``figures`` and ``cards`` the words of each
    figure and card by id (a card's files are in ``cards_folder``), ``notebooks`` the executed
    notebooks by name.
    """

    version: str
    records: Mapping[str, Mapping[str, Any]]
    claims: Mapping[str, Claim]
    figures: Mapping[str, Mapping[str, Any]]
    cards: Mapping[str, Mapping[str, Any]]
    notebooks: Mapping[str, Path]
    tables: Tables
    build: Path

    def wording(self, claim_id: str) -> MayWrite:
        """The sentences too strong, fair and too weak, from the record alone."""
        record, claim = self.records[claim_id], self.claims[claim_id]
        answers = tuple(answer_of(one, claim) for one in record["answers"])
        return may_write(Verdict(claim, record["verdict"], answers, record["sentence"]))

    def notebook_of(self, claim_id: str) -> str | None:
        """The notebook that treats a claim: the first one that judges it."""
        return next((n for n, judged in self._judged.items() if claim_id in judged), None)

    def judged_in(self, notebook: str) -> list[str]:
        """The claims that a notebook judges."""
        return self._judged[notebook]

    @cached_property
    def _judged(self) -> dict[str, list[str]]:
        judged = {name: _judges(_code(path)) for name, path in self.notebooks.items()}
        return {name: [c for c in found if c in self.records] for name, found in judged.items()}

    @property
    def result_tables(self) -> frozenset[str]:
        """Names of the tables that the run kept."""
        return frozenset(path.stem for path in (self.build / "tables").glob("*.csv"))


def _judges(code: str) -> list[str]:
    """Claims that a notebook's code judges."""
    return re.findall(r"""(?:judge_claim\(\w+|load_claims\(\))\[["']([\w-]+)["']\]""", code)


def read(build: Path) -> Content:
    """Read a build folder and the tables.

    Raises
    ------
    SiteError
        Something that the pages need is not there.
    """
    document = _json(build / "claims.json")
    notebooks = {path.stem: path for path in sorted((build / "notebooks").glob("*.ipynb"))}
    if not notebooks:
        raise SiteError(f"no executed notebooks in {build / 'notebooks'}; `make reproduce` first")
    claims = load_claims()
    records = {record["id"]: record for record in document["claims"]}
    unknown = set(records) - set(claims)
    if unknown:
        raise SiteError(
            f"{build / 'claims.json'} holds claims that claims.toml does not ask: "
            f"{', '.join(sorted(unknown))}; run `make reproduce` again"
        )
    return Content(
        version=document["data_version"],
        records=records,
        claims=claims,
        figures=_by_id(build / "figures"),
        cards=_by_id(build / "cards"),
        notebooks=notebooks,
        tables=load_all(),
        build=build,
    )


def _by_id(folder: Path) -> dict[str, dict[str, Any]]:
    words = (_json(path) for path in sorted(folder.glob("*.json")))
    return {entry["id"]: entry for entry in words if isinstance(entry, dict) and "id" in entry}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SiteError(f"{path} is not there; `make reproduce` makes it") from error
    except ValueError as error:
        raise SiteError(f"{path} is no JSON ({error}); run `make reproduce` again") from error


def _code(path: Path) -> str:
    cells = _json(path)["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def citation_file() -> dict[str, Any]:
    """What ``CITATION.cff`` says of this collection; empty where there is no such file."""
    import yaml

    path = paths.root() / "CITATION.cff"
    if not path.is_file():
        return {}
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found
