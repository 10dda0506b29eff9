"""The specification curve drawn: estimates in order above, the choices behind each below.

The two panels of Simonsohn, Simmons and Nelson (2020), *Nature Human Behaviour* 4, 1208; answers
against different comparators stand side by side and are never sorted into one curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from analysis.evidence.choices import ONE_OUT, TWO_OUT
from analysis.evidence.claims import Claim
from analysis.evidence.sentences import COMPARATOR_SHORT, COMPARATOR_WORDS, number
from analysis.evidence.spec_summary import FOR, AnswerSpread
from analysis.publish import figures, style
from analysis.publish.figures import Figure
from analysis.stats.multiverse import Choice

#: Specifications drawn per answer: as many as stay apart on paper.
DRAWN = 90

_ROW_INCHES, _CURVE_INCHES = 0.165, 2.7
_NAMES = {
    "comparator": "compared with", "window": "time", "measure": "measure",
    "p_rebuilt": "effects rebuilt from p", "correlation": "imputed correlation",
    "effect_of_trial": "effect of a trial", "modality": "kind of massage",
    "risk_of_bias": "risk of bias", "design": "design", "population": "people",
    "cautions": "rows with cautions", "model": "tau2 + interval", "left_out": "left out",
}  # fmt: skip


@dataclass(frozen=True)
class _Row:
    choice: str
    option: str


def specification_curve(
    claim: Claim,
    answers: tuple[AnswerSpread, ...],
    choices: tuple[Choice, ...],
    version: str,
    sources: tuple[str, ...],
) -> Figure:
    """The curve of each deciding answer of a claim, thinned evenly along its order.

    Raises
    ------
    ValueError
        When there is no answer to draw, or one analysis only.
    """
    if not answers:
        raise ValueError(f"{claim.id}: no deciding answer has a curve to draw")
    drawn = [_thinned(a) for a in answers]
    shown = pd.concat(drawn)
    rows = [
        _Row(c.name, o)
        for c in choices
        for o in c.options
        if shown[c.name].astype(str).eq(o).any() and shown[c.name].astype(str).nunique() > 1
    ]
    if not rows:
        raise ValueError(f"{claim.id}: there is nothing to choose, so there is no curve to draw")
    title = _title(answers)
    with style.house():
        canvas = _draw(claim, answers, drawn, rows, title, version, sources)
    told = ". ".join(_told(claim, a) for a in answers)
    columns = ["answer", "place", "rescaled", "rescaled_low", "rescaled_high", "verdict", "primary"]
    return Figure(
        id=f"{claim.id}-specifications",
        claim=claim.id,
        title=title,
        caption=(
            f"{told}. Each analysis is one defensible way to choose trials, effects and model; "
            f"above, its estimate and interval, in order; below, what was chosen. Filled: the "
            "verdict speaks for massage. Diamond: the analysis fixed in advance. "
            f"{_scale_note(claim, answers)}"
            f"At most {DRAWN} per comparison are drawn, evenly spaced, half of them with a trial "
            "or two left out; shares are of those with all trials in. Shaded: too small to matter. "
            "The analyses share trials, so these shares show how far the answer hangs on choices; "
            "they are no probabilities."
        ),
        alt=(
            f"Two panels for each comparison: sorted estimates with intervals, {claim.unit}, below "
            f"zero favours massage, and a grid of the choices made. {told}."
        ),
        sources=sources,
        data=shown[columns + [c.name for c in choices if c.name in shown]].reset_index(drop=True),
        canvas=canvas,
    )


def _title(answers: tuple[AnswerSpread, ...]) -> str:
    parts = [
        f"{number(100 * a.supporting, 0)} % of analyses {COMPARATOR_SHORT[a.comparator]}"
        for a in answers
    ]
    return f"A verdict for massage comes out of {' and '.join(parts)}"


def _told(claim: Claim, a: AnswerSpread) -> str:
    low, high = a.crossed["rescaled"].min(), a.crossed["rescaled"].max()
    digits = 1 if claim.effect == "MD" else 2
    return (
        f"Against {COMPARATOR_WORDS[a.comparator]}, {_analyses(len(a.crossed))}: estimates from "
        f"{number(low, digits)} to {number(high, digits)} {claim.unit_short}, "
        f"{number(100 * a.supporting, 0)} % with a verdict for massage, "
        f"{number(100 * a.changed, 0)} % with another verdict than ours{_omitted(a)}"
    )


def _analyses(number_of: int) -> str:
    return f"{number_of:,} {'analysis' if number_of == 1 else 'analyses'}"


def _omitted(a: AnswerSpread) -> str:
    """What leaving out trials does, where any can be."""
    told = [
        f"{number(100 * a.changed_by(left), 0)} % of those with {left} left out"
        for left in (ONE_OUT, TWO_OUT)
        if a.table["left_out"].astype(str).eq(left).any()
    ]
    return f" (and {', '.join(told)})" if told else ""


def _scale_note(claim: Claim, answers: tuple[AnswerSpread, ...]) -> str:
    if claim.effect == "RR":
        return "Ratios are logged. "
    if claim.effect != "MD":
        return ""
    measures = pd.concat(a.by_measure() for a in answers)
    standardised = measures[measures["measure"].eq("SMD")]
    if standardised.empty:
        return ""
    return (
        "Standardised differences are drawn in points, but judged by their own margin, "
        f"{number(standardised['margin'].iloc[0], 1)} standard deviations or some "
        f"{number(standardised['rescaled_margin'].iloc[0], 0)} points: so filled dots can lie in "
        "the shade. "
    )


def _thinned(a: AnswerSpread) -> pd.DataFrame:
    """An evenly spaced part of one answer's curve with its pre-specified analysis, in order."""
    # Two methods may agree but for the last digits, which differ between processors: there the
    # order of the table decides.
    order = ["rescaled", "rescaled_high"]
    places = a.table[order].round(8).sort_values(order, kind="stable").index
    ordered = a.table.loc[places].reset_index(drop=True)
    ordered = ordered.assign(answer=f"{a.comparator}/{a.horizon}", place=ordered.index + 1)
    if len(ordered) > DRAWN:
        omitted = ordered["left_out"].astype(str).isin([ONE_OUT, TWO_OUT]).to_numpy()
        parts = [np.flatnonzero(flag) for flag in (omitted, ~omitted)]
        half = min(DRAWN // 2, len(parts[0]))
        wanted = (half, DRAWN - half)
        kept = [p[_even(len(p), n)] for p, n in zip(parts, wanted, strict=True)]
        ordered = ordered.iloc[np.union1d(np.concatenate(kept), np.flatnonzero(ordered["primary"]))]
    return ordered.reset_index(drop=True)


def _even(total: int, wanted: int) -> np.ndarray:
    return np.unique(np.linspace(0, total - 1, min(total, wanted)).round().astype(int))


def _draw(
    claim: Claim,
    answers: tuple[AnswerSpread, ...],
    drawn: list[pd.DataFrame],
    rows: list[_Row],
    title: str,
    version: str,
    sources: tuple[str, ...],
) -> Canvas:
    groups = len({r.choice for r in rows})
    below = _ROW_INCHES * (len(rows) + 0.6 * groups)
    canvas = figures.blank(_CURVE_INCHES + below + 0.4, title, version, sources)
    grid = canvas.subplots(
        2,
        len(answers),
        sharex="col",
        sharey="row",
        squeeze=False,
        height_ratios=[_CURVE_INCHES, below],
    )
    y = _places(rows)
    for column, (a, table) in enumerate(zip(answers, drawn, strict=True)):
        _curve(grid[0, column], a, table, claim)
        _choices(grid[1, column], a, table, rows, y)
    _frame(grid[0, 0], drawn, claim)
    _name_choices(grid[1, 0], rows, y)
    canvas.subplots_adjust(left=0.36, right=0.98, hspace=0.04, wspace=0.06)
    height = canvas.get_figheight()
    canvas.subplots_adjust(bottom=(0.55 + 0.17 * 3) / height)
    return canvas


def _unit(claim: Claim) -> str:
    unit = "log of the risk ratio" if claim.effect == "RR" else claim.unit
    return unit.replace(" on a ", "\non a ")


def _curve(axes: Axes, a: AnswerSpread, table: pd.DataFrame, claim: Claim) -> None:
    colour = style.COMPARATOR_COLOURS[a.comparator]
    x = np.arange(len(table))
    low, mid, high = (
        table[c].to_numpy(dtype=float) for c in ("rescaled_low", "rescaled", "rescaled_high")
    )
    if claim.effect != "RR":
        axes.axhspan(-claim.important, claim.important, color="#f0f0f0", zorder=0)
    axes.axhline(0, color=style.INK, linewidth=0.8)
    _bars(axes, x, low, high, color=colour, linewidth=0.8, alpha=0.45)
    speaks = table["verdict"].isin(FOR).to_numpy()
    axes.plot(x[speaks], mid[speaks], "o", color=colour, markersize=3)
    axes.plot(x[~speaks], mid[~speaks], "o", color=colour, markerfacecolor="white", markersize=3)
    for at in np.flatnonzero(table["primary"].to_numpy(bool)).tolist():
        axes.axvline(at, color=style.INK, linewidth=0.7, linestyle=":")
        axes.plot([at], [mid[at]], "D", color=style.INK, markersize=6, zorder=6)
    axes.set_title(f"{COMPARATOR_SHORT[a.comparator]}, {a.horizon}", fontsize=11, color=colour)
    axes.tick_params(axis="x", length=0, labelbottom=False)


def _frame(axes: Axes, drawn: list[pd.DataFrame], claim: Claim) -> None:
    """Limits that a few very wide intervals cannot stretch, and which side favours whom."""
    low, high = (
        np.concatenate([t[c].to_numpy(dtype=float) for t in drawn])
        for c in ("rescaled_low", "rescaled_high")
    )
    bottom, top = np.quantile(low, 0.03), np.quantile(high, 0.97)
    axes.set_ylim(bottom, max(top, 0.1 * (top - bottom)))
    axes.set_ylabel(f"{_unit(claim)}\n\u2190 favours massage", fontsize=10, loc="bottom")


def _bars(axes: Axes, x: np.ndarray, low: np.ndarray, high: np.ndarray, **look: object) -> None:
    """Upright lines as one path, which keeps the file small."""
    gap = np.full(len(x), np.nan)
    axes.plot(
        np.column_stack([x, x, x]).ravel(),
        np.column_stack([low, high, gap]).ravel(),
        **look,  # type: ignore[arg-type]
    )


def _places(rows: list[_Row]) -> np.ndarray:
    """Height of each option, with a gap before each choice."""
    new = np.array([i == 0 or rows[i - 1].choice != r.choice for i, r in enumerate(rows)])
    return np.asarray(np.arange(len(rows)) + 0.6 * np.cumsum(new), dtype=float)


def _choices(
    axes: Axes, a: AnswerSpread, table: pd.DataFrame, rows: list[_Row], y: np.ndarray
) -> None:
    colour = style.COMPARATOR_COLOURS[a.comparator]
    first = np.flatnonzero(table["primary"].to_numpy(bool))
    for at in first.tolist():
        axes.axvline(at, color=style.INK, linewidth=0.7, linestyle=":")
    for row, height in zip(rows, y, strict=True):
        x = np.flatnonzero(table[row.choice].astype(str).eq(row.option).to_numpy())
        if not len(x):
            continue
        _bars(axes, x, np.full(len(x), height - 0.32), np.full(len(x), height + 0.32),
              color=colour, linewidth=1.1)  # fmt: skip
        ours = np.intersect1d(x, first)
        axes.plot(ours, np.full(len(ours), height), "D", color=style.INK, markersize=3.5, zorder=6)
    axes.set_ylim(y[-1] + 0.8, -0.4)
    axes.set_xlabel(f"{len(table)} of {_analyses(len(a.table))}, in order")
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)


def _name_choices(axes: Axes, rows: list[_Row], y: np.ndarray) -> None:
    labels = [COMPARATOR_WORDS.get(r.option, r.option).replace("_", " ") for r in rows]
    labels = [_short(label) for label in labels]
    axes.set_yticks(y, labels, fontsize=8.5)
    seen: set[str] = set()
    for row, height in zip(rows, y, strict=True):
        if row.choice not in seen:
            seen.add(row.choice)
            axes.annotate(
                _NAMES[row.choice],
                xy=(0, height),
                xycoords=("axes fraction", "data"),
                xytext=(-205, 0),
                textcoords="offset points",
                fontsize=8.5,
                weight="bold",
                va="center",
                annotation_clip=False,
            )


def _short(label: str) -> str:
    return label.replace("a sham treatment", "sham").replace("swedish or classic", "Swedish")
