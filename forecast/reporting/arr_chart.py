"""The ARR chart: annual recurring revenue against the revenue recognised from it, and the gap between them."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.distributions import Array
from forecast.errors import Problems, SimulationError, did_you_mean, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, STYLES, amount_axis, dress, legend_below, quarter_axis, unit_of
from forecast.reporting.history_chart import draw_figures
from forecast.simulation import Simulation, quantiles_over_paths
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from forecast.drivers import Conversion

LEVELS = (0.1, 0.5, 0.9)

ASIDE = 0.13
"""Quarters by which the ranges of the two lines stand apart."""


def plot_arr(
    simulation: Simulation,
    line: str,
    scenario: str | None = None,
    *,
    since: str | Quarter | None = None,
    ax: Axes | None = None,
    path: str | PathLike[str] | None = None,
) -> Axes:
    """Draw what a ``Conversion`` line recognises against its ARR, both a year and in the line's currency.

        ARR           arr[t] * fx[t]      at the quarter's end, the run-rate that companies announce
        recognised    4 * line[t]         the quarter's revenue, annualised

    Figures of the history are marked as in ``plot_history``; then come the medians of the two, with 80 % of the paths
    at the end of each year and the gap hatched. The percentages above are medians of recognised / ARR on each path; it
    falls short of one by the growth within the quarter and by what is never, or not yet, recognised
    (``line.conversion``). The first scenario unless named. ``since`` leaves out older quarters; otherwise the chart
    begins where either is known. ``path`` saves the figure. Returns the axes.
    """
    expect(
        simulation, Simulation, SimulationError, "the simulation", "simulate first: simulate(company, scenarios, ...)"
    )
    scenario = simulation.names[0] if scenario is None else scenario
    driver = _driver(simulation, line, scenario, since)
    first = simulation.quarters[0]
    past = _past(simulation, driver)
    count = len(past[0][0])
    known = np.flatnonzero(np.isfinite(past[0][0]) | np.isfinite(past[1][0]))
    back = count - int(known[0]) if len(known) else 0
    back = back if since is None else min(back, first - Quarter.parse(since))
    paths = [
        simulation.values(driver.of, scenario) * (1.0 if driver.fx is None else simulation.values(driver.fx, scenario)),
        4 * simulation.values(line, scenario),
    ]
    tables = [quantiles_over_paths(np.asarray(values), LEVELS, simulation.weights) for values in paths]
    ax = new_axes() if ax is None else checked(ax)
    everything = np.concatenate([*(figures[0][count - back :] for figures in past), *map(np.ravel, tables)])
    everything = everything[np.isfinite(everything)]
    legend: dict[str, Artist] = {}
    marks: dict[str, Artist] = {}
    labels = {"ARR": f"{driver.of} at the quarter's end", "recognised": f"{line}, annualised"}
    for place, (name, label) in enumerate(labels.items()):
        values, errors, how = past[place]
        figures = values[count - back :], errors[count - back :], how[count - back :]
        look: dict[str, Any] = {"colour": COLOURS[place], "dashes": STYLES[place], "tag": f"{name} "}
        quarters = np.arange(first.ordinal - back, first.ordinal, dtype=float)
        marks = draw_figures(ax, quarters, *figures, float(np.ptp(everything)), **look) | marks
        before = float(values[-1]) if back else np.nan
        legend[label] = _draw_median(ax, name, simulation, tables[place], before, place)
    legend["gap"] = _hatch_gap(ax, simulation, tables)
    ends = [step for step, quarter in enumerate(simulation.quarters) if quarter.number == 4]
    if ends:
        ranges = [_draw_ranges(ax, name, first, tables[place], ends, place) for place, name in enumerate(labels)]
        legend["80% of the paths"] = ranges[0]
        legend["above: recognised / ARR, median"] = _write_shares(ax, simulation, paths, tables, ends)
    amount_axis(ax, simulation.line(line), everything)
    ax.set_ylabel(unit_of(simulation.line(line)).replace(" a quarter", " a year"))
    ax.set_ylim(bottom=min(0.0, float(everything.min())), top=float(everything.max()) * 1.1)
    quarter_axis(ax, first + -back, simulation.quarters[-1])
    weighted = "" if simulation.weights is None else ", weighted by views"
    dress(ax, f"ARR against recognised revenue, scenario '{scenario}'{weighted}")
    legend_below(ax, legend | marks, columns=2)
    finish(ax, path)
    return ax


def _draw_median(ax: Axes, name: str, simulation: Simulation, table: Array, before: float, place: int) -> Artist:
    """The median, from the last figure of the history on where it is known."""
    joined = not np.isnan(before)
    quarters = np.arange(simulation.quarters[0].ordinal - joined, simulation.quarters[-1].ordinal + 1.0)
    values = np.concatenate([[before] * joined, table[:, 1]])
    (median,) = ax.plot(
        quarters,
        values,
        color=COLOURS[place],
        linestyle=STYLES[place],
        linewidth=2.0,
        zorder=3,
        gid=f"{name} median",
    )
    return median


def _draw_ranges(ax: Axes, name: str, first: Quarter, table: Array, ends: list[int], place: int) -> Artist:
    """The range of the paths at each year's end, the two lines' side by side."""
    bars = ax.errorbar(
        first.ordinal + np.array(ends) + (-ASIDE, ASIDE)[place],
        table[ends, 1],
        yerr=np.abs(table[ends][:, [0, 2]] - table[ends, 1:2]).T,
        fmt="none",
        ecolor=COLOURS[place],
        elinewidth=1.2,
        capsize=3.0,
        zorder=3.2,
    )
    bars.lines[2][0].set_gid(f"{name} range")
    bars.lines[2][0].set_linestyle(STYLES[place])
    return bars  # type: ignore[return-value]


def _hatch_gap(ax: Axes, simulation: Simulation, tables: list[Array]) -> Artist:
    """Hatches between the two medians."""
    return ax.fill_between(
        [quarter.ordinal for quarter in simulation.quarters],
        tables[0][:, 1],
        tables[1][:, 1],
        facecolor="none",
        edgecolor="#BDBDBD",
        hatch="///",
        linewidth=0,
        gid="gap",
    )


def _write_shares(ax: Axes, simulation: Simulation, paths: list[Array], tables: list[Array], ends: list[int]) -> Artist:
    """The median share recognised above each year's end, where there is an ARR on every path; nothing to look at."""
    from matplotlib.lines import Line2D

    for step in ends:
        rate, recognised = paths[0][step], paths[1][step]
        if np.all(rate > 0):
            middle = quantiles_over_paths((recognised / rate)[None, :], [0.5], simulation.weights)[0, 0]
            ax.annotate(
                f"{middle:.0%}",
                (simulation.quarters[step].ordinal, max(tables[0][step, 2], tables[1][step, 2])),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                fontsize=8.8,
                gid=f"share {simulation.quarters[step]}",
            )
    return Line2D([], [], linestyle="none")


def _past(simulation: Simulation, driver: Conversion) -> list[tuple[Array, Array, tuple[str, ...]]]:
    """ARR in the line's currency and annualised revenue of the history: values, standard errors and marks, (n,)."""
    history = simulation.company.history
    empty = (np.empty(0), np.empty(0), ())
    if history is None:
        return [empty, empty]
    count = len(history.quarters)
    unknown = (np.full(count, np.nan), np.full(count, np.nan), ("missing",) * count)
    arr, revenue, rate = (
        (history.values(name), history.errors(name), history.marks(name)) if name in history.lines else unknown
        for name in (driver.of, driver.line, driver.fx)
    )
    fx = np.ones(count) if driver.fx is None else rate[0]
    return [(arr[0] * fx, arr[1] * fx, arr[2]), (4 * revenue[0], 4 * revenue[1], revenue[2])]


def _driver(simulation: Simulation, line: str, scenario: str, since: str | Quarter | None) -> Conversion:
    """The line's driver; refuses what cannot be drawn, all at once."""
    from forecast.drivers import Conversion  # the drivers bring pandas, which the other charts do without

    problems = Problems()
    model = simulation.company.model
    if scenario not in simulation.names:
        problems.add(f"there is no scenario '{scenario}'. {did_you_mean(scenario, simulation.names)}")
    if since is not None and Quarter.parse(since) > simulation.quarters[0]:
        problems.add(f"since is {since}, after the first simulated quarter {simulation.quarters[0]}; start earlier.")
    driver = model.driver(line) if line in model.lines else None
    if driver is None:
        problems.add(f"there is no line '{line}'. {did_you_mean(str(line), model.lines)}")
    elif not isinstance(driver, Conversion):
        found = [repr(one.line) for one in model.drivers if isinstance(one, Conversion)]
        problems.add(
            f"'{line}' is not recognised from an ARR. "
            + (f"Lines that are: {', '.join(found)}." if found else "Give it the driver Conversion.")
        )
    problems.raise_if_any(SimulationError, "the ARR chart cannot be drawn")
    assert isinstance(driver, Conversion)
    return driver
