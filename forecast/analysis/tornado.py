"""The tornado: how much the probability of a goal moves with each uncertainty, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.goal import Goal
from forecast.analysis.question import Question
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.model import CalibratedModel
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios, horizon_of
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Bar:
    """One uncertainty at its low and its high quantile, and the probability of the goal at each."""

    parameter: str
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def swing(self) -> float:
        """Probability at the high quantile less that at the low one."""
        return self.at_high - self.at_low


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The bars, the longest first; ``base`` is the probability with every uncertainty drawn."""

    goal: Goal
    scenario: str
    base: float
    levels: tuple[float, float]
    bars: tuple[Bar, ...]

    def to_frame(self) -> pd.DataFrame:
        """A row an uncertainty."""
        import pandas as pd

        rows = [(bar.parameter, bar.low, bar.high, bar.at_low, bar.at_high, bar.swing) for bar in self.bars]
        columns = ["parameter", "low", "high", "probability at low", "probability at high", "swing"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    def __str__(self) -> str:
        low, high = self.levels
        lines = [f"Probability of {self.goal.condition} by {self.goal.by}: {self.base:.0%}; each uncertainty alone"]
        lines += [
            f"  {bar.parameter}: {bar.at_low:.0%} at its {low:.0%} quantile {bar.low:.4g}, "
            f"{bar.at_high:.0%} at its {high:.0%} quantile {bar.high:.4g}"
            for bar in self.bars
        ]
        return "\n".join(lines)


def sensitivity(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    goal: Goal,
    vary: Sequence[str] | None = None,
    levels: tuple[float, float] = (0.1, 0.9),
    paths: int = 10_000,
    seed: int,
) -> Sensitivity:
    """Set each uncertainty to a low and a high quantile on all paths, the others drawn as they are.

    ``vary`` names the uncertainties; by default all that are not fixed and reach the goal's line. Levers are
    refused: a goal seek moves those. Correlated parameters are moved alone, their partners are not.
    """
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in Scenario('base') or scenarios['base']")
    names = _check(company, goal, vary, levels)
    quarters = horizon_of(company, Quarter.parse(goal.by or ""), paths, seed, name="the goal's date")
    check_scenarios(company, [scenario], quarters)
    run = Run(company, quarters, paths, seed)
    question = Question(run, scenario, goal, run.scenario(scenario))
    bars = []
    for name in names:
        estimate = company.parameters[name].estimate
        assert estimate is not None
        low, high = (float(value) for value in estimate.ppf(np.asarray(levels)))
        bars.append(Bar(name, low, high, question.share(name, low), question.share(name, high)))
    base = float(np.mean(goal.best_margin(question.as_given()) >= 0))
    ordered = tuple(sorted(bars, key=lambda bar: -abs(bar.swing)))
    return Sensitivity(goal, scenario.name, base, (levels[0], levels[1]), ordered)


def _check(
    company: CalibratedModel, goal: Goal, vary: Sequence[str] | None, levels: tuple[float, float]
) -> tuple[str, ...]:
    """The uncertainties to move, or one error with everything that is wrong with the question."""
    cure = "calibrate the model first: calibrate(model, history)"
    expect(company, CalibratedModel, GoalError, "the company", cure)
    expect(goal, Goal, GoalError, "the goal", "write Goal('net_profit', at_least=0, by='2027Q4', probability=0.8)")
    problems = Problems()
    model = company.model
    if goal.line not in model.lines:
        problems.add(f"the goal is on '{goal.line}'. {did_you_mean(goal.line, model.lines)}")
    if goal.by is None:
        problems.add("the goal needs a date: Goal(..., by='2027Q4').")
    if not isinstance(levels, tuple | list) or len(levels) != 2 or not _rising(*levels):
        problems.add(f"levels are {levels!r}; give two rising numbers in (0, 1), as in (0.1, 0.9).")
    uncertain = {name for name, known in company.parameters.items() if known.role == "uncertainty"}
    if isinstance(vary, str):
        problems.add(f"vary is {vary!r}; give a list of names, [{vary!r}].")
        vary = ()
    for name in vary or ():
        if name not in company.parameters:
            problems.add(f"there is no parameter '{name}'. {did_you_mean(name, uncertain)}")
        elif name not in uncertain:
            role = company.parameters[name].role
            problems.add(
                f"'{name}' is a {role}; a tornado moves uncertainties only. "
                + ("A goal seek moves levers: goal_seek(..., vary=...)." if role == "lever" else "It stays as it is.")
            )
        elif goal.line in model.lines and company.parameters[name].line not in model.needed_for(frozenset({goal.line})):
            problems.add(f"'{name}' does not reach '{goal.line}' in this model.")
    problems.raise_if_any(GoalError, "the sensitivity cannot be answered as asked")
    if vary is not None:
        return tuple(vary)
    needed = model.needed_for(frozenset({goal.line}))
    return tuple(
        name
        for name, known in company.parameters.items()
        if name in uncertain and known.line in needed and known.estimate is not None and not known.estimate.is_fixed
    )


def _rising(low: object, high: object) -> bool:
    return isinstance(low, int | float) and isinstance(high, int | float) and 0 < low < high < 1
