"""What goes where: the rows of every line, and the formula of every cell, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from forecast.model import CalibratedModel, Driver, Parameter
from forecast.reporting.workbook.cells import quoted
from forecast.reporting.workbook.drivers import Row, Written, written
from forecast.reporting.workbook.grid import FIRST_ROW, Grid
from forecast.reporting.workbook.rules import began
from forecast.reporting.workbook.shocks import Cells, Placed, effect, frozen
from forecast.scenario import Scenario
from forecast.simulation.wiring import learned, other_driver

SCENARIO = "Start!$B$4"
"""The cell that holds the number of the scenario."""

CHOSEN = "Start!$B$5"
"""The cell that holds its name."""

ASSUMED, SHOCKS, WEIGHTS, LIBRARY = "Assumptions", "Shocks", "Weights", "Library"


@dataclass(frozen=True)
class Cell:
    """One row as it will stand on a sheet: ``key`` within its line, what it says, and its cell at each step."""

    key: str
    label: str
    kind: str
    formula: Callable[[int], str] | None = None
    values: tuple[float, ...] = ()


@dataclass
class Plan:
    """A company under some scenarios, laid out: ``blocks`` holds the rows of each line, the line itself first.

    ``constants`` are numbers of drivers that are no parameters, by full name. ``asked`` collects the cells of the past
    that formulas look at, as (line, step).
    """

    company: CalibratedModel
    scenarios: tuple[Scenario, ...]
    grid: Grid
    table: list[Placed]
    sections: Mapping[str, tuple[str, ...]]
    blocks: dict[str, list[Cell]] = field(default_factory=dict)
    constants: dict[str, float] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    assumed: dict[str, int] = field(default_factory=dict)
    asked: set[tuple[str, int]] = field(default_factory=set)
    given: tuple[str, ...] = ()
    others: dict[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        model, held = self.company.model, frozen(self.table)
        sheet_of = {line: name for name, lines in self.sections.items() for line in lines}
        given = []
        for driver in model.drivers:
            looking = Looking(self, driver.line, sheet_of[driver.line])
            found = written(driver, self.company.fits[driver.line], looking, self.grid.steps)
            if found is None:
                given.append(driver.line)
                self._opening(driver)
            self.blocks[driver.line] = self._block(driver, found, looking, held.get(driver.line, ()))
            if found is not None:
                self.constants |= {f"{driver.line}.{name}": value for name, value in found.constants.items()}
        self.given = tuple(given)
        for name, lines in self.sections.items():
            row = FIRST_ROW
            for line in lines:
                for cell in self.blocks[line]:
                    self.places[line, cell.key] = (name, row)
                    row += 1
        row = FIRST_ROW
        for driver in model.drivers:
            for full in (
                *(p.full_name for p in driver.parameters()),
                *self.constants_of(driver.line),
                *self.others_of(driver.line),
            ):
                self.assumed[full] = row
                row += 1
        # every look at the past is known before anything is written
        for formula in (cell.formula for block in self.blocks.values() for cell in block):
            for step in range(self.grid.steps if formula is not None else 0):
                formula(step)  # type: ignore[misc]

    def constants_of(self, line: str) -> list[str]:
        """The names of a line's constants."""
        return [name for name in self.constants if name.partition(".")[0] == line]

    def others_of(self, line: str) -> list[str]:
        """The names of the parameters of drivers that shocks bring along for a line."""
        return [name for name in self.others if name.partition(".")[0] == line]

    def _beside(self, one: Placed, number: int, looking: Looking) -> list[Cell]:
        """The rows of the driver that a shock brings along; its numbers are assumptions of their own."""
        other = other_driver(one.shock)
        if other is None:
            return []
        fit, parameters = learned(self.company, other)
        found = written(other, fit, replace(looking, shock=number), self.grid.steps)
        assert found is not None
        self.others |= {beside(full, number): parameter for full, parameter in parameters.items()}
        self.constants |= {beside(f"{other.line}.{name}", number): value for name, value in found.constants.items()}
        cells = []
        for row in found.rows:
            said = f"shock {number + 1}: {row.key or f'under {type(other).__name__}'}"
            cells.append(Cell(beside(row.key, number), said, _cell_of(row).kind, row.formula, row.values))
        return cells

    def _opening(self, driver: Driver) -> None:
        """The last value of a line whose own driver says it, where no formula does."""
        own = {p.name: np.asarray(self.company.parameters[p.full_name].estimate.median) for p in driver.parameters()}  # type: ignore[union-attr]
        last = driver.last(own)
        if last is not None:
            self.constants[f"{driver.line}.opening"] = float(last)

    def _block(self, driver: Driver, found: Written | None, looking: Looking, held: tuple[int, ...]) -> list[Cell]:
        """The line first, then what it is computed from, in the order of computing."""
        line = driver.line
        if found is None:
            return [Cell("", line, "given", looking.library)]
        acting = [(number, one) for number, one in enumerate(self.table) if one.live]
        below: list[Cell] = []
        for parameter in driver.parameters():
            on = [(number, one) for number, one in acting if one.shock.target == parameter.full_name]
            for number, one in on:
                key, label = f".{parameter.name} {number}", f"{parameter.name} after shock {number + 1}"
                below.append(Cell(key, label, "parameter", looking.shocked(parameter.name, number, one)))
        on_line = [(number, one) for number, one in acting if one.shock.target == line]
        plain = not on_line and not held
        own: Cell | None = None
        for row in found.rows:
            if row.key == "" and plain:
                own = Cell("", line, "line", row.formula)
            else:
                below.append(_cell_of(row))
        for number, one in on_line:
            below += self._beside(one, number, looking)
            label = f"after shock {number + 1} ({type(one.shock).__name__})"
            below.append(Cell(f"shock {number}", label, "layer", looking.shocked("", number, one)))
        if own is None:
            key = f"shock {on_line[-1][0]}" if on_line else "own"
            own = Cell("", line, "line", looking.final(key, held))
        return [own, *below]


def beside(name: str, number: int) -> str:
    """The name of what belongs to the driver that a shock brings along."""
    return f"{name} (shock {number + 1})"


def _cell_of(row: Row) -> Cell:
    """A driver's row that is not the line itself; before shocks it is ``own``."""
    if row.key == "":
        return Cell("own", "before shocks", "layer", row.formula)
    return Cell(row.key, row.key, "input" if row.values else "state", row.formula, row.values)


@dataclass(frozen=True)
class Looking:
    """How formulas of one line name other cells (the contract ``Look``).

    ``shock`` is the number of the shock that brings along the driver whose formulas they are, if one does.
    """

    plan: Plan
    line: str
    sheet: str
    shock: int | None = None

    def parameter(self, name: str, t: int) -> str:
        """The row after all shocks on the parameter, or the assumption itself."""
        target = f"{self.line}.{name}"
        on = [number for number, one in enumerate(self.plan.table) if one.live and one.shock.target == target]
        shocked = on and self.shock is None
        return self._at(self.line, f".{name} {on[-1]}", t) if shocked else self.assumption(name)

    def assumption(self, name: str) -> str:
        """The cell of a parameter before shocks."""
        full = f"{self.line}.{name}"
        return f"{ASSUMED}!$B${self.plan.assumed[full if self.shock is None else beside(full, self.shock)]}"

    def constant(self, name: str) -> str:
        """The cell of a number that is no parameter."""
        return self.assumption(name)

    def value(self, line: str, t: int, lag: int = 0) -> str:
        """A line at a step, or in the past; the start of a driver that has one is its last value."""
        step = t - lag
        if step == -1 and (start := self.opening(line)) is not None:
            return start
        if step < 0:
            self.plan.asked.add((line, step))
        return self._at(line, "", step)

    def opening(self, line: str) -> str | None:
        """The cell that says a line's last value instead of its history, where its driver does."""
        driver = self.plan.company.model.driver(line)
        looking = Looking(self.plan, line, self.sheet)
        if line in self.plan.given:
            return looking.constant("opening") if f"{line}.opening" in self.plan.constants else None
        own = {parameter.name: np.zeros(()) for parameter in driver.parameters()}
        return looking.parameter("start", 0) if driver.last(own) is not None else None

    def own(self, key: str, t: int) -> str:
        """A row of the driver's own."""
        if self.shock is not None:
            return self._at(self.line, beside(key, self.shock), t)
        if key == "" and (self.line, "own") in self.plan.places:
            key = "own"
        return self._at(self.line, key, t)

    def library(self, t: int) -> str:
        """The library's number under the chosen scenario."""
        lines = list(self.plan.company.model.lines)
        column, count = self.plan.grid.column(t), len(lines)
        last = FIRST_ROW + count * len(self.plan.scenarios) - 1
        row = f"({SCENARIO}-1)*{count}+{lines.index(self.line) + 1}"
        return f"INDEX({LIBRARY}!{column}${FIRST_ROW}:{column}${last},{row})"

    def final(self, key: str, held: tuple[int, ...]) -> Callable[[int], str]:
        """The line after its shocks; under the scenarios ``held`` the library's numbers."""

        def at(t: int) -> str:
            live = self._at(self.line, key, t)
            if not held:
                return live
            those = ",".join(f"{SCENARIO}={place + 1}" for place in held)
            return f"IF(OR({those}),{self.library(t)},{live})"

        return at

    def shocked(self, parameter: str, number: int, one: Placed) -> Callable[[int], str]:
        """What a shock makes of the line, or of one of its parameters."""
        row = FIRST_ROW + number
        column = self.plan.grid.column
        cells = Cells(
            size=f"{SHOCKS}!$D${row}",
            start=lambda t: self.start(number, t),
            decay=f"{SHOCKS}!$I${row}",
            weight=lambda t: f"{WEIGHTS}!{column(t)}${row}",
            quarter=lambda t: f"{column(t)}$4",
        )
        target = OnParameter(self, parameter, number) if parameter else OnLine(self, number)
        return lambda t: effect(one, cells, target, t)

    def _at(self, line: str, key: str, step: int) -> str:
        sheet, row = self.plan.places[line, key]
        cell = f"{self.plan.grid.column(step)}{row}"
        return cell if sheet == self.sheet else f"{quoted(sheet)}!{cell}"

    def row(self, key: str, first: int, last: int) -> str:
        """Cells of a row of this line from one step to another."""
        _, row = self.plan.places[self.line, key]
        return f"${self.plan.grid.column(first)}{row}:{self.plan.grid.column(last)}{row}"

    def start(self, number: int, t: int) -> str:
        """The number of the quarter in which a shock starts; of a rule's shock, in which it started last."""
        rule = self.plan.table[number].rule
        return f"{SHOCKS}!$N${FIRST_ROW + number}" if rule is None else began(self.plan, rule, t)


@dataclass(frozen=True)
class OnParameter:
    """A parameter as its shocks see it (the contract ``Target``)."""

    looking: Looking
    name: str
    number: int

    def _keys(self) -> list[int]:
        full = f"{self.looking.line}.{self.name}"
        return [number for number, one in enumerate(self.looking.plan.table) if one.live and one.shock.target == full]

    def before(self, t: int) -> str:
        """The parameter after the shocks before this one."""
        earlier = [number for number in self._keys() if number < self.number]
        return self.looking._at(self.looking.line, f".{self.name} {earlier[-1]}", t) if earlier else self._stated()

    def held(self, t: int) -> str:
        """The parameter in the quarter before the start; before the first quarter, as stated."""
        if t == 0:
            return self._stated()
        cells = self.looking.row(f".{self.name} {self._keys()[-1]}", 0, t - 1)
        start, first = self.looking.start(self.number, t), self.looking.plan.grid.first.ordinal
        return f"IF({start}<={first},{self._stated()},INDEX({cells},1,{start}-{first}))"

    def year_ago(self, t: int) -> str:
        """Not of a parameter."""
        raise AssertionError

    def other(self, t: int) -> str:
        """Not of a parameter."""
        raise AssertionError

    def handed(self, t: int, ordinal: str) -> str:
        """Not of a parameter."""
        raise AssertionError

    def _stated(self) -> str:
        return self.looking.assumption(self.name)


@dataclass(frozen=True)
class OnLine:
    """A line as its shocks see it (the contract ``Target``)."""

    looking: Looking
    number: int

    def _before(self) -> str:
        plan, line = self.looking.plan, self.looking.line
        on = [number for number, one in enumerate(plan.table) if one.live and one.shock.target == line]
        earlier = [number for number in on if number < self.number]
        return f"shock {earlier[-1]}" if earlier else "own"

    def before(self, t: int) -> str:
        """The line after the shocks before this one."""
        return self.looking._at(self.looking.line, self._before(), t)

    def held(self, t: int) -> str:
        """The line in the quarter before the start."""
        return self._past_or("", t - 1, self.looking.start(self.number, t) + "-1")

    def year_ago(self, t: int) -> str:
        """The line four quarters ago."""
        return self.looking.value(self.looking.line, t, 4)

    def other(self, t: int) -> str:
        """The line under the driver that the shock brings along."""
        return replace(self.looking, shock=self.number).own("", t)

    def handed(self, t: int, ordinal: str) -> str:
        """The line as it came to the shock in a quarter up to this one; before the first, as everybody saw it."""
        return self._past_or(self._before(), t, ordinal)

    def _past_or(self, key: str, last: int, ordinal: str) -> str:
        first = self.looking.plan.grid.first.ordinal
        opening = self.looking.value(self.looking.line, 0, 1)
        if last < 0:
            return opening
        return f"IF({ordinal}<{first},{opening},INDEX({self.looking.row(key, 0, last)},1,{ordinal}-{first - 1}))"
