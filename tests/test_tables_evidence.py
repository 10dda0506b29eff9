"""The tables hold what was extracted, figure by figure, where the extraction stands beside us."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis import paths
from analysis.evidence import tables

EVIDENCE = paths.root().parent / "shared" / "evidence"
COMPARATOR = {"adjuvant_to_same_cotreatment": "add_on"}
ARMS = ["mean_t", "sd_t", "n_t", "events_t", "mean_c", "sd_c", "n_c", "events_c"]


def extracted(name: str) -> pd.DataFrame:
    path: Path = EVIDENCE / name
    if not path.is_file():
        pytest.skip(f"shared/evidence/{name} does not stand beside the repository")
    return pd.read_csv(path)


def same(ours: pd.DataFrame, theirs: pd.DataFrame, columns: dict[str, str]) -> None:
    """Row by row and column by column; numbers to the last bit, missing where missing."""
    assert len(ours) == len(theirs)
    for mine, other in columns.items():
        if theirs[other].dtype.kind in "fi":
            left = ours[mine].astype("float64").to_numpy()
            right = theirs[other].astype("float64").to_numpy()
        else:
            left = ours[mine].astype(object).where(ours[mine].notna(), "").to_numpy()
            right = theirs[other].astype(object).where(theirs[other].notna(), "").to_numpy()
        differ = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if not _equal(a, b)]
        assert not differ, (mine, differ[:5], left[differ[:5]], right[differ[:5]])


def _equal(a: object, b: object) -> bool:
    return bool(a == b) or (a != a and b != b)


def opened(sources: pd.DataFrame) -> pd.DataFrame:
    """Sources with the page that was opened; ``url`` prefers the DOI where there is one."""
    return sources.assign(read_at=sources["read_at"].fillna(sources["url"]))


def test_neck_review_figures_are_unchanged() -> None:
    theirs = extracted("neck_massage_cochrane2024.csv")
    loaded = tables.load_all()
    ours = loaded.review_rows.merge(
        loaded.contrasts[["contrast_id", *ARMS]], on="contrast_id", validate="many_to_one"
    ).merge(loaded.studies[["study_id", "name", "year"]], on="study_id", validate="many_to_one")
    printed = {
        "effect": "reported_effect",
        "ci_low": "reported_ci_low",
        "ci_high": "reported_ci_high",
        "weight_percent": "reported_weight_percent",
    }
    words = {"analysis": "analysis", "title": "outcome", "subgroup": "subgroup", "name": "study"}
    rest = {"measure": "measure", "footnote": "footnote", "year": "year"}
    theirs["comparator"] = theirs["comparator_type"].replace(COMPARATOR)
    rest["comparator"] = "comparator"
    same(ours, theirs, {**printed, **words, **rest, **{name: name for name in ARMS}})


def test_each_comparison_of_the_neck_review_stands_once() -> None:
    theirs = extracted("neck_massage_cochrane2024.csv")
    views = {"A1.8", "A3.9", "A3.10", "A3.11", "A3.12", "A3.13", "A3.14"}
    neck = tables.load("contrasts").query("how_read == 'review_data'")
    assert len(neck) == (~theirs["analysis"].isin(views)).sum() == 61


def test_thresholds_are_unchanged() -> None:
    theirs = extracted("thresholds.csv")
    loaded = tables.load_all()
    ours = loaded.thresholds.merge(
        opened(loaded.sources), on="source_id", suffixes=("", "_source"), validate="many_to_one"
    )
    columns = {
        "instrument": "instrument",
        "outcome": "domain",
        "scale": "scale",
        "lower_is_better": "lower_is_better",
        "value": "value",
        "value_type": "value_type",
        "doi": "doi",
        "read_at": "source_url",
    }
    same(ours, theirs, columns)
    ends = ours["scale"].str.extract(r"^(\d+)-(\d+)$").astype("float64")
    pd.testing.assert_frame_equal(
        ours[["scale_min", "scale_max"]], ends.set_axis(["scale_min", "scale_max"], axis=1)
    )


def test_reviews_are_unchanged() -> None:
    theirs = extracted("reviews.csv")
    loaded = tables.load_all()
    ours = loaded.reviews.merge(
        opened(loaded.sources), on="source_id", suffixes=("", "_source"), validate="many_to_one"
    )
    figures = {name: name for name in ("k", "n", "estimate", "ci_low", "ci_high", "year")}
    words = {
        "review_id": "review_id",
        "doi": "doi",
        "read_at": "source_url",
        "place": "location",
        "outcome": "outcome_domain",
        "comparator": "comparator_type",
        "timepoint": "timepoint",
        "measure": "measure",
        "scale": "scale",
        "p_text": "p_text",
        "i2": "i2",
        "favours": "favours",
    }
    same(ours, theirs, {**figures, **words})
