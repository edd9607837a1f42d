"""SCurve: growth towards a ceiling, as the ARR of a young product."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.dimensions import Dimension
from forecast.distributions import Array, Distribution, uniform
from forecast.drivers.curves import CURVES, PRIORS, advance, fit_rate
from forecast.drivers.stating import line_of, settle, start_of
from forecast.errors import CalibrationError, DistributionError, ModelError, Problems, did_you_mean
from forecast.lines import Identity, Line
from forecast.model import Fit, Noise, Now, Parameter, Past, Stated, Units, as_assumption, check_shared, parameter

AVERAGED = "averaged"
"""The form that draws a curve a path."""

FORMS = (*CURVES, AVERAGED)


@dataclass(frozen=True, slots=True)
class SCurve:
    """A stock that grows towards a ceiling; each step solves the curve exactly from where the line stands.

    logistic   x[t] = K / (1 + (K / x[t-1] - 1) * exp(-r))
    gompertz   x[t] = K * (x[t-1] / K) ** exp(-r)
    bass       F = x / K, E = (1 - F) / (1 + F * r / p), E' = E * exp(-(p + r)), F' = (1 - E') / (1 + E' * r / p)
    then       x[t] = x[t] * exp(volatility * error[t])                           [unit of the line]

    K is ``ceiling``, r is ``rate`` (a quarter), p is ``innovation`` (bass only). Because the step starts
    from the line itself, moving the ceiling in the future bends the curve and never makes it jump; a line
    above its ceiling falls towards it. Sources: Bass 1969, eq. 9; Meade and Islam 2006.

    **Rate.** Where not stated, it is estimated from the disclosed values at the median ceiling, each known to 15 %
    (``fit_rate``), combined with ``prior``, what like products did: a median of 0.25 and sigma of 0.6 unless given,
    0.095 for bass (published imitation of 0.38 a year). A prior is read as the lognormal with its median and 10 to
    90 % span. With one value the prior is all there is. ``start`` is the last value; the ceiling is drawn above it.

    **Which curve.** Few points do not tell: the form ``averaged`` draws logistic, gompertz or bass for each path, with
    probabilities in proportion to their evidence (equal before any data), each with a rate of its own
    (``logistic_rate``, ``gompertz_rate``, ``bass_rate``); ``curve``, uniform from 0 to 1, picks one by its place among
    the cumulated probabilities.

    ``unit`` "million a year" says that the line is annualised, as ARR is; what a ``Conversion`` reads is in any case.
    """

    line: str
    ceiling: Stated
    rate: Stated | None = None
    start: Stated | None = None
    volatility: Stated = 0.05
    innovation: Stated = 0.01
    form: str = "logistic"
    prior: Stated | None = None
    currency: str | None = None
    shared: Mapping[str, float] | tuple[tuple[str, float], ...] = ()
    unit: str | None = None

    def __post_init__(self) -> None:
        settle(self, "ceiling", "rate", "start", "volatility", "innovation", "prior")
        if self.form not in FORMS:
            raise ModelError(f"the SCurve '{self.line}' has the form {self.form!r}. {did_you_mean(self.form, FORMS)}")
        problems = Problems()
        if self.form == AVERAGED and (self.rate is not None or self.prior is not None):
            problems.add("a rate or a prior means something else for each curve; state them with one form.")
        if self.rate is not None and self.prior is not None:
            problems.add("the rate is stated, so a prior of it is not used; leave one of them out.")
        prior = None if self.prior is None else as_assumption(self.prior).value
        if prior is not None and not prior.quantile(0.001) > 0:
            problems.add(f"the prior of the rate is {prior}; give one of positive numbers, such as lognormal.")
        problems.raise_if_any(ModelError, f"the SCurve '{self.line}' cannot be read")

    def describe(self) -> Line:
        """A stock: ARR is read at the quarter's end."""
        return line_of(self, "stock")

    def parameters(self) -> tuple[Parameter, ...]:
        """Markets and rivals decide them; nobody controls them."""
        line = self.line
        rates = (("rate", self.rate),) if self.form != AVERAGED else tuple((f"{name}_rate", None) for name in CURVES)
        every = [
            parameter(line, "ceiling", self.ceiling, role="uncertainty", low=0.0),
            *(parameter(line, n, v, role="uncertainty", unit="a quarter", low=0.0, high=10.0) for n, v in rates),
            parameter(line, "start", self.start, role="uncertainty", low=0.0),
            parameter(line, "volatility", self.volatility, role="uncertainty", low=0.0, high=2.0),
        ]
        if self.form in ("bass", AVERAGED):
            every.append(parameter(line, "innovation", self.innovation, role="uncertainty", low=1e-6, high=1.0))
        if self.form == AVERAGED:
            every.append(parameter(line, "curve", uniform(0.0, 1.0), role="uncertainty", low=0.0, high=1.0))
        return tuple(every)

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
        """Rate, start, and the ceiling above the start."""
        found: dict[str, Distribution] = {}
        start = as_assumption(self.start).value if self.start is not None else start_of(self, past)
        if self.start is None:
            found["start"] = start
        ceiling = as_assumption(self.ceiling).value
        if not ceiling.is_fixed:
            found["ceiling"] = self._above(ceiling, start.median)
        if self.form == AVERAGED:
            rates, evidence = zip(*(self._fit(curve, past, ceiling.median) for curve in CURVES), strict=True)
            found |= {f"{curve}_rate": rate for curve, rate in zip(CURVES, rates, strict=True)}
            weights = np.exp(np.subtract(evidence, max(evidence)))
            weights /= weights.sum()
            shown = ", ".join(f"{curve} {weight:.0%}" for curve, weight in zip(CURVES, weights, strict=True))
            return Fit(found, payload=tuple(map(float, np.cumsum(weights)[:-1])), note=shown)
        if self.rate is None:
            found["rate"], _ = self._fit(self.form, past, ceiling.median)
        return Fit(found)

    def _above(self, ceiling: Distribution, start: float) -> Distribution:
        try:
            return ceiling.between(low=max(start, 1e-12))
        except DistributionError:
            raise CalibrationError(
                f"'{self.line}' (SCurve) stands at {start:g}, above all of its ceiling, {ceiling}. "
                "State a higher ceiling, or a number that the line is to fall to."
            ) from None

    def _fit(self, curve: str, past: Past, ceiling: float) -> tuple[Distribution, float]:
        """The rate of a curve from the disclosed values below the ceiling, and the log of its evidence."""
        shares, quarters = np.empty(0), np.empty(0)
        history = past.history
        if history is not None and self.line in history.lines:
            values = history.values(self.line)
            disclosed = np.array([mark == "reported" for mark in history.marks(self.line)])
            usable = disclosed & (values > 0) & (values < ceiling)
            shares, quarters = values[usable] / ceiling, np.flatnonzero(usable).astype(float)
        innovation = as_assumption(self.innovation).value.median
        return fit_rate(curve, shares, quarters, prior=self._prior(curve), innovation=innovation)

    def _prior(self, curve: str) -> tuple[float, float]:
        if self.prior is None:
            return PRIORS[curve]
        prior = as_assumption(self.prior).value
        low, high = prior.quantile(0.1), prior.quantile(0.9)
        return prior.median, max(math.log(high / low) / (2 * 1.2815515655446004), 1e-6)

    def step(self, now: Now) -> Array:
        """One quarter on."""
        x = now.recall("level")
        x = now.parameter("start") if x is None else x
        ceiling = now.parameter("ceiling")
        innovation = 1.0 if self.form in ("logistic", "gompertz") else now.parameter("innovation")
        if self.form == AVERAGED:
            ends = [advance(name, x, ceiling, now.parameter(f"{name}_rate"), innovation) for name in CURVES]
            place = np.searchsorted(now.fit.payload, now.parameter("curve"), side="right")
            x = np.choose(place, ends)
        else:
            x = advance(self.form, x, ceiling, now.parameter("rate"), innovation)
        x = x * np.exp(now.parameter("volatility") * now.error())
        now.keep("level", x)
        return x
