"""The bridge chart: from one value to another in steps, each with its standard error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.bridge import Bridge
from forecast.errors import GoalError, expect
from forecast.reporting.canvas import COLOURS, INK, PALE, dress, legend_below, new_axes
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

WHISKER = 1.96
"""Standard errors on each side of an end: 95 % of a normal error."""


def plot_bridge(result: Bridge, *, ax: Axes | None = None, path: str | Path | None = None) -> Axes:
    """Draw a waterfall from top to bottom: the start, the steps, the end; per cent, money or quarters along x.

    A step's bar goes from where the one above ended to where it ends itself, filled where it raises the statistic and
    hatched where it lowers it, so that they are told apart in black and white. Whiskers are 1.96 standard errors of
    the step itself (of the value, at the start and the end). ``path`` saves the figure, in the format of its ending.
    Returns the axes.
    """
    expect(result, Bridge, GoalError, "the result", "make one: bridge(company, start, end, statistic, ...)")
    rows = len(result.steps) + 2
    ax = new_axes(height=1.9 + 0.42 * rows) if ax is None else ax
    factor = 100.0 if result.unit == "points" else 1.0
    origin = result.origin.ordinal - 1 if result.unit == "quarters" else 0
    start, end = (factor * (value + origin) for value in (result.start_value, result.end_value))
    edges = start + np.concatenate([[0.0], np.cumsum([factor * step.value for step in result.steps])])
    every = np.concatenate([edges, [end]])
    errors = np.array([result.start_error, *(step.error for step in result.steps), result.end_error])
    reach = factor * WHISKER * errors
    span = float(np.ptp(every)) or 1.0
    base = 0.0 if result.unit != "quarters" else float(every.min()) - 0.25 * span
    legend: dict[str, Artist] = {}
    for row, value in ((0, start), (rows - 1, end)):
        ax.barh(row, value - base, left=base, height=0.62, color=PALE, edgecolor=INK, linewidth=0.9, gid=f"end {row}")
    for row, step in enumerate(result.steps, start=1):
        left, size = edges[row - 1], edges[row] - edges[row - 1]
        up = size >= 0
        drawn = ax.barh(
            row,
            size,
            left=left,
            height=0.62,
            color=COLOURS[0] if up else "white",
            edgecolor=INK if up else COLOURS[1],
            hatch=None if up else "////",
            linewidth=0.9,
            gid=f"step {step.name}",
        )
        legend.setdefault("raises it" if up else "lowers it", drawn.patches[0])
    for row in range(rows - 1):
        level = edges[row]
        ax.plot([level, level], [row + 0.31, row + 0.69], color=INK, linewidth=0.8, zorder=2.5)
    whiskers = ax.errorbar(
        [start, *edges[1:], end],
        range(rows),
        xerr=reach,
        fmt="none",
        ecolor=INK,
        elinewidth=1.3,
        capsize=3.5,
        zorder=4,
    )
    whiskers[2][0].set_gid("whiskers")
    legend["95% interval of the step (simulation error)"] = whiskers[2][0]
    texts = [result.level(result.start_value), *(result.move(step.value) for step in result.steps)]
    rights = np.maximum(np.concatenate([[start], edges[:-1], [end]]), np.concatenate([[start], edges[1:], [end]]))
    rights = np.maximum(rights, np.array([start, *edges[1:], end]) + reach)
    for row, (text, right) in enumerate(zip([*texts, result.level(result.end_value)], rights, strict=True)):
        at = max(float(right), 0.0) if row in (0, rows - 1) and result.unit != "quarters" else float(right)
        ax.annotate(
            text.replace("-", "\N{MINUS SIGN}"),
            (at, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.8,
            parse_math=False,
        )
    _axes(ax, result, rows, (min(base, float(every.min())), max(base, float(rights.max()))), span)
    dress(ax, f"{result.statistic}".replace(", quarters from now", "") + f": from '{result.start}' to '{result.end}'")
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=PALE, linewidth=0.6)
    legend_below(ax, legend, columns=3)
    if path is not None:
        ax.figure.savefig(path, dpi=150)  # type: ignore[union-attr]
    return ax


def _axes(ax: Axes, result: Bridge, rows: int, ends: tuple[float, float], span: float) -> None:
    """Names down the left, the unit along x, and room for the numbers at the right."""
    names = [result.start, *(step.name for step in result.steps), result.end]
    ax.set_yticks(range(rows), names, parse_math=False)
    ax.set_ylim(rows - 0.5, -0.5)
    low, high = ends
    pad = 0.03 * (high - low)
    ax.set_xlim(low - pad if low < 0 or result.unit == "quarters" else low, high + 0.16 * (high - low))
    if low < 0 < high:
        ax.axvline(0, color=INK, linewidth=0.9, zorder=2.8, gid="zero")
    if result.unit == "points":
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}%".replace("-", "\N{MINUS SIGN}"))
        ax.set_xlabel("probability", fontsize=9.5)
    elif result.unit == "quarters":
        ticks = range(int(np.ceil(low)), int(np.floor(high)) + 1)
        step = max(1, int(np.ceil(len(ticks) / 8)))
        ax.set_xticks(list(ticks)[::step], [str(Quarter(tick)) for tick in list(ticks)[::step]])
        ax.set_xlabel("quarter", fontsize=9.5)
    else:
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}"))
        ax.set_xlabel(result.unit, fontsize=9.5, parse_math=False)
