"""Shocks at work on numbers: parameters with the shocks on them, what shocks look back at, and which moved anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.model import CalibratedModel
from forecast.simulation.plan import Bound
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Earlier:
    """A target's own earlier values, shocks included (the contract ``Before``).

    ``series`` holds one row a simulated quarter. ``opening`` is the value in the quarter before the first
    where a parameter decides it; the history is the same on all paths. ``handed`` holds what came to a shock that
    remembers, up to the present quarter.
    """

    company: CalibratedModel
    target: str
    series: Sequence[Array] | Array
    opening: Array | None = None
    handed: Sequence[Array] = ()

    def unshocked(self, quarter: Quarter) -> Array:
        """The target as it came to the shock, shape (paths,) or ()."""
        at = quarter - self.company.first
        return self.handed[at] if at >= 0 else self.at(quarter)

    def at(self, quarter: Quarter) -> Array:
        """The target in an earlier quarter, shape (paths,) or ()."""
        at = quarter - self.company.first
        if at >= 0:
            return self.series[at]
        if at == -1 and self.opening is not None:
            return self.opening
        value = self.company.past(self.target, -at)
        if np.isnan(value):
            raise SimulationError(
                f"a shock on '{self.target}' needs its value of {quarter}, which nobody knows. Start it later."
            )
        return np.asarray(value)


class Effects:
    """Which shocks have moved their target on at least one path."""

    def __init__(self, shocks: tuple[Bound, ...]) -> None:
        self._waiting = {
            bound.number: bound.shock
            for bound in shocks
            if any(bound.weights) and bound.on is None and (bound.happens is None or bound.happens.any())
        }

    def note(self, number: int, before: Array, after: Array) -> None:
        """Look at what a shock did in one quarter; no more once it has done something."""
        if number in self._waiting and after is not before and np.any(after != before):
            del self._waiting[number]

    def idle(self) -> list[str]:
        """A sentence for each shock that acts and changes no number."""
        return [
            f"{type(shock).__name__} on '{shock.target}' changes nothing: no path is moved in any quarter in which it "
            "acts. Drop the shock, or look at its size."
            for shock in self._waiting.values()
        ]


class Shocked:
    """One parameter with the shocks on it: its value quarter by quarter, inside its domain."""

    def __init__(
        self,
        company: CalibratedModel,
        full_name: str,
        value: Array,
        shocks: tuple[Bound, ...],
        effects: Effects | None = None,
    ) -> None:
        self.effects = effects
        self.parameter = company.parameters[full_name]
        self.name = self.parameter.name
        self.value = value
        self.shocks = tuple(bound for bound in shocks if bound.shock.target == full_name)
        self._company = company
        self._values: list[Array] = []
        self._felt: set[int] = set()

    def at(self, step: int, quarter: Quarter) -> Array:
        """The parameter in a quarter; refused when a shock moves it out of its domain on any path."""
        if step and all(bound.as_before(step) for bound in self.shocks):
            self._values.append(self._values[-1])
            return self._values[-1]
        full_name, value = self.parameter.full_name, self.value
        earlier = Earlier(self._company, full_name, self._values, self.value)
        for bound in self.shocks:
            new = bound.moved(value, step, quarter, earlier)
            if self.effects is not None:
                self.effects.note(bound.number, value, new)
            value = new
        floor, roof = self.parameter.low, self.parameter.high
        low, high = float(np.min(value)), float(np.max(value))
        if not (floor <= low and high <= roof and np.isfinite(low + high)):
            below = low < floor
            cure = f"Floor('{full_name}', {floor:g})" if below else f"Cap('{full_name}', {roof:g})"
            raise SimulationError(
                f"'{full_name}' is moved to {low if below else high:.4g} in {quarter}, outside its domain "
                f"[{floor:g}, {roof:g}]. Shock it less, or bound it: {cure}."
            )
        self._values.append(value)
        return value

    def note(self, step: int, read: bool) -> None:
        """Remember which shocks acted on a number that the driver read."""
        if read:
            self._felt.update(place for place, bound in enumerate(self.shocks) if bound.weights[step] > 0)

    def idle(self) -> list[str]:
        """A sentence for each shock that acted, but never while the driver read the parameter."""
        return [
            f"{type(bound.shock).__name__} on '{self.parameter.full_name}' changes nothing: "
            f"the driver of '{self.parameter.line}' does not read it while the shock acts. "
            "Drop the shock, or let it act in the first quarter if it is where the line starts."
            for place, bound in enumerate(self.shocks)
            if any(bound.weights) and place not in self._felt
        ]


def shocked_names(shocks: tuple[Bound, ...], line: str) -> tuple[str, ...]:
    """The parameters of a line that shocks target."""
    return tuple(dict.fromkeys(b.shock.target for b in shocks if b.shock.target.startswith(f"{line}.")))


def openings_of(
    company: CalibratedModel, parameters: Mapping[str, Array], shocks: tuple[Bound, ...], first: Quarter
) -> dict[str, Array]:
    """Last values that parameters decide, so that a start and what others read of it agree on every path.

    They are the parameters of the first quarter, shocks included, for those are what the driver starts from.
    """
    found = {}
    for driver in company.model.drivers:
        own = {name: parameters[full_name] for name, full_name in company.own[driver.line]}
        for name in shocked_names(shocks, driver.line):
            moved = Shocked(company, name, parameters[name], shocks)
            own[moved.name] = moved.at(0, first)
        last = driver.last(own)
        if last is not None:
            found[driver.line] = last
    return found
