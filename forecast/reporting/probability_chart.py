"""The breakeven chart: how likely a goal is reached by each quarter, a line a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING

from forecast.analysis import Breakeven
from forecast.distributions import Array
from forecast.errors import ForecastError, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, INK, MARKERS, STYLES, dress, legend_below, percent_axis, quarter_axis
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def plot_breakeven(result: Breakeven, *, ax: Axes | None = None, path: str | PathLike[str] | None = None) -> Axes:
    """Draw ``100 * result.by_quarter[scenario]`` [%], the share of paths that reached the goal, by quarter.

    Scenarios differ in colour, dashes and marker, so that they are told apart in black and white too; the
    legend stands below the axes, in the order in which the lines end, with the last probability. Thin lines
    mark the goal's own probability and date where it has them. The sampling error of a probability is not
    drawn; ``result.interval`` gives it. ``path`` saves the figure. Returns the axes.
    """
    expect(result, Breakeven, ForecastError, "the result", "make one: breakeven(simulation, goal)")
    ax = new_axes() if ax is None else checked(ax)
    handles = draw_shares(ax, result.quarters, result.by_quarter)
    _mark_goal(ax, result)
    weighted = "" if result.effective_paths is None else " (weighted by views)"
    dress(ax, f"Probability of {result.goal.condition}, reached by{weighted}")
    legend = {f"{scenario}: {result.by_quarter[scenario][-1]:.0%}": handle for scenario, handle in handles.items()}
    legend_below(ax, legend, columns=1 if len(legend) < 3 else 2)
    finish(ax, path)
    return ax


def draw_shares(ax: Axes, quarters: Sequence[Quarter], shares: Mapping[str, Array]) -> dict[str, Artist]:
    """A line a scenario, in per cent, with both axes; the lines in the order in which they end, the highest first."""
    handles: dict[str, Artist] = {}
    for place, (scenario, values) in enumerate(shares.items()):
        (handles[scenario],) = ax.plot(
            [quarter.ordinal for quarter in quarters],
            100 * values,
            color=COLOURS[place % len(COLOURS)],
            linestyle=STYLES[place % len(STYLES)],
            linewidth=1.8,
            marker=MARKERS[place % len(MARKERS)],
            markersize=4.5,
            markerfacecolor="white",
            markeredgewidth=1.2,
            clip_on=False,
            zorder=3,
            gid=f"scenario {scenario}",
        )
    quarter_axis(ax, quarters[0], quarters[-1])
    percent_axis(ax)
    return {scenario: handles[scenario] for scenario in sorted(handles, key=lambda one: -shares[one][-1])}


def _mark_goal(ax: Axes, result: Breakeven) -> None:
    """Thin lines at the probability and the date of the goal."""
    goal = result.goal
    if goal.probability is not None:
        ax.axhline(100 * goal.probability, color=INK, linewidth=0.9, linestyle=(0, (2, 2)), gid="probability")
    if goal.by is not None and result.quarters[0] <= Quarter.parse(goal.by) <= result.quarters[-1]:
        at = Quarter.parse(goal.by).ordinal
        ax.axvline(at, color=INK, linewidth=0.9, linestyle=(0, (2, 2)), gid="date")
