"""The segment chart: stacked parts of a total, history and simulated medians, by fiscal year or quarter."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from forecast.distributions import Array
from forecast.errors import Problems, SimulationError, did_you_mean, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import HATCHES, INK, TINTS, amount_axis, dress, legend_below, quarter_axis, unit_of
from forecast.reporting.tables import year_of
from forecast.simulation import Simulation, quantiles_over_paths
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

WIDE = 0.72
"""Of a bar, in quarters or years."""

LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Stack:
    """What is stacked: ``parts`` (lines, n), signed as in the formula, and the ``total`` (3, n) at ``LEVELS``.

    Of the first ``past`` windows, which the history gives, all three quantiles are the figure itself. ``estimated``
    (n,) says in which windows a part is estimated. NaN where unknown.
    """

    windows: tuple[Quarter, ...]
    parts: Array
    total: Array
    estimated: tuple[bool, ...]
    past: int


def plot_segments(
    simulation: Simulation,
    total: str,
    scenario: str | None = None,
    *,
    over: str = "fiscal_year",
    since: str | Quarter | None = None,
    ax: Axes | None = None,
    path: str | PathLike[str] | None = None,
) -> Axes:
    """Draw the parts of a total, stacked, by ``fiscal_year`` or ``quarter``, under the first scenario unless named.

    The parts are those of the total's own formula, ``revenue = games + search``; what it subtracts hangs below zero. Up
    to the dotted line they are the history's figures, ``~`` above a bar says that some are estimated, and a dashed box
    is what the history knows of the total but not of its parts. After it each part is the median of its own paths over
    the window, the running year with its reported quarters. The diamond is the median of the total itself, with 80 % of
    its paths: medians of parts do not add up to it. A window of which nothing is known is left out, and so is what ends
    before ``since``. ``path`` saves the figure. Returns the axes.
    """
    expect(
        simulation, Simulation, SimulationError, "the simulation", "simulate first: simulate(company, scenarios, ...)"
    )
    scenario = simulation.names[0] if scenario is None else scenario
    terms = _terms(simulation, total, scenario, over)
    stack = _stacked(simulation, total, terms, scenario, over, None if since is None else Quarter.parse(since))
    ax = new_axes() if ax is None else checked(ax)
    yearly = over == "fiscal_year"
    places = np.array([float(one.year if yearly else one.ordinal) for one in stack.windows])
    legend = _draw(ax, stack, [("" if sign > 0 else "less ") + name for name, sign in terms], places)
    line = simulation.line(total)
    amount_axis(ax, line, np.append(stack.total[np.isfinite(stack.total)], np.nansum(np.abs(stack.parts), axis=0)))
    ax.axhline(0, color=INK, linewidth=0.9, zorder=2.8)
    if yearly:
        ax.set_ylabel(unit_of(line).replace(" a quarter", " a year"))
        ax.set_xticks(places, [str(one.year) for one in stack.windows])
        ax.set_xlim(places[0] - 0.6, places[-1] + 0.6)
    else:
        quarter_axis(ax, stack.windows[0], stack.windows[-1])
    if 0 < stack.past < len(places):
        ax.axvline(places[stack.past] - 0.5, color=INK, linewidth=1.0, linestyle=(0, (1.2, 1.5)), gid="simulated from")
    weighted = "" if simulation.weights is None else ", weighted by views"
    span = "fiscal year" if yearly else "quarter"
    dress(ax, f"{total} by {span}: history, then medians of scenario '{scenario}'{weighted}")
    legend_below(ax, legend, columns=3)
    finish(ax, path)
    return ax


def _terms(simulation: Simulation, total: str, scenario: str, over: str) -> list[tuple[str, float]]:
    """The parts with their factors; refuses what cannot be drawn, all at once."""
    problems = Problems()
    model = simulation.company.model
    if scenario not in simulation.names:
        problems.add(f"there is no scenario '{scenario}'. {did_you_mean(scenario, simulation.names)}")
    if over not in ("fiscal_year", "quarter"):
        problems.add(f"over is {over!r}; use 'fiscal_year' or 'quarter'.")
    terms: list[tuple[str, float]] = []
    if total not in model.lines:
        problems.add(f"there is no line '{total}'. {did_you_mean(str(total), model.lines)}")
    else:
        identity = model.driver(total).identity()
        if identity is None or any(lag for _, lag, _ in identity.terms):
            summed = [one.line for one in model.identities if not any(lag for _, lag, _ in one.terms)]
            problems.add(
                f"'{total}' is no sum of lines of the same quarter. "
                + (
                    f"Those that are: {', '.join(map(repr, summed))}."
                    if summed
                    else "Give it a formula, as in 'a = b + c'."
                )
            )
        else:
            terms = [(name, factor) for name, _, factor in identity.terms]
    problems.raise_if_any(SimulationError, "the segments cannot be drawn")
    return terms


def _stacked(
    simulation: Simulation,
    total: str,
    terms: list[tuple[str, float]],
    scenario: str,
    over: str,
    since: Quarter | None,
) -> Stack:
    """Figures of the history, then quantiles of the paths, over the windows of which something is known."""
    history = simulation.company.history
    ends = [one for one in (() if history is None else history.quarters) if over == "quarter" or one.number == 4]
    names = [name for name, _ in terms]
    before = [[_figure(simulation, name, end, over)[0] for name in (*names, total)] for end in ends]
    guessed = [any(_figure(simulation, name, end, over)[1] for name in names) for end in ends]
    steps = [step for step, one in enumerate(simulation.quarters) if over == "quarter" or one.number == 4]
    after = []
    for step in steps:
        drawn = [
            year_of(simulation, name, scenario, step)
            if over == "fiscal_year"
            else np.asarray(simulation.values(name, scenario)[step])
            for name in (*names, total)
        ]
        after.append(quantiles_over_paths(np.stack(drawn), LEVELS, simulation.weights))
    shape = (len(ends), len(names) + 1)
    figures = np.repeat(np.reshape(before, shape)[:, :, None], len(LEVELS), axis=2)
    every = np.concatenate([figures, np.reshape(after, (len(steps), shape[1], len(LEVELS)))])
    windows = [*ends, *(simulation.quarters[step] for step in steps)]
    kept = [
        place
        for place, window in enumerate(windows)
        if np.isfinite(every[place]).any() and (since is None or window >= since)
    ]
    if not kept:
        from_then = "" if since is None else f" ends from {since} on"
        raise SimulationError(
            f"the segments cannot be drawn: no window of '{total}'{from_then} in which anything is known."
        )
    factors = np.array([factor for _, factor in terms])
    return Stack(
        windows=tuple(windows[place] for place in kept),
        parts=(every[kept][:, :-1, 1] * factors).T,
        total=every[kept][:, -1, :].T,
        estimated=tuple(place < len(ends) and guessed[place] for place in kept),
        past=sum(place < len(ends) for place in kept),
    )


def _figure(simulation: Simulation, name: str, end: Quarter, over: str) -> tuple[float, bool]:
    """A line of the history over the window that ends in a quarter, NaN where unknown; whether it holds an estimate."""
    history = simulation.company.history
    assert history is not None
    if name not in history.lines:
        return float("nan"), False
    last = end - history.quarters[0]
    first = last - 3 if over == "fiscal_year" and simulation.line(name).kind == "flow" else last
    if first < 0:
        return float("nan"), False
    value = float(history.values(name)[first : last + 1].sum())
    return value, "estimated" in history.marks(name)[first : last + 1] and np.isfinite(value)


def _draw(ax: Axes, stack: Stack, names: list[str], places: Array) -> dict[str, Artist]:
    """Bars up and down from zero, what is known of the total alone, and the total on top; the legend by label."""
    legend: dict[str, Artist] = {}
    up, down = np.zeros(len(places)), np.zeros(len(places))
    for row, name in enumerate(names):
        size = np.nan_to_num(stack.parts[row])
        bars = ax.bar(
            places,
            size,
            bottom=np.where(size >= 0, up, down),
            width=WIDE,
            color=TINTS[row % len(TINTS)],
            hatch=HATCHES[(row + row // len(TINTS)) % len(HATCHES)],
            edgecolor=INK,
            linewidth=0.7,
            zorder=2,
        )
        for patch in bars.patches:
            patch.set_gid(f"part {name}")
        up, down = up + np.maximum(size, 0), down + np.minimum(size, 0)
        legend[name] = bars.patches[0]
    legend = dict(reversed(legend.items()))
    split = np.isfinite(stack.parts).all(axis=0)
    rest = np.where(~split & np.isfinite(stack.total[1]), stack.total[1] - (up + down), 0.0)
    if np.any(rest > 0):
        alone = rest > 0
        boxes = ax.bar(
            places[alone], rest[alone], bottom=up[alone], width=WIDE, fill=False, edgecolor=INK, linestyle=(0, (3, 2))
        )
        for patch in boxes.patches:
            patch.set_gid("not split")
        legend["known of the total alone"] = boxes.patches[0]
    reach = np.abs(stack.total[[0, 2]] - stack.total[1])
    points = ax.errorbar(
        places,
        stack.total[1],
        yerr=reach,
        fmt="D",
        color=INK,
        markerfacecolor="white",
        markersize=4.5,
        elinewidth=1.2,
        capsize=3.0,
        zorder=4,
    )
    points.lines[0].set_gid("total")
    points.lines[2][0].set_gid("range of the total")
    legend["the total, with 80% of its paths"] = points  # type: ignore[assignment]
    tops = np.fmax(up + np.maximum(rest, 0), stack.total[2])
    for place, top, guessed in zip(places, tops, stack.estimated, strict=True):
        if guessed:
            ax.annotate("~", (place, top), xytext=(0, 4), textcoords="offset points", ha="center", gid="estimated")
    if any(stack.estimated):
        from matplotlib.lines import Line2D

        legend["~ holds estimated figures"] = Line2D([], [], linestyle="none")
    return legend
