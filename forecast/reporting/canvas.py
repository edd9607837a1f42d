"""What all charts share: colours, titles, legends, axes of quarters, per cent and money."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.dimensions import is_ratio
from forecast.distributions import Array
from forecast.lines import MONEY, Line
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

HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "oooo")
"""What tells areas apart in black and white, beside ``TINTS``."""

TINTS = ("#8FBFE0", "#F2B58C", "#8FD3BC", "#E8BFD5", "#BFBFBF", "#F5D38C", "#CBE6F7")
"""``COLOURS`` mixed with white, pale enough for a hatch and a whisker in ink on them."""

INK, PALE = "#303030", "#D8D8D8"
MOST_LABELS = 9
"""Quarter labels that fit under one chart without touching."""


def dress(ax: Axes, title: str, *, letters: int = 72) -> None:
    """The title, at the left and wrapped after ``letters``, a light grid, and no box around the chart."""
    ax.set_title("\n".join(textwrap.wrap(title, letters)), loc="left", fontsize=10.5, parse_math=False)
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
    """The unit in words: 'million CNY a quarter' for a flow, 'million USD' for a stock, 'CNY per USD'; '' if unsaid.

    A flow that is a ratio by its formula is no amount of a quarter: its unit is 'ratio'.
    """
    if line.kind == "rate" and line.unit == MONEY:
        return ""  # a ratio whose driver says no unit
    return f"{line.amount} a quarter".strip() if line.kind == "flow" and not is_ratio(line.unit) else line.amount


def legend_below(ax: Axes, legend: Mapping[str, Artist], *, columns: int) -> None:
    """A legend under the tick labels, where it covers nothing; labels are wrapped and printed as they are."""
    from matplotlib.transforms import ScaledTranslation

    under = ScaledTranslation(0, -(24 + (14 if ax.get_xlabel() else 0)) / 72, ax.figure.dpi_scale_trans)
    drawn = ax.legend(
        list(legend.values()),
        ["-"] * len(legend),  # some versions leave out a label that begins with "_"
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=ax.transAxes + under,
        ncols=columns,
        fontsize=8.5,
        frameon=False,
        borderaxespad=0.0,
        handlelength=2.8,
    )
    for text, label in zip(drawn.get_texts(), legend, strict=True):
        text.set_parse_math(False)
        text.set_text("\n".join(textwrap.wrap(label, 72 // columns)))


def percent_along(ax: Axes) -> None:
    """Per cent along x, as in 20%."""
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}%".replace("-", "\N{MINUS SIGN}"))


def rows_down(ax: Axes, names: Iterable[str]) -> None:
    """A row a name, the first on top, with a grid along x only."""
    labels = list(names)
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=PALE, linewidth=0.6)
    ax.tick_params(axis="y", length=0, labelsize=8.5)
