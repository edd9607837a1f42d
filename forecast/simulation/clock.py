"""The only place where time moves: lines are computed quarter by quarter, each by its driver."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.model import CalibratedModel, Driver, Fit
from forecast.simulation.effects import Earlier, Effects, Shocked, openings_of, shocked_names
from forecast.simulation.plan import Bound
from forecast.simulation.rows import Rows, Shelf, rows_of
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
        "_rows",
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
        series: Mapping[str, list[Any]],
        openings: Mapping[str, Array],
        draws: Draws,
    ) -> None:
        self.step = 0
        self.fit = fit
        self.own = own
        self.driver = driver
        self.asked: set[str] = set()
        self._company = company
        self._rows = {read: series[read[0]] for read in driver.reads()}
        self._openings = openings
        self._kept: dict[str, Array] = {}
        self._noises = {noise.name: draws.noise(driver.line, noise) for noise in driver.noises()}

    def parameter(self, name: str) -> Array:
        """The driver's own parameter in this quarter."""
        self.asked.add(name)
        return self.own[name]

    def value(self, line: str, lag: int = 0) -> Array:
        """A line in this quarter or earlier, read-only."""
        rows = self._rows.get((line, lag))
        if rows is None:
            raise SimulationError(
                f"the driver of '{self.driver.line}' reads '{line}' {lag} quarters ago, which its reads() do not "
                f"declare. Add ('{line}', {lag}) to them."
            )
        at = self.step - lag
        if at >= 0:
            row: Array = rows[at]
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
class _Place:
    """One driver at its place in the order of a quarter: where it writes, and the shocks around it."""

    turn: Turn
    line: str
    step: Callable[[Turn], Any]
    rows: Rows
    records: tuple[tuple[str, Rows], ...]
    on_parameters: tuple[Shocked, ...]
    on_line: tuple[Bound, ...]
    rivals: Mapping[int, Turn]
    handed: Mapping[int, list[Array]]
    spent: tuple[tuple[list[Any], int], ...]

    @property
    def plain(self) -> bool:
        """Whether its step is all that there is to do."""
        return not (self.on_parameters or self.on_line or self.records)


def advance(
    company: CalibratedModel,
    draws: Draws,
    quarters: tuple[Quarter, ...],
    *,
    lines: frozenset[str],
    parameters: Mapping[str, Array],
    shocks: tuple[Bound, ...] = (),
    watches: tuple[Watch, ...] = (),
    known: Mapping[str, Array | list[Array]] | None = None,
    shelf: Shelf | None = None,
    strict: bool = False,
    keep: frozenset[str] | None = None,
    held: dict[str, list[Array]] | None = None,
) -> dict[str, Array]:
    """Compute ``lines``, shape (quarters, paths) each, given the lines that stay as they are in ``known``.

    Also returns what drivers record, as ``line.name``. With ``keep`` only these names are returned; of the other lines
    no more quarters are held than are still read, but for the lines named in ``held``, which gets their rows.
    ``parameters`` holds arrays (paths,) or () by full name. Raises when
    a number on any path is not finite, and when a shock on a parameter changes nothing because the driver does not
    read the parameter while the shock acts; with ``strict`` also when a shock that happens moves its target on no
    path. ``shelf`` holds arrays that may be written over.
    """
    held = {} if held is None else held
    watches = tuple(watch for watch in watches if any(_of(shock.target) in lines for shock in watch.rule.shocks))
    for watch in watches:
        watch.reset()
    openings = openings_of(company, parameters, shocks, quarters[0])
    effects = Effects(tuple(bound for bound in shocks if _of(bound.shock.target) in lines))
    every = {driver.line: driver for driver in company.model.drivers}
    drivers = [every[line] for line in company.model.order if line in lines]
    names = [name for d in drivers for name in (d.line, *(f"{d.line}.{record}" for record in d.records()))]
    kept = frozenset(names if keep is None else keep)
    shelf = Shelf(len(quarters), draws.paths, len(kept.intersection(names))) if shelf is None else shelf
    carried = _carried(drivers, frozenset(bound.shock.target for bound in shocks))
    made = {
        name: Rows(name, shelf, keep=name in kept, summed=name in lines and name not in carried)
        for name in names
        if name in kept or name in lines
    }
    series = {name: rows.rows for name, rows in made.items()}
    looked_at = {name for driver in drivers for name, _ in driver.reads()}
    looked_at.update(name for watch in watches for name, _ in watch.rule.reads)
    series.update({name: rows_of(array) for name, array in (known or {}).items() if name in looked_at - lines})
    places = []
    spent = _last_readers(drivers, kept.union(held, (bound.shock.target for bound in shocks)))
    for position, driver in enumerate(drivers):
        line = driver.line
        own = {name: parameters[full_name] for name, full_name in company.own[line]}
        moved = tuple(Shocked(company, name, parameters[name], shocks, effects) for name in shocked_names(shocks, line))
        on_line = tuple(bound for bound in shocks if bound.shock.target == line)
        turn = Turn(company, driver, company.fits[line], own, series, openings, draws)
        rivals, handed = _beside(company, on_line, series, openings, draws)
        records = tuple((name, made[full]) for name in driver.records() if (full := f"{line}.{name}") in made)
        empty = tuple((made[name].rows, lag) for name, lag in spent[position])
        places.append(_Place(turn, line, driver.step, made[line], records, moved, on_line, rivals, handed, empty))
    ordered = [(place, place.plain, place.turn, place.step, place.rows, place.spent) for place in places]
    with np.errstate(all="ignore"):
        for step, quarter in enumerate(quarters):
            for watch in watches:
                watch.look(step, partial(_seen, company, series, openings, step))
            for place, plain, turn, stepped, rows, over in ordered:
                if plain:
                    turn.step = step
                    rows.put(step, stepped(turn))
                else:
                    _take(company, place, step, quarter, openings, effects)
                for emptied, lag in over:
                    if step >= lag:
                        emptied[step - lag] = None
    held.update({name: made[name].rows for name in held})
    found = {name: rows.kept() for name, rows in made.items() if name in kept}
    if not all(math.isfinite(place.rows.total) for place in places):
        if keep is not None:
            options: dict[str, Any] = {"parameters": parameters, "shocks": shocks, "watches": watches, "known": known}
            whole = advance(company, draws, quarters, lines=lines, strict=strict, **options)
            return {name: whole[name] for name in found}
        for place in places:
            _check_finite(found[place.line], place.line, quarters)
    idle = [problem for place in places for moved in place.on_parameters for problem in moved.idle()]
    idle += effects.idle() if strict and not idle else []
    if idle:
        raise SimulationError(" ".join(idle))
    return found


def _of(name: str) -> str:
    """The line that a line or parameter name belongs to."""
    return name.split(".")[0]


def _carried(drivers: list[Driver], shocked: frozenset[str]) -> frozenset[str]:
    """Lines of which a number that is not finite shows in another line of the same quarter, as its formula says."""
    reads = (read for driver in drivers if driver.line not in shocked for read in getattr(driver, "carries", ()))
    return frozenset(name for name, lag in reads if lag == 0)


def _last_readers(drivers: list[Driver], lasting: frozenset[str]) -> list[list[tuple[str, int]]]:
    """By place: the lines of which nobody after it reads the quarter ``lag`` ago, or any before that.

    Those that are ``lasting`` are not among them: lines that are kept, and shocked ones, since shocks may look back as
    far as they like.
    """
    last = {driver.line: (0, place) for place, driver in enumerate(drivers) if driver.line not in lasting}
    for place, driver in enumerate(drivers):
        for name, lag in driver.reads():
            if name in last and lag >= last[name][0]:
                last[name] = (lag, place)
    found: list[list[tuple[str, int]]] = [[] for _ in drivers]
    for name, (lag, place) in last.items():
        found[place].append((name, lag))
    return found


def _seen(
    company: CalibratedModel,
    series: Mapping[str, list[Any]],
    openings: Mapping[str, Array],
    step: int,
    line: str,
    lag: int,
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
    openings: Mapping[str, Array],
    effects: Effects,
) -> None:
    """One driver's step to one quarter, its shocks included, put into its rows."""
    turn = place.turn
    turn.step = step
    if place.on_parameters:
        turn.asked.clear()
        for moved in place.on_parameters:
            turn.own[moved.name] = moved.at(step, quarter)
    value = place.step(turn)
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
        earlier = Earlier(company, place.line, place.rows.rows, openings.get(place.line), handed or ())
        new = bound.moved(value, step, quarter, earlier, size)
        effects.note(bound.number, value, new)
        value = new
    place.rows.put(step, value)
    for name, rows in place.records:
        kept = turn.recall(name)
        rows.put(step, np.nan if kept is None else kept)


def _beside(
    company: CalibratedModel,
    on_line: tuple[Bound, ...],
    series: Mapping[str, list[Any]],
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


def _check_finite(values: Array, line: str, quarters: tuple[Quarter, ...]) -> None:
    if np.all(np.isfinite(values)):
        return
    step, path = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
    raise SimulationError(
        f"'{line}' is {values[step, path]} in {quarters[step]} on path {path}. "
        "Look at what it is computed from: a division by zero, an overflow, or a value that nobody knows."
    )
