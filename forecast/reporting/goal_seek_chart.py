"""The goal-seek chart: the probability of reaching a goal against the value of the lever."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis import GoalSeek
from forecast.errors import ForecastError, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, INK, dress, legend_below, percent_axis

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

WIDE = 20.0
"""A range of positive values whose ends differ by more than this factor is drawn on a log scale."""


def plot_goal_seek(result: GoalSeek, *, ax: Axes | None = None, path: str | PathLike[str] | None = None) -> Axes:
    """Draw ``result.curve``: probability [%] against the lever, with its 95 % sampling interval.

    A horizontal line marks the wanted probability, a vertical one the answer, with its interval shaded; where
    no value reaches the goal, a cross marks the best attainable probability instead; where going further loses it
    again, a dashed line marks from where on. The lever's axis is
    logarithmic as in the search, when both ends are positive and differ more than 20-fold. ``path`` saves the
    figure. Returns the axes.
    """
    expect(result, GoalSeek, ForecastError, "the result", "make one: goal_seek(company, scenario, vary=..., ...)")
    ax = new_axes() if ax is None else checked(ax)
    lever = result.curve["lever"].to_numpy()
    low, share, high = (100 * result.curve[name].to_numpy() for name in ("low", "probability", "high"))
    band = ax.fill_between(lever, low, high, color="#B9D6E6", linewidth=0, zorder=2, gid="interval")
    (curve,) = ax.plot(lever, share, color=COLOURS[0], linewidth=2.0, zorder=3, clip_on=False, gid="curve")
    legend: dict[str, Artist] = {"probability": curve, "95% interval of the probability": band}
    if result.low > 0 and result.high / result.low > WIDE:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlim(result.low, result.high)
    ax.set_xlabel(f"{result.lever.full_name} [{result.lever.unit or 'number'}]", fontsize=9.5, parse_math=False)
    percent_axis(ax)
    if result.goal.probability is not None:
        wanted = 100 * result.goal.probability
        line = ax.axhline(wanted, color=INK, linewidth=1.0, linestyle=(0, (2, 2)), zorder=2.5, gid="target")
        legend[f"wanted: {wanted:g}%"] = line
    legend |= _draw_answer(ax, result)
    dress(ax, f"{result.goal}, scenario '{result.scenario}'")
    legend_below(ax, legend, columns=2)
    finish(ax, path)
    return ax


def _draw_answer(ax: Axes, result: GoalSeek) -> dict[str, Artist]:
    """The answer with its interval, cut to the range searched, or the best that can be attained."""
    unit = f" {result.lever.unit}".rstrip()
    if result.answer is None:
        (best,) = ax.plot(
            [result.best_at],
            [100 * result.best],
            linestyle="none",
            marker="X",
            markersize=9,
            color=COLOURS[1],
            clip_on=False,
            zorder=4,
            gid="best",
        )
        return {f"cannot be reached; best: {result.best:.0%} at {result.best_at:.4g}{unit}": best}
    if result.effortless:
        said = f"reached anywhere, even at {result.answer:.4g}{unit}"
    else:
        said = f"answer: at {'most' if result.easier < 0 else 'least'} {result.answer:.4g}{unit}"
    line = ax.axvline(result.answer, color=COLOURS[1], linewidth=1.4, zorder=2.6, gid="answer")
    legend: dict[str, Artist] = {said: line}
    ends = np.clip(result.interval, result.low, result.high)
    if not result.effortless and ends[0] < ends[1]:
        zone = ax.axvspan(*ends, color="#F3CDB8", linewidth=0, zorder=1.2, gid="answer interval")
        legend["95% interval of the answer"] = zone
    if result.lost_beyond is not None:
        lost = ax.axvline(
            result.lost_beyond, color=COLOURS[1], linewidth=1.4, linestyle=(0, (5, 2)), zorder=2.6, gid="lost beyond"
        )
        legend[f"lost again beyond {result.lost_beyond:.4g}{unit}"] = lost
    return legend
