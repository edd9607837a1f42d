"""Windows over quarters: trailing year, fiscal year, cumulative; always on paths, never on quantiles."""

from __future__ import annotations

import numpy as np

from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.lines import Line
from forecast.timeline import Quarter

WINDOWS = ("quarter", "trailing_year", "fiscal_year", "cumulative")


def window(values: Array, past: Array, line: Line, over: str, first: Quarter) -> Array:
    """A line over a window that ends in each quarter, shape (quarters, paths) like ``values``.

    quarter        x[t]
    trailing_year  x[t-3] + x[t-2] + x[t-1] + x[t]
    fiscal_year    the sum of the fiscal year, in its fourth quarter; NaN in the other three
    cumulative     the sum from the first simulated quarter

    ``past`` holds the three quarters before ``first``, oldest first, the same on all paths. Only a flow is
    summed; over a fiscal year a stock is its last quarter.
    """
    if over not in WINDOWS:
        raise SimulationError(f"{over!r} is not a window; use one of {', '.join(WINDOWS)}.")
    if over == "quarter":
        return values
    numbers = np.array([(first + step).number for step in range(len(values))])
    if over == "fiscal_year" and line.kind == "stock":
        return np.where((numbers == 4)[:, None], values, np.nan)
    if line.kind != "flow":
        raise SimulationError(
            f"'{line.name}' is a {line.kind}, which is not summed over a {over.replace('_', ' ')}; use over='quarter'."
        )
    if over == "cumulative":
        return np.cumsum(values, axis=0)
    needed = 3 if over == "trailing_year" else (first.number - 1)
    unknown = [str(first + (back - 3)) for back in range(3 - needed, 3) if np.isnan(past[back])]
    if unknown and len(values) > 0:
        raise SimulationError(
            f"'{line.name}' over a {over.replace('_', ' ')} needs {', '.join(unknown)}, which the history lacks. "
            "Use over='quarter' or 'cumulative', or give the history these quarters."
        )
    before = np.broadcast_to(np.nan_to_num(past)[:, None], (3, values.shape[1]))
    long = np.concatenate([before, values])
    summed = long[3:] + long[2:-1] + long[1:-2] + long[:-3]
    return summed if over == "trailing_year" else np.where((numbers == 4)[:, None], summed, np.nan)
