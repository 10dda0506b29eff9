"""Checks of trials and papers: names, years, people, judgements and addresses."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd

from analysis.evidence.flags import flag
from analysis.evidence.tables import Tables

#: Pain that lasts by definition (docs/coding.md).
CHRONIC = (
    "fibromyalgia", "knee_oa", "hand_oa", "rheumatoid_arthritis", "other:ankylosing_spondylitis",
    "mixed_chronic_pain", "other:chronic_pelvic_pain",
)  # fmt: skip
#: A review's trials are of one kind of people when so many of them are.
ONE_KIND = 0.9
_TRIALS = {"table": "studies", "key": "study_id"}


def papers(evidence: Tables) -> list[pd.DataFrame]:
    """All checks of trials and of the papers that were read."""
    return [*_names(evidence.studies), *_people(evidence), _risks(evidence.studies),
            *_sources(evidence.sources), _authors(evidence)]  # fmt: skip


def _names(s: pd.DataFrame) -> list[pd.DataFrame]:
    year = pd.to_numeric(s["study_id"].str.extract(r"(?<!\d)((?:19|20)\d\d)(?!\d)")[0])
    named = pd.to_numeric(s["name"].str.extract(r"(?<!\d)((?:19|20)\d\d)(?!\d)")[0])
    given = s["year"].astype("Float64")
    other = (year.notna() & year.ne(given)) | (named.notna() & named.ne(given))
    bad = (other & given.notna()).fillna(False).to_numpy(dtype=bool)
    return [flag(
        s, bad, check="year v name", severity="note", value=s["year"],
        what="the year is not that of the trial's name", expected=year.fillna(named), **_TRIALS,
    )]  # fmt: skip


def _people(evidence: Tables) -> list[pd.DataFrame]:
    s = evidence.studies
    fresh = s["condition"].isin(CHRONIC) & s["duration"].isin(["acute", "subacute"]).fillna(False)
    found = [flag(
        s, fresh.to_numpy(dtype=bool), check="duration v people", severity="unlikely",
        what="this pain lasts by definition", value=s["duration"], expected="chronic", **_TRIALS,
    )]  # fmt: skip
    for _, rows in evidence.review_rows.groupby("source_id"):
        mine = s[s["study_id"].isin(rows["study_id"])]
        share = mine["condition"].value_counts(normalize=True)
        if share.empty or share.iloc[0] < ONE_KIND:
            continue
        other = mine["condition"].ne(share.index[0]).fillna(True).to_numpy(dtype=bool)
        found.append(flag(
            mine, other, check="people v review", severity="note", value=mine["condition"],
            what="the review's other trials are of other people", expected=str(share.index[0]),
            **_TRIALS,
        ))  # fmt: skip
    return found


def _risks(s: pd.DataFrame) -> pd.DataFrame:
    """The risk of bias against the score that it was coded from (docs/coding.md)."""
    words = s["risk_of_bias_source"].fillna("").astype(str)
    pedro = pd.to_numeric(words.str.extract(r"PEDro score (\d+)")[0], errors="coerce")
    expected = pd.Series(
        np.select([pedro >= 9, pedro >= 6, pedro >= 0], ["low", "some", "high"], ""), index=s.index
    )
    quality = words.str.extract(r"quality (good|fair|poor)")[0]
    expected = expected.mask(
        quality.notna(), quality.map({"good": "low", "fair": "some", "poor": "high"})
    )
    given = s["risk_of_bias"].fillna("").astype(str)
    wrong = (expected.ne("") & given.ne(expected)) | (words.eq("") & given.ne(""))
    return flag(
        s, wrong.to_numpy(dtype=bool), check="risk v its source", severity="unlikely", value=given,
        what="the risk of bias is not what its source says", expected=words, **_TRIALS,
    )  # fmt: skip


def _sources(sources: pd.DataFrame) -> list[pd.DataFrame]:
    words = {"table": "sources", "key": "source_id"}
    lost = sources[["doi", "pmid", "pmcid", "url"]].isna().all(axis=1)
    linked = sources["url"].fillna("").str.extract(r"doi\.org/(10\.\S+)$")[0].str.lower()
    doi = sources["doi"].str.lower()
    other = linked.notna() & doi.notna() & linked.ne(doi).fillna(False)
    return [
        flag(sources, lost.to_numpy(dtype=bool), check="no address", severity="note",
             what="neither DOI, PubMed id nor address: nobody can look it up",
             value=sources["citation"], expected="one", **words),
        flag(sources, other.to_numpy(dtype=bool), check="DOI v address", severity="unlikely",
             what="the DOI is not that of the address", value=sources["doi"], expected=linked,
             **words),
    ]  # fmt: skip


def _authors(evidence: Tables) -> pd.DataFrame:
    """A trial's own report should have the trial's first author in its citation."""
    c = evidence.contrasts[["contrast_id", "study_id", "source_id"]].merge(
        evidence.sources[["source_id", "kind", "citation"]], on="source_id", how="left"
    )
    surname = c["study_id"].str.extract(r"^([a-z]+)(?:19|20)\d\d[a-z]*$")[0]
    written = {text: _letters(text) for text in c["citation"].dropna().unique()}
    cited = c["citation"].map(written).fillna("") + c["source_id"].str.lower()
    absent = [
        isinstance(name, str) and name not in text
        for name, text in zip(surname, cited, strict=True)
    ]
    bad = np.asarray(absent) & c["kind"].eq("trial_report").fillna(False).to_numpy(dtype=bool)
    return flag(
        c, bad, table="contrasts", key="contrast_id", check="paper v trial", severity="note",
        what="the trial's first author is not in the citation of its report",
        value=c["source_id"], expected=surname,
    )  # fmt: skip


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalpha())
