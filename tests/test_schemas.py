"""The schemas say what every column means, and the stored facts keep their own rules."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from analysis import paths
from analysis.evidence import tables
from analysis.evidence.columns import ARROW
from analysis.evidence.schemas import SCHEMAS
from analysis.evidence.vocabulary import CAUTIONS, COMPARATORS


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_table_and_column_is_explained(name: str) -> None:
    schema = SCHEMAS[name]
    assert schema.title
    assert schema.description
    assert schema.strict is True
    for column, spec in schema.columns.items():
        assert spec.title, column
        assert spec.description, column
        assert spec.description[-1] in ".;", (column, spec.description)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_check_says_how_to_mend(name: str) -> None:
    for column, spec in SCHEMAS[name].columns.items():
        for check in spec.checks:
            assert all(str(check.error).partition(ARROW)), (column, check)


@pytest.mark.parametrize("name", SCHEMAS)
def test_keys_name_columns_that_exist(name: str) -> None:
    metadata = SCHEMAS[name].metadata or {}
    columns = SCHEMAS[name].columns
    assert columns[metadata["primary_key"]].unique
    assert set(metadata["same_row"]) <= set(columns)
    for column, (other, key) in metadata["foreign_keys"].items():
        assert column in columns
        assert (SCHEMAS[other].metadata or {})["primary_key"] == key


def test_schema_stops_a_table_by_itself() -> None:
    """Anyone may use the pandera schema without our loader."""
    table = tables.load("thresholds")
    table.loc[0, "value_type"] = "guess"
    with pytest.raises(pa.errors.SchemaError):
        SCHEMAS["thresholds"].validate(table)


def test_studies_name_the_comparators_their_contrasts_have() -> None:
    loaded = tables.load_all()
    for study, rows in loaded.contrasts.groupby("study_id"):
        named = loaded.studies.set_index("study_id").loc[study, "comparators"].split(";")
        assert set(named) == set(rows["comparator"]), study
        assert set(named) <= set(COMPARATORS)


def test_no_derived_effect_is_stored_with_arm_figures() -> None:
    """An effect that follows from the arms is computed, never entered beside them."""
    contrasts = tables.load("contrasts").query("how_read == 'review_data'")
    assert contrasts[["md", "ratio", "p_value"]].isna().all(axis=None)


def test_unturned_outcomes_say_how_their_direction_was_settled() -> None:
    contrasts = tables.load("contrasts").query("how_read == 'review_data'")
    unusual = contrasts[~contrasts["lower_is_better"].fillna(False)]
    life = contrasts[contrasts["outcome"] == "quality_of_life"]
    assert unusual["note"].notna().all()
    assert life["note"].notna().all()


def test_the_negated_scale_is_the_only_one_with_scores_below_zero() -> None:
    contrasts = tables.load("contrasts").query("report_type == 'arm_means_post'")
    negative = contrasts[(contrasts["mean_t"] < 0) | (contrasts["mean_c"] < 0)]
    assert list(negative["contrast_id"]) == ["neck-A3.8-skillgate2020"]
    assert negative["lower_is_better"].all()


def test_thresholds_without_a_value_are_no_thresholds() -> None:
    thresholds = tables.load("thresholds")
    empty = thresholds[thresholds["value"].isna()]
    assert len(empty) > 0
    assert empty[["change_kind", "meaning"]].isna().all(axis=None)


def test_pain_has_thresholds_of_both_kinds() -> None:
    pain = tables.load("thresholds").query("outcome == 'pain' and meaning == 'important'")
    assert set(pain["change_kind"]) == {"between_group", "within_person"}
    margin = pain.query("change_kind == 'between_group' and source_id == 'gross2024b'")
    assert list(margin["value"]) == [10.0]


def test_every_code_of_caution_is_explained_to_readers() -> None:
    text = (paths.root() / "docs" / "coding.md").read_text(encoding="utf-8")
    for word, meaning in CAUTIONS.items():
        assert f"| `{word}` | {meaning} |" in text


def test_a_duplicate_names_a_row_of_its_trial_that_is_none_itself() -> None:
    contrasts = tables.load("contrasts").set_index("contrast_id")
    marked = contrasts["caution"].str.split(";").map(lambda codes: "duplicate" in codes, "ignore")
    marked = marked.fillna(False).astype(bool)
    assert (marked == contrasts["duplicate_of"].notna()).all()
    twins = contrasts[marked]
    firsts = contrasts.loc[twins["duplicate_of"]]
    assert firsts["duplicate_of"].isna().all()
    assert list(firsts["study_id"]) == list(twins["study_id"])


def test_figures_that_contradict_the_claimed_direction_are_marked() -> None:
    """The mean difference, the ratio or the events, turned by lower_is_better."""
    rows = tables.load("contrasts")
    rows = rows[rows["comparator"] != "own_baseline"]
    size = rows["md"].fillna(rows["mean_t"] - rows["mean_c"]).fillna(np.log(rows["ratio"]))
    share = rows["events_t"] / rows["n_t"] - rows["events_c"] / rows["n_c"]
    size = size.fillna(share.astype("float64")).fillna(rows["pct_t"] - rows["pct_c"])
    turned = size * rows["lower_is_better"].map({True: 1.0, False: -1.0}).astype("float64")
    claimed = rows["direction"].map({"favours_massage": -1.0, "favours_comparator": 1.0})
    against = turned * claimed.astype("float64") < 0
    assert against.sum() > 10
    assert rows.loc[against, "caution"].str.contains("sign_unclear").fillna(False).all()


def test_massage_added_to_a_named_treatment_can_be_traced() -> None:
    contrasts = tables.load("contrasts").query("how_read != 'review_data'")
    moved = contrasts[contrasts["comparator"] != contrasts["comparator_reported"]]
    assert set(moved["comparator"]) == {"add_on"}
    assert set(moved["comparator_reported"]) == {"active", "no_treatment"}
    assert (contrasts["comparator"] == "add_on").sum() == len(moved)


def test_a_judgement_of_bias_says_whose_it_is() -> None:
    studies = tables.load("studies")
    pd.testing.assert_series_equal(
        studies["risk_of_bias"].notna(),
        studies["risk_of_bias_source"].notna(),
        check_names=False,
    )
