"""The only place where time moves: lines are computed quarter by quarter, each by its driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.model import CalibratedModel, Driver, Fit
from forecast.simulation.plan import Bound
from forecast.simulation.streams import Draws
from forecast.timeline import Quarter


class Turn:
    """What one driver sees in one quarter (the contract ``Now``)."""

    __slots__ = ("_company", "_driver", "_kept", "_noises", "_openings", "_series", "fit", "own", "step")

    def __init__(
        self,
        company: CalibratedModel,
        driver: Driver,
        own: dict[str, Array],
        series: Mapping[str, Array],
        openings: Mapping[str, Array],
        draws: Draws,
    ) -> None:
        self.step = 0
        self.fit: Fit = company.fits[driver.line]
        self.own = own
        self._company = company
        self._driver = driver
        self._series = series
        self._openings = openings
        self._kept: dict[str, Array] = {}
        self._noises = {noise.name: draws.noise(driver.line, noise) for noise in driver.noises()}

    def parameter(self, name: str) -> Array:
        """The driver's own parameter in this quarter."""
        return self.own[name]

    def value(self, line: str, lag: int = 0) -> Array:
        """A line in this quarter or earlier."""
        at = self.step - lag
        if at >= 0:
            return self._series[line][at]
        if at == -1 and line in self._openings:
            return self._openings[line]
        return np.asarray(self._company.past(line, -at))

    def error(self, name: str = "error") -> Array:
        """This quarter's draw."""
        return self._noises[name][self.step]

    def errors(self, name: str = "error") -> Array:
        """All draws of a stream."""
        return self._noises[name]

    def recall(self, name: str) -> Array | None:
        """What was kept in the last quarter."""
        return self._kept.get(name)

    def keep(self, name: str, value: Array) -> None:
        """Keep a number for the next quarter."""
        self._kept[name] = value


@dataclass(frozen=True, slots=True)
class Earlier:
    """A line's own earlier values, shocks included (the contract ``Before``)."""

    company: CalibratedModel
    line: str
    series: Array

    def at(self, quarter: Quarter) -> Array:
        """The line in an earlier quarter; the history is the same on all paths."""
        at = quarter - self.company.first
        if at >= 0:
            return self.series[at]
        value = self.company.past(self.line, -at)
        if np.isnan(value):
            raise SimulationError(
                f"a shock on '{self.line}' needs its value of {quarter}, which nobody knows. Start it later."
            )
        return np.asarray(value)


def advance(
    company: CalibratedModel,
    draws: Draws,
    quarters: tuple[Quarter, ...],
    *,
    lines: frozenset[str],
    parameters: Mapping[str, Array],
    shocks: tuple[Bound, ...] = (),
    known: Mapping[str, Array] | None = None,
) -> dict[str, Array]:
    """Compute ``lines``, shape (quarters, paths) each, given the lines that stay as they are in ``known``.

    Also returns what drivers record, as ``line.name``. ``parameters`` holds arrays (paths,) or () by full
    name. Raises when a number on any path is not finite.
    """
    shape = (len(quarters), draws.paths)
    series: dict[str, Array] = dict(known or {})
    openings = _openings(company, parameters)
    turns: list[tuple[Driver, Turn, list[Bound], list[Bound], list[str]]] = []
    for line in (line for line in company.model.order if line in lines):
        driver = company.model.driver(line)
        own = {p.name: parameters[p.full_name] for p in driver.parameters()}
        series[line] = np.empty(shape)
        recorded = list(driver.records())
        for name in recorded:
            series[f"{line}.{name}"] = np.empty(shape)
        on_parameters = [b for b in shocks if b.shock.target.startswith(f"{line}.")]
        on_line = [b for b in shocks if b.shock.target == line]
        turns.append((driver, Turn(company, driver, own, series, openings, draws), on_parameters, on_line, recorded))
    with np.errstate(all="ignore"):
        for step, quarter in enumerate(quarters):
            for driver, turn, on_parameters, on_line, recorded in turns:
                turn.step = step
                line = driver.line
                if on_parameters:
                    _shock_parameters(company, turn, parameters, on_parameters, line, quarter)
                value = driver.step(turn)
                for bound in on_line:
                    value = _shocked(bound, value, step, quarter, Earlier(company, line, series[line]))
                series[line][step] = value
                for name in recorded:
                    kept = turn.recall(name)
                    series[f"{line}.{name}"][step] = np.nan if kept is None else kept
    for _, turn, *_ in turns:
        _check_finite(series, turn, quarters)
    return {name: values for name, values in series.items() if known is None or name not in known or name in lines}


def _openings(company: CalibratedModel, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Last values that parameters decide, so that a start and what others read of it agree on every path."""
    found = {}
    for driver in company.model.drivers:
        last = driver.last({p.name: parameters[p.full_name] for p in driver.parameters()})
        if last is not None:
            found[driver.line] = last
    return found


def _shocked(bound: Bound, value: Array, step: int, quarter: Quarter, earlier: Earlier) -> Array:
    weight = bound.weights[step]
    if weight == 0.0:
        return value
    new = bound.shock.apply(value, bound.size, weight, quarter, earlier)
    return new if bound.happens is None else np.where(bound.happens, new, value)


def _shock_parameters(
    company: CalibratedModel,
    turn: Turn,
    parameters: Mapping[str, Array],
    shocks: list[Bound],
    line: str,
    quarter: Quarter,
) -> None:
    for full_name in dict.fromkeys(bound.shock.target for bound in shocks):
        parameter = company.parameters[full_name]
        value = parameters[full_name]
        for bound in shocks:
            if bound.shock.target == full_name:
                value = _shocked(bound, value, turn.step, quarter, Earlier(company, line, value))
        low, high = float(np.min(value)), float(np.max(value))
        if low < parameter.low or high > parameter.high or not np.isfinite(low + high):
            worst = low if low < parameter.low else high
            raise SimulationError(
                f"'{full_name}' is moved to {worst:.4g} in {quarter}, outside its domain "
                f"[{parameter.low:g}, {parameter.high:g}]. Shock it less, or cap it: Cap('{full_name}', {parameter.high:g})."
            )
        turn.own[parameter.name] = value


def _check_finite(series: Mapping[str, Array], turn: Turn, quarters: tuple[Quarter, ...]) -> None:
    line = turn._driver.line
    values = series[line]
    if np.all(np.isfinite(values)):
        return
    step, path = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
    raise SimulationError(
        f"'{line}' is {values[step, path]} in {quarters[step]} on path {path}. "
        "Look at what it is computed from: a division by zero, an overflow, or a value that nobody knows."
    )
