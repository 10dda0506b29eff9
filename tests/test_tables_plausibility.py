"""A standard error in place of a standard deviation."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_files import about, data, fresh, only, put, row_of

from analysis.evidence import tables
from analysis.evidence.plausibility import looks_like_standard_error

__all__ = ["data"]  # a fixture that pytest finds here


def as_standard_error(data: Path, key: str) -> int:
    row = row_of(data, key)
    figures = tables.load("contrasts", data).set_index("contrast_id").loc[key]
    for end in ("_t", "_c"):
        put(data, row, f"sd{end}", f"{figures[f'sd{end}'] / figures[f'n{end}'] ** 0.5:.2f}")
    return row


@pytest.mark.parametrize("trial", ["A1.1-haller2016", "A2.1-sherman2014", "A3.1-skillgate2020"])
def test_standard_error_taken_for_sd_is_doubted_and_loading_goes_on(data: Path, trial: str) -> None:
    row = as_standard_error(data, f"neck-{trial}")
    problem = only(data)
    assert about(problem)[:3] == ("contrasts.csv", row, "sd_t")
    assert problem.severity == "warning"
    assert "may be a standard error" in problem.what
    assert "look in the paper" in problem.mend
    assert problem in tables.load_all(data).warnings


def test_standard_error_is_seen_in_most_trials_of_a_pool() -> None:
    """On the review's own pain pools; small arms and narrow samples can escape."""
    contrasts = tables.load("contrasts")
    pain = contrasts.query(
        "how_read == 'review_data' and outcome == 'pain' and report_type != 'counts'"
    )
    seen = 0
    for at, row in pain.iterrows():
        spoilt = contrasts.copy()
        for end in ("_t", "_c"):
            spoilt.loc[at, f"sd{end}"] = row[f"sd{end}"] / row[f"n{end}"] ** 0.5
        found = looks_like_standard_error("contrasts.csv", spoilt)
        seen += any(p.row == at + 2 for p in found)
    assert seen / len(pain) > 0.7


def test_without_a_pool_the_share_of_the_mean_is_the_yardstick(data: Path) -> None:
    """Function rows name neither instrument nor scale."""
    row = as_standard_error(data, "neck-A2.3-sherman2014")
    assert about(only(data)) == ("contrasts.csv", row, "sd_t", "1.88")


def test_a_lone_scale_is_a_yardstick(data: Path) -> None:
    row = as_standard_error(
        data, "neck-A1.4-haller2016"
    )  # the only trial with this outcome's means
    assert fresh(data) == []
    put(data, row, "scale_min", "1")
    put(data, row, "scale_max", "7")
    assert about(only(data))[:3] == ("contrasts.csv", row, "sd_t")
