"""The house style: one size, one typeface, colours that survive grey and colour blindness.

The typeface is the one that matplotlib itself brings, drawn as outlines, so that a figure looks
the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes

WIDTH_INCHES = 8.0
DPI = 150  # 8 inches x 150 = 1200 px, blog width

INK = "#1b1b1b"
QUIET = "#5a5a5a"

#: One colour and one marker per comparator (Okabe and Ito's palette, dark to light in grey).
COMPARATOR_COLOURS = {
    "no_treatment": "#0072b2",
    "sham": "#d55e00",
    "active": "#6a3d9a",
    "add_on": "#009e73",
}
COMPARATOR_MARKERS = {"no_treatment": "s", "sham": "o", "active": "^", "add_on": "D"}

_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 14,
    "axes.labelsize": 11,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "svg.fonttype": "path",
    "svg.hashsalt": "massage-evidence",  # ids in the file would otherwise change with every run
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def house() -> Iterator[None]:
    """Draw in the house style within this block, whatever the reader's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        sns.set_theme(style="ticks", rc=_RC)
        yield


def name_ends(axes: Axes, unit: str) -> None:
    """Say at both sides of no difference whom it favours, and the unit below."""
    below = {
        "xytext": (0, -24),
        "textcoords": "offset points",
        "va": "top",
        "annotation_clip": False,
    }
    at = {"xy": (0, 0), "xycoords": ("data", "axes fraction"), "fontsize": 10.5}
    axes.annotate("\u2190 favours massage  ", ha="right", **at, **below)  # type: ignore[arg-type]
    axes.annotate("  favours comparison \u2192", ha="left", **at, **below)  # type: ignore[arg-type]
    axes.set_xlabel(unit, labelpad=20)


def shade_trivial(axes: Axes, margin: float, y: float) -> None:
    """Shade the differences that are too small to matter, and say so at height ``y``."""
    axes.axvspan(-margin, margin, color="#f0f0f0", zorder=0)
    axes.text(
        0,
        y,
        "too small to matter",
        ha="center",
        va="center",
        fontsize=9.5,
        color=QUIET,
        zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


def show_ratios(axes: Axes) -> None:
    """Label an axis of logged ratios with the ratios themselves."""
    ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if _inside(axes, math.log(t))]
    axes.set_xticks([math.log(t) for t in ticks], [f"{t:g}" for t in ticks])


def _inside(axes: Axes, at: float) -> bool:
    low, high = axes.get_xlim()
    return low <= at <= high
