"""Observations: what each fact says about the quarterly cells of its line, and how precisely."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from forecast.errors import Problems, ReconcileError, did_you_mean
from forecast.financials.accounts import Accounts
from forecast.financials.facts import Fact, Financials
from forecast.financials.units import Unit
from forecast.lines import Line
from forecast.timeline import Quarter

Weights: TypeAlias = tuple[tuple[Quarter, float], ...]
"""A weighted sum over quarters of one line."""

RELATIVE_ERROR = {"high": 0.0, "medium": 0.001, "low": 0.005}
"""Standard error by confidence, relative to the figure, on top of its rounding."""

QUALIFIER_ERROR = {"": 0.0, "about": 0.02, "more than": 0.05}
"""Standard error of a qualified figure, relative to it, on top of rounding and confidence."""

YEAR = 4
"""Quarters of a year."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One statement about cells, with all the facts that make it.

    With ``X(w) = sum(weight * line[quarter])`` and ``B(w)`` the same over ``base``, ``relation`` says

    =========  ==========================================================
    value      ``X(now) = value``                              [millions]
    change     ``X(now) - X(ago) = value``                     [millions]
    share      ``X(now) - value * B(now) = 0``
    growth     ``X(now) - (1 + value) * X(ago) = 0``
    points     ``X(now) / B(now) - X(ago) / B(ago) = value``
    =========  ==========================================================

    Without facts it is a bound that the balance itself set. ``error`` is the standard error of ``value``
    in the unit of ``value``. ``bridge`` is e * (1 - e) for a
    stock read when the part e of a quarter had elapsed, else 0: the variance of a random walk about the
    straight line that joins the quarter's ends, relative to the variance of its quarterly change.
    """

    relation: str
    line: str
    now: Weights
    value: float
    error: float
    facts: tuple[Fact, ...]
    base: str | None = None
    bridge: float = 0.0

    @property
    def ago(self) -> Weights:
        """The same quarters a year before."""
        return tuple((quarter + -YEAR, weight) for quarter, weight in self.now)

    @property
    def cells(self) -> tuple[tuple[str, Quarter], ...]:
        """Every cell that it speaks of."""
        weights = self.now if self.relation in ("value", "share") else self.now + self.ago
        names = (self.line,) if self.base is None else (self.line, self.base)
        return tuple((name, quarter) for name in names for quarter, _ in weights)

    @property
    def reports(self) -> Quarter | None:
        """The quarter whose very figure it gives, or None."""
        if self.facts and self.relation == "value" and len(self.now) == 1 and self.now[0][1] == 1.0:
            return self.now[0][0]
        return None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A fact of a reconciled line that was not used, and why."""

    fact: Fact
    reason: str

    def __str__(self) -> str:
        return f"{self.fact}: {self.reason}"


def standard_error(fact: Fact) -> float:
    """The standard error of a fact in its own unit.

    ``sqrt(half_width**2 / 3 + (relative * value)**2 + (qualified * value)**2)``: a rounding error is
    uniform on +- half_width, hence of variance half_width**2 / 3.
    """
    relative = RELATIVE_ERROR[fact.confidence] * fact.value
    qualified = QUALIFIER_ERROR[fact.qualifier] * fact.value
    return math.hypot(fact.rounding / math.sqrt(3.0), relative, qualified)


def observe(
    financials: Financials, accounts: Accounts | None
) -> tuple[dict[str, Line], list[Observation], list[SetAside]]:
    """Turn facts into observations of the lines of ``accounts``, or of every line they speak of.

    Facts of other lines are left alone. Refused, all at once: kinds, currencies or dimensions that do
    not fit each other, and shares of a line that nobody knows.
    """
    wanted = None if accounts is None else accounts.lines
    facts = [fact for fact in financials.facts if wanted is None or fact.line in wanted]
    aside = [
        SetAside(fact, "figures per share are kept, but not reconciled")
        for fact in facts
        if fact.measure.relation == "none"
    ]
    facts = [fact for fact in facts if fact.measure.relation != "none"]
    problems = Problems()
    lines = _lines_of(facts, accounts, problems)
    known = set(lines) if wanted is None else set(wanted)
    reported = financials.lines
    usable = []
    for fact in facts:
        reason = _check(fact, lines, known, reported, problems)
        if reason:
            aside.append(SetAside(fact, reason))
        else:
            usable.append(fact)
    problems.raise_if_any(ReconcileError, "the facts do not fit each other")
    year_end = financials.fiscal_year_end
    return lines, _merged([_observation(fact, lines[fact.line].kind, year_end) for fact in usable]), aside


def _lines_of(facts: Sequence[Fact], accounts: Accounts | None, problems: Problems) -> dict[str, Line]:
    """The lines of the accounts, or else lines inferred from the facts; all of a line's facts must agree."""
    by_line: dict[str, list[Fact]] = {}
    for fact in facts:
        by_line.setdefault(fact.line, []).append(fact)
    for name in sorted(by_line):
        _check_agreement(name, by_line[name], problems)
    if accounts is not None:
        return dict(accounts.lines)
    return {name: _inferred(name, by_line[name]) for name in sorted(by_line)}


def _check_agreement(name: str, facts: Sequence[Fact], problems: Problems) -> None:
    """Note two currencies or two dimensions in one line."""
    currencies = sorted({fact.currency for fact in facts if fact.currency})
    if len(currencies) > 1:
        first, second = (next(fact for fact in facts if fact.currency == code) for code in currencies[:2])
        problems.add(
            f"line '{name}' is reported in two currencies: {first}; {second}. "
            "Convert them to one, or give them different items."
        )
    levels = {fact.measure.dimension: fact for fact in facts if fact.measure.dimension != "ratio"}
    if len(levels) > 1:
        first, second = (levels[dimension] for dimension in sorted(levels)[:2])
        problems.add(
            f"line '{name}' is reported in units that do not convert: {first}; {second}. Give them different items."
        )


def _inferred(name: str, facts: Sequence[Fact]) -> Line:
    """The line that these facts speak of: point facts make a stock, exchange rates a rate, others a flow."""
    dimensions = [fact.measure.dimension for fact in facts if fact.measure.dimension != "ratio"]
    unit = "million" if not dimensions or dimensions[0] == "money" else dimensions[0]
    if any(fact.measure.is_rate for fact in facts):
        kind = "rate"
    else:
        kind = "stock" if any(fact.basis == "point" for fact in facts) else "flow"
    currency = next((fact.currency for fact in facts if fact.currency), None)
    return Line(name, kind, unit, currency)


def _check(
    fact: Fact, lines: dict[str, Line], known: set[str], reported: Sequence[str], problems: Problems
) -> str | None:
    """Note what is wrong with a fact for its line; return a reason when it can only be set aside."""
    line, unit = lines[fact.line], fact.measure
    if unit.dimension in ("count", "million_shares") and fact.basis != "point":
        return "counts and numbers of shares are read at a moment only (basis 'point')"
    if line.currency and fact.currency and line.currency != fact.currency and not unit.is_rate:
        problems.add(f"{fact}: the line '{line.name}' is in {line.currency}. Convert it, or correct the currency.")
    if (line.kind == "stock") != (fact.basis == "point"):
        problems.add(_wrong_basis(fact, line))
    if unit.is_rate != (line.kind == "rate") and unit.relation == "value":
        problems.add(
            f"{fact}: the line '{line.name}' is a {line.kind}. "
            "Exchange rates, and only they, are facts of a rate, in a unit as 'CNY_per_USD'."
        )
    if unit.base is None:
        return None
    if unit.base not in known:
        if unit.base in reported:
            return f"it is a share of '{unit.base}', which is not a line of the accounts"
        problems.add(f"{fact}: '{unit.base}' is not a line. {did_you_mean(unit.base, known | set(reported))}")
    elif unit.base in lines and lines[unit.base].kind != line.kind:
        problems.add(
            f"{fact}: '{line.name}' is a {line.kind} and '{unit.base}' a {lines[unit.base].kind}. "
            "Leave the share out; a share needs two lines of one kind."
        )
    elif unit.base in lines and len({lines[unit.base].currency, line.currency} - {None}) > 1:
        problems.add(
            f"{fact}: '{line.name}' is in {line.currency} and '{unit.base}' in "
            f"{lines[unit.base].currency}. Leave the share out, or convert one of them."
        )
    return None


def _wrong_basis(fact: Fact, line: Line) -> str:
    """What is wrong with the basis of a fact of this kind of line."""
    if line.kind == "stock":
        return f"{fact}: the line '{line.name}' is a stock, read at a moment. Use the basis 'point'."
    return f"{fact}: the line '{line.name}' is a {line.kind}, never read at a moment. Use another basis."


def _observation(fact: Fact, kind: str, year_end: int) -> Observation:
    """What one fact says."""
    unit: Unit = fact.measure
    period = fact.covers(fiscal_year_end=year_end)
    if kind == "stock" and period.elapsed < 1.0:
        # Between two quarter ends a stock is read on the straight line that joins them.
        last = period.quarters[-1]
        now: Weights = ((last + -1, 1.0 - period.elapsed), (last, period.elapsed))
    else:
        # A rate's figure for several quarters is their mean, a flow's is their sum.
        weight = 1.0 / len(period.quarters) if kind == "rate" else 1.0
        now = tuple((quarter, weight) for quarter in period.quarters)
    error = standard_error(fact) * unit.factor
    bridge = period.elapsed * (1.0 - period.elapsed)
    value = fact.value * unit.factor
    return Observation(unit.relation, fact.line, now, value, error, (fact,), unit.base, bridge)


def _merged(observations: Sequence[Observation]) -> list[Observation]:
    """One observation a figure: sources that print the same figure copy each other.

    The same relation, cells and value (to 12 digits) is one figure; the smallest error among its facts
    counts, and all of them are remembered.
    """
    figures: dict[tuple[object, ...], Observation] = {}
    for one in observations:
        key = (one.relation, one.line, one.base, one.now, f"{one.value:.12g}")
        other = figures.get(key)
        if other is None:
            figures[key] = one
            continue
        best = one if one.error < other.error else other
        figures[key] = replace(best, facts=other.facts + one.facts)
    return list(figures.values())
