"""The prior: how far a line is expected to move, felt only where no fact decides."""

from __future__ import annotations

import math
from collections.abc import Container
from typing import TYPE_CHECKING

from forecast.financials.cells import Layout
from forecast.financials.observations import YEAR
from forecast.financials.system import Row, sparse_rows

if TYPE_CHECKING:
    from scipy.sparse import csc_array

WEAKER = 100.0
"""Factor on the variance of the prior wherever values are fitted, so that it is not heard against a fact."""


def prior_precision(layout: Layout) -> csc_array:
    """Inverse variance of the prior over scaled cells, shape (n, n): ``sum(rows.T @ rows)`` of ``prior_steps``."""
    differences = sparse_rows(prior_steps(layout, layout.levels), len(layout.cells))
    precision: csc_array = (differences.T @ differences).tocsc()
    return precision


def prior_steps(layout: Layout, names: Container[str]) -> list[Row]:
    """The prior's statements on the cells of some lines, each a row of unit variance in scaled cells.

    A line is a random walk: it moves by N(0, m * changes**2) in m quarters, in typical levels, so that the quarters
    of a lone annual figure are those of Fernandez (1981), "A methodological note on the estimation of time series",
    and, without errors, of Denton (1971) with first differences. A line with seasons also moves by
    N(0, years**2) in a year, which carries the seasons of the years with printed quarters over to the others. The two
    speak of the same moves, so each then counts half (its variance is doubled) and together they weigh as one.
    """
    rows: list[Row] = []
    cells = layout.cells
    places = {cell: number for number, cell in enumerate(cells)}
    for number, (name, quarter) in enumerate(cells):
        if name not in names:
            continue
        before = cells[number - 1] if number else None
        if before is not None and before[0] == name:
            double = 2.0 if name in layout.years else 1.0
            weight = 1.0 / (layout.changes[name] * math.sqrt(double * (quarter - before[1])))
            rows.append([(number - 1, -weight), (number, weight)])
        ago = places.get((name, quarter + -YEAR))
        if ago is not None and name in layout.years:
            weight = 1.0 / (layout.years[name] * math.sqrt(2.0))
            rows.append([(ago, -weight), (number, weight)])
    return rows
