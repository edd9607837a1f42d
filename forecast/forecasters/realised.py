"""Realised coverage: how often the intervals that a forecaster gives held on the history itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.contract import Forecaster

NOMINAL = (0.8, 0.95)
"""Central intervals that are checked."""

FIRST = 4
"""Values before the first origin, at least."""


@dataclass(frozen=True)
class Calibration:
    """Coverage of the central intervals at rolling origins of one history.

    ``origins`` forecasts were made, each from the values up to it only, and ``checked`` values were compared;
    ``covered`` of them lay in the interval of each level of ``NOMINAL``. Values of one history are not independent: a
    share from few origins says little.
    """

    origins: int
    checked: int
    covered: tuple[int, ...]

    @property
    def coverage(self) -> dict[float, float]:
        """Share covered by nominal level; NaN where nothing could be checked."""
        return {
            level: n / self.checked if self.checked else np.nan for level, n in zip(NOMINAL, self.covered, strict=True)
        }

    def __str__(self) -> str:
        if not self.checked:
            return "the history is too short to check the intervals on it"
        shares = ", ".join(f"{level:.0%} interval: {share:.0%}" for level, share in self.coverage.items())
        return f"of {self.checked} values after {self.origins} earlier origins, held by the {shares}"


def realised(values: Array, forecaster: Forecaster, *, horizon: int, season: int, most: int = 12) -> Calibration:
    """Fit ``forecaster`` at up to ``most`` earlier origins, the latest ones, and count what its intervals held."""
    first = max(FIRST, forecaster.minimum(season))
    origins = range(max(first, values.size - most), values.size)
    checked, covered = 0, [0] * len(NOMINAL)
    for origin in origins:
        after = values[origin : origin + horizon]
        form = forecaster.fit(values[:origin], horizon=after.size, season=season)
        checked += after.size
        for i, level in enumerate(NOMINAL):
            low, high = form.quantile((1 - level) / 2), form.quantile((1 + level) / 2)
            covered[i] += int(np.sum((low <= after) & (after <= high)))
    return Calibration(len(origins), checked, tuple(covered))
