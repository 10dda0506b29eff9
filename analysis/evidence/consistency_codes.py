"""Checks of coded words: against the source's own words, the trial, and other rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.evidence import instruments
from analysis.evidence.flags import flag, has_caution, numbers
from analysis.evidence.tables import Tables

_KEY = {"table": "contrasts", "key": "contrast_id"}
#: An outcome is measured one way round when at least this share of so many rows say so.
ONE_WAY, ROWS_NEEDED = 0.9, 10
#: Words in a treatment's name that name its kind.
KINDS = {
    "reflexology": "reflexology", "acupressure": "acupressure", "thai": "thai", "tuina": "tuina",
    "tui na": "tuina", "craniosacral": "craniosacral", "aromatherapy": "aromatherapy",
    "foam roll": "foam_rolling", "lymph": "lymph_drainage", "myofascial release":
    "myofascial_release", "swedish": "swedish_or_classic", "self-massage": "self_massage",
}  # fmt: skip
_WEEKS = {"day": 1 / 7, "week": 1.0, "month": 52 / 12, "year": 52.0}


def codes(evidence: Tables) -> list[pd.DataFrame]:
    """Coded words against what else the row and its trial say."""
    c = evidence.contrasts.merge(
        evidence.studies[["study_id", "comparators", "intervention", "modality", "weeks"]],
        on="study_id", how="left", suffixes=("", "_trial"),
    )  # fmt: skip
    return [*_comparators(c), _orientation(c), _scales(c), *_time(c), *_modality(c), _change(c)]


def _comparators(c: pd.DataFrame) -> list[pd.DataFrame]:
    listed = [
        pd.isna(many) or one in str(many).split(";")
        for one, many in zip(c["comparator"], c["comparators"], strict=True)
    ]
    word = c["comparator_reported"].fillna(c["comparator"])
    # the recoding of docs/coding.md only ever turns another word into add_on or no_treatment
    recoded = c["comparator"].ne(word) & ~c["comparator"].isin(["add_on", "own_baseline"])
    return [
        flag(c, ~np.asarray(listed), check="comparator v trial", severity="unlikely",
             what="the trial's row does not list this comparator", value=c["comparator"],
             expected=c["comparators"], **_KEY),
        flag(c, recoded.to_numpy(dtype=bool), check="comparator v report", severity="note",
             what="coded otherwise than first extracted", value=c["comparator"], expected=word,
             **_KEY),
    ]  # fmt: skip


def _orientation(c: pd.DataFrame) -> pd.DataFrame:
    """Which way a scale counts, against the other rows of the same outcome."""
    turned = has_caution(
        c, "improvement_positive", "sign_unclear", "percent_in_means", "within_arm"
    )
    way = c["lower_is_better"].astype("boolean").astype("Float64")
    plain = way.notna().to_numpy() & ~turned & c["report_type"].ne("arm_change").to_numpy()
    share = way[plain].groupby(c["outcome"][plain]).agg(["mean", "size"])
    sure = share[share["size"].ge(ROWS_NEEDED)]["mean"]
    usual = c["outcome"].map(sure[(sure >= ONE_WAY) | (sure <= 1 - ONE_WAY)].round())
    odd = plain & usual.notna().to_numpy() & way.ne(usual).fillna(False).to_numpy(dtype=bool)
    return flag(
        c, odd, check="orientation", severity="note", value=c["lower_is_better"],
        what="other rows of this outcome count the other way round",
        expected=usual.map({1.0: "True", 0.0: "False"}), **_KEY,
    )  # fmt: skip


def _scales(c: pd.DataFrame) -> pd.DataFrame:
    low, high = numbers(c, "scale_min", "scale_max")
    named_low, named_high = instruments.named_ends(c["instrument"])
    with np.errstate(invalid="ignore"):
        # a line of 10 cm is at times stored in mm, and the other way round
        off = (low != named_low) | (high != named_high)
        off &= ~np.isnan(low + high + named_low + named_high)
    return flag(
        c, off, check="scale v name", severity="unlikely", value=list(zip(low, high, strict=True)),
        what="the scale's ends are not those in the instrument's name",
        expected=list(zip(named_low, named_high, strict=True)), **_KEY,
    )  # fmt: skip


def _time(c: pd.DataFrame) -> list[pd.DataFrame]:
    """Weeks against the words of the source: no follow-up is earlier than its own name."""
    (weeks,) = numbers(c, "timepoint_weeks")
    words = c["horizon_reported"].astype("string").str.lower()
    found = words.str.extractall(r"(\d+(?:\.\d+)?)[ -]?(day|week|month|year)s?")
    longest = pd.Series(np.nan, index=c.index)
    if len(found):
        length = found[0].astype(float) * found[1].map(_WEEKS)
        longest.update(length.groupby(level=0).max())
    named = longest.to_numpy()
    late = words.str.contains("follow|after the end|after treatment").fillna(False)
    early = late.to_numpy(dtype=bool) & (weeks < 0.9 * named - 0.5)
    short = words.str.startswith("short").fillna(False).to_numpy(dtype=bool) & (weeks > 13)
    long = words.str.startswith("long").fillna(False).to_numpy(dtype=bool) & (weeks < 24)
    course = np.fmax(*numbers(c, "weeks", "weeks_trial"))
    own = numbers(c, "weeks")[0]
    course = np.where(np.isnan(own), course, own)
    during = (weeks > 0) & (weeks < 0.9 * course)
    return [
        flag(c, early | short | long, check="time v words", severity="unlikely", value=weeks,
             what="the weeks do not fit the source's words", expected=c["horizon_reported"],
             **_KEY),
        flag(c, during, check="before the end", severity="note", value=weeks,
             what="measured before the course of treatment was over",
             expected=[f"a course of {w:g} weeks" for w in course], **_KEY),
    ]  # fmt: skip


def _modality(c: pd.DataFrame) -> list[pd.DataFrame]:
    words = c["intervention"].fillna(c["intervention_trial"]).astype("string").str.lower()
    coded = c["modality"].fillna(c["modality_trial"])
    named = pd.Series("", index=c.index, dtype="object")
    several = pd.Series(0, index=c.index)
    for word, kind in KINDS.items():
        hit = words.str.contains(word, regex=False).fillna(False).to_numpy(dtype=bool)
        several += (hit & named.ne(kind).to_numpy()).astype(int)
        named = named.mask(hit, kind)
    odd = several.eq(1) & coded.notna() & named.ne(coded.fillna(""))
    own = c["modality"].notna() & c["intervention"].isna()
    alone = own & c["modality_trial"].fillna("").ne(c["modality"].fillna(""))
    alone &= c["modality_trial"].notna() | c["sessions"].isna()
    return [
        flag(c, odd.to_numpy(dtype=bool), check="modality v words", severity="note", value=coded,
             what="the treatment's name says another kind", expected=named, **_KEY),
        flag(c, alone.to_numpy(dtype=bool), check="modality v trial", severity="note",
             what="a kind of its own, without a treatment of its own", value=c["modality"],
             expected=c["modality_trial"], **_KEY),
    ]  # fmt: skip


def _change(c: pd.DataFrame) -> pd.DataFrame:
    words = c["instrument"].fillna("") + " " + c["outcome_label"].fillna("")
    says = words.str.lower().str.contains(r"\b(?:change|improvement|decrease|drop|increase)\b")
    post = c["report_type"].eq("arm_means_post")
    (mean,) = numbers(c, "mean_t")
    (low,) = numbers(c, "scale_min")
    below = post.to_numpy() & np.isnan(low) & (mean < 0)
    odd = (says & post).to_numpy(dtype=bool) | below
    return flag(
        c, odd, check="score or change", severity="note", value=c["report_type"],
        what="named or signed like a change, filed as a score", expected="arm_change", **_KEY,
    )  # fmt: skip
