"""The breakeven chart: how likely a goal is reached by each quarter, a line a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.analysis import Breakeven
from forecast.errors import ForecastError, expect
from forecast.reporting.canvas import (
    COLOURS,
    INK,
    MARKERS,
    STYLES,
    checked,
    dress,
    legend_below,
    new_axes,
    percent_axis,
    quarter_axis,
)
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def plot_breakeven(result: Breakeven, *, ax: Axes | None = None) -> Axes:
    """Draw ``100 * result.by_quarter[scenario]`` [%], the share of paths that reached the goal, by quarter.

    Scenarios differ in colour, dashes and marker, so that they are told apart in black and white too; the
    legend stands below the axes, in the order in which the lines end, with the last probability. Thin lines
    mark the goal's own probability and date where it has them. The sampling error of a probability is not
    drawn; ``result.interval`` gives it. Returns the axes.
    """
    expect(result, Breakeven, ForecastError, "the result", "make one: breakeven(simulation, goal)")
    ax = new_axes() if ax is None else checked(ax)
    quarters = [quarter.ordinal for quarter in result.quarters]
    handles: dict[str, Artist] = {}
    for place, (scenario, shares) in enumerate(result.by_quarter.items()):
        (handles[scenario],) = ax.plot(
            quarters,
            100 * shares,
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
    quarter_axis(ax, result.quarters[0], result.quarters[-1])
    percent_axis(ax)
    _mark_goal(ax, result)
    weighted = "" if result.effective_paths is None else " (weighted by views)"
    dress(ax, f"Probability of {result.goal.condition}, reached by{weighted}")
    ended = sorted(handles, key=lambda scenario: -result.by_quarter[scenario][-1])
    legend = {f"{scenario}: {result.by_quarter[scenario][-1]:.0%}": handles[scenario] for scenario in ended}
    legend_below(ax, legend, columns=1 if len(ended) < 3 else 2)
    return ax


def _mark_goal(ax: Axes, result: Breakeven) -> None:
    """Thin lines at the probability and the date of the goal."""
    goal = result.goal
    if goal.probability is not None:
        ax.axhline(100 * goal.probability, color=INK, linewidth=0.9, linestyle=(0, (2, 2)), gid="probability")
    if goal.by is not None and result.quarters[0] <= Quarter.parse(goal.by) <= result.quarters[-1]:
        at = Quarter.parse(goal.by).ordinal
        ax.axvline(at, color=INK, linewidth=0.9, linestyle=(0, (2, 2)), gid="date")
