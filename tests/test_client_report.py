"""The report: what it says, what it keeps to itself, and that its shape is the documented one."""

from __future__ import annotations

import html.parser
import json
import re
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command import evidence
from natural_log import natural_log

from analysis.clients import natural_history, report, report_page
from analysis.clients.records import load_log

USUAL = natural_history.course("pain", "usual_care")


@pytest.fixture(scope="module")
def example(request: pytest.FixtureRequest) -> pd.DataFrame:
    return load_log(request.config.rootpath / "data" / "clients" / "example.csv")


@pytest.fixture(scope="module")
def document(example: pd.DataFrame) -> dict[str, Any]:
    return report.as_dict(report.build(example))


def outcome(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(o for o in document["outcomes"] if o["id"] == name)


def log_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A log with only these cells."""
    empty = natural_log(USUAL, clients=1, visits=1, generator=np.random.default_rng(0)).iloc[:0]
    made = pd.DataFrame(rows).reindex(columns=empty.columns)
    return made.astype(empty.dtypes.to_dict())


def test_improvement_is_counted_by_hand(example: pd.DataFrame, document: dict[str, Any]) -> None:
    for name, better in (("pain_now", -1), ("function", 1)):
        ends = [
            better * (rows[name].dropna().iloc[-1] - rows[name].dropna().iloc[0])
            for _, rows in example.groupby("client_code")
            if rows[name].notna().sum() > 1
        ]
        told = outcome(document, name)["change"]
        assert told["people"] == len(ends)
        assert told["mean"] == pytest.approx(np.mean(ends))


def test_every_answer_says_what_a_log_cannot_show(document: dict[str, Any]) -> None:
    assert len(document["outcomes"]) == 9
    for told in document["outcomes"]:
        assert "a log cannot show that massage did it" in told["sentence"]
        assert "massage helped" not in told["sentence"]


def test_the_answer_names_observed_expected_and_left(document: dict[str, Any]) -> None:
    told = outcome(document, "pain_worst")
    usual = next(e for e in told["yardstick"] if e["name"] == "usual_care")
    for number in (told["change"]["mean"], usual["improvement"], told["at_most"]):
        assert f"{number:.1f}" in told["sentence"]
    assert told["at_most"] == pytest.approx(told["change"]["mean"] - usual["improvement"])


def test_people_who_got_worse_are_said_to_have_got_worse() -> None:
    generator = np.random.default_rng(1)
    log = natural_log(USUAL, clients=30, visits=4, generator=generator, effect=2.0)
    told = report.as_dict(report.build(log))["outcomes"][0]
    assert told["change"]["mean"] < 0
    assert "got worse by" in told["sentence"]
    assert told["at_most"] == 0
    assert "Nothing is left" in told["sentence"]


def test_informative_dropout_is_shown() -> None:
    """Those who feel no better stop after two visits: the average of the rest flatters."""
    rows = []
    for client in range(24):
        better = client % 2 == 0
        for visit in range(6 if better else 2):
            step = (-0.6 if better else 0.5) + 0.02 * (client % 3 - 1)
            row = {"client_code": f"C{client}", "visit": visit + 1, "days_since_first": 7 * visit}
            rows.append(row | {"pain_now": 6 + step * visit})
    told = report.as_dict(report.build(log_of(rows)))["outcomes"][0]
    stopped = told["stopped"]
    assert (stopped["clients"], stopped["of"]) == (12, 24)
    assert stopped["gap_high"] < 0
    assert stopped["improvement_stopped"] == pytest.approx(-0.5, abs=0.02)
    assert stopped["if_nothing_gained"] == pytest.approx(1.5, abs=0.05)
    assert "less than the others" in told["stopped_sentence"]


def test_missing_visits_and_single_visits_are_counted(document: dict[str, Any]) -> None:
    rows = [
        {"client_code": "A", "visit": v, "days_since_first": 7 * v, "pain_now": 5.0}
        for v in (1, 2, 5)
    ] + [{"client_code": "B", "visit": 1, "days_since_first": 0, "pain_now": np.nan}]
    told = report.as_dict(report.build(log_of(rows)))
    assert told["log"]["missing_visits"] == 2
    assert told["log"]["one_visit_only"] == 1
    assert told["outcomes"][0]["missing_values"] == 1


def test_reactions_count_visits_and_clients_not_codes() -> None:
    rows = [
        {"client_code": "A", "visit": 1, "days_since_first": 0, "adverse": "soreness;bruise"},
        {"client_code": "A", "visit": 2, "days_since_first": 7, "adverse": "none"},
        {"client_code": "B", "visit": 1, "days_since_first": 0},
    ]
    told = report.as_dict(report.build(log_of([r | {"pain_now": 4.0} for r in rows])))["reactions"]
    assert (told["asked"], told["with_reaction"], told["clients_with_reaction"]) == (2, 1, 1)
    assert told["codes"] == {"soreness": 1, "bruise": 1}


@pytest.mark.parametrize("clients", [1, 2, 5])
def test_few_clients_get_single_case_measures_and_no_group(clients: int) -> None:
    rows = []
    for client in range(clients):
        for visit in range(9):
            waits = visit < 3
            rows.append({"client_code": f"C{client}", "visit": visit + 1, "minutes": 0.0 if waits
                         else 60.0, "days_since_first": 7 * visit, "simulated": "yes",
                         "pain_now": 7.0 if visit < 4 else 3.0})  # fmt: skip
    told = report.as_dict(report.build(log_of(rows)))
    assert told["single_case"]
    assert told["outcomes"][0]["change"] is None
    assert told["outcomes"][0]["yardstick"] == []
    single = told["clients"][0]["single"]
    # the first treated visit's answer comes before that treatment: it belongs to the time before
    assert (single["before"], single["after"]) == (4, 5)
    assert single["nap"] == 1
    assert single["tau_corrected"] > 0.9
    assert any("too narrow" in limit for limit in told["limits"])


def test_a_line_without_a_baseline_is_not_measured_against_one() -> None:
    rows = [
        {"client_code": "A", "visit": v + 1, "days_since_first": 7 * v, "pain_now": 8.0 - v,
         "minutes": 60.0}
        for v in range(5)
    ]  # fmt: skip
    single = report.as_dict(report.build(log_of(rows)))["clients"][0]["single"]
    assert single["nap"] is None
    assert single["trend_tau"] == pytest.approx(1)


def test_nothing_small_and_nobody_s_line_is_left_for_publication(example: pd.DataFrame) -> None:
    built = report.build(example)
    told = report.as_dict(built, for_publication=True)
    text = json.dumps(told) + report_page.page(told)
    for code in example["client_code"].unique():
        assert not re.search(rf"\b{code}\b", text)
    assert told["clients"] == "suppressed"
    assert "polyline" not in report_page.page(told)
    codes = told["reactions"]["codes"]
    private = report.as_dict(built)["reactions"]["codes"]
    assert {name for name, n in private.items() if n < 5} <= {
        name for name, n in codes.items() if n == "suppressed"
    }
    assert any(n == "suppressed" for n in codes.values())
    for told_one in told["outcomes"]:
        moved = told_one["reliable"]
        if isinstance(moved, dict) and isinstance(moved["better"], int):
            assert all(not 0 < moved[k] < 5 for k in ("better", "worse"))


def test_one_small_count_never_stands_alone_to_be_subtracted() -> None:
    assert report._counts({"a": 20, "b": 3, "c": 9}) == {
        "a": 20, "b": "suppressed", "c": "suppressed",
    }  # fmt: skip
    assert report._counts({"a": 20, "b": 0}) == {"a": 20, "b": 0}


def test_four_clients_publish_nothing() -> None:
    log = natural_log(USUAL, clients=4, visits=3, generator=np.random.default_rng(2))
    told = report.as_dict(report.build(log), for_publication=True)
    assert {told[k] for k in ("log", "reactions", "outcomes", "clients")} == {"suppressed"}
    assert "N0001" not in report_page.page(told)


class Page(html.parser.HTMLParser):
    """What a browser would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [v or "" for k, v in attrs if k in ("src", "href") or k.startswith("on")]


def test_the_page_needs_nothing_and_runs_nothing(document: dict[str, Any]) -> None:
    page = Page(report_page.page(document))
    assert page.loads == []
    assert "script" not in page.tags
    assert page.tags.count("h2") == len(document["outcomes"]) + 2


def test_whatever_stands_in_a_log_is_escaped(document: dict[str, Any]) -> None:
    evil = "<script>alert(1)</script>"
    lines = [line | {"client": evil} for line in document["clients"]]
    kinds = document["log"] | {"kinds": {evil: 9}}
    text = report_page.page(document | {"clients": lines, "log": kinds})
    assert evil not in text
    assert "script" not in Page(text).tags


def test_simulated_records_are_marked(document: dict[str, Any]) -> None:
    assert "simulated" in report_page.page(document)
    real = report_page.page(document | {"simulated": "no"})
    assert "nobody's data" not in real


def test_the_shape_is_the_documented_one(document: dict[str, Any], root: Path) -> None:
    guide = (root / "docs" / "client-report.md").read_text()
    documented = set(re.findall(r"`([a-z_0-9]+)`", guide))

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            mine = set() if set(value) & {"soreness", "swedish"} else set(value)
            return mine.union(*(keys(v) for v in value.values()))
        return set().union(*(keys(v) for v in value)) if isinstance(value, list) else set()

    assert document["version"] == report.VERSION == 1
    assert keys(document) - documented == set()


def test_not_a_number_never_reaches_json(example: pd.DataFrame) -> None:
    few = example[example["client_code"].isin(example["client_code"].unique()[:7])]
    text = json.dumps(report.as_dict(report.build(few)), allow_nan=False)
    assert json.loads(text)["log"]["clients"] == 7


def test_an_empty_log_is_refused() -> None:
    with pytest.raises(ValueError, match="no visit"):
        report.build(log_of([]))


def test_all_alike_and_never_changing_is_no_crash() -> None:
    rows = [
        {"client_code": f"C{c}", "visit": v + 1, "days_since_first": 7 * v, "pain_now": 5.0}
        for c in range(8) for v in range(4)
    ]  # fmt: skip
    told = report.as_dict(report.build(log_of(rows)))["outcomes"][0]
    assert told["change"]["mean"] == 0
    assert told["yardstick"] == []


def test_the_command_prints_answers_and_writes_a_private_page(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    code, printed, _ = evidence(
        "clients", "report", root / "data" / "clients" / "example.csv", "--out", out
    )
    assert code == 0
    assert "a log cannot show that massage did it" in " ".join(printed.split())
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [out]


def test_the_command_s_json_is_one_document(root: Path) -> None:
    code, printed, _ = evidence(
        "clients", "report", root / "data" / "clients" / "example.csv", "--json",
        "--for-publication",
    )  # fmt: skip
    assert code == 0
    assert json.loads(printed)["for_publication"] is True


def test_a_bad_log_is_refused_without_a_word_of_its_content(tmp_path: Path) -> None:
    bad = tmp_path / "log.csv"
    bad.write_text("client_code,visit,days_since_first,pain_now\nKonstanze,1,0,87.25\n")
    code, printed, said = evidence("clients", "report", bad)
    assert code == 2
    assert "pain_now" in said
    assert "row 2" in said
    assert "87.25" not in printed + said
    assert "Konstanze" not in printed + said


def test_a_log_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert evidence("clients", "report", tmp_path / "none.csv")[0] == 2
