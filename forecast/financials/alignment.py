"""Alignment: which quarters a series of years, halves or quarters covers, beside the quarters of its indicators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ForecastError
from forecast.financials.frames import MONTHS, period_index
from forecast.financials.periods import HALF, YEAR, parse_period
from forecast.magnitude import CURE, too_large
from forecast.timeline import Quarter, quarters_between

if TYPE_CHECKING:
    import pandas as pd

Array: TypeAlias = NDArray[np.float64]

AGGREGATIONS = ("sum", "mean", "last", "first")
"""What a period's figure is of its quarters: a flow is their sum, an average their mean, a stock the last."""


@dataclass(frozen=True, eq=False)
class Aligned:
    """Benchmarks and indicators on one row of quarters.

    ``benchmarks`` (m,), NaN where missing; ``covered`` says which quarters each period holds, as positions;
    ``indicators`` (n, k) with their ``names``; ``quarters`` is the index of the n quarters, ``periods`` are the
    labels of the m periods.
    """

    benchmarks: Array
    covered: tuple[tuple[int, ...], ...]
    indicators: Array
    names: tuple[str, ...]
    quarters: pd.Index[Any]
    periods: tuple[str, ...]
    name: str | None = None

    def aggregates(self, aggregation: str) -> Array:
        """C with C x = benchmarks, (m, n): ones, parts, or a single one in the last or first quarter."""
        matrix = np.zeros((len(self.covered), len(self.quarters)))
        for row, places in zip(matrix, self.covered, strict=True):
            chosen = {"last": places[-1:], "first": places[:1]}.get(aggregation, places)
            row[list(chosen)] = 1.0 / len(places) if aggregation == "mean" else 1.0
        return matrix

    def with_constant(self) -> Aligned:
        """The same with a column of ones before the indicators."""
        matrix = np.column_stack((np.ones(len(self.quarters)), self.indicators))
        return replace(self, indicators=matrix, names=("constant", *self.names))

    def marks(self, aggregation: str) -> tuple[str, ...]:
        """What each quarter rests on: see ``Disaggregation``."""
        known = np.isfinite(self.benchmarks)
        used = self.aggregates(aggregation)[known] != 0
        alone, places = used[used.sum(axis=1) == 1].any(axis=0), np.flatnonzero(used.any(axis=0))
        found = ["extrapolated"] * len(self.quarters)
        found[places[0] : places[-1] + 1] = ["interpolated"] * int(places[-1] + 1 - places[0])
        for place in places:
            found[place] = "given" if alone[place] else "distributed"
        return tuple(found)


def align(low: object, indicators: object, per: int | None, problems: list[str]) -> Aligned | None:
    """Read what a user has into one row of quarters; None after noting what is wrong.

    ``low`` is a Series by period or, with ``per`` quarters a period, a plain sequence of numbers.
    """
    import pandas as pd

    if isinstance(low, pd.Series):
        if per is not None:
            problems.append("'per' is for plain arrays; the labels of the series say how long each period is.")
        return _labelled(low, indicators, problems)
    return _plain(low, indicators, per, problems)


def _plain(low: object, indicators: object, per: int | None, problems: list[str]) -> Aligned | None:
    """Arrays without labels: the first quarter of the indicators is the first of the first period."""
    import pandas as pd

    before = len(problems)
    if not isinstance(low, list | tuple | np.ndarray) or np.ndim(np.asarray(low, dtype=object)) != 1:
        problems.append(f"the figures are of the type {type(low).__name__}. Give a Series, or a list of numbers.")
        return None
    if per is None or isinstance(per, bool) or not isinstance(per, int | np.integer) or per < 1:
        problems.append(f"per is {per!r}. Say how many quarters a period of the array has: 4 for years, 2 for halves.")
    if isinstance(indicators, pd.Series | pd.DataFrame):
        problems.append(
            "the indicators have labels and the figures have none. Give both as a Series or both as arrays."
        )
    if len(problems) > before:
        return None
    assert per is not None
    periods = tuple(str(number) for number in range(len(low)))
    benchmarks = numbers(low, "the figure", periods, problems)
    names: tuple[str, ...] = ("indicator",)
    columns: list[Array] = []
    count = per * len(low)
    if indicators is not None:
        table = np.asarray(indicators, dtype=object)
        table = table[:, None] if table.ndim == 1 else table
        if table.ndim != 2:
            problems.append(f"the indicators have {table.ndim} dimensions. Give one row a quarter, one column each.")
            return None
        if len(table) < count:
            problems.append(
                f"the indicators have {len(table)} quarters and {len(low)} periods of {per} need {count}. "
                "Give a row for every quarter."
            )
        count = len(table)
        width = table.shape[1]
        names = names if width == 1 else tuple(f"indicator_{number}" for number in range(1, width + 1))
        labels = [str(number) for number in range(count)]
        columns = [numbers(table[:, n], names[n], labels, problems, missing=False) for n in range(width)]
    if len(problems) > before:
        return None
    covered = tuple(tuple(range(per * number, per * (number + 1))) for number in range(len(low)))
    matrix = np.column_stack(columns) if columns else np.empty((count, 0))
    return Aligned(benchmarks, covered, matrix, names if columns else (), pd.RangeIndex(count), periods)


def _labelled(low: pd.Series[Any], indicators: object, problems: list[str]) -> Aligned | None:
    """A Series by period, and indicators by quarter."""
    import pandas as pd

    before = len(problems)
    spans, periods, low_end = _spans(low.index, problems)
    names: tuple[str, ...] = ()
    end: int | None = None
    benchmarks = numbers(low.tolist(), "the figure", periods, problems)
    if isinstance(indicators, pd.Series):
        indicators = indicators.to_frame("indicator" if indicators.name is None else indicators.name)
    if indicators is not None and not isinstance(indicators, pd.DataFrame):
        problems.append(
            "the figures have labels and the indicators have none. Give both as a Series or both as arrays."
        )
        return None
    if indicators is None:
        if len(problems) > before:
            return None
        quarters = quarters_between(min(span[0] for span in spans), max(span[-1] for span in spans))
        matrix = np.empty((len(quarters), 0))
    else:
        quarters, labels, end = _quarters(indicators.index, problems)
        names = tuple(str(column) for column in indicators.columns)
        columns = [
            numbers(indicators.iloc[:, place].tolist(), name, labels, problems, missing=False)
            for place, name in enumerate(names)
        ]
        matrix = np.column_stack(columns) if columns else np.empty((len(labels), 0))
        problems += [f"the indicator '{name}' is there twice. Keep one." for name in _repeated(names)]
    if None not in (low_end, end) and low_end != end and indicators is not None:
        problems.append(
            f"the fiscal years of the figures end in {MONTHS[(low_end or 12) - 1]}, those of the indicators in "
            f"{MONTHS[(end or 12) - 1]}. Label both by the same fiscal year."
        )
    if len(problems) > before:
        return None
    covered = _covered(spans, periods, benchmarks, quarters, problems)
    if len(problems) > before:
        return None
    index = period_index(quarters, low_end or end or 12)
    return Aligned(benchmarks, covered, matrix, names, index, periods, None if low.name is None else str(low.name))


def _covered(
    spans: Sequence[tuple[Quarter, ...]],
    periods: Sequence[str],
    benchmarks: Array,
    quarters: Sequence[Quarter],
    problems: list[str],
) -> tuple[tuple[int, ...], ...]:
    """The positions of each period's quarters; a missing period may reach beyond the indicators."""
    found: list[tuple[int, ...]] = []
    for span, period, benchmark in zip(spans, periods, benchmarks, strict=True):
        outside = [str(quarter) for quarter in span if not quarters[0] <= quarter <= quarters[-1]]
        if outside and math.isfinite(benchmark):
            problems.append(
                f"the period {period} needs the quarters {', '.join(outside)}, which the indicators do not have. "
                "Add them, or make the figure NaN."
            )
        found.append(() if outside else tuple(quarter - quarters[0] for quarter in span))
    return tuple(found)


def _spans(index: pd.Index[Any], problems: list[str]) -> tuple[list[tuple[Quarter, ...]], tuple[str, ...], int | None]:
    """The quarters of each period, its label, and the month in which the fiscal year ends, if the index says."""
    import pandas as pd

    end: int | None = None
    labels = [str(label) for label in index]
    if isinstance(index, pd.DatetimeIndex):
        problems.append("the figures are labelled by dates. Make them periods: series.index.to_period('Y').")
        return [], tuple(labels), end
    if isinstance(index, pd.PeriodIndex):
        kind, _, month = index.freqstr.partition("-")
        if kind not in ("Y", "Q"):
            problems.append(f"the periods of the figures have the frequency '{index.freqstr}'. Give years or quarters.")
            return [], tuple(labels), end
        end = MONTHS.index(month or "DEC") + 1
        labels = [f"{label.year}" if kind == "Y" else f"{label.qyear}Q{label.quarter}" for label in index]
    spans: list[tuple[Quarter, ...]] = []
    for label in labels:
        basis = "annual" if YEAR.match(label) else "half" if HALF.match(label) else "quarter"
        try:
            spans.append(parse_period(label, basis).quarters)
        except ForecastError:
            problems.append(f"the label {label!r} is not a period. Write '2024', '2024H1' or '2024Q1'.")
    problems += [f"the period {label} is there twice. Keep one." for label in _repeated(labels)]
    if not labels:
        problems.append("there are no figures. Give one figure a period.")
    return spans, tuple(labels), end


def _quarters(index: pd.Index[Any], problems: list[str]) -> tuple[tuple[Quarter, ...], list[str], int | None]:
    """The quarters of the indicators, without holes, their labels, and the month in which the fiscal year ends."""
    import pandas as pd

    end: int | None = None
    labels = [str(label) for label in index]
    if isinstance(index, pd.PeriodIndex):
        kind, _, month = index.freqstr.partition("-")
        if kind == "Q":
            end = MONTHS.index(month or "DEC") + 1
            labels = [f"{label.qyear}Q{label.quarter}" for label in index]
    quarters: list[Quarter] = []
    for label in labels:
        try:
            quarters.append(Quarter.parse(label))
        except ForecastError as error:
            problems.append(f"indicators: {error}")
    for before, after in pairwise(quarters):
        if after - before != 1:
            problems.append(f"the indicators go from {before} to {after}. Give every quarter once, in order.")
    if not labels:
        problems.append("the indicators have no quarters. Give one row a quarter, or no indicators.")
    return tuple(quarters), labels, end


def numbers(
    cells: Sequence[Any] | NDArray[Any], name: str, labels: Sequence[str], problems: list[str], *, missing: bool = True
) -> Array:
    """Cells as floats, NaN for a missing one; whatever is no number is a problem, as is a hole where none may be."""
    import pandas as pd

    values = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        empty = cell is None or cell is pd.NA or (isinstance(cell, float | np.floating) and math.isnan(cell))
        if empty:
            if not missing:
                problems.append(f"'{name}' at {labels[place]} is missing. An indicator needs every quarter.")
        elif isinstance(cell, bool | np.bool_) or not isinstance(cell, int | float | np.number):
            problems.append(f"'{name}' at {labels[place]} is {cell!r}. Give numbers.")
        elif math.isinf(cell):
            problems.append(f"'{name}' at {labels[place]} is infinite. Give a number.")
        elif too_large(cell):
            problems.append(f"'{name}' at {labels[place]} is {cell:g}; {CURE}.")
        else:
            values[place] = float(cell)
    return values


def _repeated(labels: Sequence[str]) -> list[str]:
    return sorted({label for label in labels if labels.count(label) > 1})
