"""Pulse: a transient push that decays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from forecast.distributions import Array
from forecast.errors import ScenarioError
from forecast.scenario import Before, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Pulse:
    """``value * (1 + size * 2 ** (-(t - start) / decay))``: a push of ``size`` (0.3 is 30 %) at the start.

    It halves every ``decay`` quarters. It needs a start.
    """

    target: str
    size: Any
    start: str | None = None
    end: str | None = None
    ramp: int = 0
    probability: float = 1.0
    event: str | None = None
    decay: float = 2.0

    def __post_init__(self) -> None:
        settle(self)
        if self.start is None:
            raise ScenarioError(f"the shock Pulse on {self.target!r} has no start; say in which quarter it hits.")
        if isinstance(self.decay, bool) or not isinstance(self.decay, int | float) or not 0 < self.decay < math.inf:
            raise ScenarioError(f"the shock Pulse on {self.target!r} has decay {self.decay!r}; give quarters above 0.")

    @property
    def timing(self) -> Timing:
        """When it acts."""
        return timing_of(self)

    @property
    def acts_on(self) -> tuple[str, ...]:
        """What it may target."""
        return ("line", "parameter")

    def apply(self, value: Array, size: Array, weight: float, quarter: Quarter, before: Before) -> Array:
        """The pushed value."""
        ago = quarter - Quarter.parse(self.start or quarter)
        faded = float(2.0 ** (-ago / self.decay))
        return value * (1.0 + weight * faded * size)
