"""The history chart: figures of one or several lines, each marked by how it is known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.distributions import Array
from forecast.errors import Problems, ReconcileError, did_you_mean, expect
from forecast.financials import History
from forecast.picture import checked, finish, new_axes
from forecast.reporting.canvas import COLOURS, INK, STYLES, amount_axis, dress, legend_below, quarter_axis, unit_of
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

VISIBLE = 0.01
"""A standard error is drawn where it exceeds this part of the height of what is drawn."""

STRIP = "#EFEFEF"
"""Behind the quarters whose figure is estimated; paler than any line on it, in grey too."""

MARKS: dict[str, dict[str, Any]] = {
    "reported": {"marker": "o", "hollow": False},
    "derived": {"marker": "o", "hollow": True},
    "estimated": {"marker": "x", "hollow": False},
    "stated": {"marker": "D", "hollow": True},
}
"""How the figures of the history look; ``stated`` is an opening given to ``calibrate``."""


def plot_history(
    history: History,
    lines: str | Sequence[str],
    *,
    since: str | Quarter | None = None,
    ax: Axes | None = None,
    path: str | PathLike[str] | None = None,
) -> Axes:
    """Draw ``history.values(line)`` by quarter, for one line or several of one unit.

    Reported figures are solid, derived ones hollow, estimated ones crosses, with bars of one standard error where that
    can be seen; missing quarters leave gaps. Of a single line the quarters that are estimated have a grey strip too.
    Several lines differ in colour and dashes. ``since`` leaves out older quarters; otherwise the chart begins where the
    first figure is known. ``path`` saves the figure. Returns the axes.
    """
    expect(history, History, ReconcileError, "the history", "make one: facts.reconcile(model)")
    names = (lines,) if isinstance(lines, str) else tuple(lines)
    _check(history, names, since)
    ax = new_axes() if ax is None else checked(ax)
    table = np.stack([history.values(name) for name in names])
    begin = history.quarters[0] + int(np.isfinite(table).any(axis=0).argmax())
    begin = begin if since is None else max(begin, Quarter.parse(since))
    cut = begin - history.quarters[0]
    quarters = np.arange(begin.ordinal, history.last.ordinal + 1.0)
    shown = table[:, cut:]
    height = float(np.nanmax(shown) - np.nanmin(shown))
    dashes: dict[str, Artist] = {}
    marks: dict[str, Artist] = {}
    for place, name in enumerate(names):
        several = len(names) > 1
        colour = COLOURS[place % len(COLOURS)] if several else INK
        style = STYLES[place % len(STYLES)]
        known = history.errors(name)[cut:], history.marks(name)[cut:]
        tag = f"{name} " if several else ""
        found = draw_figures(ax, quarters, shown[place], *known, height, colour=colour, dashes=style, tag=tag)
        marks = found | marks
        if several:
            (dashes[name],) = ax.plot([], [], color=colour, linestyle=style, linewidth=1.4)
    if len(names) == 1 and "estimated" in history.marks(names[0])[cut:]:
        marks["quarter estimated"] = _strips(ax, quarters, history.marks(names[0])[cut:])
    amount_axis(ax, history.line(names[0]), shown[np.isfinite(shown)])
    quarter_axis(ax, begin, history.last)
    as_of = "" if history.as_of is None else f", as known on {history.as_of}"
    dress(ax, f"{', '.join(names)}{as_of}")
    legend_below(ax, dashes | marks, columns=3)
    finish(ax, path)
    return ax


def draw_figures(
    ax: Axes,
    quarters: Array,
    values: Array,
    errors: Array,
    marks: Sequence[str],
    height: float,
    *,
    colour: str = INK,
    dashes: Any = "-",
    tag: str = "",
) -> dict[str, Artist]:
    """Each figure by its mark, a line through neighbours, and standard errors that can be seen; all (n,) but height."""
    legend: dict[str, Artist] = {}
    thin = 0.8 if colour == INK else 1.4
    for (before, low), (after, high) in pairwise(zip(quarters, values, strict=True)):
        if not np.isnan(low + high):
            gid = f"{tag}history"
            ax.plot([before, after], [low, high], color=colour, linestyle=dashes, linewidth=thin, zorder=3.5, gid=gid)
    wide = np.flatnonzero(errors > VISIBLE * height)
    if len(wide):
        bars = ax.errorbar(
            quarters[wide],
            values[wide],
            yerr=errors[wide],
            fmt="none",
            ecolor=colour,
            elinewidth=0.8,
            capsize=2.0,
            zorder=3.6,
        )
        bars.lines[2][0].set_gid(f"{tag}errors")
    for mark, look in MARKS.items():
        chosen = [place for place, one in enumerate(marks) if one == mark and not np.isnan(values[place])]
        if chosen:
            (points,) = ax.plot(
                quarters[chosen],
                values[chosen],
                linestyle="none",
                color=colour,
                marker=look["marker"],
                markerfacecolor="white" if look["hollow"] else colour,
                markersize=4.2,
                markeredgewidth=0.9,
                zorder=4,
                gid=f"{tag}{mark}",
            )
            legend["opening, stated" if mark == "stated" else mark] = points if colour == INK else _inked(points)
    if len(wide):
        legend["one standard error"] = bars  # type: ignore[assignment]
    return legend


def _inked(points: Line2D) -> Line2D:
    """A mark for the legend that stands for lines of all colours."""
    from matplotlib.lines import Line2D

    face = "white" if points.get_markerfacecolor() == "white" else INK
    return Line2D([], [], linestyle="none", marker=points.get_marker(), color=INK, markerfacecolor=face, markersize=4.2)


def _strips(ax: Axes, quarters: Array, marks: Sequence[str]) -> Artist:
    """A strip behind each estimated quarter; the last one, for the legend."""
    for quarter, mark in zip(quarters, marks, strict=True):
        if mark == "estimated":
            strip = ax.axvspan(
                quarter - 0.5, quarter + 0.5, facecolor=STRIP, edgecolor="none", zorder=0.5, gid="estimated quarter"
            )
    return strip


def _check(history: History, names: Sequence[str], since: str | Quarter | None) -> None:
    """Refuse what cannot be drawn, all at once."""
    problems = Problems()
    known = [name for name in names if name in history.lines]
    for name in names:
        if name not in history.lines:
            problems.add(f"'{name}' is not a line of this history. {did_you_mean(str(name), history.lines)}")
    units = {name: unit_of(history.line(name)) for name in known}
    if len(set(units.values())) > 1:
        told = ", ".join(f"{name} in {unit}" for name, unit in units.items())
        problems.add(f"the lines have several units: {told}. Draw those of one unit together.")
    if not names:
        problems.add("no line is named; name at least one.")
    late = since is not None and Quarter.parse(since) > history.last
    if late:
        problems.add(f"since is {since}, after the last quarter {history.last}; start earlier.")
    elif known:
        cut = 0 if since is None else max(Quarter.parse(since) - history.quarters[0], 0)
        if not np.isfinite([history.values(name)[cut:] for name in known]).any():
            problems.add(f"nothing is known of {', '.join(known)} in the quarters asked for.")
    problems.raise_if_any(ReconcileError, "the history cannot be drawn")
