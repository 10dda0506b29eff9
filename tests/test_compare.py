"""A rerun that differs must say which claim and which figure moved, and nothing else must."""

from __future__ import annotations

import doctest
import json
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from analysis import differences, staging, tolerances
from analysis.compare import accept, comparable, compare
from analysis.differences import Comparison, ResultsError, change
from analysis.tolerances import Tolerance, load_tolerances


def answer(**changes: Any) -> dict[str, Any]:
    """One answer of claims.json."""
    base = {"comparator": "sham", "horizon": "short", "estimate": -3.43, "ci_low": None, "k": 8}
    return base | {"rows": ["a", "b"], "detail": {"tau2": 18.0}} | changes


def write_results(
    folder: Path,
    answers: list[dict[str, Any]] | None = None,
    claim: dict[str, Any] | None = None,
    figure: str = "label,estimate,n\nA,-3.43,20\nB,-1,40\n",
    words: dict[str, Any] | None = None,
    table: str = "method,tau2\nDL,3.5\n",
    svg: str = "<svg/>",
) -> Path:
    """A folder of results: one claim, one figure, one table."""
    for name in ("figures", "tables"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    pain = {"id": "pain", "verdict": "not_supported", "answers": answers or [answer()]}
    document = {"data_version": "1", "claims": [pain | (claim or {})]}
    (folder / "claims.json").write_text(json.dumps(document))
    (folder / "figures" / "gap.csv").write_text(figure)
    described = {"title": "The gap", "alt": "Two dots", "claim": "pain"} | (words or {})
    (folder / "figures" / "gap.json").write_text(json.dumps(described))
    (folder / "figures" / "gap.svg").write_text(svg)
    (folder / "tables" / "models.csv").write_text(table)
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return write_results(tmp_path / "results")


def against(results: Path, **changes: Any) -> Comparison:
    return compare(write_results(results.parent / "build", **changes), results)


def messages(comparison: Comparison) -> list[str]:
    return [str(difference) for difference in comparison.differences]


def test_the_same_is_reproduced_and_counted(results: Path) -> None:
    found = against(results)
    assert found.same
    # Claims: estimate, k, tau2. Figure: two columns of two rows. Table: one.
    assert found.summary() == "reproduced: 8 numbers in 4 results, 1 figure (1 byte-identical)"


def test_a_moved_estimate_names_claim_comparison_and_numbers(results: Path) -> None:
    found = against(results, answers=[answer(estimate=-3.21)])
    assert messages(found) == ["claim pain, v sham, short: estimate -3.43 -> -3.21"]
    assert found.summary() == "differs: claim pain (1 value)"
    (difference,) = found.differences
    assert (difference.kind, difference.claim, difference.expected, difference.found) == (
        "number",
        "pain",
        -3.43,
        -3.21,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"claim": {"verdict": "supported"}}, "claim pain: verdict not_supported -> supported"),
        ({"answers": [answer(ci_low=-9.0)]}, "claim pain, v sham, short: ci_low nothing -> -9"),
        (
            {"answers": [answer(estimate=None)]},
            "claim pain, v sham, short: estimate -3.43 -> nothing",
        ),
        (
            {"answers": [answer(detail={"tau2": 17.0})]},
            "claim pain, v sham, short: detail.tau2 18 -> 17",
        ),
        (
            {"answers": [answer(rows=["a", "c"])]},
            "claim pain, v sham, short: rows[2] b -> c",
        ),
        ({"words": {"title": "No gap"}}, "figure gap: title The gap -> No gap"),
        (
            {"table": "method,tau2\nDL,3.6\n"},
            "tables/models.csv: 1 of 2 cells moved, most of all tau2 in row 2: 3.5 -> 3.6",
        ),
    ],
)
def test_each_kind_of_move_is_named(results: Path, changes: dict[str, Any], message: str) -> None:
    assert messages(against(results, **changes)) == [message]


def test_answers_are_matched_by_what_they_answer_not_by_place(results: Path) -> None:
    long = answer(horizon="long", estimate=1.4)
    write_results(results, answers=[answer(), long])
    assert against(results, answers=[long, answer()]).same
    assert messages(against(results, answers=[long])) == [
        "claim pain, v sham, short: committed, but not made by this run"
    ]
    both = [answer(), long, answer(comparator="add_on")]
    assert messages(against(results, answers=both)) == [
        "claim pain, as an add-on, short: made by this run, but not committed"
    ]


def test_a_claim_that_came_or_went_is_named(results: Path) -> None:
    assert messages(against(results, claim={"id": "sleep"})) == [
        "claim pain: committed, but not made by this run",
        "claim sleep: made by this run, but not committed",
    ]


def test_for_people_a_moved_claim_is_named_once_with_its_answers(results: Path) -> None:
    long = answer(horizon="long", sentence="Less.", detail={"tau2": 1.0, "i2": 5.0})
    write_results(results, answers=[answer(), long])
    moved = answer(estimate=-3.21, k=9, rows=["a", "c"])
    later = answer(horizon="medium")
    found = against(
        results,
        answers=[moved, long | {"detail": {"tau2": 2.0, "i2": 6.0}}, later],
        claim={"verdict": "supported"},
        figure="label,estimate,n\nA,-3.44,20\nB,-1,40\n",
    )
    assert found.lines() == [
        "claim pain",
        "  verdict not_supported -> supported",
        "  v sham, short: estimate -3.43 -> -3.21, k 8 -> 9, and 1 other value",
        "  v sham, long: 2 values",
        "  v sham, medium: made by this run, but not committed",
        "figure gap: 1 of 6 cells moved, most of all estimate in row 2: -3.43 -> -3.44",
    ]
    gone = against(results, claim={"id": "sleep"})
    assert gone.lines() == messages(gone)


def test_a_figure_whose_data_moved_says_how_many_cells_and_the_largest(results: Path) -> None:
    found = against(results, figure="label,estimate,n\nC,-3.44,20\nB,-2,40\n")
    assert messages(found) == [
        "figure gap: 3 of 6 cells moved, most of all estimate in row 3: -1 -> -2"
    ]
    assert found.figures_moved == {"gap": 3}
    assert found.differences[0].claim == "pain"
    assert found.summary() == "differs: figure gap (3 values)"


def test_a_figure_of_another_shape_is_not_compared_cell_by_cell(results: Path) -> None:
    found = against(results, figure="label,estimate,n\nA,-3.43,20\n")
    assert messages(found) == ["figure gap: rows of its data: 2 -> 1"]
    found = against(results, figure="label,effect,n\nA,-3.43,20\nB,-1,40\n")
    assert messages(found) == [
        "figure gap: columns of its data: label, estimate, n -> label, effect, n"
    ]


def test_files_that_are_missing_or_extra_are_named(results: Path, tmp_path: Path) -> None:
    build = write_results(tmp_path / "build")
    (build / "figures" / "gap.json").unlink()
    (build / "tables" / "models.csv").rename(build / "tables" / "new.csv")
    for suffix in ("csv", "json", "svg"):
        (build / "figures" / f"late.{suffix}").write_text("{}")
    assert messages(compare(build, results)) == [
        "figure gap: its json: committed, but not made by this run",
        "tables/models.csv: committed, but not made by this run",
        "figure late: made by this run, but not committed",
        "tables/new.csv: made by this run, but not committed",
    ]


def test_a_picture_that_differs_is_reported_but_does_not_fail(results: Path) -> None:
    found = against(results, svg="<svg> </svg>")
    assert found.same
    assert found.summary().endswith("1 figure (0 byte-identical)")


def test_only_what_was_made_is_compared(results: Path, tmp_path: Path) -> None:
    build = write_results(tmp_path / "build", answers=[answer(estimate=0.0)])
    (build / "tables" / "models.csv").unlink()
    found = compare(build, results, only=["figures/gap.csv", "figures/gap.json"])
    assert found.same
    assert found.results == 2


def test_data_version_alone_is_a_difference(results: Path) -> None:
    document = json.loads((results / "claims.json").read_text())
    (results / "claims.json").write_text(json.dumps(document | {"data_version": "2"}))
    found = against(results)
    assert messages(found) == ["claims.json: data_version 2 -> 1"]
    assert found.summary() == "differs: claims.json: data_version"


def test_json_holds_the_messages(results: Path) -> None:
    document = json.loads(json.dumps(against(results, table="method,tau2\nDL,4\n").as_dict()))
    assert document["reproduced"] is False
    assert document["tables_moved"] == ["tables/models.csv"]
    assert "3.5 -> 4" in document["differences"][0]["message"]


def test_nothing_is_the_same_as_nothing_and_as_nothing_else(results: Path) -> None:
    write_results(results, figure="label,estimate,n\nA,nan,20\nB,,40\n")
    assert against(results, figure="label,estimate,n\nA,NaN,20\nB,,40\n").same
    found = against(results, figure="label,estimate,n\nA,0,20\nB,0,40\n")
    assert found.figures_moved == {"gap": 2}


def test_a_tolerance_counts_for_its_quantity_only(results: Path) -> None:
    (results / "tolerances.toml").write_text(
        "[default]\nrelative = 0\nabsolute = 0\n"
        '[[quantity]]\nnames = ["tau2*"]\nrelative = 0.01\nabsolute = 0\n'
    )
    assert against(results, answers=[answer(detail={"tau2": 18.1})]).same
    assert not against(results, answers=[answer(detail={"tau2": 18.3})]).same
    assert not against(results, answers=[answer(estimate=-3.43001)]).same


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (100.0, 101.0, True),  # 1 % of the larger, exactly
        (100.0, 101.02, False),
        (-100.0, -101.0, True),
        (1.0, -1.0, False),
        (0.0, 0.5, True),  # the absolute part
        (0.0, 0.52, False),
        (math.nan, math.nan, True),
        (math.nan, 0.0, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (math.inf, 1e300, False),
    ],
)
def test_the_edge_of_a_tolerance(a: float, b: float, same: bool) -> None:
    tolerance = Tolerance(relative=0.01, absolute=0 if a and b else 0.5)
    assert tolerance.same(a, b) is same
    assert tolerance.same(b, a) is same


def test_the_committed_tolerances_can_be_read(root: Path) -> None:
    committed = load_tolerances(root / "results" / "tolerances.toml")
    assert committed.of("tau2").relative == 1e-6
    assert committed.of("something new").relative == 1e-9
    assert committed.of("k").relative == committed.of("k").absolute == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [("[default", "not valid TOML"), ("[default]\nrelative = 1e-9", "every block needs")],
)
def test_bad_tolerances_are_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "tolerances.toml").write_text(text)
    with pytest.raises(ResultsError, match=why):
        load_tolerances(tmp_path / "tolerances.toml")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("claims.json", "{", "not valid JSON"),
        ("claims.json", "[]", "must be a JSON object"),
        ("claims.json", '{"claims": [{}]}', "claims with ids"),
        ("figures/gap.csv", "a,b\n1\n", "row 2 has 1 cells, not 2"),
    ],
)
def test_results_that_cannot_be_read_are_named(
    results: Path, tmp_path: Path, name: str, text: str, why: str
) -> None:
    build = write_results(tmp_path / "build")
    (build / name).write_text(text)
    with pytest.raises(ResultsError, match=why):
        compare(build, results)


def test_accept_takes_over_results_and_keeps_tolerances(results: Path, tmp_path: Path) -> None:
    (results / "tolerances.toml").write_text("[default]\nrelative = 0\nabsolute = 0\n")
    (results / "tables" / "stale.csv").write_text("a\n1\n")
    build = write_results(tmp_path / "build", answers=[answer(estimate=-3.21)])
    (build / "notebooks").mkdir()
    (build / "notebooks" / "pain.html").write_text("")
    (build / "figures" / "gap.png").write_text("")
    accept(build, results)
    assert compare(build, results).same
    assert comparable(results) == comparable(build)
    assert {p.name for p in results.iterdir()} == {
        "claims.json",
        "figures",
        "tables",
        "tolerances.toml",
    }
    assert not (results / "figures" / "gap.png").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["build", "results"]


def test_accept_of_a_part_leaves_the_rest(results: Path, tmp_path: Path) -> None:
    build = write_results(tmp_path / "build", answers=[answer(estimate=-3.21)], table="a\n1\n")
    accept(build, results, made=["tables/models.csv"])
    assert messages(compare(build, results)) == [
        "claim pain, v sham, short: estimate -3.43 -> -3.21"
    ]


@pytest.mark.parametrize(
    ("a", "b", "shown"),
    [
        (1.00000001, 1.00000002, "1.00000001 -> 1.00000002"),
        (8, 9, "8 -> 9"),
        (None, "low", "nothing -> low"),
        ("", "low", "nothing -> low"),
        (0.1 + 0.2, 0.3, "0.30000000000000004 -> 0.29999999999999999"),
    ],
)
def test_a_change_is_shown_with_the_digits_it_takes(a: Any, b: Any, shown: str) -> None:
    assert change(a, b) == shown


def test_a_long_text_shows_the_part_that_changed() -> None:
    start, end = "word " * 40, " word" * 40
    shown = change(f"{start}8 trials{end}", f"{start}9 trials{end}")
    assert "8 trials" in shown
    assert "9 trials" in shown
    assert len(shown) < 150


@pytest.mark.parametrize("module", [differences, staging, tolerances])
def test_the_examples_in_docstrings_run(module: ModuleType) -> None:
    ran = doctest.testmod(module)
    assert ran.attempted > 0
    assert ran.failed == 0
