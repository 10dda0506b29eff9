"""Two answers to the same questions, from tables as they are and from a changed copy, compared.

The small form of a rerun: no notebooks, no figures, only `claims.json` and what it was made from,
so that a question of the kind "what if" takes a second, and `evidence diff` can read both.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from analysis.changes import Side, input_changes, reasons
from analysis.compare import compare
from analysis.documents import claims_by_id, read_json
from analysis.evidence.sentences import COMPARATOR_SHORT
from analysis.evidence.whatif import judge_again
from analysis.inputs import read_inputs
from analysis.manifest import read_manifest, write_manifest

FIGURES = ("estimate", "ci_low", "ci_high", "k")


def run(data: Path, folder: Path, only: Collection[str] = ()) -> Path:
    """Judge the claims (or some) on `data`, and write what follows into `folder`; returns it."""
    folder.mkdir(parents=True)
    text = json.dumps(judge_again(data, only), indent=2, ensure_ascii=False) + "\n"
    (folder / "claims.json").write_text(text, encoding="utf-8")
    write_manifest(folder, read_inputs(data), {})
    return folder


def side(folder: Path, data: Path) -> Side:
    """A run that `run` wrote, with the tables that it read."""
    return Side(read_json(folder / "claims.json"), read_manifest(folder), (data,))


def what_moved(before: tuple[Path, Path], after: tuple[Path, Path]) -> list[str]:
    """What changed between two runs, each `(folder, data)`, and why, in lines."""
    a, b = side(*before), side(*after)
    found = compare(after[0], before[0], {"claims.json"})
    changed = input_changes(a, b)
    why = [
        f"because: {reason}"
        for claim in found.claims_moved
        for reason in reasons(claim, a, b, changed)
    ]
    return [*found.lines(), *dict.fromkeys(why)]


def side_by_side(runs: dict[str, Path], claim: str) -> pd.DataFrame:
    """The answers that any of the named runs gives to a claim: one row per run and answer."""
    rows = []
    for name, folder in runs.items():
        found = claims_by_id(read_json(folder / "claims.json"))[claim]
        for answer in found["answers"]:
            if answer["estimate"] is None:
                continue
            words = COMPARATOR_SHORT[answer["comparator"]]
            row = {"change": name, "answer": f"{words}, {answer['horizon']}"}
            rows.append(row | {"verdict": answer["verdict"]} | {f: answer[f] for f in FIGURES})
    return pd.DataFrame(rows)


def new_verdicts(answers: pd.DataFrame, base: str) -> pd.DataFrame:
    """Rows of `side_by_side` whose verdict is not that of the run `base`, which is in `was`."""
    first = answers[answers["change"] == base].set_index("answer")["verdict"]
    others = answers[answers["change"] != base]
    was = others["answer"].map(first).fillna("not_testable")
    return others.assign(was=was)[others["verdict"] != was]
