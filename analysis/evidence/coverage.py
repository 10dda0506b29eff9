"""Nothing is dropped in silence: every row is used, shown, or left out for a coded reason."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.evidence.published import estimates
from analysis.evidence.tables import Tables
from analysis.evidence.verdicts import Verdict

#: Selection steps in order: the further a row came, the more telling its reason.
_STEPS = (
    "outcome", "design", "comparator", "modality", "population", "horizon", "caution", "figures",
    "one_per_study",
)  # fmt: skip


def of_contrasts(verdicts: Mapping[str, Verdict], contrasts: pd.DataFrame) -> pd.DataFrame:
    """One row per contrast: ``contrast_id, status, step, why, claims``.

    ``status`` is ``pooled`` (an answer rests on it, ``claims`` says which) or ``left_out`` with the
    step that stopped it where it came furthest. Rows whose direction alone is reported stop at
    ``figures`` and are counted in the effect direction plots.
    """
    used: dict[str, set[str]] = {}
    reached: list[pd.DataFrame] = []
    for verdict in verdicts.values():
        for answer in verdict.answers:
            for row in answer.rows:
                used.setdefault(row, set()).add(verdict.claim.id)
            reached.append(answer.selection.excluded)
            # rows of a direct pool that gave way to a published review of the same question
            spare = answer.selection.rows[["contrast_id"]]
            reached.append(spare.assign(step="one_per_study", why="a published review answers"))
    table = pd.concat(reached, ignore_index=True)
    table["depth"] = table["step"].map({s: i for i, s in enumerate(_STEPS)})
    furthest = (
        table.sort_values("depth", kind="stable").drop_duplicates("contrast_id", keep="last")
    ).set_index("contrast_id")
    out = contrasts[["contrast_id", "study_id", "outcome", "comparator"]].copy()
    out["claims"] = [";".join(sorted(used.get(c, ()))) for c in out["contrast_id"]]
    out["status"] = ["pooled" if c in used else "left_out" for c in out["contrast_id"]]
    out["step"] = furthest["step"].reindex(out["contrast_id"]).to_numpy()
    out["why"] = furthest["why"].reindex(out["contrast_id"]).to_numpy()
    out.loc[out["status"].eq("pooled"), ["step", "why"]] = pd.NA
    out.loc[out["step"].eq("horizon"), "why"] = "no time point is given"
    asked = {o for v in verdicts.values() for o in v.claim.outcomes}
    other = out["status"].eq("left_out") & ~out["outcome"].isin(list(asked))
    out.loc[other, ["step", "why"]] = ["outcome", "no claim is about this outcome"]
    within = out["status"].eq("left_out") & out["comparator"].eq("own_baseline") & ~other
    out.loc[within, ["step", "why"]] = ["comparator", "change within one arm is no comparison"]
    return out.reset_index(drop=True)


def of_reviews(verdicts: Mapping[str, Verdict], tables: Tables) -> pd.DataFrame:
    """One row per published estimate: ``row_id, status, why``.

    ``answers``: a verdict rests on it; ``beside``: shown next to a claim's own answer;
    ``left_out`` with the reason.
    """
    reviews = tables.reviews
    used = {row for v in verdicts.values() for a in v.answers for row in a.rows}
    shown: set[str] = set()
    for verdict in verdicts.values():
        if verdict.claim.outcomes:
            shown |= set(estimates(verdict.claim, reviews, tables.sources)["row_id"])
    asked = {outcome for v in verdicts.values() for outcome in v.claim.outcomes}
    context = reviews["comparator"].fillna("").str.contains("placebo_vs|natural_history")
    no_figures = reviews[["estimate", "ci_low", "ci_high"]].isna().any(axis=1)
    out = pd.DataFrame({"row_id": reviews["row_id"], "status": "left_out", "why": pd.NA})
    out["why"] = "the same estimate stands in another row, or its measure cannot be drawn"
    out.loc[no_figures, "why"] = "no estimate with an interval is printed"
    out.loc[~reviews["outcome"].isin(list(asked)), "why"] = "no claim is about this outcome"
    out.loc[context, ["status", "why"]] = ["beside", "natural course and placebo, notebook 10"]
    out.loc[out["row_id"].isin(shown), ["status", "why"]] = ["beside", "published estimates"]
    out.loc[out["row_id"].isin(used), ["status", "why"]] = ["answers", "a verdict rests on it"]
    return out


#: Where the rows of the smaller tables are shown, all of them.
SHOWN_WHOLE = {
    "safety": "notebook 08, how often harm is reported",
    "guidelines": "notebook 08, what guidelines say",
    "citations": "notebook 09, point by point",
    "review_rows": "notebook 01, the replication",
}


def of_tables(verdicts: Mapping[str, Verdict], tables: Tables) -> pd.DataFrame:
    """What became of every row of every table: ``table, status, why, rows``; the counts add up."""
    parts = [("contrasts", of_contrasts(verdicts, tables.contrasts))]
    parts.append(("reviews", of_reviews(verdicts, tables)))
    named = {v.claim.threshold_id for v in verdicts.values()}
    limits = pd.DataFrame({"status": "left_out", "why": ""}, index=tables.thresholds.index)
    limits["why"] = tables.thresholds["change_kind"].map(
        {"within_person": "within-person change: not a difference between groups"}
    )
    limits["why"] = limits["why"].fillna("another instrument, or no kind of change stated")
    used = tables.thresholds["threshold_id"].isin(list(named))
    limits.loc[used, ["status", "why"]] = ["answers", "a claim's smallest difference that matters"]
    parts.append(("thresholds", limits))
    course = pd.DataFrame({"status": "left_out", "why": ""}, index=tables.natural_history.index)
    course["why"] = "another outcome or the psychological treatment arm"
    shown = tables.natural_history["outcome"].eq("pain") & tables.natural_history["arm"].isin(
        ["usual_care", "open_label_placebo"]
    )
    course.loc[shown, ["status", "why"]] = ["beside", "a year without treatment, notebook 10"]
    parts.append(("natural_history", course))
    for name, where in SHOWN_WHOLE.items():
        index = getattr(tables, name).index
        parts.append((name, pd.DataFrame({"status": "beside", "why": where}, index=index)))
    counted = [
        part.assign(table=name).groupby(["table", "status", "why"], dropna=False).size()
        for name, part in ((n, p.fillna({"why": "an answer rests on it"})) for n, p in parts)
    ]
    return pd.concat(counted).rename("rows").reset_index()
