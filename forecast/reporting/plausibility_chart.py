"""The plausibility chart: how far each scenario lies from the base, in heads in a row."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.distance import FEW, Plausibility, Standing
from forecast.errors import GoalError, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, INK, TINTS, dress, legend_below, rows_down

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def plot_plausibility(result: Plausibility, *, ax: Axes | None = None, path: str | PathLike[str] | None = None) -> Axes:
    """Draw ``result.distances[scenario].heads``, as surprising as so many heads in a row, the nearest scenario on top.

    Whiskers are one standard error either way. Hatched where fewer than 100 effective paths are left, so that the
    distance is an order of magnitude only; a scenario that no weights of the base's paths can give has a hatched bar
    across the chart. Beside each bar stands the median that lies furthest out. ``path`` saves the figure. Returns the
    axes.
    """
    expect(result, Plausibility, GoalError, "the result", "make one: plausibility(simulation)")
    if not result.distances:
        raise GoalError(f"there is no scenario beside the base '{result.base}': there is nothing to draw.")
    chosen = sorted(result.distances.items(), key=lambda one: one[1].heads)
    heads = np.array([distance.heads for _, distance in chosen])
    errors = np.nan_to_num([distance.error for _, distance in chosen]) / np.log(2)
    finite = np.isfinite(heads)
    reach = float(max((heads + errors)[finite], default=1.0)) or 1.0
    edge = 2.3 * reach
    ax = new_axes(width=8.5, height=1.7 + 0.42 * len(chosen)) if ax is None else checked(ax)
    legend: dict[str, Artist] = {}
    for row, (scenario, distance) in enumerate(chosen):
        vague = distance.effective_paths < FEW or not finite[row]
        (bar,) = ax.barh(
            row,
            heads[row] if finite[row] else edge,
            height=0.6,
            color="white" if vague else TINTS[0],
            edgecolor=COLOURS[1] if vague else COLOURS[0],
            hatch="////" if vague else "",
            linewidth=0.9,
        )
        bar.set_gid(f"distance {scenario}")
        if finite[row]:
            legend.setdefault("an order of magnitude only" if vague else "distance", bar)
            place, worst = heads[row] + errors[row], result.furthest(scenario)
            if worst is not None:
                ax.annotate(
                    _stood(worst), (place, row), xytext=(6, 0), textcoords="offset points", va="center", fontsize=8
                )
        else:
            legend.setdefault(f"beyond every path of '{result.base}'", bar)
    whiskers = ax.errorbar(
        heads[finite],
        np.flatnonzero(finite),
        xerr=errors[finite],
        fmt="none",
        ecolor=INK,
        elinewidth=1.2,
        capsize=2.5,
        zorder=4,
    )
    whiskers.lines[2][0].set_gid("errors")
    legend["\N{PLUS-MINUS SIGN} one standard error"] = whiskers.lines[2][0]
    ax.set_xlim(0, edge)
    ax.set_xlabel("as surprising as so many heads in a row [bits]", fontsize=9.5)
    dress(ax, f"How far scenarios lie from '{result.base}'", letters=64)
    rows_down(ax, [scenario for scenario, _ in chosen])
    legend_below(ax, legend, columns=3)
    finish(ax, path)
    return ax


def _stood(worst: Standing) -> str:
    return f"{worst.line} {worst.year} above {worst.percentile:.0%} of paths"
