"""What tries to catch an error: validation, consistency checks, and the numbers that come out.

Each net is the one that readers have: the loader behind ``evidence validate``, the flags of
``analysis.evidence.consistency``, and the comparison of a rerun's results with the committed ones.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import paths
from analysis.evidence import (
    checks,
    consistency,
    coverage,
    directions,
    published,
    tables,
    verdicts,
)
from analysis.evidence.claims import Claim, ClaimError, load_claims
from analysis.evidence.problems import Problem
from analysis.evidence.schemas import SCHEMAS
from analysis.evidence.selection import prepare
from analysis.mutations.copy import KEYS, Copy


@dataclass(frozen=True)
class Caught:
    """Which nets caught an error.

    ``validation`` is the loader's first new complaint, ``checks`` the new flags (those above
    ``note`` anywhere, notes only on the spoilt row itself), ``numbers`` whether anything moved in
    ``claims.json`` or in the committed tables of directions, coverage and published estimates (the
    data's own hash aside, which any change moves), ``verdict`` whether a claim's verdict did. What
    stops the loader stops the rerun, so it counts as moved.
    """

    validation: str
    checks: tuple[str, ...]
    numbers: bool
    verdict: bool

    @property
    def from_the_start(self) -> bool:
        """Caught even if the error had been there before the first result."""
        return bool(self.validation or self.checks)

    @property
    def later(self) -> bool:
        """Caught if it came after results were committed."""
        return self.from_the_start or self.numbers


class Nets:
    """The nets with what they say of the untouched data, so that only news counts."""

    def __init__(self, data: Path | None = None) -> None:
        self.data = data or paths.data_dir()
        self.evidence = tables.load_all(self.data)
        self.loaded = {name: getattr(self.evidence, name) for name in SCHEMAS}
        self.claims = load_claims(self.data)
        self.problems = Counter(_signs(list(self.evidence.warnings)))
        self.judged = {c.id: verdicts.judge_claim(c, self.evidence) for c in self.claims.values()}
        self.answers = {i: v.answers for i, v in self.judged.items() if v.answers}
        self.flags = set(_flag_signs(consistency.flags(self.evidence, self.claims, self.answers)))
        self.records = {i: _record(v) for i, v in self.judged.items()}
        # made when asked for: few errors leave the record as it is
        self._beside = functools.cache(lambda i: _beside(self.judged[i], self.evidence))

    def __call__(self, copy: Copy, folder: Path) -> Caught:
        """Try all nets on a spoilt copy; ``folder`` is an empty place to write it to."""
        try:
            claims = self._claims(copy, folder)
        except ClaimError as error:
            return Caught(str(error), (), True, False)
        loaded, problems = self._loaded(copy, folder)
        news = [p for p in problems if Counter(_signs([p])) - self.problems]
        wrong = next((str(p) for p in news if p.severity == "error"), "")
        if wrong:
            return Caught(wrong, (), True, False)
        evidence = tables.Tables(warnings=(), **loaded)
        affected = self._affected(copy, claims)
        judged = {c.id: verdicts.judge_claim(c, evidence) for c in affected.values()}
        answers = {i: v.answers for i, v in judged.items() if v.answers}
        flags = consistency.flags(evidence, claims, answers, about=copy.touched)
        moved = any(self._moved(i, v, evidence) for i, v in judged.items())
        verdict = any(self.records[i]["verdict"] != v.verdict for i, v in judged.items())
        said = str(news[0]) if news else ""
        return Caught(said, self._new_flags(flags, copy.place), moved, verdict)

    def _moved(self, claim: str, verdict: verdicts.Verdict, evidence: tables.Tables) -> bool:
        if not _same(self.records[claim], _record(verdict)):
            return True
        return self._beside(claim) != _beside(verdict, evidence)

    def _claims(self, copy: Copy, folder: Path) -> dict[str, Claim]:
        if "claims.toml" not in copy.touched:
            return self.claims
        (folder / "claims.toml").write_text(copy.claims, "utf-8")
        return load_claims(folder)

    def _loaded(self, copy: Copy, folder: Path) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
        loaded, problems = dict(self.loaded), list[Problem]()
        (folder / "published").mkdir(exist_ok=True)
        for name in copy.touched - {"claims.toml"}:
            file = folder / "published" / f"{name}.csv"
            copy.tables[name].to_csv(file, index=False, lineterminator="\n")
            table, found = tables._load(name, folder)
            problems += found
            if table is not None:
                loaded[name] = table
        return loaded, problems + checks.reference_problems(loaded, SCHEMAS)

    def _affected(self, copy: Copy, claims: dict[str, Claim]) -> dict[str, Claim]:
        """The claims that what was touched can move; all others stay as they are."""
        if copy.touched & {"studies", "reviews", "safety", "citations", "claims.toml"}:
            changed = {i: c for i, c in claims.items() if c != self.claims.get(i)}
            if copy.touched <= {"claims.toml"}:
                return changed
        outcomes: set[str] = set()
        ids = {copy.place}
        if "studies" in copy.touched:
            rows = self.evidence.contrasts
            outcomes |= set(rows[rows["study_id"].isin(ids)]["outcome"])
        new = copy.tables["contrasts"]
        for table in (new, self.evidence.contrasts):
            outcomes |= set(table[table["contrast_id"].isin(ids)]["outcome"])
        review = {p.row for c in claims.values() for p in c.published}
        return {
            i: c
            for i, c in claims.items()
            if outcomes & set(c.outcomes)
            or (copy.place in review and any(p.row == copy.place for p in c.published))
            or (c.kind == "citation" and "citations" in copy.touched)
        }

    def _new_flags(self, flags: pd.DataFrame, place: str) -> tuple[str, ...]:
        printed = self.evidence.review_rows
        here = {place, *printed[printed["contrast_id"].eq(place)]["row_id"]}
        new = [
            row.check
            for row, sign in zip(flags.itertuples(), _flag_signs(flags), strict=True)
            if sign not in self.flags and (row.severity != "note" or row.row_id in here)
        ]
        return tuple(dict.fromkeys(str(check) for check in new))


def _record(verdict: verdicts.Verdict) -> dict[str, Any]:
    """A claim's record in claims.json."""
    record: dict[str, Any] = verdicts.claims_document({verdict.claim.id: verdict}, "")["claims"][0]
    return record


def _beside(verdict: verdicts.Verdict, evidence: tables.Tables) -> tuple[str, ...]:
    """The committed tables beside a claim's record."""
    claim = verdict.claim
    if claim.kind == "citation":
        return ()
    prepared = prepare(claim, evidence.studies, evidence.contrasts)
    beside = (
        directions.by_trial(claim, prepared),
        coverage.of_contrasts({claim.id: verdict}, evidence.contrasts),
        published.estimates(claim, evidence.reviews, evidence.sources),
    )
    return tuple(table.astype(str).to_csv() for table in beside)


def _signs(problems: list[Problem]) -> list[tuple[str, ...]]:
    """What a complaint says, without its row number, which moves when rows do."""
    return [(p.file, str(p.column), str(p.value), p.what) for p in problems]


def _flag_signs(flags: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = ["table", "row_id", "check", "value"]
    return list(flags[columns].itertuples(index=False, name=None))


def _same(a: Any, b: Any) -> bool:
    """Whether two records hold the same, numbers to nine digits."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return bool(a == b)


def pools(nets: Nets) -> dict[str, frozenset[str]]:
    """The rows and trials that stand in pools, and those that a review prints a second time."""
    pooled = {r for mine in nets.answers.values() for a in mine for r in a.rows}
    contrasts = nets.evidence.contrasts
    rows = contrasts[contrasts[KEYS["contrasts"]].isin(pooled)]
    return {
        "pooled": frozenset(rows["contrast_id"]),
        "printed twice": frozenset(nets.evidence.review_rows["contrast_id"]),
        "studies": frozenset(rows["study_id"]),
    }
