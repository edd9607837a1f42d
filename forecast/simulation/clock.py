"""The only place where time moves: lines are computed quarter by quarter, each by its driver."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.model import CalibratedModel, Driver
from forecast.simulation.effects import Earlier, Effects, Shocked, openings_of, shocked_names
from forecast.simulation.plan import Bound
from forecast.simulation.rows import Rows, Shelf, Store, rows_of
from forecast.simulation.rules import Watch
from forecast.simulation.streams import Draws
from forecast.simulation.turn import Turn
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Place:
    """One driver at its place in the order of a quarter: where it writes, and the shocks around it."""

    turn: Turn
    driver: Driver
    rows: Rows
    records: tuple[tuple[str, Rows], ...]
    on_parameters: tuple[Shocked, ...]
    on_line: tuple[Bound, ...]
    rivals: Mapping[int, Turn]
    handed: Mapping[int, list[Array]]

    @property
    def plain(self) -> bool:
        """Whether its step is all that there is to do."""
        return not (self.on_parameters or self.on_line or self.records)


class March:
    """One scenario on its way through the quarters: the ``lines`` that it computes, in their order.

    Other lines are ``known``: arrays (quarters, paths), or rows that another march fills just before this one.
    ``parameters`` holds arrays (paths,) or () by full name. Names in ``keep`` are kept in arrays from the ``shelf``, by
    default those of all lines and of what drivers record, as ``line.name``.
    """

    def __init__(
        self,
        company: CalibratedModel,
        draws: Draws,
        quarters: tuple[Quarter, ...],
        *,
        lines: frozenset[str],
        parameters: Mapping[str, Array],
        shocks: tuple[Bound, ...] = (),
        watches: tuple[Watch, ...] = (),
        known: Mapping[str, Array | list[Any]] | None = None,
        shelf: Shelf | None = None,
        keep: frozenset[str] | None = None,
    ) -> None:
        self.company = company
        self.quarters = quarters
        self.shocks = shocks
        self.watches = [watch for watch in watches if any(_of(shock.target) in lines for shock in watch.rule.shocks)]
        for watch in self.watches:
            watch.reset()
        self.effects = Effects(tuple(bound for bound in shocks if _of(bound.shock.target) in lines))
        self.openings = openings_of(company, parameters, shocks, quarters[0])
        every = {driver.line: driver for driver in company.model.drivers}
        drivers = [every[line] for line in company.model.order if line in lines]
        self.rows = self._rows(drivers, lines, draws.paths, shelf, keep)
        read = {name for driver in drivers for name, _ in driver.reads()}
        read.update(name for watch in self.watches for name, _ in watch.rule.reads)
        self.series = {name: rows_of(array) for name, array in (known or {}).items() if name in read - lines}
        self.series.update({name: rows.rows for name, rows in self.rows.items()})
        # drivers see parameters through views, so that locking what they return locks nobody else's array
        own = {line: {name: _locked_view(parameters[full]) for name, full in company.own[line]} for line in lines}
        self.places = [self._place(driver, own[driver.line], draws) for driver in drivers]

    def _rows(
        self,
        drivers: list[Driver],
        lines: frozenset[str],
        paths: int,
        shelf: Shelf | None,
        keep: frozenset[str] | None,
    ) -> dict[str, Rows]:
        """Room for each line, and for what is kept of drivers' records, by name."""
        names = [name for d in drivers for name in (d.line, *(f"{d.line}.{record}" for record in d.records()))]
        self.kept = [name for name in names if keep is None or name in keep]
        if shelf is None:
            shelf = Shelf(Store(len(self.quarters), paths, len(self.kept)))
        carried = _carried(drivers, frozenset(bound.shock.target for bound in self.shocks))
        return {
            name: Rows(name, shelf, keep=name in self.kept, summed=name in lines and name not in carried)
            for name in names
            if name in self.kept or name in lines
        }

    def _place(self, driver: Driver, own: dict[str, Array], draws: Draws) -> Place:
        company, line = self.company, driver.line
        moved = tuple(
            Shocked(company, name, own[name.partition(".")[2]], self.shocks, self.effects)
            for name in shocked_names(self.shocks, line)
        )
        on_line = tuple(bound for bound in self.shocks if bound.shock.target == line)
        turn = Turn(company, driver, company.fits[line], own, self.series, self.openings, draws)
        rivals, handed = _beside(company, on_line, self.series, self.openings, draws)
        records = tuple((name, self.rows[full]) for name in driver.records() if (full := f"{line}.{name}") in self.rows)
        return Place(turn, driver, self.rows[line], records, moved, on_line, rivals, handed)

    def look(self, step: int) -> None:
        """Before a quarter, let the decision rules judge by the last one."""
        for watch in self.watches:
            watch.look(step, partial(_seen, self.company, self.series, self.openings, step))

    def take(self, place: Place, step: int) -> None:
        """One driver's step to one quarter, its shocks included, put into its rows."""
        turn, line, quarter = place.turn, place.driver.line, self.quarters[step]
        turn.step = step
        turn.asked.clear()
        for moved in place.on_parameters:
            turn.own[moved.name] = moved.at(step, quarter)
        value = place.driver.step(turn)
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
            earlier = Earlier(self.company, line, place.rows.rows, self.openings.get(line), handed or ())
            new = bound.moved(value, step, quarter, earlier, size)
            self.effects.note(bound.number, value, new)
            value = new
        place.rows.put(step, value)
        for name, rows in place.records:
            kept = turn.recall(name)
            rows.put(step, np.nan if kept is None else kept)

    @property
    def finite(self) -> bool:
        """Whether every number is, as far as sums tell."""
        return all(math.isfinite(place.rows.total) for place in self.places)

    def found(self, *, strict: bool = False) -> dict[str, Array]:
        """What was kept, shape (quarters, paths) by name, once all quarters are through.

        Raises when a shock on a parameter changed nothing because the driver did not read the parameter while the
        shock acted; with ``strict`` also when a shock that happens has moved its target on no path.
        """
        idle = [problem for place in self.places for moved in place.on_parameters for problem in moved.idle()]
        idle += self.effects.idle() if strict and not idle else []
        if idle:
            raise SimulationError(" ".join(dict.fromkeys(idle)))
        return {name: self.rows[name].kept() for name in self.kept}


def together(marches: Sequence[March], tick: Callable[[], None] | None = None) -> None:
    """All scenarios through all quarters, side by side, each after those of which it reads.

    Of a line that is not kept no more quarters are held than are still read. ``tick`` is called after each quarter.
    """
    spent = _last_readers(marches)
    ordered = [
        [
            (place, place.plain, place.turn, place.driver.step, place.rows, over)
            for place, over in zip(march.places, spent[number], strict=True)
        ]
        for number, march in enumerate(marches)
    ]
    with np.errstate(all="ignore"):
        for step in range(len(marches[0].quarters)):
            for march, places in zip(marches, ordered, strict=True):
                march.look(step)
                for place, plain, turn, stepped, rows, over in places:
                    if plain:
                        turn.step = step
                        rows.put(step, stepped(turn))
                    else:
                        march.take(place, step)
                    for emptied, lag in over:
                        if step >= lag:
                            emptied[step - lag] = None
            if tick is not None:
                tick()


def _last_readers(marches: Sequence[March]) -> list[list[list[tuple[list[Any], int]]]]:
    """By march and place: the rows of which nobody after it reads the quarter ``lag`` ago, or any before that.

    Those that are kept are not among them, nor those of shocked lines: shocks may look back as far as they like.
    """
    last: dict[int, tuple[int, int, int, list[Any]]] = {}
    for number, march in enumerate(marches):
        for place, one in enumerate(march.places):
            if not (one.rows.keep or one.on_line):
                last[id(one.rows.rows)] = (0, number, place, one.rows.rows)
    for number, march in enumerate(marches):
        for place, one in enumerate(march.places):
            for name, lag in one.driver.reads():
                rows = march.series[name]
                if id(rows) in last and lag >= last[id(rows)][0]:
                    last[id(rows)] = (lag, number, place, rows)
    found: list[list[list[tuple[list[Any], int]]]] = [[[] for _ in march.places] for march in marches]
    for lag, number, place, rows in last.values():
        found[number][place].append((rows, lag))
    return found


def advance(
    company: CalibratedModel,
    draws: Draws,
    quarters: tuple[Quarter, ...],
    *,
    strict: bool = False,
    tick: Callable[[], None] | None = None,
    **options: Any,
) -> dict[str, Array]:
    """One march alone: what it keeps, shape (quarters, paths) by name; ``options`` are those of ``March``.

    Raises when a number on any path is not finite, and for shocks that change nothing.
    """
    march = March(company, draws, quarters, **options)
    together([march], tick)
    if not march.finite:
        if options.get("keep") is not None:
            whole = advance(company, draws, quarters, strict=strict, **{**options, "keep": None, "shelf": None})
            return {name: whole[name] for name in march.kept}
        for place in march.places:
            _check_finite(place.rows.kept(), place.driver.line, quarters)
    return march.found(strict=strict)


def _locked_view(numbers: Array) -> Array:
    view = np.asarray(numbers).view()
    view.flags.writeable = False
    return view


def _of(name: str) -> str:
    """The line that a line or parameter name belongs to."""
    return name.split(".")[0]


def _carried(drivers: Iterable[Driver], shocked: frozenset[str]) -> frozenset[str]:
    """Lines of which a number that is not finite shows in another line of the same quarter, as its formula says."""
    reads = (read for driver in drivers if driver.line not in shocked for read in getattr(driver, "carries", ()))
    return frozenset(name for name, lag in reads if lag == 0)


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
