"""The contract of a shock: what it targets, when it acts, and what it does to a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from forecast.distributions import Array, as_distribution
from forecast.errors import DistributionError, Problems, ScenarioError, TimelineError
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Timing:
    """When a shock acts: from ``start`` to ``end`` (both included), reached over ``ramp`` quarters.

    The weight at quarter t is ``min(1, (t - start + 1) / ramp)`` inside the window and 0 outside; ``ramp``
    0 or 1 acts in full at once. ``start`` None is the first simulated quarter, ``end`` None is never.
    """

    start: Quarter | None = None
    end: Quarter | None = None
    ramp: int = 0

    def weight(self, quarter: Quarter, first: Quarter) -> float:
        """Between 0 and 1."""
        start = self.start or first
        if quarter < start or (self.end is not None and quarter > self.end):
            return 0.0
        return min(1.0, (quarter - start + 1) / max(self.ramp, 1))


class Before(Protocol):
    """The target's own values in earlier quarters, shocks included."""

    def at(self, quarter: Quarter) -> Array:
        """Shape (paths,); also quarters of the history."""


@runtime_checkable
class Shock(Protocol):
    """One change of a parameter or a line. A frozen dataclass whose fields are its specification."""

    @property
    def target(self) -> str:
        """``line`` or ``line.parameter``."""

    @property
    def size(self) -> Any:
        """How large, a Distribution once settled; None for a shock without a size."""

    @property
    def timing(self) -> Timing:
        """When it acts."""

    @property
    def probability(self) -> float:
        """How likely it happens, drawn once a path."""

    @property
    def event(self) -> str | None:
        """Shocks that name the same event happen together."""

    @property
    def acts_on(self) -> tuple[str, ...]:
        """``("line", "parameter")`` or one of them."""

    def apply(self, value: Array, size: Array, weight: float, quarter: Quarter, before: Before) -> Array:
        """The shocked value, shape (paths,), at a quarter where the weight is above 0."""


def settle(shock: Any, *, sized: bool = True) -> None:
    """Read the fields of a new shock, or refuse them with every problem at once."""
    problems = Problems()
    setting = object.__setattr__
    for name in ("start", "end"):
        stated = getattr(shock, name)
        if stated is not None:
            try:
                setting(shock, name, str(Quarter.parse(stated)))
            except TimelineError as problem:
                problems.add(f"{name}: {problem}")
    if sized:
        try:
            setting(shock, "size", as_distribution(shock.size))
        except DistributionError as problem:
            problems.add(f"size: {problem}")
    if isinstance(shock.ramp, bool) or not isinstance(shock.ramp, int) or shock.ramp < 0:
        problems.add(f"ramp is {shock.ramp!r}; give a whole number of quarters, 0 for at once.")
    likely = shock.probability
    if isinstance(likely, bool) or not isinstance(likely, int | float) or not 0 < likely <= 1:
        problems.add(f"probability is {likely!r}; it must lie in (0, 1], 1 for a certain shock.")
    if shock.event is not None and (not isinstance(shock.event, str) or not shock.event.strip()):
        problems.add(f"event is {shock.event!r}; give it a name, or leave it out.")
    if not problems.found and shock.start and shock.end and shock.end < shock.start:
        problems.add(f"it ends in {shock.end}, before it starts in {shock.start}.")
    if not isinstance(shock.target, str) or shock.target.count(".") > 1:
        problems.add(f"target is {shock.target!r}; write 'line' or 'line.parameter'.")
    problems.raise_if_any(ScenarioError, f"the shock {type(shock).__name__} on {shock.target!r} cannot be read")


def timing_of(shock: Any) -> Timing:
    """The timing that a shock's fields state."""
    start, end = shock.start, shock.end
    return Timing(
        None if start is None else Quarter.parse(start),
        None if end is None else Quarter.parse(end),
        shock.ramp,
    )


def label(shock: Shock) -> str:
    """A name for the shock's random stream: its class, its target and its window.

    Not its size, so that two sizes in two scenarios are drawn at the same ranks and compare path by path.
    """
    timing = shock.timing
    return f"{type(shock).__name__}/{shock.target}/{timing.start}/{timing.end}"
