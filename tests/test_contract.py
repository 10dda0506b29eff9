"""The contract of names: every command's JSON shape and exit code, and the functions' columns.

Runs on the committed results. Programs and pages outside rely on these names; whoever changes one
on purpose changes it here too, and says so in the changelog.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import evidence

from analysis import paths
from analysis.evidence.claims import COMPARATORS, HORIZONS
from analysis.evidence.verdicts import VERDICTS
from analysis.stats import effects, multiverse, pooling

FINE, NO, WRONG = 0, 1, 2
DRAFT = "# A draft\n\nMassage cures chronic pain.\n"
HARMLESS = "# A draft\n\nOur rooms are on the ground floor.\n"
ANSWER = {
    "comparator", "horizon", "verdict", "measure", "estimate", "ci_low", "ci_high",
    "prediction_low", "prediction_high", "k", "n", "certainty", "sentence", "rows",
}  # fmt: skip
FINDING = {"line", "text", "claim", "judgement", "why", "rewording", "cite"}
POOLED = {
    "k", "estimate", "se", "ci_low", "ci_high", "prediction_low", "prediction_high", "tau2", "q",
    "q_p", "i2",
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    not (paths.results_dir() / "claims.json").exists(), reason="no committed results yet"
)


def _refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is not JSON")


def asked(*arguments: object) -> tuple[int, Any]:
    """A command with --json: its exit code and the one document on its output."""
    code, out, _ = evidence(*arguments, "--json")
    return code, json.loads(out, parse_constant=_refuse)


@pytest.fixture
def files(tmp_path: Path) -> Mapping[str, Path]:
    (tmp_path / "draft.md").write_text(DRAFT, encoding="utf-8")
    (tmp_path / "harmless.md").write_text(HARMLESS, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    raw = "client,name,visit,pain_now\n1,Anna Muster,1,6\n1,Anna Muster,2,5\n"
    (tmp_path / "raw.csv").write_text(raw, encoding="utf-8")
    return {
        "DRAFT": tmp_path / "draft.md",
        "HARMLESS": tmp_path / "harmless.md",
        "EMPTY": tmp_path / "empty",
        "NOWHERE": tmp_path / "nowhere",
        "RAW": tmp_path / "raw.csv",
        "OUT": tmp_path / "out.csv",
        "RESULTS": paths.results_dir(),
        "LOG": paths.data_dir() / "clients" / "example.csv",
    }


@pytest.mark.parametrize(
    ("command", "code", "names"),
    [
        ("claims", FINE, {"data_version", "claims"}),
        ("claim pain", FINE, {"id", "claim", "verdict", "sentence", "answers"}),
        ("claim nothing", WRONG, {"error"}),
        ("sources pain", FINE, {"id", "sources"}),
        ("sources nothing", WRONG, {"error"}),
        ("cite pain --as html", FINE, {"id", "form", "snippet"}),
        ("cite pain --as csl-json", FINE, {"id", "form", "snippet"}),
        ("cite pain-gap --as bibtex", FINE, {"id", "form", "snippet"}),
        ("cite nothing --as text", WRONG, {"error"}),
        ("check DRAFT", NO, {"findings"}),
        ("check HARMLESS", FINE, {"findings"}),
        ("check NOWHERE", WRONG, {"error"}),
        ("trace pain.sham.short.estimate", FINE, {"id", "value", "recomputed", "agrees", "rows"}),
        ("trace pain", FINE, {"id", "value", "agrees"}),
        ("trace figure.pain-gap.1.effect", FINE, {"id", "value", "cell", "notebooks"}),
        ("trace pain.sham.short.nothing", WRONG, {"error"}),
        ("reproduce --only nothing", WRONG, {"error"}),
        ("verify --only nothing", WRONG, {"error"}),
        ("diff RESULTS RESULTS", FINE, {"same", "verdicts", "differences", "inputs"}),
        ("diff RESULTS EMPTY", WRONG, {"error"}),
        ("diff RESULTS no-such-revision", WRONG, {"error"}),
        ("validate", FINE, {"valid", "problems"}),
        ("clients deidentify NOWHERE OUT", WRONG, {"error"}),
        ("clients deidentify RAW OUT", NO, {"written", "findings", "refused_columns"}),
        ("clients report LOG", FINE, {"outcomes", "limits", "simulated"}),
        ("clients report NOWHERE", WRONG, {"error"}),
        ("multiverse nothing", WRONG, {"error"}),
    ],
)
def test_each_command_answers_in_json_with_its_exit_code(
    command: str, code: int, names: set[str], files: Mapping[str, Path]
) -> None:
    found, document = asked(*(files.get(word, word) for word in command.split()))
    assert found == code, document
    assert isinstance(document, dict)
    assert names <= set(document)


def test_bad_tables_are_bad_input(
    files: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_DATA", str(files["EMPTY"]))
    code, document = asked("validate")
    assert code == WRONG
    assert document["valid"] is False
    assert {"file", "row", "column", "value", "mend"} <= set(document["problems"][0])


def test_the_committed_claims_have_the_shape_that_others_read() -> None:
    _, document = asked("claims")
    assert document == json.loads((paths.results_dir() / "claims.json").read_text("utf-8"))
    verdicts = {"supported", "supported_uncertain", "no_clear_effect", "not_supported",
                "contradicted", "not_testable"}  # fmt: skip
    assert set(VERDICTS) == verdicts
    assert set(COMPARATORS) == {"no_treatment", "sham", "active", "add_on"}
    assert set(HORIZONS) == {"immediate", "short", "medium", "long"}
    for claim in document["claims"]:
        assert {"id", "claim", "verdict", "sentence", "answers"} <= set(claim)
        assert claim["verdict"] in verdicts
        for answer in claim["answers"]:
            assert set(answer) >= ANSWER
            assert answer["verdict"] in verdicts
            assert answer["comparator"] in COMPARATORS
            assert answer["horizon"] in HORIZONS


def test_a_finding_about_a_draft_has_the_names_that_editors_read(
    files: Mapping[str, Path],
) -> None:
    _, document = asked("check", files["DRAFT"])
    (finding,) = document["findings"]
    assert set(finding) == FINDING
    assert finding["line"] == 3
    assert finding["claim"] == "pain"
    assert finding["judgement"] in {"fair", "overclaim", "trap"}
    assert asked("check", files["HARMLESS"])[1]["findings"] == []


@pytest.mark.parametrize(
    ("function", "start"),
    [
        (effects.mean_difference, ["mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"]),
        (effects.hedges_g, ["mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"]),
        (effects.log_risk_ratio, ["events_t", "n_t", "events_c", "n_c"]),
        (pooling.pool, ["effect", "variance", "tau2", "interval", "level"]),
        (pooling.pool_many, ["effect", "variance", "group", "tau2", "interval", "level"]),
        (multiverse.specification_curve, ["claim_id", "limit", "scheduler"]),
    ],
)
def test_functions_take_the_arguments_that_were_promised(function: Any, start: list[str]) -> None:
    assert list(inspect.signature(function).parameters)[: len(start)] == start


def test_pools_have_the_promised_columns_and_defaults() -> None:
    y, v, group = np.array([-1.0, -2, -4, 1, 2]), np.ones(5), np.array(list("aaabb"))
    many = pooling.pool_many(y, v, group)
    one = pooling.pool(y[:3], v[:3])
    assert set(many.columns) >= POOLED
    assert list(many.index) == ["a", "b"]
    assert set(one.summary_frame().columns) >= POOLED
    chosen = pooling.pool(y[:3], v[:3], tau2="PM", interval="HKSJ", level=0.95)
    for name in POOLED:
        assert getattr(one, name) == getattr(chosen, name)
        assert many.loc["a", name] == pytest.approx(getattr(one, name), rel=1e-10)


def test_a_specification_curve_has_one_row_per_specification() -> None:
    curve = multiverse.specification_curve("pain", limit=40)
    assert len(curve) == 40
    names = {"k", "n", "estimate", "ci_low", "ci_high", "certainty", "verdict", "primary"}
    assert names | {c.name for c in curve.attrs["choices"]} <= set(curve.columns)
    assert set(curve["verdict"]) <= set(VERDICTS)
