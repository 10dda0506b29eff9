"""Every row, word and figure of the extracted trials and of the small tables is in ours."""

from __future__ import annotations

import re

import pandas as pd
from test_tables_evidence import extracted, opened, same

from analysis.evidence import tables

FIGURES = [
    "scale_max", "timepoint_weeks", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c", "md",
    "ci_low", "ci_high", "events_t", "events_c", "pct_t", "pct_c", "ratio", "ratio_ci_low",
    "ratio_ci_high", "p_value", "lower_is_better",
]  # fmt: skip
OF_THE_TRIAL = ["intervention", "modality", "sessions", "weeks", "minutes"]
SECOND_VALUES = ["n_randomised", "condition", "design", "country"]
#: Trials that the extraction had joined by surname and year.
APART = {"field2007hand", "ghanbari_dialysis", "billhult2007_radiation"}


def trials() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Our contrasts with their trial and source, and the extracted rows, in the same order."""
    loaded = tables.load_all()
    rows = loaded.contrasts.query("how_read != 'review_data'")
    rows = rows.merge(
        loaded.studies, on="study_id", suffixes=("", "_trial"), validate="many_to_one"
    ).merge(
        opened(loaded.sources), on="source_id", suffixes=("", "_source"), validate="many_to_one"
    )
    return rows, extracted("trials.csv")


def digits(words: pd.Series) -> list[list[str]]:
    return [re.findall(r"[0-9]+", str(text)) for text in words.fillna("")]


def test_every_row_of_every_file_stands_in_a_table() -> None:
    rows, theirs = trials()
    loaded = tables.load_all()
    neck = loaded.contrasts.query("how_read == 'review_data'")
    assert len(rows) == len(theirs) == 1370
    assert len(loaded.contrasts) == len(theirs) + len(neck)
    in_review = set(neck["study_id"])
    assert len(in_review) == 30
    assert set(rows["study_id"]) - APART == set(theirs["trial_id"])
    assert set(loaded.studies["study_id"]) == set(rows["study_id"]) | in_review
    files = {
        "review_rows": "neck_massage_cochrane2024",
        "reviews": "reviews",
        "thresholds": "thresholds",
        "safety": "safety",
        "guidelines": "guidelines",
        "citations": "citation_candidates",
        "natural_history": "chronic_back_pain_course_ashar2022",
    }
    for name, file in files.items():
        assert len(getattr(loaded, name)) == len(extracted(f"{file}.csv")), name


def test_trial_figures_and_codes_are_unchanged() -> None:
    rows, theirs = trials()
    words = {
        "outcome": "outcome_domain",
        "comparator_reported": "comparator_type",
        "comparator_detail": "comparator",
        "report_type": "report_type",
        "ratio_measure": "ratio_measure",
        "direction": "direction",
        "place": "location",
        "read_at": "source_url",
        "doi": "doi",
        "pmcid": "pmcid",
    }
    # Ends that only the instrument's own words name are ours; an extracted end is never changed.
    filled = theirs["scale_max"].isna()
    rows.loc[filled.to_numpy(), ["scale_min", "scale_max"]] = float("nan")
    same(rows, theirs, {name: name for name in FIGURES} | words)
    ids = theirs["pmid"].astype("Int64").astype("string")
    assert list(rows["pmid"].fillna("")) == list(ids.fillna(""))


def test_what_varies_inside_a_trial_stays_with_the_row() -> None:
    rows, theirs = trials()
    for name in OF_THE_TRIAL:
        kept = rows[name].fillna(rows[f"{name}_trial"])
        seen = theirs[name].notna().to_numpy()
        same(
            rows.assign(**{name: kept})[seen].reset_index(drop=True),
            theirs[seen].reset_index(drop=True),
            {name: name},
        )


def test_a_second_size_country_or_design_stands_in_the_note() -> None:
    rows, theirs = trials()
    for name in SECOND_VALUES:
        for (_, ours), other in zip(rows.iterrows(), theirs[name], strict=True):
            if pd.notna(other) and ours[name] != other:
                value = f"{other:g}" if isinstance(other, float) else other
                assert value in ours["note_trial"], (ours["contrast_id"], name, other)


def test_notes_keep_their_figures() -> None:
    """Words about the extraction itself are gone; no number is."""
    rows, theirs = trials()
    bare = theirs["note"].str.replace(r"\(brief names (\d+)\)", r"\1", regex=True)
    assert digits(rows["note"]) == digits(bare)
    assert digits(rows["p_text"]) == digits(theirs["p_text"])
    assert digits(rows["instrument"]) == digits(theirs["instrument"])


def test_small_tables_are_unchanged() -> None:
    loaded = tables.load_all()
    sources = opened(loaded.sources).drop(columns=["note", "year"])
    columns = {
        "safety": ["design", "n", "outcome", "events", "rate_percent", "note", "doi"],
        "guidelines": ["body", "year", "condition", "recommendation", "doi"],
        "citations": [
            "journal", "population", "chronic_pain_population", "randomised", "measured_pain",
            "measured_function", "measured_qol", "matches_claim", "doi",
        ],
    }  # fmt: skip
    files = {"citations": "citation_candidates.csv"}
    for name, kept in columns.items():
        ours = getattr(loaded, name).merge(sources, on="source_id", validate="many_to_one")
        theirs = extracted(files.get(name, f"{name}.csv")).replace(
            "stored text", "the text read", regex=True
        )
        same(ours, theirs, {column: column for column in kept} | {"read_at": "source_url"})
    theirs = extracted("chronic_back_pain_course_ashar2022.csv")
    same(
        loaded.natural_history,
        theirs,
        {"instrument": "outcome", "time": "time", "arm": "arm", "mean": "mean", "sd": "sd"},
    )


def test_tables_do_not_speak_of_how_they_were_made() -> None:
    loaded = tables.load_all()
    talk = r"task brief|the brief\b|stored (?:page|excerpt|text|abstract)|first-pass"
    for name in ("sources", "studies", "contrasts", "safety", "guidelines", "citations"):
        table = getattr(loaded, name)
        for column in table.select_dtypes("string"):
            found = table[column].str.contains(talk, regex=True, case=False).fillna(False)
            assert not found.any(), (name, column, list(table.loc[found, column])[:3])
