"""OneOff: gains, impairments and fair-value changes that come now and then and never become a trend."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from forecast.dimensions import Dimension
from forecast.distributions import Array, beta, lognormal
from forecast.drivers.stating import history_of, settle
from forecast.errors import CalibrationError
from forecast.forecasters import stretch
from forecast.lines import Identity, Line
from forecast.model import Fit, Noise, Now, Parameter, Past, Stated, Units, as_assumption, check_shared, parameter

TAIL = 0.3
"""Tail of the sizes (``stretch``): three standard deviations are exceeded with 1.9 %; normal 0.3 %, Student's t 1.3 %
with 4 degrees."""

REACH = 1e6
"""How far a goal seek tries the planned amount, in the unit of the model."""

EVENT = 0.1
"""Part of the largest value of the history that a quarter must reach to count as an event."""


@dataclass(frozen=True, slots=True)
class OneOff:
    """Now and then a gain or a loss, centred on zero, with fat tails, each quarter anew.

    line[t] = planned + happens[t] * size * jump[t]                          [unit of the line, a quarter]
    happens[t] = 1 with probability ``frequency``, else 0; jump: stretched normal with mean 0 and variance 1

    The mean is ``planned`` (a lever, 0 unless stated: sales of holdings that the management decides on; a goal seek
    tries up to a million of the model's unit either way), whatever the history was: gains do not repeat. The variance
    is frequency * size**2. Where not stated, with n quarters of which k reach ``EVENT`` of the largest, frequency ~
    beta(k + 1/2, n - k + 1/2) (Jeffreys), and size is lognormal around the root mean square of the k events with
    sigma = 1 / sqrt(2 (k - 1)). Needs 8 quarters and an event to fit. ``shared``: factors that move the sizes.
    """

    line: str
    frequency: Stated | None = None
    size: Stated | None = None
    planned: Stated = 0.0
    currency: str | None = None
    shared: Mapping[str, float] | tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        settle(self, "frequency", "size", "planned")

    def describe(self) -> Line:
        """A flow."""
        return Line(self.line, "flow", currency=self.currency)

    def parameters(self) -> tuple[Parameter, ...]:
        """Nobody controls the events; what is planned is a lever."""
        return (
            parameter(self.line, "frequency", self.frequency, role="uncertainty", unit="a quarter", low=0.0, high=1.0),
            parameter(self.line, "size", self.size, role="uncertainty", low=0.0),
            parameter(self.line, "planned", as_assumption(self.planned), role="lever", search=(-REACH, REACH)),
        )

    def reads(self) -> tuple[tuple[str, int], ...]:
        """Nothing."""
        return ()

    def noises(self) -> tuple[Noise, ...]:
        """Whether something happens, and how large it is."""
        return (Noise("event"), Noise("size", shared=check_shared(self.shared)))

    def records(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def last(self, own: Mapping[str, Array]) -> Array | None:
        """What the history says."""
        return None

    def identity(self) -> Identity | None:
        """None."""
        return None

    def measures(self, units: Units) -> Dimension:
        """As described."""
        return units.described

    def calibrate(self, past: Past) -> Fit:
        """Count the events and their size."""
        if self.frequency is not None and self.size is not None:
            return Fit({})
        values = np.abs(history_of(self, past, 8))
        events = values[values > EVENT * values.max(initial=0.0)]
        if not events.size:
            raise CalibrationError(
                f"'{self.line}' (OneOff) is zero in all {values.size} quarters of its history. "
                "State frequency and size."
            )
        found = {}
        if self.frequency is None:
            found["frequency"] = beta(events.size + 0.5, values.size - events.size + 0.5)
        if self.size is None:
            size = float(np.sqrt(np.mean(events**2)))
            found["size"] = lognormal(size, 1 / math.sqrt(2 * max(events.size - 1, 2)))
        return Fit(found, note=f"{events.size} events in {values.size} quarters")

    def step(self, now: Now) -> Array:
        """One quarter on."""
        from scipy.special import ndtr

        happens = ndtr(now.error("event")) < now.parameter("frequency")
        jump = stretch(now.error("size"), TAIL) / _root_mean_square()
        return np.asarray(now.parameter("planned") + happens * now.parameter("size") * jump, dtype=float)


@cache
def _root_mean_square() -> float:
    """Standard deviation of a stretched standard normal, by the trapezoidal rule."""
    from scipy.integrate import trapezoid

    x = np.linspace(-12.0, 12.0, 24_001)
    density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return float(np.sqrt(trapezoid(stretch(x, TAIL) ** 2 * density, x)))
