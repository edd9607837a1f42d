"""Reference classes: how the revenue of other companies of a size and pace went on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeGuard

import numpy as np

from forecast.distributions import Array
from forecast.errors import CalibrationError

SOURCE = "US companies' revenue, 1993 to 2022, from SEC filings; large ones that survived"
"""What the table rests on; ``benchmarks/learn_reference.py`` makes it."""

_ALL_SIZES = (0.0, float("inf"))
_ALL_GROWTH = (-float("inf"), float("inf"))


@dataclass(frozen=True, eq=False)
class ReferenceClass:
    """Growth of revenue after a year of ``growth`` in [from, to), at a ``size`` in USD million a year in [from, to).

    ``years`` (k,) ahead, ``counts`` (k,) of stretches, ``levels`` (m,) and ``quantiles`` (k, m) of logarithmic growth
    a year. Companies that failed or were bought are not in it, so low growth is rarer here than in the world.
    """

    size: tuple[float, float]
    growth: tuple[float, float]
    years: Array
    counts: Array
    levels: Array
    quantiles: Array
    source: str = SOURCE

    def quantile(self, p: float, *, years: int = 1) -> float:
        """Growth a year, as a rate, that a share ``p`` did not exceed over ``years``: 0.1 for 10 %.

        Linear between the levels of the table on the normal scale, and so beyond them.
        """
        from scipy.special import ndtri

        return float(np.expm1(line_through(ndtri(check_level(p)), ndtri(self.levels), self._row(years))))

    def share_faster(self, growth: float, *, years: int = 1) -> float:
        """Share of companies that grew by more than ``growth`` a year (0.3 for 30 %) over ``years``."""
        if not (is_finite(growth) and growth > -1):
            raise CalibrationError(f"the growth is {growth!r}; give a rate above -1, such as 0.3 for 30 %.")
        from scipy.special import ndtr, ndtri

        return float(1 - ndtr(line_through(np.log1p(growth), self._row(years), ndtri(self.levels))))

    def spread(self, years: int = 1) -> float:
        """Standard deviation of logarithmic growth a year, from the 10 and 90 % quantiles as if it were normal."""
        row = self._row(years)
        low, high = (int(np.argmin(np.abs(self.levels - p))) for p in (0.1, 0.9))
        return float((row[high] - row[low]) / 2.5631031310892007)

    def describe(self, growth: float, *, years: int = 3) -> str:
        """One sentence for a report: in how many cases of this class revenue grew faster."""
        share = self.share_faster(growth, years=years)
        count = int(self.counts[place_of(years, self.years)])
        span = "the next year" if years == 1 else f"the next {years} years"
        shown = f"{share:.0%}" if share >= 0.01 else "under 1%"
        grew = f"revenue grew by more than {growth:.0%} a year over {span}"
        return f"In {shown} of {count} comparable cases {grew} ({self.source})."

    def _row(self, years: int) -> Array:
        row: Array = self.quantiles[place_of(years, self.years)]
        return row


def reference_class(*, revenue: float | None = None, growth: float | None = None) -> ReferenceClass:
    """The class of a company with ``revenue`` a year in USD million and a last yearly ``growth`` (0.2 for 20 %).

    What is not given is not used: without both, all companies. A class with too few stretches is replaced by that of
    its pace at any size.
    """
    for word, number in (("revenue", revenue), ("growth", growth)):
        if number is not None and not is_finite(number):
            raise CalibrationError(f"{word} is {number!r}; give a finite number or None.")
    classes = [one for one in read_classes() if _fits(revenue, one.size) and _fits(growth, one.growth)]
    longest = max(one.years.size for one in classes)
    full = [one for one in classes if one.years.size == longest]
    return min(full, key=lambda one: (one.growth == _ALL_GROWTH, one.size == _ALL_SIZES))


def _fits(number: float | None, span: tuple[float, float]) -> bool:
    """Whether a number lies in a class; one at its edge, such as a growth of 10 %, is there but for rounding."""
    whole = span in (_ALL_SIZES, _ALL_GROWTH)
    return whole if number is None else whole or span[0] <= round(number, 9) < span[1]


@cache
def read_classes() -> tuple[ReferenceClass, ...]:
    """Every class of the table that ships with the library."""
    levels, rows = _read()
    found = []
    for low, high, slow, fast in sorted({(row[0], row[1], row[2], row[3]) for row in rows if row[4] >= 1}):
        own = np.array([row[4:] for row in rows if row[:4] == (low, high, slow, fast) and row[4] >= 1])
        found.append(ReferenceClass((low, high), (slow, fast), own[:, 0], own[:, 1], levels, own[:, 2:]))
    return tuple(found)


@cache
def spread_of_a_quarter() -> float:
    """Standard deviation of the logarithmic change from quarter to quarter, seasons included."""
    levels, rows = _read()
    row = next(row for row in rows if row[4] < 1)
    low, high = (int(np.argmin(np.abs(levels - p))) for p in (0.1, 0.9))
    return float((row[6 + high] - row[6 + low]) / 2.5631031310892007)


@cache
def _read() -> tuple[Array, tuple[tuple[float, ...], ...]]:
    """Levels of the quantiles and the rows of numbers."""
    text = resources.files("forecast.forecasters").joinpath("growth.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    levels = np.array([int(name[1:]) / 100 for name in lines[0].split(",")[6:]])
    return levels, tuple(tuple(float(x) for x in line.split(",")) for line in lines[1:])


def is_finite(number: object) -> TypeGuard[float]:
    """Whether it is a finite number, truth values excepted."""
    if isinstance(number, bool) or not isinstance(number, int | float | np.integer | np.floating):
        return False
    return bool(np.isfinite(number))


def check_level(p: float) -> float:
    """A probability between 0 and 1, or a CalibrationError."""
    if not (is_finite(p) and 0 < p < 1):
        raise CalibrationError(f"the quantile at {p!r} was asked for; give a probability between 0 and 1.")
    return p


def place_of(years: int, known: Array) -> int:
    """The row of a table that stands for ``years`` ahead."""
    if years not in list(known):
        raise CalibrationError(f"{years!r} years were asked for; the table knows {', '.join(f'{y:g}' for y in known)}.")
    return list(known).index(years)


def line_through(x: float, xs: Array, ys: Array) -> float:
    """Linear interpolation that goes on beyond the ends with the slope there."""
    i = int(np.clip(np.searchsorted(xs, x) - 1, 0, xs.size - 2))
    return float(ys[i] + (ys[i + 1] - ys[i]) * (x - xs[i]) / (xs[i + 1] - xs[i]))
