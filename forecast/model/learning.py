"""What a driver is calibrated on, and what its parameters become."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from forecast.errors import ForecastError, Problems
from forecast.financials import History
from forecast.model.assumption import Parameter
from forecast.model.contract import Driver, Fit
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Known:
    """The history and the openings (the contract ``Past``)."""

    history: History | None
    first: Quarter
    horizon: int
    openings: Mapping[str, float]

    def opening(self, line: str) -> tuple[float, float] | None:
        """Value and standard error at the last quarter."""
        if line in self.openings:
            return self.openings[line], 0.0
        if self.history is None or line not in self.history.lines:
            return None
        value, error = float(self.history.values(line)[-1]), float(self.history.errors(line)[-1])
        return None if math.isnan(value) else (value, error)


def settled(driver: Driver, fit: Fit, problems: Problems) -> dict[str, Parameter]:
    """A driver's parameters with their estimates, by full name; what is left open is noted."""
    found = {}
    for parameter in driver.parameters():
        try:
            known = _estimated(parameter, fit)
        except ForecastError as problem:
            problems.add(f"'{parameter.full_name}': {problem}")
            continue
        if known.estimate is None:
            problems.add(f"'{parameter.full_name}' was neither stated nor fitted. State it in the model.")
        found[parameter.full_name] = known
    return found


def _estimated(parameter: Parameter, fit: Fit) -> Parameter:
    """The stated distribution, narrowed by what was learned, or the fitted one inside the domain."""
    found = fit.estimates.get(parameter.name)
    if found is None:
        return parameter
    if parameter.estimate is not None:
        narrowed = (found.family, found.arguments) == (
            parameter.estimate.family,
            parameter.estimate.arguments,
        )
        if not narrowed or found.is_fixed:
            return parameter
        return replace(parameter, estimate=found.between(parameter.estimate.low, parameter.estimate.high))
    basis = "judgement, the driver's default" if parameter.name in fit.judged else "fitted"
    return replace(parameter, estimate=found.between(parameter.low, parameter.high), basis=basis)
