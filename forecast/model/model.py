"""The model: an ordered set of drivers that says what moves what, with no numbers from history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError as GraphCycle
from graphlib import TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.dimensions import Dimension, dimension_of, labelled
from forecast.errors import CycleError, ModelError, Problems, did_you_mean
from forecast.lines import A_YEAR, MONEY, Identity, Line
from forecast.model.assumption import Parameter
from forecast.model.contract import Driver
from forecast.model.units import dimensions, fractions
from forecast.notebook import counted, drawn, tabled
from forecast.specification import to_spec, write_yaml


@dataclass(frozen=True, init=False, eq=False)
class Model:
    """Drivers, one a line; ``order`` is the order in which the lines of one quarter are computed.

    ``correlations`` links parameters by a Gaussian copula: ``{("a.x", "b.y"): 0.5}`` is the correlation of
    their normal scores. ``fractions`` are lines that are one sum of flows over another. Two models are equal when
    they say the same.
    """

    drivers: tuple[Driver, ...]
    currency: str
    unit: str
    correlations: tuple[tuple[str, str, float], ...]
    lines: Mapping[str, Line] = field(repr=False)
    parameters: Mapping[str, Parameter] = field(repr=False)
    order: tuple[str, ...] = field(repr=False)
    dimensions: Mapping[str, Dimension] = field(repr=False)
    fractions: Mapping[str, tuple[Identity, Identity]] = field(repr=False)

    def __init__(
        self,
        *drivers: Driver,
        currency: str = "CNY",
        unit: str = "million",
        correlations: Mapping[tuple[str, str], float] | tuple[tuple[str, str, float], ...] = (),
    ) -> None:
        setting = object.__setattr__
        setting(self, "drivers", tuple(drivers))
        setting(self, "currency", currency)
        setting(self, "unit", unit)
        setting(self, "correlations", _pairs(correlations))
        _check_drivers(self.drivers)
        setting(self, "lines", MappingProxyType({d.line: described(d, currency, unit) for d in drivers}))
        setting(self, "parameters", MappingProxyType({p.full_name: p for d in drivers for p in d.parameters()}))
        setting(self, "order", _order(self.drivers))
        known, problems = dimensions(self.drivers, self.lines, unit)
        setting(self, "dimensions", known)
        labels = {name: labelled(line, known[name]) for name, line in self.lines.items()}
        setting(self, "lines", MappingProxyType(labels))
        if problems:
            raise ModelError("the units of the model do not go together", problems)
        setting(self, "fractions", fractions(self.drivers, known))
        _check_correlations(self)

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The linear identities that the formulas state; they bind the history too."""
        found = (driver.identity() for driver in self.drivers)
        return tuple(identity for identity in found if identity is not None)

    def driver(self, line: str) -> Driver:
        """The driver of a line."""
        for driver in self.drivers:
            if driver.line == line:
                return driver
        raise ModelError(f"the model has no line '{line}'. {did_you_mean(line, self.lines)}")

    def replacing(self, driver: Driver) -> Model:
        """The same model with another driver for that line, or with one line more."""
        known = any(driver.line == old.line for old in self.drivers)
        drivers = tuple(driver if old.line == driver.line else old for old in self.drivers)
        return Model(
            *(drivers if known else (*drivers, driver)),
            currency=self.currency,
            unit=self.unit,
            correlations=self.correlations,
        )

    def is_unsummed(self, line: str) -> bool:
        """Whether a line calls itself a flow and is a ratio by its formula, so that its quarters do not add up."""
        return line in self.lines and self.lines[line].kind == "flow" and self.dimensions[line].is_unsummed

    def reached_from(self, lines: frozenset[str]) -> frozenset[str]:
        """The given lines and every line that depends on them, in the same quarter or later."""
        readers: dict[str, list[str]] = {}
        for driver in self.drivers:
            for name, _ in driver.reads():
                readers.setdefault(name, []).append(driver.line)
        return _closure(lines, lambda line: readers.get(line, ()))

    def needed_for(self, lines: frozenset[str]) -> frozenset[str]:
        """The given lines and every line that they depend on."""
        return _closure(lines, lambda line: [name for name, _ in self.driver(line).reads()])

    def to_yaml(self, path: str | Path | None = None) -> str:
        """The YAML text that reads back as an equal model, also written to ``path`` when given."""
        said: dict[str, object] = {"currency": self.currency, "unit": self.unit}
        if self.correlations:
            said["correlations"] = [list(pair) for pair in self.correlations]
        said["drivers"] = [to_spec(driver) for driver in self.drivers]
        return write_yaml(said, path)

    def to_svg(self, path: str | Path | None = None) -> str:
        """A drawing of what moves what, as SVG text, also written to ``path`` when given.

        A box a line, below all that it reads in the same quarter; dashed arrows are values of earlier quarters alone.
        """
        from forecast.model.drawing import draw

        svg = draw(self)
        if path is not None:
            Path(path).write_text(svg, encoding="utf-8")
        return svg

    def to_excel(self, path: str | Path, company: Any, scenarios: Any, **options: Any) -> Path:
        """Write the model as a workbook of live formulas: ``model.to_excel("company.xlsx", company, scenarios)``.

        ``company`` is this model calibrated. The same as ``write_workbook``, which says what is written and which
        ``options`` there are: ``until`` and ``sections``.
        """
        write_workbook: Any
        if not TYPE_CHECKING:  # the one import upwards (pyproject.toml); type checkers go round in circles
            from forecast.reporting.workbook import write_workbook

        stated = getattr(company, "model", self)  # what is no company at all is refused where all are
        if stated != self:
            raise ModelError(
                f"the company was calibrated with another model, of {counted(len(stated.drivers), 'line')}; this one "
                f"has {counted(len(self.drivers), 'line')}. Calibrate this one, or write company.model.to_excel(...)."
            )
        written: Path = write_workbook(path, company, scenarios, **options)
        return written

    def _repr_html_(self) -> str:
        """The drawing, and a table of the drivers in the order in which a quarter is computed."""
        lines, parameters = counted(len(self.drivers), "line"), counted(len(self.parameters), "parameter")
        heading = f"{lines} in {self.unit} {self.currency}, {parameters}"
        rows = map(_row, map(self.driver, self.order))
        return drawn(self.to_svg()) + tabled(heading, ["line", "kind", "driver", "reads", "parameters"], rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        mine = (self.drivers, self.currency, self.unit, self.correlations)
        return mine == (other.drivers, other.currency, other.unit, other.correlations)

    def __hash__(self) -> int:
        return hash((tuple(driver.line for driver in self.drivers), self.currency, self.unit))


def _closure(lines: Iterable[str], beyond: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """The given lines, those beyond them, those beyond these, and so on."""
    found: set[str] = set()
    waiting = list(lines)
    while waiting:
        line = waiting.pop()
        if line not in found:
            found.add(line)
            waiting += beyond(line)
    return frozenset(found)


def _row(driver: Driver) -> tuple[str, ...]:
    """One driver in words: line, kind, driver, what it reads, its parameters with their estimates."""
    formula = getattr(driver, "formula", None)
    name = type(driver).__name__ + (f": {formula}" if isinstance(formula, str) else "")
    reads = ", ".join(line if lag == 0 else f"{line}[-{lag}]" for line, lag in driver.reads())
    found = (("from history" if p.estimate is None else str(p.estimate), p) for p in driver.parameters())
    return (
        driver.line,
        driver.describe().kind,
        name,
        reads,
        "\n".join(f"{p.name}: {told} ({p.role})" for told, p in found),
    )


def _pairs(
    correlations: Mapping[tuple[str, str], float] | tuple[tuple[str, str, float], ...],
) -> tuple[tuple[str, str, float], ...]:
    """Sorted triples, whichever way correlations were given."""
    given = correlations
    try:
        pairs = [(*pair, rho) for pair, rho in given.items()] if isinstance(given, Mapping) else list(given)
        return tuple(sorted((min(a, b), max(a, b), float(rho)) for a, b, rho in pairs))
    except (TypeError, ValueError):
        raise ModelError(
            f"the correlations are {given!r}; write {{('line.parameter', 'line.parameter'): number}}."
        ) from None


def described(driver: Driver, currency: str, unit: str) -> Line:
    """The line, in the model's currency and unit unless the driver says otherwise; what is no money has no currency."""
    line = driver.describe()
    if line.kind == "rate":
        return line
    said = line.unit.replace(MONEY, unit) if line.unit in (MONEY, MONEY + A_YEAR) else line.unit
    money = dimension_of(line, unit=unit).degree == 1
    return Line(line.name, line.kind, said, currency if line.currency is None and money else line.currency)


def _check_drivers(drivers: tuple[object, ...]) -> None:
    problems = Problems()
    if not drivers:
        problems.add("it has no drivers; give at least one.")
    seen: dict[str, Driver] = {}
    for driver in drivers:
        if isinstance(driver, type) or not isinstance(driver, Driver):
            problems.add(f"{driver!r} is not a driver; it lacks a part of the contract in docs/conventions.md.")
            continue
        if driver.line in seen:
            problems.add(f"line '{driver.line}' has two drivers; remove one, or use model.replacing(driver).")
        seen[driver.line] = driver
    for driver in seen.values():
        for name in dict.fromkeys(name for name, _ in driver.reads()):
            if name not in seen:
                problems.add(
                    f"line '{driver.line}' needs '{name}', a line without a driver. {did_you_mean(name, seen)}"
                )
    problems.raise_if_any(ModelError, "the model does not hold together")


def _check_correlations(model: Model) -> None:
    problems = Problems()
    names = sorted({name for first, second, _ in model.correlations for name in (first, second)})
    matrix = np.eye(len(names))
    pairs = [(first, second) for first, second, _ in model.correlations]
    for first, second in sorted({pair for pair in pairs if pairs.count(pair) > 1}):
        problems.add(f"the correlation of '{first}' and '{second}' is given twice; keep one.")
    for first, second, rho in model.correlations:
        for name in (first, second):
            if name not in model.parameters:
                problems.add(f"a correlation names '{name}'. {did_you_mean(name, model.parameters)}")
        if not -1 < rho < 1 or first == second:
            problems.add(f"the correlation of '{first}' and '{second}' is {rho:g}; give two names and -1 < rho < 1.")
        matrix[names.index(first), names.index(second)] = matrix[names.index(second), names.index(first)] = rho
    if not problems.found and names and not np.linalg.eigvalsh(matrix)[0] > 1e-10:
        problems.add(
            f"the correlations of {', '.join(names)} cannot hold together: no joint distribution has them. Weaken some."
        )
    problems.raise_if_any(ModelError, "the model's correlations do not fit its parameters")


def _order(drivers: tuple[Driver, ...]) -> tuple[str, ...]:
    graph: dict[str, list[str]] = {
        driver.line: [name for name, lag in driver.reads() if lag == 0] for driver in drivers
    }
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except GraphCycle as cycle:
        chain = " needs ".join(f"'{line}'" for line in reversed(cycle.args[1]))
        raise CycleError(
            f"lines of one quarter wait for each other: {chain}. "
            "Read one of them a quarter earlier, as in cash[-1], or drop that link."
        ) from None
