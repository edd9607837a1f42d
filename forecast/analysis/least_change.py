"""The least change: the smallest joint move of several levers that reaches a goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.analysis.constraints import read_constraints
from forecast.analysis.goal import Goal
from forecast.analysis.goals import AnyGoal, Goals, as_goals
from forecast.analysis.joint_search import CLOSER, search, search_again
from forecast.analysis.levers import Lever, Vary, ranges_of, reaches, read_question, size_name
from forecast.analysis.nearest import Space
from forecast.analysis.question import Question
from forecast.analysis.reseeding import Reseeded, check_seeds
from forecast.analysis.sampling import share_interval
from forecast.blas import steady
from forecast.distributions import Array, Distribution
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel
from forecast.notebook import Laid, Said, answered, spoken
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios, horizon_of
from forecast.timeline import Quarter, quarters_between

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Change:
    """One lever: where it stands ``today`` (its median), where it has to go, and its standard deviation.

    ``alone`` is the value nearest to today with which this lever reaches the goal by itself, the others at their
    medians; None where none does.
    """

    lever: Lever
    today: float
    value: float
    sd: float
    alone: float | None

    @property
    def size(self) -> float:
        """The move in standard deviations."""
        return (self.value - self.today) / self.sd


@dataclass(frozen=True, eq=False)
class LeastChange(Fingerprinted):
    """The answer to a least change: ``changes``, one a lever, and their ``distance`` ``sqrt(sum of size**2)``.

    Where the goal cannot be reached ``feasible`` is False and the changes are those with the best probability found.
    ``achieved`` is the probability simulated there, ``before`` that with every lever at its median. ``starts`` searches
    led to ends at the distances ``ends``, the smallest first. ``proven`` says that no smaller change exists: on the
    grid of a single lever, or because the nearest values that are allowed reach the goal. ``tried`` random smaller
    changes did not reach it. ``left_out`` are levers without a standard deviation. ``reseeded`` holds the distances of
    other seeds.
    """

    goal: Goal | Goals
    scenario: str
    changes: tuple[Change, ...]
    feasible: bool
    distance: float
    achieved: float
    before: float
    ends: tuple[float, ...]
    starts: int
    proven: bool
    tried: int
    left_out: tuple[str, ...]
    constraints: tuple[str, ...]
    reseeded: Reseeded | None
    paths: int
    seed: int

    def to_frame(self) -> pd.DataFrame:
        """A row a lever."""
        import pandas as pd

        rows = [
            (one.lever.full_name, one.today, one.value, one.size, one.sd, np.nan if one.alone is None else one.alone)
            for one in self.changes
        ]
        columns = ["lever", "today", "to", "change in sd", "sd", "alone"]
        return pd.DataFrame(rows, columns=columns).set_index("lever")

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        count = len(self.changes)
        held = "" if not self.constraints else ", with " + " and ".join(self.constraints)
        lines: list[Said] = [
            f"Goal: {self.goal}, scenario '{self.scenario}', by the least change of "
            f"{'one lever' if count == 1 else f'{count} levers'} in {'its' if count == 1 else 'their'} own standard "
            f"deviations{held}",
            f"With {'the' if count == 1 else 'every'} lever at its median the probability is {self.before:.1%}.",
        ]
        if self.feasible:
            lines.append(
                f"Least change: {self.distance:.3g} standard deviations, the root of the sum of squares; simulated "
                f"there, the probability is {self.achieved:.1%}."
            )
        else:
            low, high = share_interval(self.achieved, self.paths)
            lines.append(
                f"Cannot be reached: the best probability found is {self.achieved:.1%} ({low:.1%} to {high:.1%}), here:"
            )
        lines.append(self._table())
        if self.feasible:
            lines.append(self._standing())
        if self.reseeded is not None:
            lines.append(str(self.reseeded))
        lines += [
            f"{one.lever.full_name} is no lever ({one.lever.role}): nobody sets it."
            for one in self.changes
            if not one.lever.controlled
        ]
        if self.left_out:
            lines.append(
                f"Left out, for it is a fixed number without a standard deviation: {', '.join(self.left_out)}. Give "
                "scale={name: sd} to move it."
            )
        return lines

    def __str__(self) -> str:
        return spoken(self._said())

    def _repr_html_(self) -> str:
        return answered(self._said())

    def _table(self) -> Laid:
        rows = [["lever", "today", "to", "change", "alone, others at median"]]
        for one in sorted(self.changes, key=lambda one: -abs(one.size)):
            alone = "not reached" if one.alone is None else f"{one.alone:.4g}"
            rows.append([one.lever.full_name, f"{one.today:.4g}", f"{one.value:.4g}", f"{one.size:+.2f} sd", alone])
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
            for row in rows
        ]
        return Laid("\n".join(lines), rows)

    def _standing(self) -> str:
        """How sure it is that there is no smaller change."""
        if self.distance == 0:
            return "Nothing has to change."
        if self.proven and len(self.changes) > 1:
            return "No smaller change does: the nearest values inside the ranges and constraints reach the goal."
        if self.proven:
            return "No smaller change does: the lever's whole range was searched, on a grid of 13 values."
        ends = ", ".join(f"{end:.3g}" for end in self.ends[:4])
        same = f"all led to the same end ({ends})" if len(self.ends) == 1 else f"led to {len(self.ends)} ends ({ends})"
        checked = f" None of {self.tried} random changes {1 - CLOSER:.0%} smaller reaches it." if self.tried else ""
        return f"A local optimum: {self.starts} starts {same}; a smaller change elsewhere is not ruled out.{checked}"


@steady
def least_change(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    vary: Sequence[Vary] | None = None,
    goal: AnyGoal,
    between: Mapping[Any, tuple[float, float]] | None = None,
    constraints: Sequence[str] = (),
    scale: Mapping[Any, float] | None = None,
    until: str | Quarter | None = None,
    paths: int = 10_000,
    seed: int,
    seeds: int = 1,
    any_role: bool = False,
) -> LeastChange:
    """The levers' values x that minimise ``sum(((x - median) / sd)**2)`` and reach the goal with its probability.

    Median and standard deviation are those of each lever's own distribution; ``scale`` gives the standard deviation
    where there is none, or another. ``vary`` names parameters or shocks whose sizes are moved; by default every lever
    of the model that reaches the goal. All of them stand in place of their own uncertainty, on all paths alike.
    ``between`` narrows or gives ranges, ``constraints`` are linear inequalities in text, as in
    ``["research_and_development.growth >= administration.growth"]``. The search is local: it starts from the medians,
    from each lever's own answer and from where all help most, and says how many different ends it found. ``seeds``
    searches again from the answer with that many seeds.
    """
    check_seeds(seeds)
    cure = "calibrate the model first: calibrate(model, history)"
    expect(company, CalibratedModel, GoalError, "the company", cure)
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in Scenario('base') or scenarios['base']")
    goals = as_goals(goal)
    chosen, left_out = _chosen(company, scenario, goals, vary, scale)
    asked = read_question(
        company,
        scenario,
        chosen,
        goal,
        between=ranges_of(chosen, between),
        until=until,
        any_role=any_role,
        asking="least change",
    )
    scenario, levers = asked.scenario, asked.levers
    sd = _scales(chosen, levers, scale)
    names = tuple(lever.full_name for lever in levers)
    matrix, bound = read_constraints(constraints, names)
    quarters = horizon_of(company, Quarter.parse(goals.by or ""), paths, seed, name="the goal's date")
    last = company.first + (company.horizon - 1) if until is None else Quarter.parse(until)
    check_scenarios(company, [scenario], quarters_between(company.first, last))
    run = Run(company, quarters, paths, seed)
    question = Question(run, scenario, asked.goal, run.scenario(scenario), asked.numbers)
    space = _space(question, levers, sd, matrix, bound)
    found = search(space)
    best, distance = found.u, float(np.sqrt(found.u @ found.u))
    again = None
    if seeds > 1 and found.feasible:
        others = [search_again(space, seed + step, found) for step in range(1, seeds)]
        again = Reseeded(tuple(range(seed, seed + seeds)), (distance, *others), "distance")
    return LeastChange(
        goal=asked.goal,
        scenario=scenario.name,
        changes=tuple(
            Change(lever, float(today), float(value) if abs(value) > 1e-9 * scaled else 0.0, float(scaled), alone)
            for lever, today, value, scaled, alone in zip(
                levers, space.today, space.values(best), sd, found.alone, strict=True
            )
        ),
        feasible=found.feasible,
        distance=distance,
        achieved=space.share(best),
        before=question.holding(dict(zip(names, space.today, strict=True))).share(names[0], float(space.today[0])),
        ends=found.ends,
        starts=found.starts,
        proven=found.proven,
        tried=found.tried,
        left_out=left_out,
        constraints=tuple(constraints),
        reseeded=again,
        paths=paths,
        seed=seed,
    )


def _space(question: Question, levers: Sequence[Lever], sd: Array, matrix: Array, bound: Array) -> Space:
    """The levers in their own units, or a refusal of ranges and constraints that leave nothing."""
    today = np.array([lever.estimate.median for lever in levers])
    problems = Problems()
    ranges = []
    for lever in levers:
        inside = question.within(lever.full_name, lever.low, lever.high)
        if inside is None:
            problems.add(
                f"no value of '{lever.full_name}' from {lever.low:g} to {lever.high:g} stays in its domain under the "
                f"shocks of scenario '{question.scenario.name}'. Give between={{'{lever.full_name}': (low, high)}}."
            )
        ranges.append(inside or (lever.low, lever.high))
    problems.raise_if_any(GoalError, "the least change cannot be answered as asked")
    low, high = ((np.array([ends[side] for ends in ranges]) - today) / sd for side in (0, 1))
    names = tuple(lever.full_name for lever in levers)
    space = Space(question, names, today, sd, low, high, matrix * sd, bound - matrix @ today)
    if space.empty():
        raise GoalError("no values of the levers keep all constraints inside their ranges. Loosen one of them.")
    return space


def _chosen(
    company: CalibratedModel,
    scenario: Scenario,
    goals: Goals,
    vary: Sequence[Vary] | None,
    scale: Mapping[Any, float] | None,
) -> tuple[tuple[Vary, ...], tuple[str, ...]]:
    """What is moved, and which of the model's levers are left out for want of a standard deviation."""
    if isinstance(vary, str):
        raise GoalError(f"vary is {vary!r}; give a list of levers, [{vary!r}].")
    cure = "give the unit of each lever, as in {'selling.target': 0.02}"
    expect({} if scale is None else scale, Mapping, GoalError, "scale", cure)
    if vary is not None:
        if not isinstance(vary, list | tuple):
            raise GoalError(f"vary is {vary!r}; give a list of levers, ['selling.target'].")
        if not vary:
            raise GoalError("vary names no lever; name at least one, or leave it out for all levers of the model.")
        return tuple(vary), ()
    if not all(line in company.model.lines for line in goals.lines):
        return (), ()  # the unknown line is told with everything else that is wrong
    levers = [
        name
        for name, one in company.parameters.items()
        if one.role == "lever" and reaches(company, scenario, one.line, goals.lines)
    ]
    fixed = [name for name in levers if _is_fixed(company, name) and name not in (scale or {})]
    if not [name for name in levers if name not in fixed]:
        raise GoalError("the model has no lever with a standard deviation that reaches the goal; name some in vary.")
    return tuple(name for name in levers if name not in fixed), tuple(fixed)


def _is_fixed(company: CalibratedModel, name: str) -> bool:
    estimate = company.parameters[name].estimate
    return estimate is None or estimate.is_fixed


def _scales(chosen: Sequence[Vary], levers: Sequence[Lever], scale: Mapping[Any, float] | None) -> Array:
    """The unit of each lever, or one error with everything that is wrong with them."""
    problems = Problems()
    stated = dict(scale or {})
    found = []
    for one, lever in zip(chosen, levers, strict=True):
        given: Any = next((value for key, value in stated.items() if key == one), None)
        if given is not None and not (_is_number(given) and 0 < given < np.inf):
            problems.add(f"scale of '{lever.full_name}' is {given!r}; give its standard deviation, above 0.")
        elif given is None and lever.estimate.is_fixed:
            key = f"'{lever.full_name}'" if lever.number is None else "the shock"
            problems.add(
                f"'{lever.full_name}' is the fixed number {lever.estimate}, which has no standard deviation to count "
                f"in. State a distribution, or give scale={{{key}: sd}}."
            )
        found.append(float(given) if given is not None and _is_number(given) else deviation(lever.estimate))
    for key in stated:
        if key not in chosen:
            names = [one if isinstance(one, str) else size_name(one) for one in chosen]
            problems.add(f"scale names '{key}', which is not moved. {did_you_mean(str(key), names)}")
    targets = [lever.target for lever in levers]
    for lever in levers:
        if lever.number is not None and "." in lever.target and targets.count(lever.target) > 1:
            problems.add(f"'{lever.target}' is moved twice, by the {lever.full_name} too; move one of them.")
    problems.raise_if_any(GoalError, "the least change cannot be answered as asked")
    return np.array(found)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def deviation(distribution: Distribution) -> float:
    """Its standard deviation, ``sqrt(E[Q(U)**2] - E[Q(U)]**2)`` by the trapezoidal rule over normal scores of U.

    The rule converges exponentially for what is smooth in the score (Trefethen and Weideman 2014, SIAM Review 56(3));
    0 for a fixed number.
    """
    from scipy import special

    if distribution.is_fixed:
        return 0.0
    score = np.linspace(-8.0, 8.0, 4001)
    weight = np.exp(-0.5 * score**2)
    values = distribution.ppf(special.ndtr(score))
    mean = np.average(values, weights=weight)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=weight)))
