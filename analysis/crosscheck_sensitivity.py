"""What the cross-check asks about doubts: bias, rows left out, changed rules, specifications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis.crosscheck import Numbers, Question, read_csv
from analysis.evidence import bias, choices, specifications
from analysis.evidence.answers import TRIALS, Answer, find
from analysis.evidence.claims import load_claims
from analysis.evidence.consistency import answers_of
from analysis.evidence.crossing import cross
from analysis.evidence.selection import prepare
from analysis.evidence.tables import Tables
from analysis.evidence.trace_made import COMPARATOR_OF

_ENDS = ("estimate", "ci_low", "ci_high")
_CORRECTED = (
    *_ENDS, "egger_p", "trim_and_fill", "pet", "peese", "pet_peese", "pet_peese_low",
    "pet_peese_high", "moderate", "severe", "selection", "selection_p",
)  # fmt: skip
#: Changes of the what-if that leave the rows of ``contrasts.csv`` as they are.
UNCHANGED = ("as it is", "twice the threshold")

Cells = Mapping[str, str]


def of_sensitivity(results: Path, tables: Tables) -> Iterator[Question]:
    """Every pooled number of the notebooks on bias, consistency, changes and specifications."""
    found = answers_of(tables)
    known = {(a.claim.id, a.comparator, a.horizon): a for mine in found.values() for a in mine}
    yield from _corrections(results, known)
    yield from _halves(results, known)
    yield from _left_out(results, tables)
    yield from _changed(results, known)
    yield from _specifications(results, tables)


def _ask(number_id: str, answer: Answer, numbers: Numbers, task: str = "pool") -> Question:
    claim, rows = answer.claim, tuple(answer.rows)
    interval = claim.interval_of_two if len(rows) == 2 else claim.interval
    return Question(
        number_id, rows, claim.effect, claim.tau2, interval, claim.rules.level, numbers,
        signed_p=claim.signed_p, task=task,
    )  # fmt: skip


def _numbered(results: Path, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    for place, cells in enumerate(read_csv(results / "tables" / f"{name}.csv"), 1):
        yield f"table.{name}.{place}", cells


def _corrections(results: Path, known: Mapping[tuple[str, str, str], Answer]) -> Iterator[Question]:
    """Egger, trim and fill, PET-PEESE, selection models; the fail-safe number of Rosenthal."""
    classical = {_key(c): c for c in read_csv(results / "tables" / "bias-fail-safe.csv")}
    for number_id, cells in _numbered(results, "bias-corrections"):
        numbers = {name: float(cells[name]) for name in _CORRECTED if cells[name]}
        numbers["rosenthal"] = float(classical[_key(cells)]["rosenthal"])
        yield _ask(number_id, known[_key(cells)], numbers, task="bias")


def _halves(results: Path, known: Mapping[tuple[str, str, str], Answer]) -> Iterator[Question]:
    """The smaller and the larger half of each pool's trials, as plain inverse-variance means."""
    for number_id, cells in _numbered(results, "bias-small-and-large"):
        answer = known[_key(cells)]
        parts = bias.halves(answer.selection.rows)
        for name, place in zip(("small", "large"), parts, strict=True):
            rows = tuple(answer.selection.rows["contrast_id"].astype(str).iloc[place])
            yield Question(
                f"{number_id}.{name}", rows, answer.claim.effect, "CE", "normal",
                answer.claim.rules.level, {"estimate": float(cells[name])},
            )  # fmt: skip


def _left_out(results: Path, tables: Tables) -> Iterator[Question]:
    """Pools without the rows that a consistency check flags."""
    by_pool: dict[tuple[str, str, str], list[str]] = {}
    lines = list(_numbered(results, "consistency-changes"))
    for _, cells in lines:
        if cells["row_id"] != "all of these":
            by_pool.setdefault(_key(cells), []).append(cells["row_id"])
    claims = load_claims()
    prepared = {
        claim: prepare(claims[claim], tables.studies, tables.contrasts)
        for claim in {claim for claim, _, _ in by_pool}
    }
    for number_id, cells in lines:
        claim, comparator, horizon = _key(cells)
        every = by_pool[claim, comparator, horizon]
        out = every if cells["row_id"] == "all of these" else [cells["row_id"]]
        left = prepared[claim][~prepared[claim]["contrast_id"].isin(out)]
        answer = find(claims[claim], comparator, horizon, left, tables.reviews)
        if answer.basis == TRIALS and cells["estimate_without"]:
            numbers = {name: float(cells[f"{name}_without"]) for name in ("k", *_ENDS)}
            yield _ask(number_id, answer, numbers)


def _changed(results: Path, known: Mapping[tuple[str, str, str], Answer]) -> Iterator[Question]:
    """Answers under a change that leaves the rows alone."""
    for number_id, cells in _numbered(results, "change-something"):
        against, _, horizon = cells["answer"].rpartition(", ")
        answer = known.get(("pain", COMPARATOR_OF.get(against, ""), horizon))
        if cells["change"] in UNCHANGED and answer is not None and answer.basis == TRIALS:
            numbers = {name: float(cells[name]) for name in ("k", *_ENDS)}
            yield _ask(number_id, answer, numbers)


def _specifications(results: Path, tables: Tables) -> Iterator[Question]:
    """The drawn specifications of the claim about pain, where R can name their rows.

    Left aside: effects rescaled by an assumed correlation, averages of a trial's rows, and pools
    without a trial, whose name the drawing does not keep.
    """
    claim = load_claims()["pain"]
    found = choices.options(claim, tables)
    pools = cross(found)
    models = specifications.models_of(claim)
    named = dict(zip(specifications.model_names(models), models, strict=True))
    options = {c.name: c.options for c in choices.choices_of(found, ())}
    codes = specifications.codes_of(found, pools)
    labels = {name: [options[name][i] for i in code] for name, code in codes.items()}
    at = {line: place for place, line in enumerate(zip(*labels.values(), strict=True))}
    ids = found.rows["contrast_id"].to_numpy(dtype=object)
    drawn = read_csv(results / "figures" / "pain-specifications.csv")
    for place, cells in enumerate(drawn, 1):
        aside = (
            cells["left_out"] != choices.NONE_OUT
            or cells["correlation"] != choices.AS_PRINTED
            or cells["effect_of_trial"] == choices.AVERAGE
        )
        pool = at.get(tuple(cells[name] for name in labels))
        if aside or pool is None or pools.k[pool] < 2:
            continue
        tau2, interval = named[cells["model"]]
        two = pools.k[pool] == 2 and interval == "HKSJ"
        unit = found.typical_sd if cells["measure"] == "SMD" and claim.effect == "MD" else 1.0
        yield Question(
            f"figure.pain-specifications.{place}", tuple(ids[pools.member[pool]]),
            cells["measure"], tau2, claim.interval_of_two if two else interval, claim.rules.level,
            {
                ours: float(cells[column]) / unit
                for ours, column in zip(
                    _ENDS, ("rescaled", "rescaled_low", "rescaled_high"), strict=True
                )
            },
            signed_p=cells["p_rebuilt"] != "no",
        )  # fmt: skip


def _key(cells: Cells) -> tuple[str, str, str]:
    return cells["claim"], cells["comparator"], cells["horizon"]
