"""Delay: a line goes on later than it would have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.errors import ScenarioError
from forecast.scenario import Before, Dates, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Delay:
    """``line[t] = x[max(start - 1, t - size)]``, with x the line as it comes to this shock.

    The line stays for ``size`` quarters where it was before the start and then goes on as it would have, that much
    later. A fraction of a quarter is interpolated linearly. With a ramp it moves there gradually.
    """

    target: str
    size: Any
    start: str | Dates | None = None
    end: str | None = None
    ramp: int = 0
    probability: float = 1.0
    event: str | None = None
    decay: float | None = None
    lasts: int | None = None

    def __post_init__(self) -> None:
        settle(self)
        if float(self.size.ppf(np.asarray(0.0))) < 0:
            raise ScenarioError(f"the shock Delay on {self.target!r} has size {self.size}; give quarters from 0 on.")

    @property
    def timing(self) -> Timing:
        """When it acts."""
        return timing_of(self)

    @property
    def acts_on(self) -> tuple[str, ...]:
        """What it may target."""
        return ("line",)

    @property
    def remembers(self) -> bool:
        """It reads the line as it was without it."""
        return True

    def apply(self, value: Array, size: Array, weight: float, quarter: Quarter, before: Before) -> Array:
        """The line of ``size`` quarters ago."""
        start = self.timing.start or quarter
        rows = [before.unshocked(start + back) for back in range(-1, quarter - start + 1)]
        shape = np.broadcast_shapes((1,), size.shape, *(row.shape for row in rows))
        table, paths = np.stack([np.broadcast_to(row, shape) for row in rows]), np.arange(shape[0])
        at = np.broadcast_to(np.maximum(quarter - start - size, -1.0) + 1.0, shape)
        lower = np.floor(at).astype(int)
        upper = np.minimum(lower + 1, len(rows) - 1)
        late: Array = table[lower, paths] + (at - lower) * (table[upper, paths] - table[lower, paths])
        return late if weight == 1.0 else value + weight * (late - value)
