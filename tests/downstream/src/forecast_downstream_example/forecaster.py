"""MedianStep: the last value moves by the median change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.forecasters import Forecaster, InnovationsForm


@dataclass(frozen=True)
class MedianStep:
    """y[n+h] = y[n] + h * median(changes) + the sum of h errors        [unit of the data; h counts from 1]"""

    @property
    def name(self) -> str:
        """``MedianStep``."""
        return "MedianStep"

    def minimum(self, season: int) -> int:
        """Two changes."""
        return 3

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class."""
        changes = np.diff(values)
        middle = float(np.median(changes))
        return InnovationsForm(
            mean=values[-1] + middle * np.arange(1, horizon + 1),
            response=np.tril(np.ones((horizon, horizon))),
            scale=float(np.sqrt(np.mean((changes - middle) ** 2))),
            residuals=changes - middle,
            transformation="identity",
            name=self.name,
            points=len(values),
        )


_CONTRACT: type[Forecaster] = MedianStep
