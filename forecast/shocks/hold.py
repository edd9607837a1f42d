"""Hold: a line stays where it was before the shock."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.distributions import Array
from forecast.scenario import Before, Dates, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Hold:
    """``line[t] = line[start - 1]``, path by path.

    With a ramp the line moves there gradually.
    """

    target: str
    start: str | Dates | None = None
    end: str | None = None
    ramp: int = 0
    probability: float = 1.0
    event: str | None = None
    decay: float | None = None
    lasts: int | None = None

    def __post_init__(self) -> None:
        settle(self, sized=False)

    @property
    def timing(self) -> Timing:
        """When it acts."""
        return timing_of(self)

    @property
    def acts_on(self) -> tuple[str, ...]:
        """What it may target."""
        return ("line",)

    @property
    def size(self) -> None:
        """It has none."""
        return

    def apply(self, value: Array, size: Array, weight: float, quarter: Quarter, before: Before) -> Array:
        """The held value."""
        start = self.timing.start or quarter
        held = before.at(start + -1)
        return held if weight == 1.0 else value + weight * (held - value)
