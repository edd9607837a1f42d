"""The bridge chart: from one value to another in steps, each with its standard error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.bridge import Bridge
from forecast.distributions import Array
from forecast.errors import GoalError, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, INK, PALE, dress, legend_below
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

WHISKER = 1.96
"""Standard errors on each side of an end: 95 % of a normal error."""

RISE = "#7DB3DA"
"""The first of ``COLOURS``, pale enough for a whisker on it."""

HIGH = 0.62
"""Of a bar, in rows."""

MINUS = "\N{MINUS SIGN}"


def plot_bridge(result: Bridge, *, ax: Axes | None = None, path: str | Path | None = None) -> Axes:
    """Draw a waterfall from top to bottom: the start, the steps, the end; per cent, money or quarters along x.

    A step's bar goes from where the one above ended to where it ends itself, filled where it raises the statistic and
    hatched where it lowers it, so that they are told apart in black and white. A date has no zero, so that start and
    end are points there. Whiskers are 1.96 standard errors of the step itself, and of the value at the start and the
    end. ``path`` saves the figure, in the format of its ending. Returns the axes.
    """
    expect(result, Bridge, GoalError, "the result", "make one: bridge(company, start, end, statistic, ...)")
    ax = new_axes(height=1.9 + 0.42 * (len(result.steps) + 2)) if ax is None else checked(ax)
    factor = 100.0 if result.unit == "points" else 1.0
    origin = result.origin.ordinal - 1 if result.unit == "quarters" else 0
    start = factor * (result.start_value + origin)
    edges = start + np.concatenate([[0.0], np.cumsum([factor * step.value for step in result.steps])])
    stops = np.append(edges, factor * (result.end_value + origin))
    errors = [result.start_error, *(step.error for step in result.steps), result.end_error]
    reach = factor * WHISKER * np.array(errors)
    legend = _bars(ax, result, stops)
    whiskers = ax.errorbar(
        stops, range(len(stops)), xerr=reach, fmt="none", ecolor=INK, elinewidth=1.3, capsize=3.5, zorder=4
    )
    whiskers[2][0].set_gid("whiskers")
    legend["95% interval (simulation error)"] = whiskers[2][0]
    rights = _numbers(ax, result, stops, stops + reach)
    _axes(ax, result, min([*(stops - reach), *_zero(result)]), max([*rights, *_zero(result)]))
    dress(
        ax,
        f"{result.statistic}".replace(", quarters from now", "")
        + f": {result.start} \N{RIGHTWARDS ARROW} {result.end}",
    )
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=PALE, linewidth=0.6)
    legend_below(ax, legend, columns=3)
    finish(ax, path)
    return ax


def _zero(result: Bridge) -> tuple[float, ...]:
    """Where bars of values begin; nowhere for dates."""
    return () if result.unit == "quarters" else (0.0,)


def _bars(ax: Axes, result: Bridge, stops: Array) -> dict[str, Artist]:
    """The start and end, the steps between, and thin lines from one to the next."""
    legend: dict[str, Artist] = {}
    last = len(stops) - 1
    for row in (0, last):
        gid = "end" if row else "start"
        if result.unit == "quarters":
            ax.plot([stops[row]], [row], marker="D", markersize=8, color=PALE, markeredgecolor=INK, gid=gid, zorder=3)
        else:
            ax.barh(row, stops[row], height=HIGH, color=PALE, edgecolor=INK, linewidth=0.9, gid=gid)
    words = ("later", "earlier") if result.unit == "quarters" else ("raises it", "lowers it")
    for row, step in enumerate(result.steps, start=1):
        up = step.value >= 0
        drawn = ax.barh(
            row,
            stops[row] - stops[row - 1],
            left=stops[row - 1],
            height=HIGH,
            color=RISE if up else "white",
            edgecolor=INK if up else COLOURS[1],
            hatch=None if up else "////",
            linewidth=0.9,
        )
        drawn.patches[0].set_gid(f"step {step.name}")
        legend.setdefault(words[0] if up else words[1], drawn.patches[0])
    for row in range(last):
        ax.plot([stops[row]] * 2, [row + HIGH / 2, row + 1 - HIGH / 2], color=INK, linewidth=0.8, zorder=2.5)
    return legend


def _numbers(ax: Axes, result: Bridge, stops: Array, tips: Array) -> Array:
    """The numbers to the right of their bars and whiskers; returns where they begin along x."""
    ends = [result.level(value).removesuffix(result.unit).rstrip() for value in (result.start_value, result.end_value)]
    texts = [ends[0], *(result.move(step.value) for step in result.steps), ends[1]]
    lefts = np.append(np.concatenate([[stops[0]], stops[:-2]]), stops[-1])
    rights = np.maximum(np.maximum(lefts, stops), tips)
    rights[[0, -1]] = np.maximum(rights[[0, -1]], max(_zero(result), default=-np.inf))
    for row, (text, right) in enumerate(zip(texts, rights, strict=True)):
        ax.annotate(
            text.replace("-", MINUS),
            (float(right), row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.8,
            parse_math=False,
        )
    return np.asarray(rights)


def _axes(ax: Axes, result: Bridge, low: float, high: float) -> None:
    """Names down the left, the unit along x, and room for the numbers at the right."""
    names = [result.start, *(step.name for step in result.steps), result.end]
    ax.set_yticks(range(len(names)), names, parse_math=False)
    ax.set_ylim(len(names) - 0.5, -0.5)
    span = high - low or 1.0
    ax.set_xlim(low if low == 0 else low - 0.04 * span, high + 0.14 * span)
    if low < 0 < high:
        ax.axvline(0, color=INK, linewidth=0.9, zorder=2.8, gid="zero")
    if result.unit == "points":
        ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= 100 and tick <= high + 0.14 * span])
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}%")
        ax.set_xlabel("probability", fontsize=9.5)
    elif result.unit == "quarters":
        ticks = list(range(int(np.ceil(low - 0.04 * span)), int(np.floor(high + 0.14 * span)) + 1))
        ticks = ticks[:: len(ticks) // 8 + 1]
        ax.set_xticks(ticks, [str(Quarter(tick)) for tick in ticks])
        ax.set_xlabel("quarter", fontsize=9.5)
    else:
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", MINUS))
        ax.set_xlabel(result.unit, fontsize=9.5, parse_math=False)
