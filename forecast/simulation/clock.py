"""The only place where time moves: lines are computed quarter by quarter, each by its driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.model import CalibratedModel, Driver, Fit
from forecast.simulation.plan import Bound
from forecast.simulation.rules import Watch
from forecast.simulation.streams import Draws
from forecast.timeline import Quarter


class Turn:
    """What one driver sees in one quarter (the contract ``Now``).

    ``asked`` holds the names of the parameters read since it was last emptied.
    """

    __slots__ = (
        "_company",
        "_kept",
        "_noises",
        "_openings",
        "_reads",
        "_series",
        "asked",
        "driver",
        "fit",
        "own",
        "step",
    )

    def __init__(
        self,
        company: CalibratedModel,
        driver: Driver,
        fit: Fit,
        own: dict[str, Array],
        series: Mapping[str, Array],
        openings: Mapping[str, Array],
        draws: Draws,
    ) -> None:
        self.step = 0
        self.fit = fit
        self.own = own
        self.driver = driver
        self.asked: set[str] = set()
        self._company = company
        self._reads = frozenset(driver.reads())
        self._series = series
        self._openings = openings
        self._kept: dict[str, Array] = {}
        self._noises = {noise.name: draws.noise(driver.line, noise) for noise in driver.noises()}

    def parameter(self, name: str) -> Array:
        """The driver's own parameter in this quarter."""
        self.asked.add(name)
        return self.own[name]

    def value(self, line: str, lag: int = 0) -> Array:
        """A line in this quarter or earlier, read-only."""
        if (line, lag) not in self._reads:
            raise SimulationError(
                f"the driver of '{self.driver.line}' reads '{line}' {lag} quarters ago, which its reads() do not "
                f"declare. Add ('{line}', {lag}) to them."
            )
        at = self.step - lag
        if at >= 0:
            row: Array = self._series[line][at]
            row.flags.writeable = False
            return row
        if at == -1 and line in self._openings:
            return self._openings[line]
        return np.asarray(self._company.past(line, -at))

    def error(self, name: str = "error") -> Array:
        """The draw of this quarter."""
        row: Array = self._noises[name][self.step]
        return row

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


@dataclass(frozen=True, slots=True)
class _Place:
    """One driver at its place in the order of a quarter, with the shocks on its parameters and on its line."""

    turn: Turn
    records: tuple[str, ...]
    on_parameters: tuple[Shocked, ...]
    on_line: tuple[Bound, ...]
    rivals: Mapping[int, Turn]
    handed: Mapping[int, list[Array]]


def advance(
    company: CalibratedModel,
    draws: Draws,
    quarters: tuple[Quarter, ...],
    *,
    lines: frozenset[str],
    parameters: Mapping[str, Array],
    shocks: tuple[Bound, ...] = (),
    watches: tuple[Watch, ...] = (),
    known: Mapping[str, Array] | None = None,
    scratch: dict[str, Array] | None = None,
    strict: bool = False,
) -> dict[str, Array]:
    """Compute ``lines``, shape (quarters, paths) each, given the lines that stay as they are in ``known``.

    Also returns what drivers record, as ``line.name``. ``parameters`` holds arrays (paths,) or () by full
    name. Raises when a number on any path is not finite, and when a shock on a parameter changes nothing
    because the driver does not read the parameter while the shock acts; with ``strict`` also when a shock that
    happens moves its target on no path. ``scratch`` holds arrays by name that may be written over, and gets those
    that are made.
    """
    memory: dict[str, Array] = {} if scratch is None else scratch
    series: dict[str, Array] = dict(known or {})
    openings = _openings(company, parameters, shocks, quarters[0])
    for watch in watches:
        watch.reset()
    effects = Effects(shocks)
    places = []
    for line in (line for line in company.model.order if line in lines):
        driver = company.model.driver(line)
        own = {name: parameters[full_name] for name, full_name in company.own[line]}
        for name in (line, *(f"{line}.{record}" for record in driver.records())):
            if name not in memory:
                memory[name] = np.empty((len(quarters), draws.paths))
            series[name] = memory[name]
        moved = tuple(
            Shocked(company, name, parameters[name], shocks, effects) for name in _shocked_names(shocks, line)
        )
        on_line = tuple(bound for bound in shocks if bound.shock.target == line)
        turn = Turn(company, driver, company.fits[line], own, series, openings, draws)
        rivals, handed = _beside(company, on_line, series, openings, draws)
        places.append(_Place(turn, driver.records(), moved, on_line, rivals, handed))
    with np.errstate(all="ignore"):
        for step, quarter in enumerate(quarters):
            for watch in watches:
                watch.look(step, partial(_seen, company, series, openings, step))
            for place in places:
                _take(company, place, step, quarter, series, openings, effects)
    for place in places:
        _check_finite(series, place.turn.driver.line, quarters)
    idle = [problem for place in places for moved in place.on_parameters for problem in moved.idle()]
    idle += effects.idle() if strict and not idle else []
    if idle:
        raise SimulationError(" ".join(idle))
    return {name: values for name, values in series.items() if known is None or name not in known or name in lines}


def _seen(
    company: CalibratedModel, series: Mapping[str, Array], openings: Mapping[str, Array], step: int, line: str, lag: int
) -> Array:
    """A line ``lag`` quarters before the one that ended last; NaN where nobody knows it."""
    at = step - 1 - lag
    if at >= 0:
        row: Array = series[line][at]
        return row
    return openings[line] if at == -1 and line in openings else np.asarray(company.past(line, -at))


def _take(
    company: CalibratedModel,
    place: _Place,
    step: int,
    quarter: Quarter,
    series: dict[str, Array],
    openings: Mapping[str, Array],
    effects: Effects,
) -> None:
    """One driver's step to one quarter, its shocks included, written into ``series``."""
    turn, line = place.turn, place.turn.driver.line
    turn.step = step
    turn.asked.clear()
    for moved in place.on_parameters:
        turn.own[moved.name] = moved.at(step, quarter)
    value = turn.driver.step(turn)
    for moved in place.on_parameters:
        moved.note(step, moved.name in turn.asked)
    for position, bound in enumerate(place.on_line):
        size = None
        if position in place.rivals:
            rival = place.rivals[position]
            rival.step = step
            size = np.asarray(rival.driver.step(rival))
        handed = place.handed.get(position)
        if handed is not None:
            handed.append(value)
        earlier = Earlier(company, line, series[line], openings.get(line), handed or ())
        new = bound.moved(value, step, quarter, earlier, size)
        effects.note(bound.number, value, new)
        value = new
    series[line][step] = value
    for name in place.records:
        kept = turn.recall(name)
        series[f"{line}.{name}"][step] = np.nan if kept is None else kept


def _beside(
    company: CalibratedModel,
    on_line: tuple[Bound, ...],
    series: Mapping[str, Array],
    openings: Mapping[str, Array],
    draws: Draws,
) -> tuple[dict[int, Turn], dict[int, list[Array]]]:
    """The turns of other drivers, and room for what shocks remember, by the shock's place on its line."""
    rivals = {
        position: Turn(company, rival.driver, rival.fit, dict(rival.own), series, openings, draws)
        for position, bound in enumerate(on_line)
        if (rival := bound.rival) is not None
    }
    remembering = (position for position, bound in enumerate(on_line) if getattr(bound.shock, "remembers", False))
    return rivals, {position: [] for position in remembering}


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


def _shocked_names(shocks: tuple[Bound, ...], line: str) -> tuple[str, ...]:
    """The parameters of a line that shocks target."""
    return tuple(dict.fromkeys(b.shock.target for b in shocks if b.shock.target.startswith(f"{line}.")))


def _openings(
    company: CalibratedModel, parameters: Mapping[str, Array], shocks: tuple[Bound, ...], first: Quarter
) -> dict[str, Array]:
    """Last values that parameters decide, so that a start and what others read of it agree on every path.

    They are the parameters of the first quarter, shocks included, for those are what the driver starts from.
    """
    found = {}
    for driver in company.model.drivers:
        own = {name: parameters[full_name] for name, full_name in company.own[driver.line]}
        for name in _shocked_names(shocks, driver.line):
            moved = Shocked(company, name, parameters[name], shocks)
            own[moved.name] = moved.at(0, first)
        last = driver.last(own)
        if last is not None:
            found[driver.line] = last
    return found


def _check_finite(series: Mapping[str, Array], line: str, quarters: tuple[Quarter, ...]) -> None:
    values = series[line]
    if np.all(np.isfinite(values)):
        return
    step, path = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
    raise SimulationError(
        f"'{line}' is {values[step, path]} in {quarters[step]} on path {path}. "
        "Look at what it is computed from: a division by zero, an overflow, or a value that nobody knows."
    )
