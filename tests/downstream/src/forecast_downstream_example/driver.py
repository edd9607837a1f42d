"""Seats: customers come at a steady pace and leave at a rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.distributions import Array
from forecast.lines import Identity, Line
from forecast.model import Driver, Fit, Noise, Now, Parameter, Past, Stated, as_assumption, parameter


@dataclass(frozen=True, slots=True)
class Seats:
    """line[t] = line[t-1] * (1 - churn) + added        [seats; churn a quarter; added in seats a quarter]"""

    line: str
    start: Stated
    added: Stated
    churn: Stated

    def __post_init__(self) -> None:
        for name in ("start", "added", "churn"):
            object.__setattr__(self, name, as_assumption(getattr(self, name)))

    def describe(self) -> Line:
        """A stock of seats."""
        return Line(self.line, "stock", unit="seats")

    def parameters(self) -> tuple[Parameter, ...]:
        """The pace is a lever."""
        return (
            parameter(self.line, "start", self.start, role="uncertainty", low=0.0),
            parameter(self.line, "added", self.added, role="lever", low=0.0, search=(0.0, 1_000.0)),
            parameter(self.line, "churn", self.churn, role="uncertainty", low=0.0, high=1.0),
        )

    def reads(self) -> tuple[tuple[str, int], ...]:
        """Nothing but itself."""
        return ()

    def noises(self) -> tuple[Noise, ...]:
        """None."""
        return ()

    def records(self) -> tuple[str, ...]:
        """None."""
        return ()

    def last(self, own: Mapping[str, Array]) -> Array | None:
        """The start."""
        return own["start"]

    def identity(self) -> Identity | None:
        """None."""
        return None

    def calibrate(self, past: Past) -> Fit:
        """Nothing is learned: all is stated."""
        return Fit()

    def step(self, now: Now) -> Array:
        """One quarter on."""
        before = now.recall("seats")
        before = now.parameter("start") if before is None else before
        seats = before * (1 - now.parameter("churn")) + now.parameter("added")
        now.keep("seats", seats)
        return seats


_CONTRACT: type[Driver] = Seats
