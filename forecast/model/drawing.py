"""A model as a drawing: a box a line, in layers, and an arrow from each line that is read to the line that reads it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from forecast.model.layout import Layout, lay_out

if TYPE_CHECKING:
    from forecast.model.model import Model

LETTER, TALL, PAD, MARGIN = 6.6, 36.0, 9.0, 30.0
"""In pixels: the width of a letter, the height of a box, the room beside its words, and around it all."""
HEAD = 7.0
"""The length of an arrow's head."""
DASHES = ' stroke-dasharray="5 4"'

Arrow = tuple[str, str, bool]
"""From which line, to which, and whether only values of earlier quarters are read."""


def draw(model: Model) -> str:
    """The model as SVG text that stands for itself: no script, nothing fetched, every name text.

    A line stands below all lines that it reads in the same quarter. A dashed arrow is a value of an earlier quarter
    alone. Stocks have a thick edge and rates round ends, so that nothing hangs on colours.
    """
    arrows = _arrows(model)
    widths = {line: _width(model, line) for line in model.lines}
    now = [(source, target) for source, target, lagged in arrows if not lagged]
    before = [(source, target) for source, target, lagged in arrows if lagged]
    layout = lay_out(model.order, now, before, widths, TALL)
    paths = "".join(_arrow(arrow, layout, widths) for arrow in arrows)
    boxes = "".join(_box(model, line, layout.middles[(line,)], widths[line]) for line in model.order)
    legend, least = _legend()
    wide, tall = max(layout.width + 2 * MARGIN, least), layout.height + 2 * MARGIN + 24
    left = (wide - layout.width) / 2
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" class="forecast-model" '
        f'width="{wide:.0f}" height="{tall:.0f}" viewBox="0 0 {wide:.0f} {tall:.0f}" '
        'font-family="sans-serif" font-size="12" fill="#111">'
        f"<title>{html.escape(_title(model))}</title><desc>{html.escape(_told(arrows))}</desc>"
        f'<rect width="{wide:.0f}" height="{tall:.0f}" fill="#fff"/>'
        f'<g transform="translate({left:.1f} {MARGIN:g})">{paths}{boxes}</g>'
        f'<g transform="translate(12 {tall - 14:.0f})">{legend}</g></svg>'
    )


def _title(model: Model) -> str:
    count = len(model.drivers)
    return f"What moves what in a model of {count:,} line{'' if count == 1 else 's'}"


def _told(arrows: Sequence[Arrow]) -> str:
    """The arrows in words, for those who do not see them."""
    read: dict[str, list[str]] = {}
    for source, target, lagged in arrows:
        read.setdefault(target, []).append(f"{source} of earlier quarters" if lagged else source)
    return " ".join(f"{target} reads {', '.join(sources)}." for target, sources in read.items()) or "Nothing is read."


def _arrows(model: Model) -> list[Arrow]:
    """One a pair of lines; who reads this quarter and an earlier one reads this one."""
    found: dict[tuple[str, str], bool] = {}
    for line in model.order:
        for source, lag in model.driver(line).reads():
            found[source, line] = found.get((source, line), True) and lag > 0
    return [(*pair, lagged) for pair, lagged in found.items()]


def _kind(model: Model, line: str) -> str:
    """What stands below the name: the kind of driver."""
    return type(model.driver(line)).__name__


def _width(model: Model, line: str) -> float:
    return 2 * PAD + LETTER * max(len(line), 0.85 * len(_kind(model, line)), 8)


def _box(model: Model, line: str, middle: tuple[float, float], wide: float) -> str:
    x, y = middle
    kind = model.lines[line].kind
    shape = f' rx="{TALL / 2:g}"' if kind == "rate" else ' rx="2"'
    return (
        f'<rect x="{x - wide / 2:.1f}" y="{y - TALL / 2:.1f}" width="{wide:.1f}" height="{TALL:g}"{shape} '
        f'fill="#f4f4f4" stroke="#111" stroke-width="{2.5 if kind == "stock" else 1}"/>'
        f'<text x="{x:.1f}" y="{y - 2:.1f}" text-anchor="middle">{html.escape(line)}</text>'
        f'<text x="{x:.1f}" y="{y + 12:.1f}" text-anchor="middle" font-size="10" fill="#444">'
        f"{html.escape(_kind(model, line))}</text>"
    )


def _arrow(arrow: Arrow, layout: Layout, widths: Mapping[str, float]) -> str:
    """Down through its bends; back up, or beside, in a bow on the right."""
    source, target, lagged = arrow
    dashes = DASHES if lagged else ""
    (x, y), (to_x, to_y) = layout.middles[(source,)], layout.middles[(target,)]
    if (source, target) in layout.bends:
        points = [(x, y + TALL / 2)]
        for bend in layout.bends[source, target]:
            at, down = layout.middles[bend]
            points += [(at, down - TALL / 2), (at, down + TALL / 2)]
        points.append((to_x, to_y - TALL / 2 - HEAD))
        return _stroke(_down(points), dashes) + _head(to_x, to_y - TALL / 2, 0.0, 1.0)
    start, end = x + widths[source] / 2, to_x + widths[target] / 2
    out = max(start, end) + 26.0
    if source == target:
        y, to_y = y + 9.0, to_y - 9.0
    path = f"M{start:.1f} {y:.1f}C{out:.1f} {y:.1f} {out:.1f} {to_y:.1f} {end + HEAD:.1f} {to_y:.1f}"
    if y == to_y and source != target:  # side by side: a bow below
        y, to_y = y + TALL / 2, to_y + TALL / 2
        path = f"M{x:.1f} {y:.1f}C{x:.1f} {y + 32:.1f} {to_x:.1f} {y + 32:.1f} {to_x:.1f} {to_y + HEAD:.1f}"
        return _stroke(path, dashes) + _head(to_x, to_y, 0.0, -1.0)
    return _stroke(path, dashes) + _head(end, to_y, -1.0, 0.0)


def _down(points: Sequence[tuple[float, float]]) -> str:
    """A path from layer to layer, upright where it leaves and enters."""
    (x, y), path = points[0], f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for to_x, to_y in points[1:]:
        half = (y + to_y) / 2
        path += f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}"
        x, y = to_x, to_y
    return path


def _stroke(path: str, dashes: str) -> str:
    return f'<path d="{path}" fill="none" stroke="#555"{dashes}/>'


def _head(x: float, y: float, along_x: float, along_y: float) -> str:
    """A head whose point is at (x, y), looking along a direction."""
    back_x, back_y, side = x - HEAD * along_x, y - HEAD * along_y, 3.5
    first = f"{back_x - side * along_y:.1f},{back_y - side * along_x:.1f}"
    second = f"{back_x + side * along_y:.1f},{back_y + side * along_x:.1f}"
    return f'<polygon points="{x:.1f},{y:.1f} {first} {second}" fill="#555"/>'


def _legend() -> tuple[str, float]:
    """What the signs mean, and how wide that is."""
    x, parts = 0.0, ""
    for sign, words in (
        (_stroke("M0 0H24", "") + _head(30, 0, 1.0, 0.0), "is read"),
        (_stroke("M0 0H24", DASHES) + _head(30, 0, 1.0, 0.0), "read of earlier quarters"),
        ('<rect x="2" y="-7" width="26" height="14" rx="2" fill="#f4f4f4" stroke="#111"/>', "flow"),
        ('<rect x="2" y="-7" width="26" height="14" rx="2" fill="#f4f4f4" stroke="#111" stroke-width="2.5"/>', "stock"),
        ('<rect x="2" y="-7" width="26" height="14" rx="7" fill="#f4f4f4" stroke="#111"/>', "rate"),
    ):
        parts += f'<g transform="translate({x:.0f} 0)">{sign}<text x="36" y="4" font-size="11">{words}</text></g>'
        x += 36 + 0.9 * LETTER * len(words) + 18
    return parts, x + 12
