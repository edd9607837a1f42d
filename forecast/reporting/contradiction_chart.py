"""The chart of contradictions: the facts that the others refuse, by how far they lie from the history."""

from __future__ import annotations

import textwrap
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import ReconcileError, expect
from forecast.financials import History
from forecast.financials.history import Contradiction
from forecast.financials.precision import centre
from forecast.financials.screening import CONTRADICTED
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, INK, TINTS, dress, legend_below, rows_down

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

MINUS = "\N{MINUS SIGN}"
SHOWN = 10
"""Facts that are drawn; ``history.contradictions`` has all."""


def plot_contradictions(history: History, *, ax: Axes | None = None, path: str | PathLike[str] | None = None) -> Axes:
    """Draw the ten facts that the others contradict most: how many standard errors they lie from the history.

    On a logarithmic axis, from the distance at which a fact is set aside (a thin line); solid where it was printed too
    high, hatched where too low. At the left the fact as printed, with its source; at the right what the history says in
    the fact's own unit and, where one was found, the reading under which it would fit. ``path`` saves the figure.
    Returns the axes.
    """
    expect(history, History, ReconcileError, "the history", "make one: facts.reconcile(model)")
    found = history.contradictions[:SHOWN]
    if not found:
        raise ReconcileError("the history has no contradictions: there is nothing to draw.")
    ax = new_axes(width=8.5, height=1.7 + 0.55 * len(found)) if ax is None else checked(ax)
    distances = np.array([one.standard_errors for one in found])
    finite = distances[np.isfinite(distances)]
    far = 2 * max(finite, default=10 * CONTRADICTED)
    lengths = np.minimum(distances, far)
    legend: dict[str, Artist] = {}
    for row, (one, length) in enumerate(zip(found, lengths, strict=True)):
        high = centre(one.fact) > one.implied
        bar = ax.barh(
            row,
            length,
            height=0.6,
            color=TINTS[0] if high else "white",
            edgecolor=COLOURS[0] if high else COLOURS[1],
            hatch="" if high else "////",
            linewidth=0.9,
        )
        bar.patches[0].set_gid(f"fact {row}")
        legend.setdefault("printed higher than the others say" if high else "printed lower", bar.patches[0])
        ax.annotate(_said(one), (length, row), xytext=(5, 0), textcoords="offset points", va="center", fontsize=8.0)
    ax.set_xscale("log")
    ax.set_xlim(min(CONTRADICTED, float(lengths.min())) / 1.3, float(lengths.max()) * 30)
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000) if ax.get_xlim()[0] <= tick <= far]
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("distance from the history [standard errors]", fontsize=9.5)
    legend[f"set aside from {CONTRADICTED:g} standard errors on"] = ax.axvline(
        CONTRADICTED, color=INK, linewidth=0.9, linestyle=(0, (2, 2)), gid="threshold"
    )
    more = len(history.contradictions) - len(found)
    as_of = "" if history.as_of is None else f", as known on {history.as_of}"
    left_out = f"; {more} nearer ones not shown" if more else ""
    dress(ax, f"Facts that the others contradict{as_of}{left_out}", letters=64)
    rows_down(ax, [_printed(one) for one in found])
    legend_below(ax, legend, columns=3)
    finish(ax, path)
    return ax


def _printed(one: Contradiction) -> str:
    fact = one.fact
    unit = fact.unit.replace("percent_of:", "% of ").replace("percent_growth", "% growth")
    words = [fact.qualifier, f"{fact.value:,.10g}".replace("-", MINUS), unit, fact.currency]
    return f"{fact.line} {fact.period} ({fact.basis})\n{' '.join(word for word in words if word)}, {fact.source}"


def _said(one: Contradiction) -> str:
    said = f"the history says {one.implied:,.6g}".replace("-", MINUS)
    return "\n".join([said, *textwrap.wrap(f"it would fit as {one.reading}", 44)]) if one.reading else said
