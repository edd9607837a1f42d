"""The units of a model: what each line is an amount of, and every pair of sides that do not go together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from forecast.dimensions import (
    ANNUALISED,
    ANY,
    FLOW,
    LEVELS,
    OVER_LEVEL,
    STOCK,
    UNKNOWN,
    Dimension,
    dimension_of,
    product,
)
from forecast.formulas import Expression
from forecast.lines import Identity, Line
from forecast.measuring import Of, compared, fraction, measured, opens, rolls
from forecast.model.contract import Driver

ROUNDS = 12
"""How often lines that read each other's past are gone through; a chain of lags as long is not seen in practice."""

NOT_A_YEAR = ANY - {ANNUALISED}
"""The times of a stock's own past that is not brought forward, as in ``0.5 * x[-1]``."""


@dataclass(slots=True)
class Units:
    """What a driver sees when it says what its line is an amount of.

    ``described`` is the line as ``describe()`` has it, in the model's currency and unit where it states none.
    ``openings`` are lines that are this one's past and no more, ``opening = cash[-1]``.
    """

    line: Line
    described: Dimension
    own_currency: bool
    own_unit: bool
    known: Mapping[str, Dimension]
    openings: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)
    annualised: set[str] = field(default_factory=set)

    def of(self, line: str, lag: int = 0) -> Dimension:
        """Another line, or this one in an earlier quarter; unknown where nobody has said."""
        what = self.known.get(line, UNKNOWN)
        return replace(what, opening=True) if lag and what.is_level else what

    def refuse(self, problem: str) -> None:
        """Note one problem, a whole sentence."""
        self.problems.append(problem)

    def reads_annualised(self, line: str) -> None:
        """Say that money which this driver reads is annualised, whatever its driver takes it for."""
        self.annualised.add(line)

    def share(self, driver: str, of: str) -> Dimension:
        """The line as a share of another: one currency and scale; a share of a stock is a rate a quarter."""
        mine, other = self.described, self.of(of)
        if other.degree != 1 and not (self.own_currency or self.own_unit):
            return other if other.currencies is not None else UNKNOWN
        said = f"{driver} '{self.line.name}' of '{of}': '{self.line.name}' is {mine}, '{of}' is {other}; "
        if _differ(mine, other, "currencies"):
            self.refuse(f"{said}a share is of the same currency: give '{self.line.name}' that of '{of}'.")
        elif _differ(mine, other, "scale"):
            self.refuse(f"{said}bring both to one scale.")
        return mine

    def converted(self, of: str, fx: str | None) -> Dimension:
        """The line as revenue from an annualised one, in its currency or through an exchange rate."""
        mine, arr = self.described, self.of(of)
        self.reads_annualised(of)
        said = f"Conversion '{self.line.name}' of '{of}': "
        if arr.degree == 0 and arr.currencies is not None:
            self.refuse(f"{said}'{of}' is {arr}; give a line of money that is annualised, such as ARR.")
        if arr.degree is None and not (self.own_currency or self.own_unit):
            return UNKNOWN
        rate = None if fx is None else self.of(fx)
        local = arr if rate is None or rate.degree is None else product(arr, rate)
        through = "" if fx is None else f", '{fx}' is {rate}"
        said += f"'{self.line.name}' is {mine}, '{of}' is {arr}{through}; "
        if _differ(mine, local, "currencies"):
            codes = [what.currencies[0][0] for what in (mine, arr) if what.currencies]
            give = f"give fx=, a Rate with unit='{'_per_'.join(codes)}'" if len(set(codes)) > 1 else "leave fx out"
            self.refuse(f"{said}{give}.")
        elif _differ(mine, arr, "scale"):
            self.refuse(f"{said}bring both to one scale.")
        return mine

    def formula(self, expression: Expression) -> Dimension:
        """The line of a formula: what its right-hand side comes to, checked against what the line states."""
        line, described, kind = expression.line, self.described, self.line.kind
        yearly = {ANNUALISED} in (described.times, self.of(line).times)
        brought = rolls(expression, self.openings, scaled=yearly)
        level = kind == "stock" and (brought or all(name != line for name, _ in expression.reads))
        own = frozenset((ANNUALISED if yearly else STOCK,))

        def of(name: str, lag: int) -> Dimension:
            what = self.of(name, lag)
            if name != line and not (level and name in self.openings):
                return what
            if what.degree is None and self.own_currency:
                what = described
            times = own if level or yearly else NOT_A_YEAR if kind == "stock" else what.times
            return replace(what, times=times, opening=level)

        found = measured(expression, of, rolling=level, openings=self.openings, scaled=yearly)
        for problem in found.problems:
            self.refuse(f"formula '{expression.text}': {problem}")
        what = found.what
        if found.problems or kind == "rate":
            return described if what.degree is None or found.problems else what
        if what.degree is None:
            return described if self.own_currency or self.own_unit else OVER_LEVEL if what.is_unsummed else UNKNOWN
        if what.degree == 0:
            return described if self.own_currency or self.own_unit else what
        if level and brought:
            what = replace(what, times=own)
        return self._settled(expression, what, level)

    def _settled(self, expression: Expression, what: Dimension, level: bool) -> Dimension:
        """Money on the right-hand side, with what is unknown of it taken from the line."""
        described = self.described
        if described.degree is None:
            return described
        said = f"formula '{expression.text}': the line is {described}, the right-hand side {what}; "
        currencies = described.currencies if what.currencies is None else what.currencies
        scale = described.scale if what.scale is None else what.scale
        if currencies != described.currencies:
            codes = [code for code, power in what.currencies or () if power == 1]
            if len(codes) == len(what.currencies or ()) == 1 and described.currencies:
                rate = f"{described.currencies[0][0]}_per_{codes[0]}"
                give = f"give the formula currency='{codes[0]}', or multiply by an exchange rate, a Path or Rate with "
                self.refuse(f"{said}{give}unit='{rate}'.")
            else:
                self.refuse(f"{said}convert it with an exchange rate, the right way round.")
            currencies = described.currencies
        elif scale != described.scale:
            self.refuse(f"{said}bring both to one scale.")
        if self.line.kind != "flow":
            times = LEVELS & described.times if level or not LEVELS & what.times else what.times
            times = (times & what.times) or times
        elif FLOW in what.times:
            times = frozenset((FLOW,))
        else:
            stock = "give the formula kind='stock'"
            if (earlier := opens(expression)) is not None:
                stock += f", or write max({earlier}[-{expression.reads[0][1]}], 0) if all of it is paid in the quarter"
            yearly = f"divide it by 4, or give the formula unit='{what.yearly}' if it is annualised as well"
            self.refuse(f"{said}{yearly if what.times == {ANNUALISED} else stock}.")
            times = what.times
        stated = what.stated or self.own_currency or self.own_unit
        return Dimension(1, currencies, scale, times, what.opening, stated)


def measured_by(driver: Driver, units: Units) -> Dimension:
    """What a driver's ``measures(units)`` says of its line; without one, unknown but for a stated currency or unit."""
    measures = getattr(driver, "measures", None)
    if callable(measures):
        found: Dimension = measures(units)
        return found
    return units.described if units.own_currency or units.own_unit else UNKNOWN


def dimensions(
    drivers: Iterable[Driver], lines: Mapping[str, Line], unit: str
) -> tuple[Mapping[str, Dimension], tuple[str, ...]]:
    """What each line is an amount of, and what does not go together, one sentence each.

    Lines read each other's past, so they are gone through until nothing changes; what was wrong counts in the last
    round only.
    """
    every = tuple(drivers)
    openings = _openings(every)
    known: dict[str, Dimension] = {}
    annualised: set[str] = set()
    problems: list[str] = []
    for _ in range(ROUNDS):
        before, marked = dict(known), set(annualised)
        problems = []
        for driver in every:
            units = _units(driver, lines[driver.line], unit, known, openings.get(driver.line, frozenset()))
            what = measured_by(driver, units)
            if driver.line in annualised and what.degree == 1:
                what = replace(what, times=frozenset((ANNUALISED,)))
            known[driver.line] = what
            annualised |= units.annualised
            problems += units.problems
        if known == before and annualised == marked:
            break
    return MappingProxyType(known), tuple(dict.fromkeys(problems))


def fractions(drivers: Iterable[Driver], known: Mapping[str, Dimension]) -> Mapping[str, tuple[Identity, Identity]]:
    """Formulas that are one sum of flows over another, all money of one quarter: their year is that of the sums."""
    found = {}
    for driver in drivers:
        expression = getattr(driver, "expression", None)
        parts = fraction(expression) if isinstance(expression, Expression) else None
        if parts is None or known[driver.line].degree != 0:
            continue
        terms = [term for part in parts for term in part.terms]
        flows = all(lag == 0 and known[name].degree == 1 and known[name].times == {FLOW} for name, lag, _ in terms)
        if flows and not any(part.constant for part in parts):
            found[driver.line] = parts
    return MappingProxyType(found)


def condition_problems(
    parts: Iterable[tuple[Expression, str, Expression]], known: Mapping[str, Dimension]
) -> tuple[str, ...]:
    """Sides of comparisons that do not go together, given the dimensions of the lines."""

    def of(name: str, lag: int) -> Dimension:
        what = known.get(name, UNKNOWN)
        return replace(what, opening=True) if lag and what.is_level else what

    look: Of = of
    return tuple(dict.fromkeys(problem for left, _, right in parts for problem in compared(left, right, look)))


def _differ(one: Dimension, other: Dimension, which: str) -> bool:
    """Whether two amounts of money are known to have different currencies or scales."""
    mine, its = getattr(one, which), getattr(other, which)
    return one.degree == other.degree == 1 and None not in (mine, its) and mine != its


def _openings(drivers: Iterable[Driver]) -> Mapping[str, frozenset[str]]:
    """By line, the stocks that are its past by another name."""
    found: dict[str, frozenset[str]] = {}
    for driver in drivers:
        expression = getattr(driver, "expression", None)
        of = opens(expression) if isinstance(expression, Expression) else None
        if of not in (None, driver.line) and driver.describe().kind == "stock":
            found[str(of)] = found.get(str(of), frozenset()) | {driver.line}
    return found


def _units(driver: Driver, line: Line, unit: str, known: Mapping[str, Dimension], openings: frozenset[str]) -> Units:
    own = driver.describe()
    own_currency, own_unit = own.currency is not None, own.unit != "million"
    described = dimension_of(line, unit=unit, stated=own_currency or own_unit)
    return Units(line, described, own_currency, own_unit, known, openings)
