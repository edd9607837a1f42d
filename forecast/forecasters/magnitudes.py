"""Magnitudes: how many numbers, and how large, a series may hold so that arithmetic with them stays finite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from forecast.distributions import Array
from forecast.limits import how_to_raise, limits

SMALLEST, LARGEST = 1e-100, 1e100
"""Sizes other than 0 of which squares, their sums and ratios are numbers that a float can hold."""


def problems_of_size(values: Array, labels: Sequence[str]) -> Iterator[str]:
    """Why these finite values (n,) under these labels cannot be reckoned with, if they cannot."""
    most = limits().series_values
    if len(values) > most:
        yield f"it has {len(values):,} values; at most {most:,} are read. {how_to_raise('series_values', len(values))}"
        return
    sizes = np.abs(values)
    wrong = np.flatnonzero((sizes > LARGEST) | ((sizes > 0) & (sizes < SMALLEST)))
    if wrong.size:
        shown = ", ".join(f"{values[at]:g} in {labels[at]}" for at in wrong[:4])
        yield f"it holds {shown}; only 0 and sizes from {SMALLEST:g} to {LARGEST:g} are read. Count in another unit."


def not_real(kind: Any) -> bool:
    """Whether a type of numbers is one of truths or of complex numbers."""
    return bool(pd.api.types.is_bool_dtype(kind) or pd.api.types.is_complex_dtype(kind))
