"""Toward: a line or parameter is drawn to a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.distributions import Array
from forecast.scenario import Before, Dates, Shock, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Toward:
    """value + weight * (size - value): with full weight exactly ``size``."""

    target: str
    size: Any
    start: str | Dates | None = None
    end: str | None = None
    ramp: int = 0
    probability: float = 1.0
    event: str | None = None

    def __post_init__(self) -> None:
        settle(self)

    @property
    def timing(self) -> Timing:
        """When it acts."""
        return timing_of(self)

    @property
    def acts_on(self) -> tuple[str, ...]:
        """Either."""
        return ("line", "parameter")

    def apply(self, value: Array, size: Array, weight: float, quarter: Quarter, before: Before) -> Array:
        """The value on its way."""
        return value + weight * (size - value)


_CONTRACT: type[Shock] = Toward
