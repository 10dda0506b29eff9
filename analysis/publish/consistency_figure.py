"""What the consistency checks found, check by check."""

from __future__ import annotations

import pandas as pd
from matplotlib.patches import Patch

from analysis.evidence.flags import SEVERITIES
from analysis.evidence.sentences import count
from analysis.publish import figures, style
from analysis.publish.figures import Figure

COLOURS = {"impossible": style.INK, "unlikely": "#d55e00", "note": "#b9c7d6"}


def by_check(flags: pd.DataFrame) -> pd.DataFrame:
    """Rows flagged by check and severity, the checks with the gravest findings first."""
    wide = flags.groupby(["check", "severity"])["row_id"].nunique().unstack(fill_value=0)
    wide = wide.reindex(columns=list(SEVERITIES), fill_value=0)
    order = [name for name in SEVERITIES if name in wide]
    return wide.sort_values(
        [*order, "check"], ascending=[False] * len(order) + [True]
    ).reset_index()


def found(flags: pd.DataFrame, rows: int, version: str, sources: tuple[str, ...]) -> Figure:
    """Bars of flagged rows per check, graver findings darker."""
    table = by_check(flags)
    grave = flags[flags["severity"].eq("impossible")]["row_id"].nunique()
    odd = flags[flags["severity"].ne("note")]["row_id"].nunique()
    title = (
        f"{count(odd, 'row')} of {rows:,} deserve a second look in the paper; "
        f"{grave} cannot be as printed if scores are whole numbers"
    )
    with style.house():
        canvas = figures.blank(0.6 + 0.28 * len(table), title, version, sources)
        axes = canvas.add_subplot()
        for y, row in enumerate(figures.records(table)):
            start = 0
            for severity in SEVERITIES:
                axes.barh(y, row[severity], left=start, color=COLOURS[severity], height=0.7)
                start += row[severity]
            axes.text(start + 0.4, y, str(start), va="center", fontsize=9.5, color=style.QUIET)
        keys = [Patch(color=COLOURS[severity], label=severity) for severity in SEVERITIES]
        axes.legend(handles=keys, frameon=False, loc="lower right")
        axes.set_yticks(range(len(table)), table["check"].tolist())
        axes.set_ylim(len(table) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("rows flagged")
    return Figure(
        id="consistency-flags",
        claim=None,
        title=title,
        caption=(
            "Rows flagged by each consistency check. Impossible: no data print so. Unlikely: look "
            "in the paper. Note: common in honest papers. A flag is a question, not a verdict, and "
            "drops nothing. Checks that found nothing are not drawn."
        ),
        alt=f"Horizontal bars, one per check, split by severity. {title}.",
        sources=sources,
        data=table,
        canvas=canvas,
    )
