"""Random numbers of an evaluation: the same for every forecaster, number of workers and order."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.distributions import Array


def standard_errors(seed: int, number: int, origin: int, *, steps: int, paths: int) -> Array:
    """Standard normal errors (steps, paths) of the series ``number`` at ``origin``, for all forecasters alike."""
    random = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, number, origin])))
    return random.standard_normal((steps, paths))


def resamples(units: int, repeats: int) -> np.ndarray[Any, Any]:
    """Which of ``units`` each of the bootstrap samples draws, (repeats, units); always the same ones."""
    return np.random.Generator(np.random.SFC64(0)).integers(0, units, size=(repeats, units))
