"""Path: values that the user gives, with noise if wanted; nothing is extrapolated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.dimensions import Dimension
from forecast.distributions import Array, Distribution, as_distribution
from forecast.drivers.stating import line_of, settle
from forecast.errors import ForecastError, ModelError
from forecast.lines import KINDS, Identity, Line
from forecast.model import Fit, Noise, Now, Parameter, Past, Stated, Units, check_shared, parameter
from forecast.specification import fields_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Path:
    """A line that is stated.

    line[t] = value + planned[t] + noise[t]                                             [unit of the line]

    ``value`` is a number or a distribution, drawn once a path and kept. ``planned`` maps quarters to
    amounts on top of it, 0 elsewhere: {"2026Q1": 500}. ``noise`` is a distribution drawn afresh each
    quarter; ``student_t`` gives fat tails. History is not used. ``unit`` says what it is an amount of where that is not
    money in the model's unit: "people", "million a year", for a rate "share" or "CNY_per_USD".
    """

    line: str
    value: Stated = 0.0
    noise: Any = None
    planned: Mapping[str, float] | tuple[tuple[str, float], ...] = ()
    kind: str = "flow"
    currency: str | None = None
    shared: Mapping[str, float] | tuple[tuple[str, float], ...] = ()
    unit: str | None = None

    def __post_init__(self) -> None:
        settle(self, "value")
        if self.kind not in KINDS:
            raise ModelError(f"the Path '{self.line}' has the kind {self.kind!r}; use one of {', '.join(KINDS)}.")
        try:
            if self.noise is not None:
                object.__setattr__(self, "noise", as_distribution(self.noise))
            plan = {str(Quarter.parse(quarter)): float(value) for quarter, value in dict(self.planned).items()}
        except (ForecastError, TypeError, ValueError) as problem:
            raise ModelError(f"the Path '{self.line}' cannot be read: {problem}") from None
        if self.shared and self.noise is None:
            raise ModelError(f"the Path '{self.line}' shares factors but has no noise to share. Give 'noise'.")
        if not np.all(np.isfinite(list(plan.values()))):
            raise ModelError(f"the Path '{self.line}' plans {plan}; every amount must be a finite number.")
        object.__setattr__(self, "planned", tuple(sorted(plan.items())))

    def spec(self) -> dict[str, object]:
        """What stands for it in a YAML file."""
        said = fields_of(self)
        if self.planned:
            said["planned"] = dict(self.planned)
        return {"Path": said}

    def describe(self) -> Line:
        """Whatever the user says it is."""
        return line_of(self, self.kind)

    def parameters(self) -> tuple[Parameter, ...]:
        """The value."""
        return (parameter(self.line, "value", self.value, role="uncertainty"),)

    def reads(self) -> tuple[tuple[str, int], ...]:
        """Nothing."""
        return ()

    def noises(self) -> tuple[Noise, ...]:
        """The quarter's surprise, if any."""
        if self.noise is None:
            return ()
        shape: Distribution = self.noise
        return (Noise("error", shape, check_shared(self.shared)),)

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
        """The plan, by steps from the first simulated quarter."""
        plan = {Quarter.parse(quarter) - past.first: amount for quarter, amount in dict(self.planned).items()}
        early = [str(past.first + step) for step in plan if step < 0]
        if early:
            raise ModelError(
                f"the Path '{self.line}' plans {', '.join(early)}, before the first simulated quarter {past.first}."
            )
        return Fit(payload=plan)

    def step(self, now: Now) -> Array:
        """One quarter on."""
        plan: Mapping[int, float] = now.fit.payload
        value, planned = now.parameter("value"), plan.get(now.step)
        value = value if planned is None else value + planned
        return value if self.noise is None else value + now.error()
