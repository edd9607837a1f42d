"""The revision: what moved a forecast between two dates, new data, revised data or changed assumptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forecast.analysis.bridge import Bridge, asked, built, worth
from forecast.analysis.goals import as_goals
from forecast.analysis.shapley import shapley
from forecast.analysis.statistic import BreakevenDate, Probability, Statistic, as_statistic
from forecast.blas import steady
from forecast.calibration import calibrate
from forecast.distributions import Array
from forecast.errors import ForecastError, GoalError, Problems, TimelineError, expect
from forecast.financials import Fact, Financials
from forecast.financials.vintages import figure_of
from forecast.model import CalibratedModel, Model
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios
from forecast.timeline import Quarter, parse_date

NEW, REVISED, ASSUMED = 1, 2, 4
"""The bits of a state: which of the three have been taken in."""

STEPS = ("new data", "revised data", "changed assumptions")
SHOWN = 6
"""Revised figures that are named."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is not data: the model, the scenario, and the openings that the history lacks."""

    model: Model
    scenario: Scenario
    opening: Mapping[str, float]


@steady
def revision(
    facts: Financials,
    model: Model,
    statistic: Any,
    *,
    since: str | dt.date,
    as_of: str | dt.date,
    new_model: Model | None = None,
    scenario: Scenario | None = None,
    new_scenario: Scenario | None = None,
    opening: Mapping[str, float] | None = None,
    new_opening: Mapping[str, float] | None = None,
    until: str | Quarter | None = None,
    paths: int = 10_000,
    seed: int,
) -> Bridge:
    """Share out what has changed in a statistic since ``since`` among three causes, by exact Shapley values.

    - new data: the facts published after ``since``, up to ``as_of``, about figures that had not been printed before
      (a line over its quarters); a figure of which only the company's own forecast was known had not;
    - revised data: those about figures that had been: restatements and repetitions;
    - changed assumptions: ``new_model``, ``new_scenario`` and ``new_opening``, where given, instead of
      ``model``, ``scenario`` (without shocks by default) and ``opening``.

    With every subset of the three the facts are reconciled, the model calibrated and simulated anew, eight times at
    most; what has not changed has a part of exactly 0. A state that cannot be calibrated is refused with its reasons.

    The statistic looks at a fixed quarter of the calendar, so that it means the same at both dates, though the first
    simulated quarter moves on: a window that began before it takes its first quarters from the history. Goals count
    from the first simulated quarter on: one that was met in a quarter which has become history does not count.
    Dates are in quarters from the first one simulated at ``since``; a cumulative window over different quarters is
    refused. Path i of two states draws the same numbers by the step, not by the quarter of the calendar, so that errors
    are larger than between scenarios. They are right: they come from batches of paths, each a sample of its own.
    """
    expect(facts, Financials, GoalError, "the facts", "read them: read_financials(path)")
    before = _assumptions(model, Scenario("base") if scenario is None else scenario, opening or {})
    after = _assumptions(
        model if new_model is None else new_model,
        before.scenario if new_scenario is None else new_scenario,
        before.opening if new_opening is None else new_opening,
    )
    chosen = as_statistic(statistic)
    first, last = _dates(facts, since, as_of)
    came = came_between(facts, first, last)
    there = (NEW if came[0] else 0) | (REVISED if came[1] else 0) | (ASSUMED if before != after else 0)
    if not there:
        raise GoalError(
            f"nothing has changed between {first} and {last}: no fact was published, and no assumption is new."
        )
    states = {
        mask: (_known(facts, came, mask, (first, last)), after if mask & ASSUMED else before)
        for mask in range(8)
        if mask & there == mask
    }
    companies = _companies(states, chosen, until, paths, seed)
    origin = companies[0].first

    def value(mask: int) -> Array:
        company, assumed = companies[mask], states[mask][1]
        shift = company.first - origin if isinstance(chosen, BreakevenDate) else 0
        _, quarters = asked(company, chosen, until, paths, seed)
        return worth(chosen, Run(company, quarters, paths, seed).outcome(assumed.scenario, chosen.lines), shift)

    made = {mask: value(mask) for mask in companies}
    shares = shapley(lambda mask: made[mask & there], 3, seed)
    _, quarters = asked(companies[0], chosen, until, paths, seed)
    notes = _notes(came, before, after, (companies[0], companies[there]), (first, last))
    return built(shares, STEPS, chosen, companies[there], (f"as of {first}", f"as of {last}"), quarters, paths, notes)


def came_between(facts: Financials, since: dt.date, as_of: dt.date) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """The facts published after ``since`` up to ``as_of``: those of new figures, and those of figures printed before.

    A figure is a line over its quarters, in a currency and as a level, share or growth rate. What had been printed
    as the company's own forecast only counts as printed for its next forecast, not for the figure itself.
    """
    year_end = facts.fiscal_year_end
    printed: dict[tuple[object, ...], set[bool]] = {}
    for fact in facts.facts:
        if fact.published <= since:
            printed.setdefault(figure_of(fact, year_end), set()).add(fact.qualifier == "forecast")
    new: list[Fact] = []
    revised: list[Fact] = []
    for fact in facts.facts:
        if since < fact.published <= as_of:
            known = printed.get(figure_of(fact, year_end), set())
            seen_before = bool(known) if fact.qualifier == "forecast" else False in known
            (revised if seen_before else new).append(fact)
    return tuple(new), tuple(revised)


def _assumptions(model: Model, scenario: Scenario, opening: Mapping[str, float]) -> Assumptions:
    expect(model, Model, GoalError, "the model", "read it with read_model(path) or build it: Model(...)")
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in Scenario('base') or scenarios['base']")
    expect(opening, Mapping, GoalError, "opening", "give the last known values by line, as in {'cash': 1500}")
    return Assumptions(model, scenario, dict(opening))


def _dates(facts: Financials, since: str | dt.date, as_of: str | dt.date) -> tuple[dt.date, dt.date]:
    """Both dates, or one error with all that is wrong with them."""
    problems = Problems()
    days = []
    for name, text in (("since", since), ("as_of", as_of)):
        try:
            days.append(parse_date(text))
        except TimelineError as problem:
            problems.add(f"{name}: {problem}")
    if len(days) == 2 and days[0] >= days[1]:
        problems.add(f"since is {days[0]}, not before as_of, {days[1]}.")
    if len(days) == 2 and facts.hidden_after is not None and facts.hidden_after < days[1]:
        problems.add(f"the facts hide what was published after {facts.hidden_after}; pass those that do not.")
    problems.raise_if_any(GoalError, "the revision cannot be computed")
    return days[0], days[1]


def _known(
    facts: Financials, came: tuple[Sequence[Fact], ...], mask: int, dates: tuple[dt.date, dt.date]
) -> Financials:
    """The facts of a state: those of the first date, and of what came by the second what the state has taken in."""
    old = facts.as_of(dates[0])
    more = [fact for bit, each in zip((NEW, REVISED), came, strict=True) if mask & bit for fact in each]
    return replace(facts.as_of(dates[1]), facts=(*old.facts, *more)) if more else old


def _companies(
    states: Mapping[int, tuple[Financials, Assumptions]],
    statistic: Statistic,
    until: str | Quarter | None,
    paths: int,
    seed: int,
) -> dict[int, CalibratedModel]:
    """Every state calibrated, or one error with all that cannot be, and why."""
    problems = Problems()
    companies: dict[int, CalibratedModel] = {}
    for mask, (facts, assumed) in states.items():
        try:
            company = calibrate(assumed.model, facts.reconcile(assumed.model), opening=assumed.opening)
            _, quarters = asked(company, statistic, until, paths, seed)
            check_scenarios(company, [assumed.scenario], quarters)
        except ForecastError as problem:
            problems.add(f"{_state(mask)}: {problem}")
            continue
        companies[mask] = company
    firsts = sorted({company.first for company in companies.values()})
    if len(firsts) > 1 and "cumulative" in _windows(statistic):
        problems.add(
            f"a cumulative window begins with the first simulated quarter, which is {firsts[0]} in one state and "
            f"{firsts[-1]} in another; ask for a quarter, a trailing year or a fiscal year."
        )
    problems.raise_if_any(GoalError, "the revision needs every state between the two dates, and some cannot be had")
    return companies


def _windows(statistic: Statistic) -> set[str]:
    """The windows that a statistic of ours looks at."""
    goals = as_goals(statistic.goal).parts if isinstance(statistic, Probability | BreakevenDate) else (statistic,)
    return {getattr(one, "over", "quarter") for one in goals}


def _state(mask: int) -> str:
    """A state in words."""
    taken = [name for bit, name in zip((NEW, REVISED), STEPS, strict=False) if mask & bit]
    data = f"the old data and the {' and the '.join(taken)}" if taken else "the old data"
    return f"{data}, with the {'new' if mask & ASSUMED else 'old'} assumptions"


def _notes(
    came: tuple[Sequence[Fact], Sequence[Fact]],
    before: Assumptions,
    after: Assumptions,
    companies: tuple[CalibratedModel, CalibratedModel],
    dates: tuple[dt.date, dt.date],
) -> tuple[str, ...]:
    """What each of the three steps is."""
    new, revised = came
    old_first, new_first = companies[0].first, companies[1].first
    count = f"{len(new)} fact{'' if len(new) == 1 else 's'}"
    moved = f", and the first simulated quarter moves from {old_first} to {new_first}" if old_first != new_first else ""
    told_new = f"{count} of figures not printed by {dates[0]}{moved}" if new else "none"
    figures = list(dict.fromkeys(f"{fact.line} {fact.period}" for fact in revised))
    more = f" and {len(figures) - SHOWN} more" if len(figures) > SHOWN else ""
    told_revised = f"{', '.join(figures[:SHOWN])}{more}, printed before" if revised else "none"
    return (
        f"New data: {told_new}.",
        f"Revised data: {told_revised}.",
        f"Changed assumptions: {'; '.join(_changes(before, after)) or 'none'}.",
    )


def _changes(before: Assumptions, after: Assumptions) -> list[str]:
    """The assumptions that differ, in words."""
    old, new = ({driver.line: driver for driver in one.model.drivers} for one in (before, after))
    drivers = [line for line in dict.fromkeys([*old, *new]) if old.get(line) != new.get(line)]
    found = [f"the drivers of {', '.join(drivers)}"] if drivers else []
    if before.model != after.model and not drivers:
        found.append("the model beside its drivers")
    if before.scenario != after.scenario:
        found.append(f"the scenario '{after.scenario.name}' for '{before.scenario.name}'")
    for line in dict.fromkeys([*before.opening, *after.opening]):
        one, other = (opening.get(line) for opening in (before.opening, after.opening))
        if one != other:
            texts = ["none" if each is None else f"{each:g}" for each in (other, one)]
            found.append(f"the opening of {line} {texts[0]} for {texts[1]}")
    return found
