"""Grow: a line grows at a stated yearly rate on the year-ago quarter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.distributions import Array
from forecast.scenario import Before, Dates, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Grow:
    """``line[t] = line[t-4] * (1 + size)``: size 0 stops growth and keeps the season.

    The size is a yearly rate: 0.1 is 10 % on a year ago.
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
        return ("line",)

    def apply(self, value: Array, size: Array, weight: float, quarter: Quarter, before: Before) -> Array:
        """The line on its new growth."""
        grown = before.at(quarter + -4) * (1.0 + size)
        return grown if weight == 1.0 else value + weight * (grown - value)
