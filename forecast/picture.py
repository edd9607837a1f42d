"""A picture that needs no display: axes of a figure of its own, all text as it is, a file where a path is given."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import ForecastError, expect

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CJK = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans CJK JP",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "PingFang HK",
    "Hiragino Sans GB",
    "Heiti TC",
    "STHeiti",
    "SimHei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
"""Fonts with Chinese characters, the best first. Of a collection only the first may be known, as Noto's JP."""

FIRST_CJK = 0x2E80
"""The first character that the font of matplotlib lacks and those of ``CJK`` have."""


def new_axes(width: float = 7.5, height: float = 4.6) -> Axes:
    """Axes of a figure of its own, in inches; not known to pyplot, so nothing needs closing or a display."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").subplots()


def checked(ax: Axes) -> Axes:
    """The axes that a user gave, refused when they are none."""
    from matplotlib.axes import Axes

    expect(ax, Axes, ForecastError, "ax", "pass axes, as in figure.subplots(), or leave it out")
    return ax


def checked_panels(ax: Sequence[Axes], count: int) -> tuple[Axes, ...]:
    """The several axes that a user gave, in a list, a tuple or an array, refused when they are not so many."""
    given = tuple(np.ravel(np.asarray(ax, dtype=object)))
    if len(given) != count:
        raise ForecastError(f"ax holds {len(given)} axes; this chart needs {count}: give as many, or leave it out.")
    return tuple(checked(panel) for panel in given)


def finish(drawn: Axes | Figure, path: str | PathLike[str] | None = None) -> None:
    """Print all text as it is, Chinese in a font that has it, and save the figure, in the format of its ending.

    Names are data: a ``$`` or ``_`` in them is no mathematics. Text with characters from ``FIRST_CJK`` on falls back
    to the first font of ``CJK`` that matplotlib knows; where it knows none it warns of missing glyphs when drawing.
    """
    from matplotlib.text import Text

    for text in drawn.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
        family = chinese_font() if any(ord(letter) >= FIRST_CJK for letter in text.get_text()) else None
        if family is not None:
            text.set_fontfamily([*text.get_fontfamily(), family])
    if path is None:
        return
    try:
        drawn.figure.figure.savefig(Path(path), dpi=160)
    except (OSError, TypeError, ValueError) as problem:
        raise ForecastError(f"{str(path)!r} cannot be saved: {problem}.") from None


def chinese_font() -> str | None:
    """The first font of ``CJK`` that matplotlib knows; None where it knows none."""
    from matplotlib.font_manager import fontManager

    known = {font.name for font in fontManager.ttflist}
    return next((name for name in CJK if name in known), None)
