"""Ramp: a parameter or line moves in a straight line to a level, and stays there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecast.distributions import Array
from forecast.scenario import Before, Dates, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Ramp:
    """``held + weight * (size - held)`` with ``held`` the value of the quarter before the start, path by path.

    The weight grows by 1 / ``ramp`` a quarter to 1, so that ``size`` is reached after ``ramp`` quarters and kept. Where
    ``Set`` with a ramp mixes the level into a path that goes on moving, this is a straight line, as in a plan.
    """

    target: str
    size: Any
    start: str | Dates | None = None
    end: str | None = None
    ramp: int = 4
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

    def apply(self, value: Array, size: Array, weight: float, quarter: Quarter, before: Before) -> Array:
        """The value on the straight line."""
        held = before.at((self.timing.start or quarter) + -1)
        return held + weight * (size - held)
