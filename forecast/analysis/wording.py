"""Words for the answers of sensitivities: amounts, changes with their errors, tables of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from forecast.analysis.statistic import Probability, Statistic
from forecast.notebook import Laid


def subject(statistic: Statistic) -> str:
    """What a statistic is taken of, in words: the line and its window, or what is reached and by when."""
    if isinstance(statistic, Probability):
        by = "" if statistic.goal.by is None else f" by {statistic.goal.by}"
        return f"whether {statistic.goal.condition}{by}"
    return str(statistic).partition(" of ")[2] or str(statistic)


def sentence(text: str) -> str:
    """With its first letter large."""
    return text[:1].upper() + text[1:]


def amount(number: float, unit: str) -> str:
    """A statistic's value in words: ``48.6%``, ``1,234 million CNY``."""
    if unit == "%":
        return f"{100 * number:.1f}%"
    return f"{rounded(number)} {unit}".strip()


def change(number: float, error: float, unit: str) -> str:
    """A change of a statistic with its standard error: ``-14.9 +- 0.4`` in points or in its own unit.

    Both have as many decimals as show one or two digits of the error.
    """
    scale = 100.0 if unit == "%" else 1.0
    number, error = scale * number, scale * error
    if not error > 1e-9 * abs(number):
        return f"{'+' if number >= 0 else ''}{rounded(number)} +- 0"
    decimals = 1 if unit == "%" else max(0, math.ceil(-math.log10(error)))
    return f"{number:+,.{decimals}f} +- {error:,.{decimals}f}"


def rounded(number: float) -> str:
    """Three digits, thousands set apart."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def table(rows: Sequence[Sequence[str]], *, left: int = 1) -> Laid:
    """Rows of text in columns, the first ``left`` set to the left, the others to the right; two spaces before each."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            text.ljust(width) if place < left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return Laid("\n".join(lines), rows)
