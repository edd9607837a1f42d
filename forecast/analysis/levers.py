"""Levers: what a question moves, which is a parameter or the size of one shock, and over which range."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from forecast.analysis.goal import Goal
from forecast.analysis.goals import AnyGoal, Goals, as_goals
from forecast.distributions import Distribution
from forecast.errors import ForecastError, GoalError, Problems, TimelineError, did_you_mean, expect
from forecast.model import CalibratedModel, Parameter
from forecast.scenario import Scenario, Shock
from forecast.simulation import wired
from forecast.timeline import Quarter

Vary: TypeAlias = str | Shock
"""How a lever is named: a parameter by its full name, the size of a shock by the shock itself."""

Range: TypeAlias = tuple[float, float]

TAILS = (0.001, 0.999)
"""Quantiles of an uncertain size of a shock between which it is searched."""


@dataclass(frozen=True, slots=True)
class Lever:
    """A number that a question moves, the same on all paths, searched from ``low`` to ``high``.

    ``target`` is the parameter, or what the shock whose size it is acts on; ``number`` is that shock's place in
    ``scenario.acting`` and None for a parameter. ``role`` is the parameter's, or "shock". ``estimate`` is what it is
    drawn from when nobody moves it.
    """

    full_name: str
    unit: str
    role: str
    target: str
    low: float
    high: float
    estimate: Distribution
    number: int | None = None

    @property
    def line(self) -> str:
        """The line that it belongs to."""
        return self.target.split(".")[0]

    @property
    def controlled(self) -> bool:
        """Whether somebody can move it: a lever, or a shock."""
        return self.role in ("lever", "shock")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was found to make sense; the ``scenario`` holds every shock that is a lever."""

    goal: Goal | Goals
    scenario: Scenario
    levers: tuple[Lever, ...]

    @property
    def numbers(self) -> dict[str, int]:
        """The places of the shocks whose sizes are levers, by the levers' names."""
        return {lever.full_name: lever.number for lever in self.levers if lever.number is not None}


def read_question(
    company: CalibratedModel,
    scenario: Scenario,
    vary: Sequence[Vary],
    goal: AnyGoal,
    *,
    between: Sequence[Any],
    until: str | Quarter | None = None,
    any_role: bool = False,
    asking: str = "goal seek",
) -> Asked:
    """The goal, the scenario and the levers with their ranges, or one error with everything that is wrong.

    ``between`` holds a range, or None, for each of ``vary``. A shock that does not stand in the scenario is stacked on
    top.
    """
    cure = "calibrate the model first: calibrate(model, history)"
    expect(company, CalibratedModel, GoalError, "the company", cure)
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in Scenario('base') or scenarios['base']")
    goals = as_goals(goal)
    problems = Problems()
    _check_goals(company, goals, until, problems)
    levers = []
    for one, ends in zip(vary, between, strict=True):
        if isinstance(one, Shock) and not isinstance(one, type):
            acting = [shock for shock, _ in scenario.acting]
            if one not in acting and one.size is not None:
                scenario = scenario.but(f"{scenario.name} with {size_name(one)[8:]}", one)
            levers.append(_sized(company, scenario, one, ends, problems))
        else:
            expect(one, str, GoalError, "the lever", "name one, as in vary='selling.target'")
            levers.append(_parameter(company, scenario, str(one), goals, ends, any_role, asking, problems))
    names = [lever.full_name for lever in levers if lever is not None]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        problems.add(f"'{name}' is named {names.count(name)} times; name it once.")
    problems.raise_if_any(GoalError, f"the {asking} cannot be answered as asked")
    found = tuple(lever for lever in levers if lever is not None)
    return Asked(goals.parts[0] if len(goals.parts) == 1 else goals, scenario, found)


def ranges_of(vary: Sequence[Vary], between: Mapping[Any, Any] | None) -> tuple[Any, ...]:
    """The range stated for each lever by its name or its shock, None where none is; refused for what is not moved."""
    cure = "give a range by lever, as in {'selling.target': (0.3, 0.5)}"
    expect({} if between is None else between, Mapping, GoalError, "between", cure)
    known = dict(between or {})
    names = [size_name(one) if isinstance(one, Shock) else str(one) for one in vary]
    problems = Problems()
    for key in known:
        if key not in vary:
            problems.add(f"between gives a range of '{key}', which is not moved. {did_you_mean(str(key), names)}")
    problems.raise_if_any(GoalError, "the ranges cannot be read")
    return tuple(next((ends for key, ends in known.items() if key == one), None) for one in vary)


def _check_goals(company: CalibratedModel, goals: Goals, until: str | Quarter | None, problems: Problems) -> None:
    model = company.model
    for line in goals.lines:
        if line not in model.lines:
            problems.add(f"the goal is on '{line}'. {did_you_mean(line, model.lines)}")
    if goals.by is None or goals.probability is None:
        problems.add("the goal needs a date and a probability: Goal(..., by='2027Q4', probability=0.8).")
    if until is not None:
        try:
            if goals.by is not None and Quarter.parse(until) < Quarter.parse(goals.by):
                problems.add(f"until is {until}, before the goal's date {goals.by}.")
        except TimelineError as problem:
            problems.add(f"until: {problem}")


def _parameter(
    company: CalibratedModel,
    scenario: Scenario,
    name: str,
    goals: Goals,
    between: Any,
    any_role: bool,
    asking: str,
    problems: Problems,
) -> Lever | None:
    """A parameter as a lever; None after a problem was noted."""
    levers = [other for other, known in company.parameters.items() if known.role == "lever"]
    parameter = company.parameters.get(name)
    if parameter is None:
        known = company.parameters if any_role else levers
        problems.add(f"there is no parameter '{name}'. {did_you_mean(name, known)}")
        return None
    if parameter.role != "lever" and not any_role:
        problems.add(
            f"'{name}' is {'an' if parameter.role == 'uncertainty' else 'a'} {parameter.role}; a {asking} moves "
            f"levers only: {', '.join(levers) or 'the model has none'}. To ask what it would have to be, though nobody "
            "sets it, pass any_role=True."
        )
        return None
    if all(line in company.model.lines for line in goals.lines) and not reaches(
        company, scenario, parameter.line, goals.lines
    ):
        problems.add(f"'{name}' does not reach {_quoted(goals.lines)} in this model.")
    ends = _two(between, (parameter.lever_low, parameter.lever_high), problems)
    if ends is None:
        return None
    low, high = ends
    if not (parameter.low <= low < high <= parameter.high and np.isfinite(low) and np.isfinite(high)):
        problems.add(
            f"the range searched is {low:g} to {high:g}; it must be finite, rising and inside the domain "
            f"[{parameter.low:g}, {parameter.high:g}] of '{name}'. Give between=(low, high)."
        )
        return None
    return parameter_lever(parameter, low, high)


def parameter_lever(parameter: Parameter, low: float, high: float) -> Lever:
    """A parameter of a calibrated company as a lever."""
    assert parameter.estimate is not None
    name = parameter.full_name
    return Lever(name, parameter.unit, parameter.role, name, low, high, parameter.estimate)


def _sized(
    company: CalibratedModel, scenario: Scenario, shock: Shock, between: Any, problems: Problems
) -> Lever | None:
    """The size of a shock as a lever; None after a problem was noted."""
    name, what = size_name(shock), f"{type(shock).__name__} on '{shock.target}'"
    if shock.size is None:
        problems.add(
            f"{what} has no size to move; move a parameter, or a shock with a size, such as Scale or Add on "
            f"'{shock.target}'."
        )
        return None
    places = [number for number, (other, _) in enumerate(scenario.acting) if other == shock]
    if len(places) > 1:
        problems.add(f"{what} stands {len(places)} times in scenario '{scenario.name}'; leave one.")
    size: Distribution = shock.size
    if between is None and size.is_fixed:
        problems.add(f"{what} has the size {size}, which gives no range to search. Give between=(low, high).")
        return None
    ends = _two(between, (size.quantile(TAILS[0]), size.quantile(TAILS[1])), problems)
    if ends is None:
        return None
    low, high = ends
    if not (low < high and np.isfinite(low) and np.isfinite(high)):
        problems.add(f"the range searched is {low:g} to {high:g}; it must be finite and rising.")
        return None
    movable: Any = shock
    for end in (low, high):
        try:
            replace(movable, size=end)
        except ForecastError as problem:
            problems.add(f"between: {problem}")
            return None
    return Lever(name, "", "shock", shock.target, low, high, size, places[0])


def size_name(shock: Shock) -> str:
    """What the size of a shock is called: "size of Scale on selling.target from 2026Q1"."""
    start = shock.timing.dates or shock.timing.start
    since = "" if start is None else f" from {start}"
    return f"size of {type(shock).__name__} on {shock.target}{since}"


def _two(given: Any, otherwise: Range, problems: Problems) -> Range | None:
    try:
        low, high = (float(end) for end in (otherwise if given is None else given))
    except (TypeError, ValueError):
        problems.add(f"between is {given!r}; give two numbers, between=(low, high).")
        return None
    return low, high


def reaches(company: CalibratedModel, scenario: Scenario, line: str, goal: Iterable[str]) -> bool:
    """Whether a line moves one of the goal's, by the model or by what the scenario adds to it."""
    known = [shock.target.split(".")[0] in company.model.lines for shock, _ in scenario.acting]
    model = wired(company, scenario).model if all(known) else company.model
    return not model.reached_from(frozenset({line})).isdisjoint(goal)


def _quoted(lines: Sequence[str]) -> str:
    return " or ".join(f"'{line}'" for line in lines)
