"""The picture of the explorer: a fan and a curve of probabilities as SVG text, quick enough to follow a slider."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from forecast.distributions import Array
from forecast.timeline import Quarter

WIDTH, HEIGHT, LEFT, TOP = 460, 190, 70, 26
"""Of one panel in pixels; the numbers along y stand left of ``LEFT``, the title above ``TOP``."""


def picture(
    quarters: Sequence[Quarter], quantiles: Array, probability: Array, titles: tuple[str, str], *, level: float | None
) -> str:
    """Two panels below each other: quantiles (quarters, 3) with the goal's level, probability (quarters,) in per cent.

    Quarters without a number are left out. Titles are text.
    """
    known = np.flatnonzero(~np.isnan(quantiles).any(axis=1))
    shown = quantiles[known]
    every = shown.ravel() if level is None else np.append(shown.ravel(), level)
    low, high = float(every.min()), float(every.max())
    if low == high:
        low, high = low - 1.0, high + 1.0
    along = [LEFT + (WIDTH - LEFT - 10) * place / max(1, len(quarters) - 1) for place in range(len(quarters))]
    at = [along[place] for place in known]
    bottom, middle, top = (_ups(column, low, high) for column in shown.T)
    band = _points([*at, *at[::-1]], [*bottom, *top[::-1]])
    fan = f'<polygon points="{band}" fill="#8FBFE0"/>{_line(at, middle)}'
    if level is not None:
        fan += _level(_ups(np.array([level]), low, high)[0])
    share = _line(along, _ups(100 * probability, 0.0, 100.0))
    first = _panel(titles[0], (f"{low:,.4g}", f"{high:,.4g}"), quarters, fan, 0)
    second = _panel(titles[1], ("0 %", "100 %"), quarters, share, HEIGHT)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{html.escape(" and ".join(titles))}" '
        f'width="{WIDTH}" height="{2 * HEIGHT}" font-family="sans-serif" font-size="11" fill="currentColor">'
        f"{first}{second}</svg>"
    )


def _panel(title: str, ends: tuple[str, str], quarters: Sequence[Quarter], content: str, down: int) -> str:
    """Axes with their ends named, and what is drawn between them."""
    foot = HEIGHT - 26
    words = [(LEFT, 14, "start", title), (LEFT - 5, foot, "end", ends[0]), (LEFT - 5, TOP + 8, "end", ends[1])]
    words += [(LEFT, foot + 15, "start", str(quarters[0])), (WIDTH - 10, foot + 15, "end", str(quarters[-1]))]
    texts = "".join(
        f'<text x="{x}" y="{y}" text-anchor="{side}">{html.escape(one)}</text>' for x, y, side, one in words
    )
    axes = f'<path d="M{LEFT} {TOP}V{foot}H{WIDTH - 10}" fill="none" stroke="currentColor"/>'
    return f'<g transform="translate(0 {down})">{content}{axes}{texts}</g>'


def _ups(values: Array, low: float, high: float) -> list[float]:
    """Places from the top for values between the ends of the axis."""
    foot = HEIGHT - 26
    return [float(foot - (foot - TOP) * (value - low) / (high - low)) for value in values]


def _points(across: Sequence[float], down: Sequence[float]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))


def _line(across: Sequence[float], down: Sequence[float]) -> str:
    return f'<polyline points="{_points(across, down)}" fill="none" stroke="#0072B2" stroke-width="2"/>'


def _level(down: float) -> str:
    """Where the goal begins, dashed."""
    return f'<path d="M{LEFT} {down:.1f}H{WIDTH - 10}" stroke="currentColor" stroke-dasharray="4 3"/>'
