"""What to doubt about a fit: no spread, few values, a forecast far outside its history, members that failed."""

from __future__ import annotations

import numpy as np

from forecast.cautions import gathered
from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.forecasters.form import InnovationsForm

FEW = 8
"""Values below which width and season rest on little of the series' own."""

FAR = 1e3
"""A forecast this many times as large as anything in its history is doubted."""


def doubts(values: Array, form: InnovationsForm) -> tuple[str, ...]:
    """Warnings about a form fitted to ``values`` (n,), its own first."""
    found = []
    largest = float(np.max(np.abs(values)))
    if values.size > 1 and np.ptp(values) == 0:
        instead = f"{form.scale:.2g}" + (" of the level" if form.transformation == "log" else "")
        found.append(
            f"all {values.size} values are {values[0]:g}, a history without spread: the smallest that is allowed, "
            f"{instead} one step ahead before widening, stands in for it."
        )
    if values.size < FEW:
        found.append(
            f"there {'is' if values.size == 1 else 'are'} only {values.size} value{'' if values.size == 1 else 's'}: "
            "width and season rest on little, or on other companies. Read the median: the mean of so "
            "wide a spread may be far above it."
        )
    if " without " in form.name:
        found.append(f"a member was left out: {form.name}.")
    try:
        high = float(np.max(np.abs(form.quantile(0.95))))
    except SimulationError as error:
        found.append(str(error))
    else:
        if largest > 0 and high > FAR * largest:
            found.append(
                f"its 95 % quantile reaches {high:.3g}, {high / largest:.2g} times the largest value of the history: "
                "such growth rarely goes on. Use log=False, or ask for fewer steps."
            )
    return gathered(form.warnings, found)
