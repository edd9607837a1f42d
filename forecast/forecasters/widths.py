"""How wide the default forecast must be: factors learned from the errors that it made on many short series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.form import InnovationsForm

STEPS = (1, 2, 3, 4, 6, 8)
"""Steps ahead that the table has a factor for."""


@dataclass(frozen=True, eq=False)
class Widths:
    """Factors of one kind of series: ``points`` (k,), ``factors`` (k, len(STEPS)) and ``tails`` (k,)."""

    points: Array
    factors: Array
    tails: Array

    def at(self, points: int, horizon: int) -> tuple[Array, float]:
        """Factors (horizon,) and the tail for a history of ``points``.

        Linear in the logarithm of the points and of the step between the entries, constant outside of them.
        """
        where = np.log(self.points)
        row = [np.interp(np.log(points), where, column) for column in self.factors.T]
        steps = np.log(np.arange(1, horizon + 1))
        return np.interp(steps, np.log(STEPS), row), float(np.interp(np.log(points), where, self.tails))


@cache
def read_widths() -> dict[tuple[str, bool], Widths]:
    """The table that ships with the library, by transformation and whether there is one period a year."""
    text = resources.files("forecast.forecasters").joinpath("widths.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")][1:]
    kinds = sorted({(row[0], row[1]) for row in rows})
    found = {}
    for kind in kinds:
        numbers = np.array([[float(x) for x in row[2:]] for row in rows if (row[0], row[1]) == kind])
        end = 1 + len(STEPS)
        found[kind[0], kind[1] == "year"] = Widths(numbers[:, 0], numbers[:, 1:end], numbers[:, end])
    return found


def calibrated(form: InnovationsForm, season: int) -> InnovationsForm:
    """The form with the width and the tails that held what they promise on other series of its kind and length.

    factor[h] = f80[h] / exp(tail * z80**2 / 2)         tail = 2 * log(f95 / f80) / (z95**2 - z80**2)

    f80[h] and f95[h] are the factors by which the spread at step h had to be multiplied for a normal interval of 80 %
    and 95 % to hold that share of the values left out (z80 = 1.28, z95 = 1.96), f95 / f80 the median over the steps.
    They are pooled over series, since no short series can tell its own. The table is made by
    ``benchmarks/learn_widths.py``, whose head says from which series. Months take the factors of quarters.
    """
    factors, tail = read_widths()[form.transformation, season == 1].at(form.points, form.horizon)
    return replace(form.scaled(factors), tail=tail)
