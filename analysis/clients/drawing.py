"""Lines of numbers as small SVG pictures, with nothing in them but coordinates and plain words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, EDGE = 640, 220, 34
INK, QUIET, ACCENT = "#1b1b1b", "#5a5a5a", "#0072b2"


def many_lines(
    paths: Sequence[tuple[Sequence[float], Sequence[float]]],
    *,
    title: str,
    low: float,
    high: float,
    days: float,
) -> str:
    """Every client's line in one picture, without a name on any of them."""
    x = _Scale(0, max(days, 1), EDGE, WIDTH - 10)
    y = _Scale(low, high if high > low else low + 1, HEIGHT - EDGE, 10)
    drawn = [
        f'<polyline points="{_points(when, values, x, y)}" fill="none" stroke="{ACCENT}" '
        'stroke-opacity="0.35" stroke-width="1.5"/>'
        for when, values in paths
    ]
    labels = [
        _text(EDGE - 6, y(low), f"{low:g}", "end"),
        _text(EDGE - 6, y(high) + 8, f"{high:g}", "end"),
        _text(x(0), HEIGHT - 12, "day 0", "start"),
        _text(x(max(days, 1)), HEIGHT - 12, f"day {days:g}", "end"),
    ]
    axes = f'<path d="M{EDGE} 10V{HEIGHT - EDGE}H{WIDTH - 10}" fill="none" stroke="{QUIET}"/>'
    return _picture(WIDTH, HEIGHT, title, [axes, *drawn, *labels])


def one_line(days: Sequence[float], values: Sequence[float], *, title: str) -> str:
    """One client's line, small enough for a table."""
    x = _Scale(min(days), max(max(days), min(days) + 1), 4, 156)
    y = _Scale(min(values), max(max(values), min(values) + 1), 32, 6)
    last = f'<circle cx="{x(days[-1]):.1f}" cy="{y(values[-1]):.1f}" r="3" fill="{ACCENT}"/>'
    line = (
        f'<polyline points="{_points(days, values, x, y)}" fill="none" stroke="{ACCENT}" '
        'stroke-width="1.5"/>'
    )
    return _picture(160, 38, title, [line, last])


def interval_bars(rows: Sequence[tuple[str, float, float, float]], *, title: str) -> str:
    """Points with intervals on one axis, zero marked: (label, value, low, high) per row."""
    low = min(0.0, *(r[2] for r in rows))
    high = max(0.0, *(r[3] for r in rows))
    left, height = 210, 30 * len(rows) + 40
    x = _Scale(low, high if high > low else low + 1, left, WIDTH - 20)
    drawn = [f'<path d="M{x(0):.1f} 6V{height - 28}" stroke="{QUIET}" stroke-dasharray="3 3"/>']
    for i, (label, value, start, end) in enumerate(rows):
        at = 20 + 30 * i
        drawn += [
            _text(left - 12, at + 4, label, "end"),
            f'<path d="M{x(start):.1f} {at}H{x(end):.1f}" stroke="{ACCENT}" stroke-width="3"/>',
            f'<circle cx="{x(value):.1f}" cy="{at}" r="5" fill="{ACCENT}"/>',
        ]
    drawn += [
        _text(x(at), height - 10, f"{at:.1f}".replace("-", "\u2212"), "middle")
        for at in dict.fromkeys((low, 0.0, high))
    ]
    return _picture(WIDTH, height, title, drawn)


class _Scale:
    """A straight line from values to pixels."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.start = low, start
        self.factor = (end - start) / (high - low)

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) * self.factor


def _points(days: Sequence[float], values: Sequence[float], x: _Scale, y: _Scale) -> str:
    return " ".join(f"{x(d):.1f},{y(v):.1f}" for d, v in zip(days, values, strict=True))


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12" fill="{QUIET}">'
        f"{escape(words)}</text>"
    )


def _picture(width: int, height: int, title: str, inside: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(inside)}</svg>'
    )
