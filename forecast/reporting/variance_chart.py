"""The chart of variance shares: a bar an input, what it explains alone and with interactions."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.variance import VarianceShares
from forecast.analysis.wording import amount, subject
from forecast.errors import GoalError, expect
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, INK, TINTS, dress, legend_below, percent_along, rows_down

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

SHOWN = 12
"""Inputs that are drawn; ``result.to_frame()`` has all."""


def plot_variance_shares(
    result: VarianceShares, *, ax: Axes | None = None, path: str | PathLike[str] | None = None
) -> Axes:
    """Draw the shares [%] of the variance of the twelve inputs with the largest, most first.

    For each input a solid bar is ``100 * alone`` and a hatched one ``100 * total``, interactions included, with one
    Monte Carlo standard error either way. ``path`` saves the figure. Returns the axes.
    """
    expect(result, VarianceShares, GoalError, "the result", "make one: variance_shares(company, scenario, ...)")
    shares = result.shares[:SHOWN]
    ax = new_axes(width=8.5, height=1.8 + 0.42 * len(shares)) if ax is None else checked(ax)
    legend: dict[str, Artist] = {}
    looks = (
        ("alone", -0.19, TINTS[0], "", [one.alone for one in shares]),
        ("with interactions", 0.19, "white", "////", [one.total for one in shares]),
    )
    for label, aside, colour, hatch, pairs in looks:
        rows = np.arange(len(shares)) + aside
        values, errors = 100 * np.array(pairs).T
        bars = ax.barh(rows, values, height=0.36, color=colour, edgecolor=COLOURS[0], hatch=hatch, linewidth=0.9)
        for patch, one in zip(bars.patches, shares, strict=True):
            patch.set_gid(f"{one.input} {label}")
        legend[label] = bars.patches[0]
        whiskers = ax.errorbar(values, rows, xerr=errors, fmt="none", ecolor=INK, elinewidth=1.2, capsize=2.5, zorder=4)
        whiskers.lines[2][0].set_gid(f"errors {label}")
        legend["\N{PLUS-MINUS SIGN} one Monte Carlo standard error"] = whiskers.lines[2][0]
    ax.axvline(0, color=INK, linewidth=0.9, zorder=2.8)
    percent_along(ax)
    ax.set_xlabel("share of the variance", fontsize=9.5)
    spread = "" if result.unit == "%" else f" (standard deviation {amount(result.spread, result.unit)})"
    more = len(result.shares) - len(shares)
    dress(
        ax,
        f"Variance of {subject(result.statistic)}{spread}, scenario '{result.scenario}'"
        + (f"; {more} smaller shares not shown" if more else ""),
        letters=60,
    )
    rows_down(ax, [one.input for one in shares])
    legend_below(ax, dict(sorted(legend.items(), key=lambda one: one[0].startswith("\N{PLUS-MINUS SIGN}"))), columns=3)
    finish(ax, path)
    return ax
