"""SCurve: growth towards a ceiling, as the ARR of a young product."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array, Distribution, lognormal
from forecast.drivers.stating import settle, start_of
from forecast.errors import CalibrationError, DistributionError, ModelError, did_you_mean
from forecast.lines import Identity, Line
from forecast.model import Fit, Noise, Now, Parameter, Past, Stated, as_assumption, check_shared, parameter

FORMS = ("logistic", "gompertz", "bass")

PRIOR = (0.25, 0.6)
"""Median and sigma of the rate before any data: from 10 to 90 % of the ceiling in 2 ln 9 / 0.25 = 18 quarters."""

DISCLOSURE = 0.15
"""Standard deviation of the log of one disclosed value around the curve: ARR is rounded and defined loosely."""


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

    Where not stated, ``rate`` is estimated from the disclosed values at the median ceiling: the slope of
    log(x / (K - x)) (logistic) or -log(log(K / x)) (gompertz) on time, each value known to 15 %, combined
    with a prior of median 0.25 and sigma 0.6. With one value the prior is all there is. ``bass`` needs the
    rate stated. ``start`` is the last value; the ceiling is drawn above it.
    """

    line: str
    ceiling: Stated
    rate: Stated | None = None
    start: Stated | None = None
    volatility: Stated = 0.05
    innovation: Stated = 0.01
    form: str = "logistic"
    currency: str | None = None
    shared: Mapping[str, float] | tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        settle(self, "ceiling", "rate", "start", "volatility", "innovation")
        if self.form not in FORMS:
            raise ModelError(f"the SCurve '{self.line}' has the form {self.form!r}. {did_you_mean(self.form, FORMS)}")

    def describe(self) -> Line:
        """A stock: ARR is read at the quarter's end."""
        return Line(self.line, "stock", currency=self.currency)

    def parameters(self) -> tuple[Parameter, ...]:
        """Markets and rivals decide them; nobody controls them."""
        line = self.line
        every = (
            parameter(line, "ceiling", self.ceiling, role="uncertainty", low=0.0),
            parameter(line, "rate", self.rate, role="uncertainty", unit="a quarter", low=0.0, high=10.0),
            parameter(line, "start", self.start, role="uncertainty", low=0.0),
            parameter(line, "volatility", self.volatility, role="uncertainty", low=0.0, high=2.0),
        )
        if self.form != "bass":
            return every
        return (
            *every,
            parameter(line, "innovation", self.innovation, role="uncertainty", low=1e-6, high=1.0),
        )

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

    def calibrate(self, past: Past) -> Fit:
        """Rate, start, and the ceiling above the start."""
        found: dict[str, Distribution] = {}
        start = as_assumption(self.start).value if self.start is not None else start_of(self, past)
        if self.start is None:
            found["start"] = start
        ceiling = as_assumption(self.ceiling).value
        if not ceiling.is_fixed:
            found["ceiling"] = self._above(ceiling, start.median)
        if self.rate is None:
            if self.form == "bass":
                raise CalibrationError(f"'{self.line}' (SCurve, bass) needs its rate stated; it is not fitted.")
            found["rate"] = self._rate(past, ceiling.median)
        return Fit(found)

    def _above(self, ceiling: Distribution, start: float) -> Distribution:
        try:
            return ceiling.between(low=max(start, 1e-12))
        except DistributionError:
            raise CalibrationError(
                f"'{self.line}' (SCurve) stands at {start:g}, above all of its ceiling, {ceiling}. "
                "State a higher ceiling, or a number that the line is to fall to."
            ) from None

    def _rate(self, past: Past, ceiling: float) -> Distribution:
        """Posterior of the rate, as the lognormal with the mean and standard deviation of its logarithm.

        The disclosed values say ``slope ~ normal(rate, 1 / sqrt(information))``, the prior that the log of
        the rate is normal; their product is summed over a grid of six prior sigmas to each side, so that a
        flat or falling history counts as evidence of a low rate.
        """
        prior_median, prior_sigma = PRIOR
        history = past.history
        if history is None or self.line not in history.lines:
            return lognormal(prior_median, prior_sigma)
        values = history.values(self.line)
        disclosed = np.array([mark == "reported" for mark in history.marks(self.line)])
        usable = disclosed & (values > 0) & (values < ceiling)
        quarters = np.flatnonzero(usable).astype(float)
        if len(quarters) < 2:
            return lognormal(prior_median, prior_sigma)
        x = values[usable]
        if self.form == "logistic":
            score, slack = np.log(x / (ceiling - x)), ceiling / (ceiling - x)
        else:
            score, slack = -np.log(np.log(ceiling / x)), 1 / np.log(ceiling / x)
        weight = 1 / (DISCLOSURE * slack) ** 2
        centred = quarters - np.average(quarters, weights=weight)
        information = float(np.sum(weight * centred**2))
        slope = float(np.sum(weight * centred * score)) / information
        score_of_prior = np.linspace(-6.0, 6.0, 2001)
        log_rate = math.log(prior_median) + prior_sigma * score_of_prior
        log_posterior = -0.5 * score_of_prior**2 - 0.5 * information * (np.exp(log_rate) - slope) ** 2
        weights = np.exp(log_posterior - log_posterior.max())
        weights /= weights.sum()
        mean = float(weights @ log_rate)
        return lognormal(math.exp(mean), max(math.sqrt(float(weights @ (log_rate - mean) ** 2)), 1e-6))

    def step(self, now: Now) -> Array:
        """One quarter on."""
        x = now.recall("level")
        x = now.parameter("start") if x is None else x
        ceiling, rate = now.parameter("ceiling"), now.parameter("rate")
        if self.form == "logistic":
            x = ceiling * x / (x + (ceiling - x) * np.exp(-rate))
        elif self.form == "gompertz":
            x = ceiling * (x / ceiling) ** np.exp(-rate)
        else:
            innovation = now.parameter("innovation")
            share, pull = x / ceiling, rate / innovation
            left = (1 - share) / (1 + share * pull) * np.exp(-(innovation + rate))
            x = ceiling * (1 - left) / (1 + left * pull)
        x = x * np.exp(now.parameter("volatility") * now.error())
        now.keep("level", x)
        return x
