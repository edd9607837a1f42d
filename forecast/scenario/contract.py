"""The contract of a shock: what it targets, when it acts, and what it does to a number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from forecast.distributions import Array, as_distribution
from forecast.errors import DistributionError, Problems, ScenarioError, TimelineError
from forecast.scenario.dates import Dates, as_date
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Timing:
    """When a shock acts: from ``start`` to ``end`` (both included), reached over ``ramp`` quarters, then fading.

    The weight at quarter t is ``min(1, (t - start + 1) / ramp)`` inside the window and 0 outside; ``ramp``
    0 or 1 acts in full at once. What it does is multiplied by ``2 ** (-(t - start) / decay)``; ``decay`` None never
    fades. ``start`` None is the first simulated quarter, ``end`` None is never, unless it ``lasts`` a number of
    quarters. An uncertain date stands in ``dates``, and ``start`` is then the first of them.
    """

    start: Quarter | None = None
    end: Quarter | None = None
    ramp: int = 0
    decay: float | None = None
    lasts: int | None = None
    dates: Dates | None = None

    def weight(self, quarter: Quarter, first: Quarter) -> float:
        """Between 0 and 1: how much of the shock has been reached."""
        start = self.start or first
        end = self.end if self.lasts is None else start + (self.lasts - 1)
        if quarter < start or (end is not None and quarter > end):
            return 0.0
        return min(1.0, (quarter - start + 1) / max(self.ramp, 1))

    def fade(self, quarter: Quarter, first: Quarter) -> float:
        """Between 0 and 1: how much of its effect is left."""
        return 1.0 if self.decay is None else float(2.0 ** (-(quarter - (self.start or first)) / self.decay))


class Before(Protocol):
    """The target's own values in earlier quarters, shocks included."""

    def at(self, quarter: Quarter) -> Array:
        """Shape (paths,); also quarters of the history."""

    def unshocked(self, quarter: Quarter) -> Array:
        """The same as it came to this shock, up to the present quarter; for a shock on lines that ``remembers``."""


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
    for name, read in (("start", as_date), ("end", lambda stated: str(Quarter.parse(stated)))):
        stated = getattr(shock, name)
        if stated is not None:
            try:
                setting(shock, name, read(stated))
            except (TimelineError, ScenarioError) as problem:
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
    decay, lasts = getattr(shock, "decay", None), getattr(shock, "lasts", None)
    if decay is not None and (
        isinstance(decay, bool) or not isinstance(decay, int | float) or not 0 < decay < math.inf
    ):
        problems.add(f"decay is {decay!r}; give the quarters after which half is left, above 0.")
    if lasts is not None and (isinstance(lasts, bool) or not isinstance(lasts, int) or lasts < 1):
        problems.add(f"lasts is {lasts!r}; give a whole number of quarters from 1 on.")
    if lasts is not None and shock.end is not None:
        problems.add("both end and lasts are given; give one of them.")
    latest = shock.start.quarters[-1] if isinstance(shock.start, Dates) else shock.start
    if not problems.found and latest and shock.end and shock.end < latest:
        problems.add(
            f"it ends in {shock.end}, before it {'may start' if latest != shock.start else 'starts'} in {latest}."
        )
    if not isinstance(shock.target, str) or shock.target.count(".") > 1:
        problems.add(f"target is {shock.target!r}; write 'line' or 'line.parameter'.")
    problems.raise_if_any(ScenarioError, f"the shock {type(shock).__name__} on {shock.target!r} cannot be read")


def timing_of(shock: Any) -> Timing:
    """The timing that a shock's fields state."""
    start, end = shock.start, shock.end
    dates = start if isinstance(start, Dates) else None
    first = start if dates is None else dates.quarters[0]
    return Timing(
        None if first is None else Quarter.parse(first),
        None if end is None else Quarter.parse(end),
        shock.ramp,
        getattr(shock, "decay", None),
        getattr(shock, "lasts", None),
        dates,
    )


def label(shock: Shock) -> str:
    """A name for the shock's random stream: its class, its target and its window.

    Not its size, so that two sizes in two scenarios are drawn at the same ranks and compare path by path.
    """
    timing = shock.timing
    start = timing.start if timing.dates is None else timing.dates
    lasts = "" if timing.lasts is None else f"/{timing.lasts}"
    return f"{type(shock).__name__}/{shock.target}/{start}/{timing.end}{lasts}"
