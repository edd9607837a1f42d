"""Scale: a parameter or line is multiplied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.distributions import Array
from forecast.scenario import Before, Dates, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Scale:
    """``value * (1 + weight * (size - 1))``; a size of 1 changes nothing, bit for bit.

    On a line it scales what others see; the driver goes on from its own unscaled number, so it never compounds.
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
        """The scaled value."""
        return value * (1.0 + weight * (size - 1.0))
