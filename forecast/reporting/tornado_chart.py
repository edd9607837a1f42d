"""The tornado chart: bars from the base to what each uncertainty makes of a statistic, the longest on top."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.tornado import Bar, Sensitivity
from forecast.analysis.wording import amount, sentence
from forecast.errors import ForecastError, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, INK, PALE, dress, legend_below

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

SHOWN = 12
"""Bars that are drawn; ``result.to_frame()`` has all."""


def plot_tornado(result: Sensitivity, *, ax: Axes | None = None, path: str | Path | None = None) -> Axes:
    """Draw the longest bars, twelve at most: per cent for a probability, else the statistic's own unit, along x.

    From the base, a thin line, a hatched bar goes to the statistic with the uncertainty at its low quantile and a solid
    one to that at its high quantile; the statistic is printed at both ends. Whiskers show +- one Monte Carlo standard
    error of each end; that of the swing is smaller, for both have the same paths. Under each name stand the two
    quantiles. Where both ends lie on one side of the base, the shorter bar is in front and the value of the longer one
    alone is printed. ``path`` saves the figure, in the format of its ending. Returns the axes.
    """
    expect(result, Sensitivity, ForecastError, "the result", "make one: sensitivity(company, scenario, goal=goal, ...)")
    bars = result.bars[:SHOWN]
    if not bars:
        raise ForecastError("the tornado has no bars: nothing that is uncertain reaches the statistic.")
    ax = new_axes(height=1.8 + 0.46 * len(bars)) if ax is None else checked(ax)
    scale = 100.0 if result.unit == "%" else 1.0
    legend: dict[str, Artist] = {}
    for place, bar in enumerate(bars):
        legend = _draw(ax, bar, place, result, scale) | legend
    ax.axvline(scale * result.base, color=INK, linewidth=1.0, zorder=4, gid="base")
    labels = [f"{bar.parameter}\n{bar.low:.4g} to {bar.high:.4g}" for bar in bars]
    ax.set_yticks(range(len(bars)), labels)
    for label in ax.get_yticklabels():
        label.set_parse_math(False)
    ax.set_ylim(len(bars) - 0.4, -0.6)
    both = [(end, error) for bar in bars for end, error in zip((bar.at_low, bar.at_high), bar.errors, strict=False)]
    ends = [scale * result.base] + [scale * (end + sign * error) for end, error in both for sign in (-1, 1)]
    reach = (max(ends) - min(ends)) or 1.0
    ax.set_xlim(min(ends) - 0.17 * reach, max(ends) + 0.17 * reach)
    ax.set_xlabel("probability [%]" if result.unit == "%" else result.unit, fontsize=9.5, parse_math=False)
    if max(np.abs(ends)) >= 1000:
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}"))
    more = len(result.bars) - len(bars)
    dress(
        ax,
        f"{sentence(str(result.statistic))}, scenario '{result.scenario}': {amount(result.base, result.unit)}"
        + (f"; {more} shorter bars not shown" if more else ""),
    )
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=PALE, linewidth=0.6)
    ax.tick_params(axis="y", length=0, labelsize=8.5)
    legend_below(ax, legend, columns=3)
    finish(ax, path)
    return ax


def _draw(ax: Axes, bar: Bar, place: int, result: Sensitivity, scale: float) -> dict[str, Artist]:
    """Both halves of a bar with their whiskers and values; what to say of them in the legend."""
    base = scale * result.base
    ends = (scale * bar.at_low, scale * bar.at_high)
    one_side = (ends[0] - base) * (ends[1] - base) > 0
    longer = int(abs(ends[1] - base) > abs(ends[0] - base))
    drawn: dict[str, Artist] = {}
    for half, (end, level, error) in enumerate(zip(ends, result.levels, bar.errors, strict=False)):
        (body,) = ax.barh(
            place,
            end - base,
            left=base,
            height=0.62,
            color=("white", "#7FB2D5")[half],
            edgecolor=COLOURS[0],
            hatch=("////", None)[half],
            linewidth=0.9,
            zorder=2.0 if half == longer else 2.5,
            gid=f"{bar.parameter} {('low', 'high')[half]}",
        )
        drawn[f"at its {level:.0%} quantile"] = body
        (whisker,) = ax.plot(
            [end - scale * error, end + scale * error],
            [place, place],
            color=INK,
            linewidth=1.6,
            marker="|",
            markersize=5,
            zorder=3,
            gid=f"{bar.parameter} {('low', 'high')[half]} error",
        )
        if half != longer and one_side:
            continue
        other = ends[1 - half]
        right = end > base or (end == base and (other < base or (other == base and half == 1)))
        ax.annotate(
            amount(end / scale, result.unit).split(" ")[0].replace("-", "\N{MINUS SIGN}"),
            (end + (1 if right else -1) * scale * error, place),
            xytext=(5 if right else -5, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=8.5,
            gid=f"{bar.parameter} {('low', 'high')[half]} value",
        )
    return drawn | {"\N{PLUS-MINUS SIGN} one Monte Carlo standard error": whisker}
