"""The inverse question: which value of a lever reaches the goal with the wanted probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.goal import Goal
from forecast.analysis.goals import AnyGoal, Goals, as_goals
from forecast.analysis.levers import Lever, Vary, reaches, read_question
from forecast.analysis.question import Question
from forecast.analysis.reseeding import BISECTIONS, Reseeded, check_seeds, reseeded
from forecast.analysis.sampling import share_interval
from forecast.analysis.thresholds import GRID, STEPS, Thresholds
from forecast.blas import steady
from forecast.cautions import gathered, told
from forecast.distributions import Array
from forecast.errors import GoalError
from forecast.fingerprints import Fingerprinted
from forecast.lines import FRACTIONS
from forecast.model import CalibratedModel
from forecast.notebook import Laid, Said, answered, spoken
from forecast.pace import Pace, Tell
from forecast.scenario import Scenario
from forecast.simulation import Outcome, Run, check_scenarios, horizon_of
from forecast.timeline import Quarter, quarters_between

if TYPE_CHECKING:
    import pandas as pd

ROUGH = 10
"""Bisections for the other levers: to a thousandth of a grid step."""

OTHERS = "asking with other seeds"
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
class GoalSeek(Fingerprinted):
    """The answer to a goal seek.

    ``answer`` is the least demanding value of the lever that reaches the goal; None when no value in
    [low, high], the range searched, does. ``interval`` is its 95 % sampling interval (order statistics of the
    thresholds), infinite where it leaves that range. ``achieved`` is the probability simulated at the answer
    (at ``best_at`` without one), ``best`` the largest one on the grid of values tried, with ``best_interval``,
    at ``best_at``. ``turning`` is the share of paths on which the lever is not monotone; ``lost_beyond`` the last
    value that still reaches the goal, where going further loses it. ``effortless`` says
    that every value tried reaches the goal; ``answer`` is then the hardest. ``easier`` is +1 when more of the
    lever helps, else -1; ``thresholds`` (paths,) holds where each path starts to succeed, infinite where it
    never or always does. ``achieved_alone`` is the probability of each of several goals alone there. ``recorded``
    holds medians of what the driver records, such as the recognised share, by year end. ``reseeded`` holds the answers
    of other seeds; ``inherited`` the company's warnings and those about the goal's threshold.
    """

    goal: Goal | Goals
    scenario: str
    lever: Lever
    low: float
    high: float
    easier: int
    answer: float | None
    interval: tuple[float, float]
    achieved: float
    achieved_alone: tuple[float, ...]
    best: float
    best_interval: tuple[float, float]
    best_at: float
    effortless: bool
    turning: float
    lost_beyond: float | None
    thresholds: Array
    curve: pd.DataFrame
    recorded: Mapping[str, Mapping[str, float]]
    alternatives: tuple[Reach, ...]
    reseeded: Reseeded | None
    paths: int
    seed: int
    inherited: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the company, then what to doubt about the answer: a lever not monotone, a goal lost beyond it."""
        return gathered(self.inherited, self._doubts())

    def _doubts(self) -> list[str]:
        found = []
        if self.turning > 0:
            found.append(
                f"The lever is not monotone on {self.turning:.1%} of the paths: going further may lose the goal."
            )
        if self.lost_beyond is not None:
            found.append(
                f"Beyond {self.lost_beyond:.4g} the goal is lost again: less than {self.goal.probability:.0%} of the "
                "paths reach it."
            )
        if self.answer is not None and not self.effortless and np.isinf(self.interval).any():
            found.append(
                f"The interval of the answer leaves the range searched, {self.low:g} to {self.high:g}: ask with more "
                "paths, or with a wider range in between=."
            )
        return found

    @property
    def feasible(self) -> bool:
        """Whether some value of the lever reaches the goal."""
        return self.answer is not None

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        name, unit = self.lever.full_name, self.lever.unit
        lines: list[Said] = [f"Goal: {self.goal}, scenario '{self.scenario}', by moving {name} [{unit or 'number'}]"]
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
        if self.reseeded is not None:
            lines.append(str(self.reseeded))
        if not self.lever.controlled:
            lines.append(
                f"{name} is {_article(self.lever.role)}: nobody sets it, so this is what would have to be true, "
                "not what to do."
            )
        if len(self.achieved_alone) > 1:
            parts = zip(as_goals(self.goal).parts, self.achieved_alone, strict=True)
            lines.append("Each goal alone there: " + "; ".join(f"{part.condition} {p:.1%}" for part, p in parts) + ".")
        for record, medians in self.recorded.items():
            shown = ", ".join(f"{quarter} {_written(record, value)}" for quarter, value in medians.items())
            at = self.best_at if self.answer is None else self.answer
            lines.append(f"Median {record.replace('_', ' ')} when {name} is {at:.4g}: {shown}.")
        corners = [(f"{value:.3g}", f"{share:.0%}") for value, share in self._corners()]
        by_lever = "Probability by lever: " + ", ".join(map(": ".join, corners))
        lines.append(Laid(by_lever, [(name, "probability"), *corners], "Probability by lever"))
        lines += self._doubts()
        lines += [_reach_sentence(reach) for reach in self.alternatives]
        return [*lines, *told(self.inherited)]

    def __str__(self) -> str:
        return spoken(self._said())

    def _repr_html_(self) -> str:
        return answered(self._said())

    def _corners(self) -> list[tuple[float, float]]:
        table = self.curve[["lever", "probability"]].to_numpy()
        chosen = np.unique(np.linspace(0, len(table) - 1, 9).round().astype(int))
        return [(float(v), float(p)) for v, p in table[chosen]]


def _bound(value: float) -> str:
    return "beyond the range" if np.isinf(value) else f"{value:.4g}"


def _article(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"


def _written(record: str, value: float) -> str:
    """A recorded number; of a share below a tenth, such as a growth rate, one decimal more."""
    if record not in FRACTIONS:
        return f"{value:.4g}"
    return f"{value:.1%}" if 0.0005 <= abs(value) < 0.1 else f"{value:.0%}"


def _reach_sentence(reach: Reach) -> str:
    if reach.answer is not None:
        return f"Another lever reaches it: {reach.lever} at {reach.answer:.4g} {reach.unit}".rstrip() + "."
    return f"{reach.lever} alone does not: best {reach.best:.1%} at {reach.best_at:.4g} {reach.unit}".rstrip() + "."


@steady
def goal_seek(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    vary: Vary,
    goal: AnyGoal,
    paths: int = 10_000,
    seed: int,
    seeds: int = 1,
    until: str | Quarter | None = None,
    between: tuple[float, float] | None = None,
    alternatives: bool | None = None,
    any_role: bool = False,
    progress: Tell | None = None,
) -> GoalSeek:
    """Which value of the lever ``vary`` reaches the goal with its probability, under a scenario.

    ``vary`` names a parameter, or is a shock whose size is asked for: one that stands in the scenario, or else one that
    is stacked on top. Several goals are all to be met on the same path. On every path the threshold of the lever is
    found by bisection, all paths at once; the lever is the same from the first simulated quarter on, and the
    scenario's shocks act on top of it. The answer at probability p is the p-quantile of the thresholds. The range
    searched comes from the model (of a shock, from its uncertain size), or from ``between``, less what the scenario's
    shocks would move out of the lever's domain. ``seeds`` asks the same with that many seeds, from ``seed`` on.
    ``alternatives`` asks the same of every other lever; by default only when this one fails. ``any_role`` allows a
    parameter that is no lever: what would it have to be, though nobody sets it. ``until`` may be later than the goal's
    date; it does not change the answer. ``progress`` is called with the share that is done and what is being done.
    """
    check_seeds(seeds)
    asked = read_question(company, scenario, (vary,), goal, between=(between,), until=until, any_role=any_role)
    goals, scenario, lever = as_goals(asked.goal), asked.scenario, asked.levers[0]
    quarters = horizon_of(company, Quarter.parse(goals.by or ""), paths, seed, name="the goal's date")
    last = company.first + (company.horizon - 1) if until is None else Quarter.parse(until)
    check_scenarios(company, [scenario], quarters_between(company.first, last))
    name, low, high = lever.full_name, lever.low, lever.high
    others = _others(company, scenario, goals, name) if alternatives in (None, True) else ()
    pace = Pace(progress, _plan(name, others, seeds, len(quarters)))
    pace.begin("simulating")
    run = Run(company, quarters, paths, seed, tick=pace.ticking)
    question = Question(run, scenario, asked.goal, run.scenario(scenario), asked.numbers)
    pace.begin(f"moving {name}")
    inside = question.within(name, low, high)
    if inside is None:
        raise GoalError(_nothing_inside(company, scenario, lever))
    low, high = inside
    if question.neutral(name, low, high):
        lines = " or ".join(f"'{line}'" for line in goals.lines)
        raise GoalError(
            f"'{name}' changes nothing of {lines} under scenario '{scenario.name}' up to {goals.by}: "
            "a shock sets it, or what it acts on is zero. Choose another lever."
        )
    found = question.thresholds(name, low, high)
    answer, interval = question.answer(name, found)
    best, best_at = found.best
    outcome = question.outcome({name: best_at if answer is None else answer})
    achieved, alone = float(np.mean(asked.goal.inside(outcome) >= 0)), question.alone(outcome)
    recorded = _recorded(outcome, lever)
    beyond = None if answer is None or not found.turning else question.lost_beyond(name, found, answer)
    asks = answer is None if alternatives is None else alternatives
    reaching = _alternatives(question, others, pace) if asks else ()
    if seeds > 1:
        pace.begin(OTHERS)
    return GoalSeek(
        goal=asked.goal,
        scenario=scenario.name,
        lever=lever,
        low=low,
        high=high,
        easier=found.easier,
        answer=answer,
        interval=interval,
        achieved=achieved,
        achieved_alone=alone,
        best=best,
        best_interval=share_interval(best, paths),
        best_at=best_at,
        effortless=bool(np.min(found.shares) >= (goals.probability or 0.0)),
        turning=found.turning,
        lost_beyond=beyond,
        thresholds=found.easier * found.signed,
        curve=_curve(found, paths),
        recorded=recorded,
        alternatives=reaching,
        reseeded=reseeded(question, name, found, answer, interval, seeds) if seeds > 1 else None,
        paths=paths,
        seed=seed,
        inherited=gathered(company.warnings, *_scales(goals, outcome)),
    )


def _scales(goals: Goals, outcome: Outcome) -> list[tuple[str, ...]]:
    """What to doubt about the thresholds, each against its line where the lever does best."""
    windows = ((goal, outcome.values(goal.line, over=goal.over)) for goal in goals.parts)
    return [goal.doubts(found, outcome.line(goal.line)) for goal, found in windows]


def _nothing_inside(company: CalibratedModel, scenario: Scenario, lever: Lever) -> str:
    known = company.parameters[lever.target]
    what = f"'{lever.full_name}'" if lever.number is None else f"the {lever.full_name}"
    stays = "stays in its domain" if lever.number is None else f"leaves '{lever.target}' in its domain"
    return (
        f"no value of {what} from {lever.low:g} to {lever.high:g} {stays} [{known.low:g}, {known.high:g}] under the "
        f"shocks of scenario '{scenario.name}'. Give between=(low, high)."
    )


def _curve(found: Thresholds, paths: int) -> pd.DataFrame:
    import pandas as pd

    lever, share = found.grid, found.shares
    if found.turning == 0:
        lever = np.interp(np.linspace(0, 1, SMOOTH), np.linspace(0, 1, len(lever)), lever)
        ordered = np.sort(found.signed)
        share = np.searchsorted(ordered, found.easier * lever, side="right") / paths
    bounds = np.array([share_interval(float(p), paths) for p in share])
    return pd.DataFrame({"lever": lever, "probability": share, "low": bounds[:, 0], "high": bounds[:, 1]})


def _recorded(outcome: Outcome, lever: Lever) -> dict[str, dict[str, float]]:
    line, quarters = lever.line, outcome.quarters
    ends = [i for i, quarter in enumerate(quarters) if quarter.number == 4 or quarter == quarters[-1]]
    return {
        name: {str(quarters[i]): float(np.median(outcome.series[f"{line}.{name}"][i])) for i in ends}
        for name in outcome.company.model.driver(line).records()
    }


def _plan(vary: str, others: Sequence[str], seeds: int, quarters: int) -> list[tuple[str, float]]:
    """What is simulated for a goal seek, in quarters, where each path is bisected and no lever turns back."""
    alone = [(f"moving {name}", (GRID + ROUGH) * quarters) for name in others]
    again = (seeds - 1) * (2 + BISECTIONS) * quarters
    return [("simulating", 2 * quarters), (f"moving {vary}", (GRID + STEPS + 3) * quarters), *alone, (OTHERS, again)]


def _others(company: CalibratedModel, scenario: Scenario, goals: Goals, vary: str) -> tuple[str, ...]:
    """Every other lever that reaches the goal's lines."""
    found = []
    for name, parameter in company.parameters.items():
        low, high = parameter.lever_low, parameter.lever_high
        searchable = np.isfinite(low) and np.isfinite(high) and low < high
        if name == vary or parameter.role != "lever" or not searchable:
            continue
        if reaches(company, scenario, parameter.line, goals.lines):
            found.append(name)
    return tuple(found)


def _alternatives(question: Question, others: Sequence[str], pace: Pace) -> tuple[Reach, ...]:
    """How far each of the other levers gets, the ones that succeed first."""
    found = []
    for name in others:
        parameter = question.run.company.parameters[name]
        pace.begin(f"moving {name}")
        inside = question.within(name, parameter.lever_low, parameter.lever_high)
        if inside is None:
            continue
        where = question.thresholds(name, *inside, steps=ROUGH)
        answer, _ = question.answer(name, where, steps=ROUGH)
        found.append(Reach(name, answer, *where.best, parameter.unit))
    return tuple(sorted(found, key=lambda reach: (reach.answer is None, -reach.best)))
