"""The fan chart: a line's history, each figure marked by how it is known, and its simulated quantiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from forecast.distributions import Array
from forecast.errors import Problems, SimulationError, did_you_mean, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, amount_axis, dress, legend_below, quarter_axis
from forecast.reporting.history_chart import draw_figures
from forecast.simulation import Simulation
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

LEVELS = (0.1, 0.25, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Fan:
    """What was drawn: the first quarter shown, and the artists of a legend by label."""

    begin: Quarter
    legend: Mapping[str, Artist]


def plot_fan(
    simulation: Simulation,
    line: str,
    scenario: str | None = None,
    *,
    ax: Axes | None = None,
    since: str | Quarter | None = None,
    levels: Sequence[float] = LEVELS,
    path: str | PathLike[str] | None = None,
) -> Axes:
    """Draw the history of a line and its fan under a scenario (the first one unless named).

    The bands are ``simulation.quantiles(line, scenario, levels=levels)``, the outermost two levels making the
    outermost band; they and the median start at the last quarter before the simulation where its value is
    known. Reported figures are solid, derived ones hollow, estimated ones crosses, with bars of one standard
    error where that can be seen; missing quarters leave gaps. ``since`` leaves out older quarters. The unit
    is that of ``simulation.line(line)``, with a line at zero where the values straddle it. The legend stands
    below the axes: give a figure of your own ``layout="constrained"``, which leaves room for it. ``path`` saves
    the figure. Returns the axes.
    """
    check_fan(simulation, (line,), scenario, since, levels)
    scenario = simulation.names[0] if scenario is None else scenario
    ax = new_axes() if ax is None else checked(ax)
    fan = draw_fan(ax, simulation, line, scenario, since=since, levels=levels)
    quarter_axis(ax, fan.begin, simulation.quarters[-1])
    dress(ax, f"{line}, scenario '{scenario}'" + ("" if simulation.weights is None else ", weighted by views"))
    legend_below(ax, fan.legend, columns=-(-len(fan.legend) // 3))
    finish(ax, path)
    return ax


def check_fan(
    simulation: Simulation,
    lines: Sequence[str],
    scenario: str | None,
    since: str | Quarter | None,
    levels: Sequence[float],
) -> None:
    """Refuse what cannot be drawn, all at once."""
    cure = "simulate first: simulate(company, scenarios, ...)"
    expect(simulation, Simulation, SimulationError, "the simulation", cure)
    problems = Problems()
    if scenario is not None and scenario not in simulation.names:
        problems.add(f"there is no scenario '{scenario}'. {did_you_mean(scenario, simulation.names)}")
    for line in lines:
        if line not in simulation.lines:
            problems.add(f"there is no line '{line}'. {did_you_mean(line, simulation.lines)}")
    if since is not None and Quarter.parse(since) > simulation.quarters[0]:
        problems.add(f"since is {since}, after the first simulated quarter {simulation.quarters[0]}; start earlier.")
    if not isinstance(levels, list | tuple):
        problems.add(f"levels is {levels!r}; give pairs, as in (0.1, 0.9).")
        levels = ()
    outside = [level for level in levels if not 0 < level < 1]
    if outside:
        problems.add(f"levels {outside} lie outside (0, 1); write 0.1 for the 10 % quantile.")
    elif len(set(levels)) != len(levels) or len(bands(levels)) * 2 + (0.5 in levels) != len(levels):
        problems.add(f"levels {list(levels)} do not make pairs; give as many below 0.5 as above, each once.")
    problems.raise_if_any(SimulationError, "the fan cannot be drawn")


def bands(levels: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Pairs of levels, the outermost first: (0.1, 0.9), (0.25, 0.75); the median belongs to none.

    >>> bands((0.1, 0.25, 0.75, 0.9))
    ((0.1, 0.9), (0.25, 0.75))
    """
    below = sorted(level for level in levels if level < 0.5)
    above = sorted((level for level in levels if level > 0.5), reverse=True)
    return tuple(zip(below, above, strict=False)) if len(below) == len(above) else ()


def draw_fan(
    ax: Axes,
    simulation: Simulation,
    line: str,
    scenario: str,
    *,
    since: str | Quarter | None,
    levels: Sequence[float],
) -> Fan:
    """Draw fan, history and the axis of amounts, all checked before; the axis of quarters is the caller's."""
    first = simulation.quarters[0]
    values, errors, marks = known_past(simulation, line)
    start = first + -len(values)
    oldest = next((place for place, value in enumerate(values) if not np.isnan(value)), len(values))
    begin = max(start + oldest, Quarter.parse(since)) if since is not None else start + oldest
    cut = min(max(begin - start, 0), len(values))
    pairs = bands(levels)
    shown = sorted({level for pair in pairs for level in pair} | {0.5})
    table = simulation.quantiles(line, scenario, levels=shown)
    anchor = values[-1] if cut < len(values) else np.nan
    joined = not np.isnan(anchor)
    quarters = np.arange(first.ordinal - joined, simulation.quarters[-1].ordinal + 1.0)
    edges = {level: np.concatenate([[anchor] * joined, table[level].to_numpy()]) for level in shown}
    if len(quarters) == 1:  # a fan of one quarter is a short bar
        quarters, edges = quarters + np.array([-0.2, 0.2]), {level: edge.repeat(2) for level, edge in edges.items()}
    legend = _draw_bands(ax, quarters, edges, pairs)
    past = values[cut:]
    everything = np.concatenate([past[~np.isnan(past)], *edges.values()])
    amount_axis(ax, simulation.line(line), everything)
    places = np.arange(first.ordinal - len(past), first.ordinal, dtype=float)
    legend |= draw_figures(ax, places, past, errors[cut:], marks[cut:], float(np.ptp(everything)))
    return Fan(min(begin, first), legend)


def known_past(simulation: Simulation, line: str) -> tuple[Array, Array, tuple[str, ...]]:
    """Values, standard errors and marks up to the quarter before the simulation, shape (n,), n at least 1."""
    company = simulation.company
    history = company.history
    if history is None or line not in history.lines:
        values, errors, marks = np.array([np.nan]), np.array([np.nan]), ["missing"]
    else:
        values, errors = history.values(line).copy(), history.errors(line).copy()
        marks = list(history.marks(line))
    if line in company.openings:
        values[-1], errors[-1], marks[-1] = company.openings[line], 0.0, "stated"
    return values, errors, tuple(marks)


def _draw_bands(
    ax: Axes, quarters: Array, edges: dict[float, Array], pairs: tuple[tuple[float, float], ...]
) -> dict[str, Artist]:
    """Bands from the palest, outermost one inwards, then the median."""
    from matplotlib.colors import to_rgb

    colour = np.array(to_rgb(COLOURS[0]))
    (median,) = ax.plot(quarters, edges[0.5], color=COLOURS[0], linewidth=2.0, zorder=3, gid="median")
    legend: dict[str, Artist] = {"median": median}
    for place, (low, high) in enumerate(pairs):
        strength = 0.18 + 0.32 * place / max(len(pairs) - 1, 1)
        legend[f"{100 * low:g} to {100 * high:g}%"] = ax.fill_between(
            quarters,
            edges[low],
            edges[high],
            color=tuple(1 - strength * (1 - colour)),
            linewidth=0,
            zorder=2,
            gid=f"band {low:g} {high:g}",
        )
    return legend
