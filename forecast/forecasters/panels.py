"""One or many series from a Series, a wide frame or a long frame, each with its periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecast.distributions import Array
from forecast.errors import Problems, SimulationError
from forecast.forecasters.magnitudes import not_real, problems_of_size
from forecast.forecasters.periods import Periods, period_labels, read_periods

LONG = ("unique_id", "ds", "y")
"""Columns of a long frame, as in statsforecast and other libraries."""


@dataclass(frozen=True, eq=False)
class Series:
    """One history: ``values`` (n,) and their ``periods``."""

    name: str
    values: Array
    periods: Periods

    @property
    def season(self) -> int:
        """Periods a year."""
        return self.periods.season

    @property
    def labels(self) -> tuple[str, ...]:
        """The periods as short texts."""
        return tuple(period_labels(self.periods.index))


def read_panel(data: Any, heading: str) -> tuple[Series, ...]:
    """The series of a pandas Series, of a wide frame (a column a series) or of a long one (``LONG``).

    A column of a wide frame may begin later or end earlier than the others: missing values at its ends are no part
    of it. Missing values inside, gaps and duplicates are refused, all at once under ``heading``,
    by the name of the series.
    """
    problems = Problems()
    found = []
    for name, series in _split(data, problems):
        own = Problems()
        known = np.flatnonzero(series.notna())
        trimmed = series.iloc[known[0] : known[-1] + 1] if known.size else series.iloc[:0]
        periods = read_periods(trimmed.index, own)
        if not pd.api.types.is_numeric_dtype(trimmed.dtype) or not_real(trimmed.dtype):
            own.add(f"its values are of the type {trimmed.dtype}; convert them to numbers.")
        else:
            values = np.asarray(trimmed.to_numpy(dtype=float, na_value=np.nan))
            wrong = np.asarray(period_labels(trimmed.index), dtype=object)[~np.isfinite(values)]
            if wrong.size:
                own.add(f"the value is missing or infinite in {', '.join(wrong[:6])}; fill it or start after it.")
            else:
                own.found += problems_of_size(values, period_labels(trimmed.index))
        for problem in own.found:
            problems.add(f"'{name}': {problem}")
        if periods is not None and not own.found:
            found.append(Series(str(name), values, periods))
    problems.raise_if_any(SimulationError, heading)
    return tuple(found)


def _split(data: Any, problems: Problems) -> list[tuple[str, pd.Series[Any]]]:
    if isinstance(data, pd.Series):
        return [(str(data.name) if data.name is not None else "series", data)]
    if not isinstance(data, pd.DataFrame):
        problems.add(
            f"a {type(data).__name__} was given; give a Series, a frame with one column a series, "
            f"or a long frame with the columns {', '.join(LONG)}."
        )
        return []
    twice = sorted({str(column) for column in data.columns[data.columns.duplicated()]})
    if twice:
        problems.add(f"there is more than one column called {', '.join(twice)}; give every series a name of its own.")
        return []
    if set(LONG) <= set(data.columns):
        return _long(data, problems)
    if not len(data.columns):
        problems.add("the frame has no columns; give one column a series.")
    return [(str(column), data[column]) for column in data.columns]


def _long(data: pd.DataFrame, problems: Problems) -> list[tuple[str, pd.Series[Any]]]:
    """The series of a long frame, in the order in which their names come, each oldest first."""
    unnamed = int(data["unique_id"].isna().sum())
    if unnamed:
        problems.add(f"{unnamed:,} of {len(data):,} rows have no unique_id; give every row the name of its series.")
        return []
    try:
        parts = data.groupby("unique_id", sort=False, observed=True)
        return [(str(name), part.set_index("ds")["y"].sort_index()) for name, part in parts]
    except TypeError as problem:
        problems.add(f"its rows cannot be put in order ({problem}); give a text as unique_id, and ds of one type.")
        return []
