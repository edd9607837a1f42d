"""Growth: a line that grows by a mean-reverting rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.arithmetic import onto
from forecast.dimensions import Dimension
from forecast.distributions import Array, fixed, normal
from forecast.drivers.stating import history_of, line_of, settle, shrunk_mean, spread_of, start_of, widening
from forecast.errors import CalibrationError
from forecast.lines import Identity, Line
from forecast.model import Fit, Noise, Now, Parameter, Past, Stated, Units, check_shared, parameter

PRIOR = (0.015, 0.02)
"""Mean and standard deviation of quarterly growth before any history: 6 % a year, give or take 8 %."""

INNOVATION = math.sqrt(1 - 0.3**2)
"""Standard deviation of the quarter's own surprise relative to that of growth, at the default persistence."""

FASTEST_FALL = -0.95
"""Growth in one quarter never falls below this, so that a positive line stays positive."""


@dataclass(frozen=True, slots=True)
class Growth:
    """A line that grows by a rate of its own.

    line[t] = line[t-1] * (1 + g[t])                                                    [unit of the line]
    g[t] = growth + persistence * (g[t-1] - growth) + volatility * error[t]             [share a quarter]

    ``g`` starts at ``momentum`` and is floored at -0.95. Where not stated: ``growth`` is the mean of the
    quarterly growth rates of the history, shrunk to 1.5 % +- 2 % a quarter; ``volatility`` is their
    standard deviation around it, widened (``widening``), times sqrt(1 - 0.3**2), the part that is news at the
    default persistence; ``momentum`` is the mean of the last four; ``persistence`` is 0.3 +- 0.15,
    a judgement (growth of company expenses barely persists: Chan, Karceski and Lakonishok 2003);
    ``start`` is the last value with its error. Needs 5 quarters to fit, and a positive line. With the ``unit`` "million
    a year" it is a stock: an annualised figure; any other may be named as well ("people").
    """

    line: str
    growth: Stated | None = None
    persistence: Stated | None = None
    volatility: Stated | None = None
    momentum: Stated | None = None
    start: Stated | None = None
    currency: str | None = None
    shared: Mapping[str, float] | tuple[tuple[str, float], ...] = ()
    unit: str | None = None

    def __post_init__(self) -> None:
        settle(self, "growth", "persistence", "volatility", "momentum", "start")

    def describe(self) -> Line:
        """A flow; a stock where the unit is "a year"."""
        return line_of(self, "flow")

    def parameters(self) -> tuple[Parameter, ...]:
        """Growth is a lever: an owner decides how fast an expense grows."""
        line = self.line
        return (
            parameter(
                line,
                "growth",
                self.growth,
                role="lever",
                unit="a quarter",
                low=-0.5,
                high=1.0,
                search=(-0.1, 0.2),
            ),
            parameter(line, "persistence", self.persistence, role="constant", low=0.0, high=0.99),
            parameter(line, "volatility", self.volatility, role="uncertainty", low=0.0, high=1.0),
            parameter(line, "momentum", self.momentum, role="uncertainty", unit="a quarter", low=-0.5, high=1.0),
            parameter(line, "start", self.start, role="uncertainty", low=0.0),
        )

    def reads(self) -> tuple[tuple[str, int], ...]:
        """Nothing but itself."""
        return ()

    def noises(self) -> tuple[Noise, ...]:
        """The quarter's surprise in growth."""
        return (Noise("error", shared=check_shared(self.shared)),)

    def records(self) -> tuple[str, ...]:
        """The growth rate."""
        return ("rate",)

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
        """Shrunk mean, spread and momentum of the quarterly growth rates."""
        found = {"persistence": normal(0.3, 0.15)}
        if self.start is None:
            found["start"] = start_of(self, past)
        if None in (self.growth, self.volatility, self.momentum):
            values = history_of(self, past, 5)
            if np.any(values <= 0):
                raise CalibrationError(
                    f"'{self.line}' (Growth) has values at or below 0, whose growth means nothing. "
                    "Model it as a Formula, Ratio or Path."
                )
            rates = values[1:] / values[:-1] - 1
            wider = 1.0 if past.history is None else widening(past.history, self.line, len(values))
            found["growth"] = shrunk_mean(rates, *PRIOR, wider=wider)
            found["volatility"] = spread_of(rates, 0.01, wider=wider * INNOVATION)
            found["momentum"] = fixed(float(np.clip(np.mean(rates[-4:]), -0.3, 0.3)))
        return Fit(found, judged=("persistence",))

    def step(self, now: Now) -> Array:
        """One quarter on."""
        mean = now.parameter("growth")
        rate = now.recall("rate")
        level = now.recall("level")
        rate = now.parameter("momentum") if rate is None else rate
        level = now.parameter("start") if level is None else level
        rate = onto(np.add, onto(np.multiply, rate - mean, now.parameter("persistence")), mean)
        rate = onto(np.add, now.parameter("volatility") * now.error(), rate)
        rate = onto(np.maximum, rate, FASTEST_FALL)
        level = onto(np.multiply, 1 + rate, level)
        now.keep("rate", rate)
        now.keep("level", level)
        return level
