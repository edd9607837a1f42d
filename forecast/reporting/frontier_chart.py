"""The frontier chart: curves of equal probability of a goal over two levers."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.analysis.frontier import Frontier
from forecast.analysis.levers import Lever
from forecast.distributions import Array
from forecast.errors import ForecastError, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, INK, dress, legend_below

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

WIDE = 20.0
"""A range of positive values whose ends differ by more than this factor is drawn on a log scale."""


def plot_frontier(result: Frontier, *, ax: Axes | None = None, path: str | PathLike[str] | None = None) -> Axes:
    """Draw the pairs of two levers with which the goal has the same probability, a curve a probability.

    The curve of the goal's own probability is thick, with its 95 % interval shaded; where less than that is reached the
    chart is hatched. Where going further with the second lever loses a probability again, a second curve shows it.
    Between a value of the first lever that still reaches a probability and its neighbour that does not, the curves end
    where the best attainable probability, interpolated, passes it. A cross marks today's medians,
    where they lie in the ranges searched. ``path`` saves the picture as well. Returns the axes.
    """
    expect(result, Frontier, ForecastError, "the result", "make one: frontier(company, scenario, vary=..., ...)")
    ax = new_axes(height=5.4) if ax is None else checked(ax)
    low, high = result.second.low, result.second.high
    hard, easy = (low, high) if np.median(result.easier) > 0 else (high, low)
    _scale(ax, result.first, result.second, (float(result.grid[0]), float(result.grid[-1])), (low, high))
    legend: dict[str, Artist] = {}
    wanted = result.levels[result.wanted]
    x, first, last = _reached(result, result.wanted, hard, easy)
    look: dict[str, Any] = {"facecolor": "none", "edgecolor": "#BDBDBD", "hatch": "///", "linewidth": 0, "zorder": 1}
    zone = ax.fill_between(x, hard, first, gid="out of reach", **look)
    if np.isfinite(result.lost[result.wanted]).any():
        ax.fill_between(x, last, easy, gid="lost again", **look)
    curves = {row: _curve(result, row, easy) for row in range(len(result.levels))}
    for row in sorted(curves, key=lambda row: (row != result.wanted, row)):
        places, values = curves[row]
        if not len(places):
            continue
        level, main = result.levels[row], row == result.wanted
        style: dict[str, Any] = {
            "color": COLOURS[0] if main else INK,
            "linewidth": 2.4 if main else 1.1,
            "linestyle": "-" if main else (0, (5, 2)),
            "zorder": 3,
        }
        (line,) = ax.plot(places, values, gid=f"{level:g}", **style)
        if np.isfinite(result.lost[row]).any():
            ax.plot(*_joined(result, row, result.lost[row], np.nan), gid=f"{level:g} lost", **style)
        legend[f"{level:.0%}, as wanted" if main else "other probabilities"] = line
        _label(ax, places, values, row / max(len(result.levels) - 1, 1), f"{level:.0%}")
    own = np.isfinite(result.answers[result.wanted]) & ~result.effortless[result.wanted]
    if own.any():
        floor, roof = (np.clip(ends[result.wanted], low, high) for ends in (result.low, result.high))
        legend[f"95% interval of the {wanted:.0%} curve"] = ax.fill_between(
            result.grid, floor, roof, where=own, color="#B9D6E6", linewidth=0, zorder=2, gid="interval"
        )
    legend[f"less than {wanted:.0%}"] = zone
    if result.grid[0] <= result.today[0] <= result.grid[-1] and low <= result.today[1] <= high:
        (mark,) = ax.plot(
            *result.today, marker="X", markersize=10, color=COLOURS[1], linestyle="none", zorder=5, gid="today"
        )
        legend["today's medians"] = mark
    best = "" if result.feasible else f"; cannot be reached, best {result.best.max():.0%}"
    dress(ax, f"{result.goal}, scenario '{result.scenario}'{best}")
    legend_below(ax, legend, columns=2)
    finish(ax, path)
    return ax


def _scale(ax: Axes, first: Lever, second: Lever, across: tuple[float, float], up: tuple[float, float]) -> None:
    if across[0] > 0 and across[1] / across[0] > WIDE:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    if up[0] > 0 and up[1] / up[0] > WIDE:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlim(*across)
    ax.set_ylim(*up)
    ax.set_xlabel(f"{first.full_name} [{first.unit or 'number'}]", fontsize=9.5, parse_math=False)
    ax.set_ylabel(f"{second.full_name} [{second.unit or 'number'}]", fontsize=9.5, parse_math=False)


def _crossings(result: Frontier, row: int, easy: float) -> list[tuple[int, float, float]]:
    """After which column the best probability passes a level: at which value of the first lever, and of the second.

    The second one's is its easy end, or where it does best if going that far loses the probability.
    """
    level, best, grid = result.levels[row], result.best, result.grid
    found = []
    for column in range(len(grid) - 1):
        reached = np.isfinite(result.answers[row, [column, column + 1]])
        if reached[0] != reached[1]:
            share = (level - best[column]) / (best[column + 1] - best[column])
            log = grid[0] > 0 and grid[-1] / grid[0] > WIDE
            ends = np.log(grid[column : column + 2]) if log else grid[column : column + 2]
            place = ends[0] + share * (ends[1] - ends[0])
            inside = column if reached[0] else column + 1
            close = easy if np.isnan(result.lost[row, inside]) else float(result.best_at[inside])
            found.append((column, float(np.exp(place) if log else place), close))
    return found


def _curve(result: Frontier, row: int, easy: float) -> tuple[Array, Array]:
    """The curve of one probability, with its ends on the easy side; of a run of "any" only the nearest point."""
    answers, anywhere = result.answers[row], result.effortless[row]
    near = np.convolve(~anywhere & np.isfinite(answers), np.ones(3), mode="same") > 0
    return _joined(result, row, np.where(anywhere & ~near, np.nan, answers), easy)


def _joined(result: Frontier, row: int, values: Array, easy: float) -> tuple[Array, Array]:
    """Values of the second lever over the first one, and those where the best probability passes the level."""
    points = [(float(x), float(y)) for x, y in zip(result.grid, values, strict=True)]
    points += [(place, close) for _, place, close in _crossings(result, row, easy)]
    points.sort()
    drawn = np.array(points)
    return (drawn[:, 0], drawn[:, 1]) if np.isfinite(drawn[:, 1]).any() else (np.empty(0), np.empty(0))


def _reached(result: Frontier, row: int, hard: float, easy: float) -> tuple[Array, Array, Array]:
    """Over values of the first lever, from which to which of the second one a probability is reached."""
    reached, lost = np.isfinite(result.answers[row]), result.lost[row]
    first = np.where(result.effortless[row], hard, np.where(reached, result.answers[row], easy))
    last = np.where(np.isnan(lost), easy, lost)
    crossings = {column: (place, close) for column, place, close in _crossings(result, row, easy)}
    points: list[tuple[float, float, float]] = []
    for column, x in enumerate(result.grid):
        points.append((float(x), float(first[column]), float(last[column])))
        if column in crossings:
            place, close = crossings[column]
            ends = [(place, close, close), (place, easy, easy)]
            points += ends if reached[column] else ends[::-1]
    drawn = np.array(points)
    return drawn[:, 0], drawn[:, 1], drawn[:, 2]


def _label(ax: Axes, x: Array, y: Array, place: float, text: str) -> None:
    """The probability on its own curve, so that no colour has to be matched; each a little further along."""
    known = np.flatnonzero(np.isfinite(y))
    at = known[round((0.25 + 0.35 * place) * (len(known) - 1))]
    ax.text(
        x[at],
        y[at],
        text,
        fontsize=8.5,
        ha="center",
        va="center",
        zorder=4,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"},
    )
