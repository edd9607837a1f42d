"""The runway chart: how likely a line has fallen below its floor by each quarter, a line a scenario."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from forecast.analysis.runway import Runway
from forecast.errors import GoalError, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import dress, legend_below
from forecast.reporting.probability_chart import draw_shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SURE = 0.9
"""Probability with which the money in the legend is enough."""


def plot_runway(result: Runway, *, ax: Axes | None = None, path: str | PathLike[str] | None = None) -> Axes:
    """Draw ``100 * result.by_quarter(scenario)`` [%], the share of paths that have been below the floor, by quarter.

    The legend, in the order in which the lines end, adds the last probability and the money that is enough on 90 % of
    the paths, ``result.enough(scenario, 0.9)``, in the unit of the line. Sampling errors are not drawn;
    ``result.interval`` and ``result.enough`` give them. ``path`` saves the figure. Returns the axes.
    """
    expect(result, Runway, GoalError, "the result", "make one: runway(simulation, line)")
    ax = new_axes() if ax is None else checked(ax)
    shares = {scenario: result.by_quarter(scenario) for scenario in result.need}
    handles = draw_shares(ax, result.quarters, shares)
    weighted = "" if result.weights is None else " (weighted by views)"
    dress(ax, f"Probability that {result.line} has been below {result.floor:,g} {result.unit} by{weighted}")
    legend = {
        f"{scenario}: {shares[scenario][-1]:.0%}; {_money(result, scenario)}": handle
        for scenario, handle in handles.items()
    }
    legend_below(ax, legend, columns=1 if len(legend) < 3 else 2)
    told = ax.get_legend()
    assert told is not None
    told.set_title(f"at the end; {result.unit} that would be enough on {SURE:.0%} of the paths")
    told.get_title().set_fontsize(8.5)
    told.set_alignment("left")
    finish(ax, path)
    return ax


def _money(result: Runway, scenario: str) -> str:
    """The money that is enough on 90 % of the paths: whole from 100 on, else three digits."""
    amount = result.enough(scenario, SURE)[0]
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:.3g}"
