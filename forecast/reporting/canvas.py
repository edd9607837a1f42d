"""What all charts share: colours, a figure that needs no display, axes of quarters, per cent and money."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast.distributions import Array
from forecast.errors import ForecastError, expect
from forecast.lines import Line
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
"""Told apart by colour-blind readers (Okabe and Ito 2008); their yellow is too pale for a line on white."""

STYLES: tuple[tuple[int, tuple[float, ...]], ...] = (
    (0, ()),
    (0, (6, 2)),
    (0, (1.2, 1.5)),
    (0, (7, 2, 1.5, 2)),
)
"""Dashes as (offset, lengths); with ``MARKERS`` they tell lines apart in black and white."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
"""Their number shares no factor with that of ``STYLES``, so 36 lines all look different."""

INK, PALE = "#303030", "#D8D8D8"
MOST_LABELS = 9
"""Quarter labels that fit under one chart without touching."""


def new_axes(width: float = 7.5, height: float = 4.6) -> Axes:
    """Axes of a figure of its own, in inches; not known to pyplot, so nothing needs closing or a display."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").subplots()


def checked(ax: Axes) -> Axes:
    """The axes that a user gave, refused when they are none."""
    from matplotlib.axes import Axes

    expect(ax, Axes, ForecastError, "ax", "pass axes, as in figure.subplots(), or leave it out")
    return ax


def save(ax: Axes, path: str | PathLike[str] | None, *, dpi: int = 160) -> None:
    """Save the figure in the format of the ending of ``path``, where one is given."""
    if path is None:
        return
    figure = ax.figure.figure
    try:
        target = Path(path)
        figure.savefig(target, dpi=dpi)
    except (OSError, TypeError, ValueError) as problem:
        raise ForecastError(f"{str(path)!r} cannot be saved: {problem}.") from None


def dress(ax: Axes, title: str) -> None:
    """The title, at the left and wrapped, a light grid, and no box around the chart."""
    ax.set_title("\n".join(textwrap.wrap(title, 72)), loc="left", fontsize=10.5, parse_math=False)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=PALE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=9)


def quarter_axis(ax: Axes, first: Quarter, last: Quarter) -> None:
    """Quarters along x, at their ordinals; nine labels at most, on year ends where they cannot be on all."""
    span = last - first + 1
    step = next(step for step in (1, 2, 4, 8, 16, 32, 64, 128) if span / step <= MOST_LABELS)
    shown = [Quarter(ordinal) for ordinal in range(first.ordinal, last.ordinal + 1)]
    labelled = [quarter for quarter in shown if (quarter.ordinal - last.ordinal - (4 - last.number)) % step == 0]
    ax.set_xlim(first.ordinal - 0.6, last.ordinal + 0.6)
    ax.set_xticks([quarter.ordinal for quarter in labelled], [str(quarter) for quarter in labelled])
    ax.set_xticks([quarter.ordinal for quarter in shown], minor=True)


def percent_axis(ax: Axes) -> None:
    """0 to 100 % along y; values are plotted in per cent."""
    ax.set_ylim(0, 100)
    ax.set_yticks(range(0, 101, 20), [f"{level}%" for level in range(0, 101, 20)])
    ax.set_yticks(range(0, 101, 10), minor=True)


def amount_axis(ax: Axes, line: Line, values: Array) -> None:
    """The unit along y, thousands set apart, and a line at zero where ``values`` (any shape) straddle it."""
    ax.set_ylabel(unit_of(line), fontsize=9.5, parse_math=False)
    if values.size and np.abs(values).max() >= 1000:
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}"))
    if values.size and values.min() < 0 < values.max():
        ax.axhline(0, color=INK, linewidth=0.9, zorder=2.8, gid="zero")


def unit_of(line: Line) -> str:
    """The unit in words: 'million CNY a quarter' for a flow, 'million USD' for a stock, 'CNY per USD'."""
    words = [line.unit.replace("_", " "), line.currency or ""]
    return " ".join([word for word in words if word] + (["a quarter"] if line.kind == "flow" else []))


def legend_below(ax: Axes, legend: Mapping[str, Artist], *, columns: int) -> None:
    """A legend under the tick labels, where it covers nothing; labels are wrapped and printed as they are."""
    from matplotlib.transforms import ScaledTranslation

    under = ScaledTranslation(0, -(24 + (14 if ax.get_xlabel() else 0)) / 72, ax.figure.dpi_scale_trans)
    drawn = ax.legend(
        list(legend.values()),
        ["\n".join(textwrap.wrap(label, 72 // columns)) for label in legend],
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=ax.transAxes + under,
        ncols=columns,
        fontsize=8.5,
        frameon=False,
        borderaxespad=0.0,
        handlelength=2.8,
    )
    for text in drawn.get_texts():
        text.set_parse_math(False)
