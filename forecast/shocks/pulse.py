"""Pulse: a transient push that decays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.distributions import Array
from forecast.scenario import Before, Dates, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Pulse:
    """``value * (1 + size * 2 ** (-(t - start) / decay))``: a push of ``size`` (0.3 is 30 %) at the start.

    It halves every ``decay`` quarters, as any shock with a decay does.
    """

    target: str
    size: Any
    start: str | Dates | None = None
    end: str | None = None
    ramp: int = 0
    probability: float = 1.0
    event: str | None = None
    decay: float | None = 2.0
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
        """The pushed value."""
        return value * (1.0 + weight * size)
