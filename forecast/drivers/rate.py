"""Rate: an exchange or interest rate that walks at random or returns to a mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.dimensions import Dimension
from forecast.distributions import Array, fixed
from forecast.drivers.stating import history_of, settle, spread_of, start_of, widening
from forecast.errors import CalibrationError, ModelError
from forecast.lines import Identity, Line
from forecast.model import Fit, Noise, Now, Parameter, Past, Stated, Units, as_assumption, check_shared, parameter


@dataclass(frozen=True, slots=True)
class Rate:
    """A positive rate whose logarithm moves.

    log r[t] = log r[t-1] + reversion * (log mean - log r[t-1]) + volatility * error[t]

    ``reversion`` 0, the default, is a random walk without drift (Meese and Rogoff 1983 found nothing better
    for exchange rates), and ``mean`` then plays no part. Where not stated, ``volatility`` is the standard
    deviation of the quarterly log changes and ``start`` the last value. Needs 5 quarters to fit.
    """

    line: str
    volatility: Stated | None = None
    reversion: Stated = 0.0
    mean: Stated | None = None
    start: Stated | None = None
    unit: str = "rate"
    shared: Mapping[str, float] | tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        settle(self, "volatility", "reversion", "mean", "start")
        if self.mean is None and as_assumption(self.reversion).value != fixed(0.0):
            raise ModelError(f"the Rate '{self.line}' reverts but has no mean to revert to. Give 'mean'.")

    def describe(self) -> Line:
        """A rate."""
        return Line(self.line, "rate", self.unit)

    def parameters(self) -> tuple[Parameter, ...]:
        """Nobody controls a rate."""
        line = self.line
        every = (
            parameter(line, "volatility", self.volatility, role="uncertainty", unit="a quarter", low=0.0, high=2.0),
            parameter(line, "reversion", as_assumption(self.reversion), role="constant", low=0.0, high=1.0),
            parameter(line, "start", self.start, role="uncertainty", low=1e-12),
        )
        if self.mean is None:
            return every
        return (*every, parameter(line, "mean", as_assumption(self.mean), role="uncertainty", low=1e-12))

    def reads(self) -> tuple[tuple[str, int], ...]:
        """Nothing but itself."""
        return ()

    def noises(self) -> tuple[Noise, ...]:
        """The quarter's surprise."""
        return (Noise("error", shared=check_shared(self.shared)),)

    def records(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def last(self, own: Mapping[str, Array]) -> Array | None:
        """The start."""
        return own["start"]

    def identity(self) -> Identity | None:
        """None."""
        return None

    def measures(self, units: Units) -> Dimension:
        """As described."""
        return units.described

    def calibrate(self, past: Past) -> Fit:
        """The spread of the log changes."""
        found = {}
        if self.start is None:
            found["start"] = start_of(self, past)
        if self.volatility is None:
            values = history_of(self, past, 5)
            if np.any(values <= 0):
                raise CalibrationError(f"'{self.line}' (Rate) has values at or below 0. Use Path for such a rate.")
            wider = 1.0 if past.history is None else widening(past.history, self.line, len(values))
            found["volatility"] = spread_of(np.diff(np.log(values)), 0.001, wider=wider)
        return Fit(found)

    def step(self, now: Now) -> Array:
        """One quarter on."""
        log = now.recall("log")
        log = np.log(now.parameter("start")) if log is None else log
        if self.mean is not None:
            log = log + now.parameter("reversion") * (np.log(now.parameter("mean")) - log)
        log = log + now.parameter("volatility") * now.error()
        now.keep("log", log)
        return np.exp(log)
