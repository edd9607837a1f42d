"""Observations: what each fact says about the quarterly cells of its line, and how precisely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from forecast.errors import Problems, ReconcileError, did_you_mean
from forecast.financials.accounts import Accounts
from forecast.financials.facts import Fact, Financials, SetAside
from forecast.financials.precision import centre, standard_error
from forecast.financials.scopes import mixed_scopes, plain
from forecast.financials.taxonomy import Mapping, Part
from forecast.financials.units import Unit
from forecast.financials.vintages import revised
from forecast.lines import Line
from forecast.timeline import Quarter, quarters_between

Weights: TypeAlias = tuple[tuple[Quarter, float], ...]
"""A weighted sum over quarters of one line."""

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
    split      ``X(now) - sum(share * P(now)) = 0`` over ``parts`` P
    =========  ==========================================================

    For ``value`` and ``share``, X is the line together with its ``parts``, where there are any.
    Without facts it is a bound that the balance itself set, or a mapping between taxonomies. ``error`` is the
    standard error of ``value`` in the unit of ``value``. ``bridge`` is e * (1 - e) for a
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
    parts: tuple[Part, ...] = ()

    @property
    def ago(self) -> Weights:
        """The same quarters a year before."""
        return tuple((quarter + -YEAR, weight) for quarter, weight in self.now)

    @property
    def cells(self) -> tuple[tuple[str, Quarter], ...]:
        """Every cell that it speaks of."""
        weights = self.now if self.relation in ("value", "share", "split") else self.now + self.ago
        names = (self.line, *((self.base,) if self.base else ()), *(part.name for part in self.parts))
        return tuple((name, quarter) for name in names for quarter, _ in weights)

    @property
    def reports(self) -> Quarter | None:
        """The quarter whose very figure it gives, or None; a bound and a forecast give none."""
        printed = any(fact.qualifier in ("", "about") for fact in self.facts)
        if printed and self.relation == "value" and len(self.now) == 1 and self.now[0][1] == 1.0:
            return self.now[0][0]
        return None


def observe(
    financials: Financials, accounts: Accounts | None
) -> tuple[dict[str, Line], list[Observation], list[SetAside], tuple[Mapping, ...]]:
    """Turn facts into observations of the lines of ``accounts``, or of every line they speak of.

    Facts of other lines are left alone, but for lines that a mapping joins to one of the accounts. Returned are
    the lines, the observations, the facts that cannot be used, and the mappings that are identities. Refused, all
    at once: kinds, currencies or dimensions that do not fit each other, and shares of a line that nobody knows.
    """
    mappings = _touching(financials.mappings, accounts)
    wanted = None if accounts is None else {*accounts.lines, *(name for one in mappings for name in one.names)}
    facts = [fact for fact in financials.facts if wanted is None or fact.line in wanted]
    facts, aside = revised(facts, financials.fiscal_year_end)
    spliced = [one for one in financials.set_aside if wanted is None or {one.fact.line, plain(one.fact).line} & wanted]
    aside = spliced + aside
    facts, more = _usable(facts, financials)
    aside += more
    problems = Problems()
    for problem in mixed_scopes(facts):
        problems.add(problem)
    lines = _lines_of(facts, accounts, problems)
    lines |= _mapped_lines(mappings, lines)
    known = set(lines) if wanted is None else wanted
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
    observations = _merged([_observation(fact, lines[fact.line].kind, year_end) for fact in usable])
    mapped = [mapping for mapping in mappings if all(name in lines for name in mapping.names)]
    observations += _splits(mapped, observations)
    return lines, observations, aside, tuple(mapping for mapping in mapped if mapping.exact)


def _touching(mappings: Sequence[Mapping], accounts: Accounts | None) -> list[Mapping]:
    """The mappings that speak of a line of the accounts; their other lines are then reconciled too."""
    if accounts is None:
        return list(mappings)
    return [mapping for mapping in mappings if any(name in accounts.lines for name in mapping.names)]


def _usable(facts: Sequence[Fact], financials: Financials) -> tuple[list[Fact], list[SetAside]]:
    """Split off the facts that no history can use: figures per share, and forecasts of a future period."""
    settled = [fact.published for fact in financials.facts if fact.qualifier != "forecast"]
    today = financials.hidden_after or max(settled, default=None)
    kept: list[Fact] = []
    aside: list[SetAside] = []
    for fact in facts:
        if fact.measure.relation == "none":
            aside.append(SetAside(fact, "figures per share are kept, but not reconciled"))
        elif fact.qualifier == "forecast" and (
            today is None or fact.covers(fiscal_year_end=financials.fiscal_year_end).last_day > today
        ):
            aside.append(SetAside(fact, "a forecast of a period that had not ended"))
        else:
            kept.append(fact)
    return kept, aside


def _splits(mappings: Sequence[Mapping], observations: Sequence[Observation]) -> list[Observation]:
    """One statement a quarter for every mapping whose shares are uncertain, where its line or all parts are reported.

    Its standard error depends on the parts' levels and is found when it is linearised.
    """
    spans: dict[str, list[Quarter]] = {}
    for one in observations:
        for name, quarter in one.cells:
            spans.setdefault(name, []).append(quarter)
    found = []
    for mapping in mappings:
        if mapping.exact:
            continue
        reach = {name: (min(spans[name]), max(spans[name])) for name in mapping.names if name in spans}
        if not reach:
            continue
        for quarter in quarters_between(min(low for low, _ in reach.values()), max(high for _, high in reach.values())):
            inside = {name for name, (low, high) in reach.items() if low <= quarter <= high}
            parts = {part.name for part in mapping.parts}
            if mapping.holds(quarter) and (mapping.line in inside or parts <= inside):
                now = ((quarter, 1.0),)
                found.append(Observation("split", mapping.line, now, 0.0, 0.0, (), parts=mapping.parts))
    return found


def _lines_of(facts: Sequence[Fact], accounts: Accounts | None, problems: Problems) -> dict[str, Line]:
    """The lines of the accounts, or else lines inferred from the facts; all of a line's facts must agree."""
    by_line: dict[str, list[Fact]] = {}
    for fact in facts:
        by_line.setdefault(fact.line, []).append(fact)
    for name in sorted(by_line):
        _check_agreement(name, by_line[name], problems)
    if accounts is not None:
        strangers = {name: _inferred(name, by_line[name]) for name in sorted(by_line) if name not in accounts.lines}
        return {**accounts.lines, **strangers}
    return {name: _inferred(name, by_line[name]) for name in sorted(by_line)}


def _mapped_lines(mappings: Sequence[Mapping], lines: dict[str, Line]) -> dict[str, Line]:
    """The lines that only a mapping names, each of the kind and currency of one that facts speak of."""
    found: dict[str, Line] = {}
    for mapping in mappings:
        known = next((lines[name] for name in mapping.names if name in lines), None)
        for name in mapping.names:
            if known is not None and name not in lines:
                found.setdefault(name, replace(known, name=name))
    return found


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
    base = fact.base
    if base is None:
        return None
    if base not in known:
        if base in reported:
            return f"it is a share of '{base}', which is not a line of the accounts"
        problems.add(f"{fact}: '{base}' is not a line. {did_you_mean(base, known | set(reported))}")
    elif base in lines and lines[base].kind != line.kind:
        problems.add(
            f"{fact}: '{line.name}' is a {line.kind} and '{base}' a {lines[base].kind}. "
            "Leave the share out; a share needs two lines of one kind."
        )
    elif base in lines and len({lines[base].currency, line.currency} - {None}) > 1:
        problems.add(
            f"{fact}: '{line.name}' is in {line.currency} and '{base}' in "
            f"{lines[base].currency}. Leave the share out, or convert one of them."
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
    value = centre(fact) * unit.factor
    return Observation(unit.relation, fact.line, now, value, error, (fact,), fact.base, bridge)


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
