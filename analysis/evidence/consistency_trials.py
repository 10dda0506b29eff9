"""Checks that need more than one row: a trial's rows, other trials, other tables, the claims."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.evidence import instruments, replication
from analysis.evidence.claims import Claim
from analysis.evidence.flags import flag, has_caution, least_decimals, numbers
from analysis.evidence.tables import Tables
from analysis.stats.checks import agreement, bounds, patterns

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


def sizes(evidence: Tables) -> list[pd.DataFrame]:
    """More people analysed than randomised; arms whose size jumps between rows of a trial."""
    c = evidence.contrasts.merge(
        evidence.studies[["study_id", "n_randomised", "design"]], on="study_id", how="left"
    )
    nt, nc, total = numbers(c, "n_t", "n_c", "n_randomised")
    same = c["comparator"].eq("own_baseline").to_numpy() | has_caution(c, "paired")
    same |= c["design"].eq("crossover_rct").fillna(False).to_numpy(dtype=bool)
    over = ~bounds.size_possible(nt, nc, total, same_people=same)
    arm = c["study_id"] + "|" + c["comparator"] + "|" + c["arm"].fillna("")
    jumps = []
    for n in (nt, nc):
        usual = pd.Series(n).groupby(arm.to_numpy()).transform("median").to_numpy()
        with np.errstate(invalid="ignore"):
            jumps.append((n > 2 * usual) | (n < usual / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = ~same & (np.fmax(nt, nc) > 3 * np.fmin(nt, nc))
    pairs = list(zip(nt, nc, strict=True))
    return [
        flag(c, over, check="people v randomised", severity="unlikely", value=nt + nc,
             what="more people were analysed than the trial randomised", expected=total, **_KEY),
        flag(c, jumps[0] | jumps[1], check="size jumps", severity="note", value=pairs,
             what="an arm has twice or half the people of the trial's other rows",
             expected="sizes alike", **_KEY),
        flag(c, apart, check="sizes apart", severity="note", value=pairs,
             what="one arm has more than three times the people of the other",
             expected="arms of one size", **_KEY),
    ]  # fmt: skip


def copies(evidence: Tables) -> list[pd.DataFrame]:
    """The same figures in two different trials."""
    c = evidence.contrasts
    first = c[c["duplicate_of"].isna() & ~has_caution(c, "duplicate")]
    found = []
    sets = {
        "both arms' figures": ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"),
        "both means and sizes": ("mean_t", "mean_c", "n_t", "n_c"),
        "difference and interval": ("md", "ci_low", "ci_high"),
        "ratio and interval": ("ratio", "ratio_ci_low", "ratio_ci_high"),
        "events and sizes": ("events_t", "n_t", "events_c", "n_c"),
        "means and SDs": ("mean_t", "sd_t", "mean_c", "sd_c"),
    }
    for name, columns in sets.items():
        rows = first.drop_duplicates(["study_id", *columns])
        twin = patterns.twins(*numbers(rows, *columns))
        if name == "events and sizes":  # small counts meet by chance
            twin &= rows["events_t"].gt(3).fillna(False).to_numpy(dtype=bool)
        rows = rows[twin]
        figures = rows[list(columns)].astype("string").fillna("").agg(", ".join, axis=1)
        found.append(flag(
            rows, twin[twin], check="twin figures", severity="unlikely", value=figures,
            what=f"another trial has the same {name}", expected="figures of its own", **_KEY,
        ))  # fmt: skip
    once = pd.concat(found).drop_duplicates("row_id")
    return [once, _near_copies(first[~first["contrast_id"].isin(once["row_id"])]),
            _same_people(evidence)]  # fmt: skip


#: Two trials' means and SDs all this close, and their sizes that close, are hardly two trials.
NEAR, NEAR_SIZE = 0.05, 0.15


def _near_copies(c: pd.DataFrame) -> pd.DataFrame:
    """Two trials whose figures are all nearly the same: perhaps two reports of one."""
    figures = np.column_stack(numbers(c, "mean_t", "sd_t", "mean_c", "sd_c"))
    size = np.column_stack(numbers(c, "n_t", "n_c"))
    whole = ~np.isnan(figures).any(axis=1) & ~np.isnan(size).any(axis=1)
    rows, f, n = c[whole], figures[whole], size[whole]
    gap = np.abs(f[:, None] - f[None]) <= NEAR * np.abs(f)[:, None]
    people = np.abs(n[:, None] - n[None]) <= NEAR_SIZE * n[:, None] + 1
    trial = rows["study_id"].to_numpy(dtype=object)
    close = gap.all(axis=2) & people.all(axis=2) & (trial[:, None] != trial[None])
    other = rows["contrast_id"].to_numpy(dtype=object)[close.argmax(axis=1)]
    return flag(
        rows, close.any(axis=1), check="near twins", severity="unlikely", value=other,
        what="another trial has nearly the same figures in both arms",
        expected="figures of its own", **_KEY,
    )  # fmt: skip


def _same_people(evidence: Tables) -> pd.DataFrame:
    """Two trials under different names with the same year, people, size and treatment."""
    s = evidence.studies
    facts = ["year", "condition", "n_randomised", "intervention"]
    twin = s[facts].notna().all(axis=1) & s.duplicated(facts, keep=False)
    return flag(
        s, twin.to_numpy(dtype=bool), table="studies", key="study_id", check="twin trials",
        severity="note", what="another trial has the same year, people, size and treatment",
        value=s["name"], expected="one trial, one row",
    )  # fmt: skip


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


def review(evidence: Tables) -> list[pd.DataFrame]:
    """The neck review's printed effects against the arms in our tables; its own intervals."""
    found = []
    printed = evidence.review_rows
    for source in printed["source_id"].unique():
        rows = replication.study_rows(evidence, str(source)).reset_index(drop=True)
        ours, theirs = numbers(rows, "our_effect", "effect")
        width, printed_width = (
            np.subtract(*numbers(rows, "our_high", "our_low")),
            np.subtract(*numbers(rows, "ci_high", "ci_low")),
        )
        off = ~(np.abs(ours - theirs) <= 1e-4 * np.maximum(1, np.abs(theirs)))
        off |= ~(np.abs(width - printed_width) <= 1e-3 * np.maximum(1, np.abs(printed_width)))
        words = {"table": "review_rows", "key": "row_id"}
        found.append(flag(
            rows, off, check="review v arms", severity="impossible", value=ours, expected=theirs,
            what="the printed effect or interval does not follow from the arms", **words,
        ))  # fmt: skip
        joined = rows.merge(
            evidence.contrasts[["contrast_id", "comparator", "outcome", "study_id"]],
            on="contrast_id", suffixes=("", "_ours"),
        )  # fmt: skip
        for column in ("comparator", "outcome", "study_id"):
            other = joined[column].ne(joined[f"{column}_ours"]).to_numpy(dtype=bool)
            found.append(flag(
                joined, other, check="review v table", severity="unlikely",
                what=f"the review's {column} is not that of the contrast",
                value=joined[f"{column}_ours"], expected=joined[column], **words,
            ))  # fmt: skip
    return found


def pooled_estimates(evidence: Tables) -> list[pd.DataFrame]:
    """Published pooled estimates: the middle of the interval, and p against the interval."""
    r = evidence.reviews
    ratio = r["measure"].isin(["RR", "OR", "HR"]).to_numpy(dtype=bool)
    between = ratio | r["measure"].isin(["MD", "SMD", "g", "d"]).to_numpy(dtype=bool)
    places = least_decimals(r, "estimate", "ci_low", "ci_high")
    estimate, low, high, i2 = numbers(r, "estimate", "ci_low", "ci_high", "i2")
    off = np.zeros(len(r), dtype=bool)
    for kind, logged in ((~ratio, False), (ratio, True)):
        with np.errstate(invalid="ignore"):
            middle_fits = agreement.centred(estimate, low, high, places, ratio=logged)
        off |= between & kind & ~middle_fits
    with np.errstate(invalid="ignore"):
        middle = np.where(ratio, np.sqrt(np.abs(low * high)), (low + high) / 2)
        null = np.where(ratio, 1.0, 0.0)
        zero = (low < null) & (high > null)
        clear = (low > null) | (high < null)
    text = r["p_text"].astype("string").str.replace(" ", "").str.lower()
    bound = pd.to_numeric(text.str.extract(r"^p?[<=](0?\.\d+)$")[0], errors="coerce")
    small = bound.lt(0.05).fillna(False).to_numpy(dtype=bool)
    large = text.str.extract(r"^p?[=>](0?\.\d+)$")[0].astype(float).gt(0.06).fillna(False)
    against = between & ((small & zero) | (large.to_numpy(dtype=bool) & clear))
    side = r["favours"].map(
        {"massage": -1.0, "favours_massage": -1.0, "control": 1.0, "favours_comparator": 1.0}
    ).to_numpy(dtype=float, na_value=np.nan)  # fmt: skip
    way = np.where(ratio, np.sign(np.log(np.where(estimate > 0, estimate, np.nan))),
                   np.sign(estimate)) * side  # fmt: skip
    same = r["review_id"] + "|" + r["outcome"].fillna("") + "|" + r["measure"].fillna("")
    usual = pd.Series(np.where(between, way, np.nan), index=r.index).groupby(same)
    odd = between & (np.abs(usual.transform("mean").to_numpy()) < 1) & ~np.isnan(way)
    words = {"table": "reviews", "key": "row_id", "severity": "unlikely"}
    return [
        flag(r, odd, table="reviews", key="row_id", severity="note", check="sign v favours",
             what="the review's signs and its words on whom they favour do not go together",
             value=estimate, expected=r["favours"]),
        flag(r, off, check="off centre", value=estimate, expected=middle,
             what="the estimate is not the middle of its interval", **words),
        flag(r, against, check="p v interval", value=r["p_text"], expected=list(
            zip(low, high, strict=True)), what="p and interval disagree on significance", **words),
        flag(r, (i2 < 0) | (i2 > 100), check="I2 off scale", value=i2, expected="0 to 100",
             what="I2 is a percentage", **words),
    ]  # fmt: skip


def thresholds(evidence: Tables, claims: Mapping[str, Claim]) -> list[pd.DataFrame]:
    """The smallest important difference of each claim against the table that it names."""
    t = evidence.thresholds
    value, low, high = numbers(t, "value", "scale_min", "scale_max")
    with np.errstate(invalid="ignore"):
        beyond = t["value_type"].eq("absolute").fillna(False).to_numpy(dtype=bool)
        beyond &= value > 0.5 * (high - low)
    wrong = {
        c.threshold_id: c.important for c in claims.values() if c.kind == "effect"
    }  # a claim's number must be the number of the row that it cites
    used = t["threshold_id"].map(wrong)
    differs = used.notna().to_numpy() & ~np.isclose(used.to_numpy(dtype=float), value)
    words = {"table": "thresholds", "key": "threshold_id", "severity": "unlikely"}
    return [
        flag(t, beyond, check="threshold v scale", value=value, expected=list(
            zip(low, high, strict=True)), what="more than half the scale", **words),
        flag(t, differs, check="threshold v claim", value=value, expected=used.to_numpy(),
             what="claims.toml states another value for this threshold", **words),
    ]  # fmt: skip
