"""Cap: a parameter or line cannot exceed a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.scenario import Before, Dates, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Cap:
    """``value - weight * max(value - size, 0)``: with full weight exactly the smaller of value and ``size``."""

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

    @property
    def timing(self) -> Timing:
        """When it acts."""
        return timing_of(self)

    @property
    def acts_on(self) -> tuple[str, ...]:
        """What it may target."""
        return ("line", "parameter")

    @property
    def steady(self) -> bool:
        """What it does depends on the value, the size and the weight alone, not on the quarter."""
        return True

    def apply(self, value: Array, size: Array, weight: float, quarter: Quarter, before: Before) -> Array:
        """The capped value."""
        if weight == 1.0:
            return np.asarray(np.minimum(value, size))
        return np.asarray(value - weight * np.maximum(value - size, 0.0))
