"""The schemas say what every column means, and the stored facts keep their own rules."""

from __future__ import annotations

import pandera.pandas as pa
import pytest

from analysis.evidence import tables
from analysis.evidence.columns import ARROW
from analysis.evidence.schemas import COMPARATORS, SCHEMAS


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
    contrasts = tables.load("contrasts")
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
