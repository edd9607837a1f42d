"""How large and how small a number may be: between these ends squares and ratios neither overflow nor vanish."""

from __future__ import annotations

from typing import Any

import numpy as np

LARGEST = 1e50
"""Amounts above this, with either sign, are refused: their squares, and ratios of two of them, still are numbers."""

SMALLEST = 1e-50
"""Amounts below this, with either sign, count as zero."""

OVERFLOW = 1e100
"""A forecast that grows beyond this is refused: no company's figures go there."""


def cleaned(values: Any) -> Any:
    """The values as an array of floats in which what is smaller than ``SMALLEST`` is 0; NaN and infinities stay.

    >>> cleaned([5.0, -1e-60]).tolist()
    [5.0, 0.0]
    """
    array = np.array(values, dtype=float)
    array[np.abs(array) < SMALLEST] = 0.0
    return array


def too_large(values: Any) -> Any:
    """Where values are finite but beyond ``LARGEST``, same shape.

    >>> too_large([5.0, -1e60, float("nan")]).tolist()
    [False, True, False]
    """
    array = np.asarray(values, dtype=float)
    return np.isfinite(array) & (np.abs(array) > LARGEST)


CURE = f"no amount is larger than {LARGEST:g}; check the unit, or leave it out"
"""What to do about a number that is too large."""
