"""An inquiry: a statistic of one scenario, asked again with inputs moved, and which inputs may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.analysis.goals import AnyGoal, as_goals
from forecast.analysis.statistic import BreakevenDate, Mean, Probability, Quantile, Statistic, as_statistic
from forecast.analysis.uncertainties import listed_names
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.model import ROLES, CalibratedModel
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios, horizon_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One run, scenario and statistic, ready to be asked with parameters replaced or shocks changed."""

    run: Run
    scenario: Scenario
    statistic: Statistic

    def numbers(self, replaced: Mapping[str, Array] | None = None, scenario: Scenario | None = None) -> Array:
        """The statistic's number on each path, shape (paths,), a copy; ``replaced`` holds arrays (paths,)."""
        outcome = self.run.outcome(scenario or self.scenario, self.statistic.lines, replaced)
        return np.array(self.statistic.numbers(outcome), dtype=float)

    @property
    def needed(self) -> frozenset[str]:
        """The lines that the statistic depends on, what shocks and rules read included."""
        lines = frozenset(name.split(".")[0] for name in self.statistic.lines)
        return self.run.planned(self.scenario).company.model.needed_for(lines)

    @property
    def unit(self) -> str:
        """``%`` for a probability, else what the statistic is counted in, as in ``million CNY``; empty if unknown."""
        if isinstance(self.statistic, Probability):
            return "%"
        if isinstance(self.statistic, BreakevenDate):
            return "quarters"
        name = self.statistic.lines[0]
        if not isinstance(self.statistic, Mean | Quantile) or name not in self.run.company.model.lines:
            return ""
        line = self.run.company.model.lines[name]
        return line.amount


def read_statistic(
    company: CalibratedModel,
    scenario: Scenario,
    goal: AnyGoal | None,
    statistic: Statistic | AnyGoal | None,
    *,
    until: str | Quarter | None,
    heading: str,
    problems: Problems,
) -> Statistic:
    """The statistic that is asked for, one of ``goal`` and ``statistic``; what does not fit the model is noted."""
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in Scenario('base') or scenarios['base']")
    cure = "calibrate the model first: calibrate(model, history)"
    expect(company, CalibratedModel, GoalError, "the company", cure)
    if (goal is None) == (statistic is None):
        raise GoalError(f"{heading}: give one of goal and statistic.")
    asked = as_statistic(statistic) if goal is None else Probability(as_goals(goal))
    what = "goal" if isinstance(asked, Probability) else "statistic"
    for name in asked.lines:
        known = _known(company, name)
        if name not in known:
            problems.add(f"the {what} is on '{name}'. {did_you_mean(name, known)}")
    if asked.last is None and until is None:
        problems.add(
            "the goal needs a date: Goal(..., by='2027Q4')."
            if what == "goal"
            else "the statistic has no last quarter; say how long to simulate, as in until='2029Q4'."
        )
    return asked


def inquire(
    company: CalibratedModel,
    scenario: Scenario,
    statistic: Statistic,
    *,
    until: str | Quarter | None,
    paths: int,
    seed: int,
    tick: Callable[[], None] | None = None,
) -> Inquiry:
    """Draw once, to ``until``; by default to the last quarter that the statistic looks at."""
    what = "the goal's date" if isinstance(statistic, Probability) else "the statistic's quarter"
    last, name = (statistic.last or "", what) if until is None else (until, "until")
    quarters = horizon_of(company, last, paths, seed, name=name)
    check_scenarios(company, [scenario], quarters)
    return Inquiry(Run(company, quarters, paths, seed, tick=tick), scenario, statistic)


def _known(company: CalibratedModel, name: str) -> list[str]:
    """The lines of a model, and what its drivers record where the name asks for that."""
    lines = list(company.model.lines)
    if not isinstance(name, str) or "." not in name:
        return lines
    return lines + [f"{driver.line}.{made}" for driver in company.model.drivers for made in driver.records()]


def read_names(
    company: CalibratedModel, vary: Any, problems: Problems, *, roles: Sequence[str] = ROLES, also: Sequence[str] = ()
) -> tuple[str, ...] | None:
    """The names to move, None where the user gave none; unknown ones and those of another role are noted.

    ``also`` are names of inputs that are not parameters.
    """
    if vary is None:
        return None
    vary = listed_names(vary, problems)
    offered = [name for name, known in company.parameters.items() if known.role in roles]
    for name in vary:
        if name in also:
            continue
        if name not in company.parameters:
            problems.add(f"there is no parameter '{name}'. {did_you_mean(name, [*offered, *also])}")
        elif company.parameters[name].role not in roles:
            role = company.parameters[name].role
            problems.add(
                f"'{name}' is a {role}; a tornado moves uncertainties only. "
                + ("A goal seek moves levers: goal_seek(..., vary=...)." if role == "lever" else "It stays as it is.")
            )
    return tuple(dict.fromkeys(vary))


def to_move(inquiry: Inquiry, vary: tuple[str, ...] | None, *, heading: str, roles: Sequence[str] = ROLES) -> list[str]:
    """The parameters to move: those named, which must reach the statistic, or all of the roles that are not fixed."""
    parameters, needed = inquiry.run.company.parameters, inquiry.needed
    if vary is None:
        return [
            name
            for name, known in parameters.items()
            if known.role in roles
            and known.line in needed
            and known.estimate is not None
            and not known.estimate.is_fixed
        ]
    problems = Problems()
    reached = " and ".join(f"'{name}'" for name in inquiry.statistic.lines)
    for name in vary:
        if name in parameters and parameters[name].line not in needed:
            problems.add(f"'{name}' does not reach {reached} in this model.")
    problems.raise_if_any(GoalError, heading)
    return [name for name in vary if name in parameters]
