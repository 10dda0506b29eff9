"""What a rerun in a private place says of every result: how it compares with the committed one.

`reproduce` makes the build and takes from earlier runs what has not changed. `verify` believes
nothing that was made before, touches neither the build nor the results, and leaves no trace but its
report. Only its own work, if it was interrupted, is taken up again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from analysis.compare import comparable
from analysis.differences import STATUSES, Comparison, Difference, ResultsError, many
from analysis.inputs import packages
from analysis.kernels import NotebookRun

_PINNED = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Verification:
    """What a rerun found.

    `committed` and `here` say what ran then and now (empty where the results do not say), `lock`
    which installed packages are not those of the lock, `warnings` which notebooks wrote to
    standard error.
    """

    comparison: Comparison
    notebooks: tuple[NotebookRun, ...]
    committed: Mapping[str, Any]
    here: Mapping[str, Any]
    lock: tuple[str, ...]
    warnings: tuple[str, ...]
    strict: bool
    seconds: float

    @property
    def objections(self) -> list[str]:
        """What keeps this from being verified, besides differences: a line each."""
        found = [str(n.failure) for n in self.notebooks if n.failure]
        if self.strict:
            found += [f"not as locked: {line}" for line in self.lock]
            found += [f"notebook {name} wrote to standard error" for name in self.warnings]
            drawn = [i for i in self.comparison.items if i.kind == "figure" and not i.same_bytes]
            found += [f"figure {item.id}: its drawing differs in bytes" for item in drawn]
        return found

    @property
    def verified(self) -> bool:
        """Whether everything is as committed, within the tolerances."""
        return self.comparison.same and not self.objections

    @property
    def moved_environment(self) -> dict[str, tuple[Any, Any]]:
        """What of the environment is not as it was when the results were committed."""
        then, now = flat(self.committed), flat(self.here)
        keys = [key for key in {**then, **now} if then.get(key) != now.get(key)]
        return {key: (then.get(key), now.get(key)) for key in keys} if then else {}

    def summary(self) -> str:
        """One line for the end."""
        counts = [
            f"{len(self.comparison.of_status('identical'))} identical",
            f"{len(self.comparison.of_status('within'))} within tolerance",
            f"{len(self.comparison.of_status('different'))} different",
        ]
        words = f"{', '.join(counts)} ({many(self.comparison.numbers, 'number')})"
        if self.verified:
            return f"verified{' strictly' if self.strict else ''}: {words}"
        return f"not verified: {words}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found = self.comparison
        return {
            "verified": self.verified,
            "strict": self.strict,
            "numbers": found.numbers,
            "counts": {status: len(found.of_status(status)) for status in STATUSES},
            "items": [asdict(item) for item in found.items],
            "differences": [asdict(d) | {"message": str(d)} for d in found.differences],
            "objections": self.objections,
            "environment": {
                "committed": dict(self.committed),
                "here": dict(self.here),
                "changed": {k: list(pair) for k, pair in self.moved_environment.items()},
                "not_as_locked": list(self.lock),
            },
            "notebooks": [
                {"name": n.name, "seconds": round(n.seconds, 3), "resumed": n.kept}
                for n in self.notebooks
            ],
            "seconds": round(self.seconds, 3),
        }


def wrote_to_stderr(folder: Path) -> tuple[str, ...]:
    """The executed notebooks of a folder that wrote to standard error: warnings, mostly."""
    found = []
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        outputs = [o for cell in cells for o in cell.get("outputs", ())]
        if any(o.get("name") == "stderr" for o in outputs):
            found.append(path.stem)
    return tuple(found)


def not_as_locked(lock: Path) -> tuple[str, ...]:
    """The installed packages whose version is not one that the lock names."""
    if not lock.exists():
        return ()
    wanted: dict[str, set[str]] = {}
    for name, version in _PINNED.findall(lock.read_text(encoding="utf-8")):
        wanted.setdefault(_plain(name), set()).add(version)
    return tuple(
        f"{name} {version}, the lock says {' or '.join(sorted(wanted[_plain(name)]))}"
        for name, version in packages().items()
        if _plain(name) in wanted and version not in wanted[_plain(name)]
    )


def _plain(name: str) -> str:
    """A package's name as the index compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True)
class Chosen:
    """What to verify: notebooks by name (all, if None) and the claims and figures asked for."""

    notebooks: tuple[str, ...] | None
    claims: frozenset[str] = frozenset()
    figures: frozenset[str] = frozenset()

    def of(self, found: Comparison) -> Comparison:
        """The part of a comparison that was asked for."""
        if not (self.claims or self.figures):
            return found

        def asked(claim: str | None, figure: str | None) -> bool:
            return (not figure and claim in self.claims) or figure in self.figures

        items = [i for i in found.items if asked(*_ids(i.kind, i.id))]
        return replace(
            found,
            differences=tuple(d for d in found.differences if _asked(d, asked)),
            items=tuple(items),
            numbers=sum(item.numbers for item in items),
        )


def choose(only: Sequence[str], names: Collection[str], results: Path) -> Chosen:
    """What `--only` asks for: a notebook, a claim or a figure each.

    Raises
    ------
    ResultsError
        It is none of these; the text says what there is.
    """
    if not only:
        return Chosen(None)
    made_by = _made_by(results)
    claims, figures = _claims_and_figures(results)
    notebooks: dict[str, None] = {}
    asked_claims, asked_figures = set(), set()
    for wanted in only:
        fitting = [n for n in names if n == wanted] or [n for n in names if wanted in n]
        if wanted in claims:
            asked_claims.add(wanted)
            asked_figures |= (belonging := {f for f, c in figures.items() if c == wanted})
            notebooks |= dict.fromkeys(_makers(belonging, made_by))
        elif wanted in figures:
            asked_figures.add(wanted)
            notebooks |= dict.fromkeys(_makers({wanted}, made_by))
        elif len(fitting) == 1:
            notebooks[fitting[0]] = None
            asked_figures |= {f for f in figures if made_by.get(f"figures/{f}.csv") == fitting[0]}
        else:
            raise ResultsError(
                f"{wanted!r} is no notebook, claim or figure. Claims: {', '.join(claims)}. "
                f"Notebooks: {', '.join(names)}. Figures are listed in {results / 'figures'}"
            )
    return Chosen(tuple(notebooks), frozenset(asked_claims), frozenset(asked_figures))


def _ids(kind: str, name: str) -> tuple[str | None, str | None]:
    return (name, None) if kind == "claim" else (None, name if kind == "figure" else None)


def _asked(difference: Difference, asked: Any) -> bool:
    return bool(asked(difference.claim, difference.figure))


def _makers(figures: Collection[str], made_by: Mapping[str, str]) -> list[str]:
    """The notebooks that make these figures; to run none of them would verify nothing."""
    unknown = [figure for figure in sorted(figures) if f"figures/{figure}.csv" not in made_by]
    if unknown:
        raise ResultsError(
            f"the results do not say which notebook makes figure {unknown[0]}: name a notebook, or "
            "let `make accept` renew them"
        )
    return sorted({made_by[f"figures/{figure}.csv"] for figure in figures})


def _made_by(results: Path) -> dict[str, str]:
    from analysis.manifest import read_manifest

    found: dict[str, str] = read_manifest(results).get("made_by", {})
    return found


def _claims_and_figures(results: Path) -> tuple[list[str], dict[str, str | None]]:
    from analysis.documents import claims_by_id, read_json

    path = results / "claims.json"
    claims = list(claims_by_id(read_json(path))) if path.exists() else []
    words = [n for n in comparable(results) if n.startswith("figures/") and n.endswith(".json")]
    return claims, {Path(n).stem: read_json(results / n).get("claim") for n in sorted(words)}


def flat(environment: Mapping[str, Any]) -> dict[str, Any]:
    """An environment as one level of names."""
    leading = environment.get("leading", {})
    return {k: v for k, v in environment.items() if k != "leading"} | dict(leading)
