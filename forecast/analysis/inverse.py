"""The inverse question: which value of a lever reaches the goal with the wanted probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.goal import Goal
from forecast.analysis.question import Question
from forecast.analysis.sampling import share_interval
from forecast.analysis.thresholds import Thresholds
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, TimelineError, did_you_mean, expect
from forecast.model import CalibratedModel, Parameter
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios, horizon_of, wired
from forecast.timeline import Quarter, quarters_between

if TYPE_CHECKING:
    import pandas as pd

ROUGH = 10
"""Bisections for the other levers: to a thousandth of a grid step."""

SMOOTH = 97
"""Points of the curve of probability against the lever: eight to a grid step."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one lever alone gets: the value that reaches the goal, if any, and the best it attains."""

    lever: str
    answer: float | None
    best: float
    best_at: float
    unit: str


@dataclass(frozen=True, eq=False)
class GoalSeek:
    """The answer to a goal seek.

    ``answer`` is the least demanding value of the lever that reaches the goal; None when no value in
    [low, high], the range searched, does. ``interval`` is its 95 % sampling interval (order statistics of the
    thresholds), infinite where it leaves that range. ``achieved`` is the probability simulated at the answer
    (at ``best_at`` without one), ``best`` the largest one on the grid of values tried, with ``best_interval``,
    at ``best_at``. ``turning`` is the share of paths on which the lever is not monotone. ``effortless`` says
    that every value tried reaches the goal; ``answer`` is then the hardest. ``easier`` is +1 when more of the
    lever helps, else -1; ``thresholds`` (paths,) holds where each path starts to succeed, infinite where it
    never or always does. ``recorded`` holds medians of what the driver records, such as the recognised
    share, by year end.
    """

    goal: Goal
    scenario: str
    lever: Parameter
    low: float
    high: float
    easier: int
    answer: float | None
    interval: tuple[float, float]
    achieved: float
    best: float
    best_interval: tuple[float, float]
    best_at: float
    effortless: bool
    turning: float
    thresholds: Array
    curve: pd.DataFrame
    recorded: Mapping[str, Mapping[str, float]]
    alternatives: tuple[Reach, ...]
    paths: int
    seed: int

    @property
    def feasible(self) -> bool:
        """Whether some value of the lever reaches the goal."""
        return self.answer is not None

    def __str__(self) -> str:
        name, unit = self.lever.full_name, self.lever.unit
        lines = [f"Goal: {self.goal}, scenario '{self.scenario}', by moving {name} [{unit or 'number'}]"]
        if self.answer is None:
            lines.append(
                f"Cannot be reached: no value from {self.low:g} to {self.high:g} does. Best attainable probability "
                f"{self.best:.1%} ({self.best_interval[0]:.1%} to {self.best_interval[1]:.1%}), at {self.best_at:.4g}."
            )
        elif self.effortless:
            lines.append(
                f"Reached whatever the lever: even {self.answer:.4g}, the hardest value searched, "
                f"gives {self.achieved:.1%}."
            )
        else:
            side = "at most" if self.easier < 0 else "at least"
            lines.append(
                f"Answer: {side} {self.answer:.4g} (95 % interval {_bound(self.interval[0])} to "
                f"{_bound(self.interval[1])}); simulated there, the probability is {self.achieved:.1%}."
            )
        for record, medians in self.recorded.items():
            shown = ", ".join(f"{quarter} {value:.0%}" for quarter, value in medians.items())
            at = self.best_at if self.answer is None else self.answer
            lines.append(f"Median {record.replace('_', ' ')} when {name} is {at:.4g}: {shown}.")
        lines.append("Probability by lever: " + ", ".join(f"{v:.3g}: {p:.0%}" for v, p in self._corners()))
        if self.turning > 0:
            lines.append(
                f"The lever is not monotone on {self.turning:.1%} of the paths: going further may lose the goal."
            )
        lines += [_reach_sentence(reach, self.goal) for reach in self.alternatives]
        return "\n".join(lines)

    def _corners(self) -> list[tuple[float, float]]:
        table = self.curve[["lever", "probability"]].to_numpy()
        chosen = np.unique(np.linspace(0, len(table) - 1, 9).round().astype(int))
        return [(float(v), float(p)) for v, p in table[chosen]]


def _bound(value: float) -> str:
    return "beyond the range" if np.isinf(value) else f"{value:.4g}"


def _reach_sentence(reach: Reach, goal: Goal) -> str:
    if reach.answer is not None:
        return f"Another lever reaches it: {reach.lever} at {reach.answer:.4g} {reach.unit}".rstrip() + "."
    return f"{reach.lever} alone does not: best {reach.best:.1%} at {reach.best_at:.4g} {reach.unit}".rstrip() + "."


def goal_seek(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    vary: str,
    goal: Goal,
    paths: int = 10_000,
    seed: int,
    until: str | Quarter | None = None,
    between: tuple[float, float] | None = None,
    alternatives: bool | None = None,
) -> GoalSeek:
    """Which value of the lever ``vary`` reaches the goal with its probability, under a scenario.

    On every path the threshold of the lever is found by bisection, all paths at once; the lever is the same
    from the first simulated quarter on, and the scenario's shocks act on top of it. The answer at
    probability p is the p-quantile of the thresholds. The range searched comes from the model, or from
    ``between``, less what the scenario's shocks would move out of the lever's domain. ``alternatives`` asks
    the same of every other lever; by default only when this one fails. ``until`` may be later than the
    goal's date; it does not change the answer.
    """
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in Scenario('base') or scenarios['base']")
    expect(vary, str, GoalError, "the lever", "name one, as in vary='selling.target'")
    parameter, low, high = _check(company, scenario, vary, goal, between, until)
    quarters = horizon_of(company, Quarter.parse(goal.by or ""), paths, seed, name="the goal's date")
    last = company.first + (company.horizon - 1) if until is None else Quarter.parse(until)
    check_scenarios(company, [scenario], quarters_between(company.first, last))
    run = Run(company, quarters, paths, seed)
    question = Question(run, scenario, goal, run.scenario(scenario))
    inside = question.within(vary, low, high)
    if inside is None:
        raise GoalError(
            f"no value of '{vary}' from {low:g} to {high:g} stays in its domain [{parameter.low:g}, "
            f"{parameter.high:g}] under the shocks of scenario '{scenario.name}'. Give between=(low, high)."
        )
    low, high = inside
    if question.neutral(vary, low, high):
        raise GoalError(
            f"'{vary}' changes nothing of '{goal.line}' under scenario '{scenario.name}' up to {goal.by}: "
            "a shock sets it, or what it acts on is zero. Choose another lever."
        )
    found = question.thresholds(vary, low, high)
    answer, interval = question.answer(vary, found)
    best, best_at = found.best
    at = best_at if answer is None else answer
    asked = answer is None if alternatives is None else alternatives
    return GoalSeek(
        goal=goal,
        scenario=scenario.name,
        lever=parameter,
        low=low,
        high=high,
        easier=found.easier,
        answer=answer,
        interval=interval,
        achieved=question.share(vary, at),
        best=best,
        best_interval=share_interval(best, paths),
        best_at=best_at,
        effortless=bool(np.min(found.shares) >= (goal.probability or 0.0)),
        turning=found.turning,
        thresholds=found.easier * found.signed,
        curve=_curve(found, paths),
        recorded=_recorded(question, vary, at),
        alternatives=_alternatives(question, vary) if asked else (),
        paths=paths,
        seed=seed,
    )


def _check(
    company: CalibratedModel,
    scenario: Scenario,
    vary: str,
    goal: Goal,
    between: tuple[float, float] | None,
    until: str | Quarter | None,
) -> tuple[Parameter, float, float]:
    """The lever and the range to search, or one error with everything that is wrong with the question."""
    cure = "calibrate the model first: calibrate(model, history)"
    expect(company, CalibratedModel, GoalError, "the company", cure)
    expect(goal, Goal, GoalError, "the goal", "write Goal('net_profit', at_least=0, by='2027Q4', probability=0.8)")
    problems = Problems()
    model = company.model
    if goal.line not in model.lines:
        problems.add(f"the goal is on '{goal.line}'. {did_you_mean(goal.line, model.lines)}")
    if goal.by is None or goal.probability is None:
        problems.add("the goal needs a date and a probability: Goal(..., by='2027Q4', probability=0.8).")
    if until is not None:
        try:
            if goal.by is not None and Quarter.parse(until) < Quarter.parse(goal.by):
                problems.add(f"until is {until}, before the goal's date {goal.by}.")
        except TimelineError as problem:
            problems.add(f"until: {problem}")
    levers = [name for name, known in company.parameters.items() if known.role == "lever"]
    parameter = company.parameters.get(vary)
    low = high = 0.0
    if parameter is None:
        problems.add(f"there is no parameter '{vary}'. {did_you_mean(vary, levers)}")
    elif parameter.role != "lever":
        problems.add(
            f"'{vary}' is {'an' if parameter.role == 'uncertainty' else 'a'} {parameter.role}; a goal seek moves "
            f"levers only: {', '.join(levers) or 'the model has none'}."
        )
    elif goal.line in model.lines and not _reaches(company, scenario, parameter.line, goal.line):
        problems.add(f"'{vary}' does not reach '{goal.line}' in this model.")
    if parameter is not None and parameter.role == "lever":
        try:
            low, high = (float(end) for end in between or (parameter.lever_low, parameter.lever_high))
        except (TypeError, ValueError):
            problems.add(f"between is {between!r}; give two numbers, between=(low, high).")
        else:
            if not (parameter.low <= low < high <= parameter.high and np.isfinite(low) and np.isfinite(high)):
                problems.add(
                    f"the range searched is {low:g} to {high:g}; it must be finite, rising and inside the domain "
                    f"[{parameter.low:g}, {parameter.high:g}] of '{vary}'. Give between=(low, high)."
                )
    problems.raise_if_any(GoalError, "the goal seek cannot be answered as asked")
    assert parameter is not None
    return parameter, low, high


def _reaches(company: CalibratedModel, scenario: Scenario, line: str, goal: str) -> bool:
    """Whether a line moves the goal's, by the model or by what the scenario adds to it."""
    known = [shock.target.split(".")[0] in company.model.lines for shock, _ in scenario.acting]
    model = wired(company, scenario).model if all(known) else company.model
    return goal in model.reached_from(frozenset({line}))


def _curve(found: Thresholds, paths: int) -> pd.DataFrame:
    import pandas as pd

    lever, share = found.grid, found.shares
    if found.turning == 0:
        lever = np.interp(np.linspace(0, 1, SMOOTH), np.linspace(0, 1, len(lever)), lever)
        ordered = np.sort(found.signed)
        share = np.searchsorted(ordered, found.easier * lever, side="right") / paths
    bounds = np.array([share_interval(float(p), paths) for p in share])
    return pd.DataFrame({"lever": lever, "probability": share, "low": bounds[:, 0], "high": bounds[:, 1]})


def _recorded(question: Question, vary: str, at: float) -> dict[str, dict[str, float]]:
    run = question.run
    line = vary.split(".")[0]
    lever = np.full(run.draws.paths, at)
    series = run.variant(question.scenario, {vary: lever}, question.given, question.goal.line)
    ends = [i for i, quarter in enumerate(run.quarters) if quarter.number == 4 or quarter == run.quarters[-1]]
    return {
        name: {str(run.quarters[i]): float(np.median(series[f"{line}.{name}"][i])) for i in ends}
        for name in run.company.model.driver(line).records()
    }


def _alternatives(question: Question, vary: str) -> tuple[Reach, ...]:
    """Every other lever that reaches the goal's line, the ones that succeed first."""
    company, goal = question.run.company, question.goal
    reaches = []
    for name, parameter in company.parameters.items():
        low, high = parameter.lever_low, parameter.lever_high
        searchable = np.isfinite(low) and np.isfinite(high) and low < high
        if name == vary or parameter.role != "lever" or not searchable:
            continue
        if not _reaches(company, question.scenario, parameter.line, goal.line):
            continue
        inside = question.within(name, low, high)
        if inside is None:
            continue
        found = question.thresholds(name, *inside, steps=ROUGH)
        answer, _ = question.answer(name, found, steps=ROUGH)
        reaches.append(Reach(name, answer, *found.best, parameter.unit))
    return tuple(sorted(reaches, key=lambda reach: (reach.answer is None, -reach.best)))
