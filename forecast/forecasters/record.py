"""How wide a forecast must be by its own record: what its intervals held at the last origins of the same history."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forecast.distributions import Array
from forecast.errors import ForecastError
from forecast.forecasters.form import InnovationsForm
from forecast.forecasters.tails import unstretch

ENOUGH = 16
"""Values from which the own record counts; on shorter histories it said nothing (benchmarks/results/record.md)."""

ORIGINS = 4
"""Origins that are looked back to, the last ones: older errors say less about the next."""

FARTHEST = 3.0
"""A score counts as at most this many standard deviations, so that one break does not decide."""

EXPECTED = 0.7971203
"""Mean of min(|x|, 3) for a standard normal x: sqrt(2 / pi) * (1 - exp(-9 / 2)) + 6 * Phi(-3)."""

USUAL = -0.05
"""Logarithm of the record at which a calibrated width is right: it keeps the coverage of hold-outs where it was."""

Fit = Callable[[Array, int], InnovationsForm]
"""The form fitted to the values up to an origin, for a number of steps ahead."""


def record(values: Array, fit: Fit, *, origins: int = ORIGINS) -> float:
    """Mean size of the errors after the last origins, in units of the spread they were given; 1 is as promised.

    x[i, h] = unstretch((z[i, h] - mean[i, h]) / spread[i, h], tail[i])         standard normal if the form is right
    record = mean of min(|x|, FARTHEST) / EXPECTED

    over origins i = n - 1, ..., n - ``origins`` and all steps h up to the last value, z being the values on the
    scale of the form. NaN where no origin can be fitted.
    """
    sizes: list[Array] = []
    for origin in range(values.size - origins, values.size):
        after = values[origin:]
        try:
            form = fit(values[:origin], after.size)
        except ForecastError:
            continue
        if form.transformation == "log":
            if np.any(after <= 0):
                continue
            after = np.log(after)
        sizes.append(np.minimum(np.abs(unstretch((after - form.mean) / form.spread(), form.tail)), FARTHEST))
    return float(np.mean(np.concatenate(sizes))) / EXPECTED if sizes else float("nan")


def own_factor(values: Array, fit: Fit) -> float:
    """The factor by which the own record widens or narrows a calibrated form; 1 below ``ENOUGH`` values.

    log(factor) = weight * (log(record) - USUAL), within -1 and 1          weight = (n - 8) / (n + 32)

    n is the number of values; the weight is about the slope of the next errors' log size on the log record, by length,
    over hold-outs of other series (``benchmarks/learn_record.py``): own evidence shrunk to the pooled widths.
    """
    n = values.size
    if n < ENOUGH:
        return 1.0
    found = record(values, fit)
    if not np.isfinite(found):
        return 1.0
    return float(np.exp(np.clip((n - 8) / (n + 32) * (np.log(max(found, 1e-3)) - USUAL), -1.0, 1.0)))
