"""The calibration chart: where what came fell among the paths, and how often the intervals held, by horizon."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.sampling import share_interval
from forecast.errors import SimulationError, did_you_mean, expect
from forecast.picture import checked_panels, finish
from forecast.reporting.canvas import COLOURS, INK, MARKERS, TINTS, dress, legend_below, percent_axis

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from forecast.evaluation import Backtest

BINS = 10
LEVELS = (80, 95)
"""Central intervals whose coverage is drawn; the first solid, the second dashed."""

DASHES = ((0, ()), (0, (6, 2)))


def plot_calibration(
    result: Backtest,
    forecaster: str | None = None,
    *,
    ax: Sequence[Axes] | None = None,
    path: str | PathLike[str] | None = None,
) -> tuple[Axes, Axes]:
    """Draw the PIT histogram of one forecaster and the coverage of all of them by horizon, on the common forecasts.

    Left: the share of forecasts [%] in which what came fell into each tenth of the paths, ``pit`` of ``result.steps``:
    flat where calibrated, a hollow where the fans are too wide, high ends where they are too narrow, a slope where they
    are biased. Right: ``result.coverage()``, the share of values inside the 80 and 95 % intervals by steps ahead, with
    the two levels as thin lines. The band and the whiskers (of ``forecaster`` alone) hold 95 % of what chance does to
    independent forecasts; those of overlapping horizons or lines of one company are not, and stray further. The first
    forecaster unless named. ``ax``: two axes. ``path`` saves the figure. Returns both axes.
    """
    from forecast.evaluation import Backtest  # it brings pandas, which the other charts do without

    expect(result, Backtest, SimulationError, "the result", "make one: backtest(data, ...) or backtest_model(...)")
    forecaster = result.forecasters[0] if forecaster is None else forecaster
    if forecaster not in result.forecasters:
        raise SimulationError(f"'{forecaster}' was not backtested. {did_you_mean(str(forecaster), result.forecasters)}")
    if len(result.common()) == 0:
        raise SimulationError("the forecasters have no forecast in common: there is nothing to draw.")
    left, right = _new_pair() if ax is None else checked_panels(ax, 2)
    _draw_pit(left, result, forecaster)
    _draw_coverage(right, result, forecaster)
    finish(left)
    finish(right, path)
    return left, right


def _new_pair() -> tuple[Axes, Axes]:
    from matplotlib.figure import Figure

    left, right = Figure(figsize=(11.0, 4.8), layout="constrained").subplots(1, 2)
    return left, right


def _draw_pit(ax: Axes, result: Backtest, forecaster: str) -> None:
    """Ten bars, the level of a calibrated forecaster, and the range of chance around it."""
    from scipy import stats

    rows = result.common()
    pit = rows.loc[rows["forecaster"] == forecaster, "pit"].to_numpy(dtype=float)
    counts, edges = np.histogram(pit, bins=np.linspace(0, 1, BINS + 1))
    bars = ax.bar(
        100 * edges[:-1],
        100 * counts / len(pit),
        width=100 / BINS,
        align="edge",
        color=TINTS[0],
        edgecolor=INK,
        linewidth=0.9,
        zorder=2,
    )
    for place, patch in enumerate(bars.patches):
        patch.set_gid(f"pit {place}")
    low, high = (100 * float(stats.binom.ppf(tail, len(pit), 1 / BINS)) / len(pit) for tail in (0.025, 0.975))
    chance = ax.axhspan(low, high, facecolor="none", edgecolor="#8A8A8A", hatch="..", linewidth=0.8, zorder=2.5)
    chance.set_gid("chance")
    level = ax.axhline(100 / BINS, color=INK, linewidth=1.2, linestyle=DASHES[1], zorder=3, gid="calibrated")
    ax.set_xlim(0, 100)
    ax.set_ylim(0, max(100 * counts.max() / len(pit), high) * 1.08)
    ax.set_xticks(range(0, 101, 10))
    ax.set_xlabel("quantile of the forecast at which the value came [%]", fontsize=9.5)
    ax.set_ylabel("share of the forecasts [%]", fontsize=9.5)
    dress(ax, f"{forecaster}: {len(pit):,} forecasts")
    legend: dict[str, Artist] = {
        "what came": bars.patches[0],
        "if calibrated": level,
        "95% of chance, were forecasts independent": chance,
    }
    legend_below(ax, legend, columns=2)


def _draw_coverage(ax: Axes, result: Backtest, forecaster: str) -> None:
    """A line a forecaster and level by steps ahead, the levels themselves, and whiskers of the one forecaster."""
    table = result.coverage()
    legend: dict[str, Artist] = {}
    steps = sorted({int(step) for step in table.index.get_level_values("step")})
    for place, name in enumerate(result.forecasters):
        own = table.xs(name, level="forecaster").sort_index()
        x = own.index.to_numpy(dtype=float) + 0.06 * (place - (len(result.forecasters) - 1) / 2)
        for level, dashes in zip(LEVELS, DASHES, strict=True):
            shares = own[f"covered{level}"].to_numpy(dtype=float)
            (line,) = ax.plot(
                x,
                100 * shares,
                color=COLOURS[place % len(COLOURS)],
                linestyle=dashes,
                linewidth=1.6,
                marker=MARKERS[place % len(MARKERS)],
                markersize=5,
                markerfacecolor="white",
                clip_on=False,
                zorder=3,
                gid=f"{name} {level}",
            )
            legend.setdefault(name, line)
            if name == forecaster:
                ends = np.array(
                    [share_interval(share, count) for share, count in zip(shares, own["forecasts"], strict=True)]
                )
                whiskers = ax.errorbar(
                    x,
                    100 * shares,
                    yerr=100 * np.abs(ends.T - shares),
                    fmt="none",
                    ecolor=INK,
                    elinewidth=0.9,
                    capsize=2.5,
                    zorder=2.8,
                )
                whiskers.lines[2][0].set_gid(f"whiskers {level}")
    for level, dashes in zip(LEVELS, DASHES, strict=True):
        nominal = ax.axhline(level, color=INK, linewidth=0.9, linestyle=dashes, gid=f"nominal {level}")
        legend[f"{level}% interval"] = nominal
    percent_axis(ax)
    ax.set_xlim(steps[0] - 0.5, steps[-1] + 0.5)
    ax.set_xticks(steps)
    ax.set_xlabel("periods ahead", fontsize=9.5)
    ax.set_ylabel("values inside the interval", fontsize=9.5)
    dress(ax, "Coverage of the 80% and 95% intervals by horizon")
    legend_below(ax, legend, columns=2)
