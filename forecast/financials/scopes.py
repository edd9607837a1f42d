"""Scopes: joining what was reported before and after a change of consolidation, at a quarter that is stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forecast.errors import FactsError, did_you_mean
from forecast.financials.facts import Fact, Financials, SetAside, raise_problems
from forecast.timeline import Quarter

YEAR = 4


def splice(financials: Financials, scope: str, *, until: str | Quarter | None) -> Financials:
    """The facts of ``scope`` up to the quarter ``until`` as the plain ones; after it the plain ones.

    Only lines that ``scope`` reports are touched. A fact speaks of all its quarters, those of a year ago included
    where it is a growth rate or a change. Plain facts of these lines that speak of a quarter up to ``until``, and
    facts of ``scope`` that speak of a later one, cannot be used: they are listed in ``set_aside``, with the
    reason. Without ``until`` the scope must end before the plain facts begin; if both speak of one quarter, the
    error names the figures.
    """
    scoped = [fact for fact in financials.facts if fact.scope == scope]
    if not scope or not scoped:
        known = sorted({fact.scope for fact in financials.facts if fact.scope})
        raise FactsError(f"no fact has the scope {scope!r}. {did_you_mean(scope, known)}")
    names = {name for fact in scoped for name in (plain(fact).line, fact.measure.base) if name}
    year_end = financials.fiscal_year_end
    last = max(_quarters(fact, year_end)[-1] for fact in scoped) if until is None else Quarter.parse(str(until))
    if until is None:
        raise_problems(_overlaps(financials, scope, names, last), f"the scope '{scope}' and the present one")
    kept: list[Fact] = []
    aside: list[SetAside] = list(financials.set_aside)
    for fact in financials.facts:
        touched = _quarters(fact, year_end)
        if fact.scope == scope and touched[-1] <= last:
            kept.append(plain(fact))
        elif fact.scope == scope:
            aside.append(SetAside(fact, f"it speaks of quarters after {last}, where the scope '{scope}' ends"))
        elif not fact.scope and {fact.line, fact.base} & names and touched[0] <= last:
            own = fact.covers(fiscal_year_end=year_end).quarters[0] <= last
            compares = "" if own else f"it compares with {touched[0]}, and "
            aside.append(SetAside(fact, f"{compares}up to {last} the scope '{scope}' counts"))
        else:
            kept.append(fact)
    return replace(financials, facts=tuple(kept), set_aside=tuple(aside))


def mixed_scopes(facts: Sequence[Fact]) -> list[str]:
    """Shares that divide a figure of one scope by a line of another, as sentences that name both."""
    scopes = {fact.line: fact.scope for fact in facts if fact.scope}
    problems = []
    for fact in facts:
        base = fact.base or ""
        other = scopes.get(base, fact.scope)
        if other != fact.scope:
            problems.append(
                f"{fact}: the share is of '{base}', which is of the scope '{other}', and '{fact.line}' is not. "
                f"Give the fact the scope '{other}', or name a line of its own scope."
            )
    return problems


def plain(fact: Fact) -> Fact:
    """The fact in the present scope."""
    return replace(fact, scope="")


def _quarters(fact: Fact, fiscal_year_end: int) -> list[Quarter]:
    """Every quarter that a fact speaks of, in order."""
    quarters = list(fact.covers(fiscal_year_end=fiscal_year_end).quarters)
    if fact.measure.relation in ("growth", "change", "points"):
        quarters += [quarter + -YEAR for quarter in quarters]
    return sorted(quarters)


def _overlaps(financials: Financials, scope: str, names: set[str], last: Quarter) -> list[str]:
    """One sentence a line of which both scopes report a quarter."""
    year_end = financials.fiscal_year_end
    found = []
    for name in sorted(names):
        present = [fact for fact in financials.facts if fact.line == name]
        other = [fact for fact in financials.facts if fact.scope == scope and plain(fact).line == name]
        pairs = [
            (one, two)
            for one in other
            for two in present
            if _quarters(one, year_end)[-1] >= _quarters(two, year_end)[0]
        ]
        if pairs:
            one, two = pairs[0]
            found.append(
                f"'{name}' is reported in both for the same quarters: {one}; {two}. "
                f"Say where one ends: facts.spliced('{scope}', until='{last}')."
            )
    return found
