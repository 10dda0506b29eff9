"""Nothing is dropped in silence: every contrast is used, or left out for a coded reason."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

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
    asked = {o for v in verdicts.values() for o in v.claim.outcomes}
    other = out["status"].eq("left_out") & ~out["outcome"].isin(list(asked))
    out.loc[other, ["step", "why"]] = ["outcome", "no claim is about this outcome"]
    within = out["status"].eq("left_out") & out["comparator"].eq("own_baseline") & ~other
    out.loc[within, ["step", "why"]] = ["comparator", "change within one arm is no comparison"]
    return out.reset_index(drop=True)
