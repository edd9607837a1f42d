"""A surface: quantiles and the goal's probability over a grid of levers, between which one may interpolate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.goals import AnyGoal, Goals, as_goals
from forecast.analysis.levers import Lever, read_question
from forecast.analysis.question import Question
from forecast.analysis.thresholds import lever_grid
from forecast.blas import steady
from forecast.cautions import gathered, told
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, did_you_mean
from forecast.model import CalibratedModel
from forecast.notebook import Said, answered, spoken
from forecast.pace import Pace, Tell
from forecast.scenario import Scenario
from forecast.simulation import Outcome, Run, check_scenarios, horizon_of, quantiles_over_paths
from forecast.simulation.streams import generator
from forecast.timeline import Quarter

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
POINTS = {1: (17,), 2: (13, 13), 3: (9, 9, 9), 4: (7, 7, 5, 5)}
"""Values of each lever by the number of levers; the first lever is taken to be the strongest."""

FEWEST, MOST = 2, 33
LEVERS = max(POINTS)
SIMULATING, COMPARING = "grid of levers", "points between them"
TRIALS = 60
"""Random points off the grid at which the interpolation is compared with a simulation."""


@dataclass(frozen=True, slots=True)
class Misses:
    """How far the interpolation is off at random points: 95 % of the absolute errors are at most this, and the largest.

    ``probability`` and ``at_date`` are of the probability by all quarters and by the goal's date. ``quantiles`` has an
    entry a line: of its quantiles in its own unit; ``relative`` the 95 % as a share of the distance from the 10 % to
    the 90 % quantile there, ``relative_years`` the same of fiscal years.
    """

    points: int
    probability: tuple[float, float]
    at_date: tuple[float, float]
    quantiles: tuple[tuple[float, float], ...]
    relative: tuple[float, ...]
    relative_years: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Surface:
    """What a scenario gives at every point of a grid of m levers, each the same on all paths.

    ``grid`` holds the values of each lever, rising, ``today`` their medians (inside the grid, and points of it).
    ``probability`` has shape (points, quarters): the share of paths that reach the goal by each quarter. ``quantiles``
    has shape (points, lines, quarters, levels), ``yearly`` (points, lines, years, levels): the fiscal years that end
    within the simulation, NaN where the history lacks a part. Points are in the order of ``itertools.product(*grid)``,
    the last lever the fastest. ``misses`` is the error of interpolating between them. ``warnings`` are those of the
    company, then ``doubts``.
    """

    goal: Goals
    scenario: str
    levers: tuple[Lever, ...]
    grid: tuple[Array, ...]
    today: tuple[float, ...]
    quarters: tuple[Quarter, ...]
    lines: tuple[str, ...]
    probability: Array
    quantiles: Array
    yearly: Array
    misses: Misses
    paths: int
    seed: int
    inherited: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the company, then what to doubt about the grid."""
        return gathered(self.inherited, doubts(self))

    def at(self, values: Mapping[str, float]) -> tuple[Array, Array]:
        """Probability (quarters,) and quantiles (lines, quarters, levels) at values of the levers, interpolated.

        Multilinear: with cell i and weight w = (v - g[i]) / (g[i+1] - g[i]) of each lever,

            f = sum over the 2**m corners of prod_j (w_j or 1 - w_j) f[corner]

        Levers that are not named stay at ``today``; values outside the grid are moved to its edge.
        """
        known = {lever.full_name for lever in self.levers}
        for name in values:
            if name not in known:
                raise GoalError(f"the surface has no lever '{name}'. {did_you_mean(name, known)}")
        point = [values.get(lever.full_name, now) for lever, now in zip(self.levers, self.today, strict=True)]
        places, weights = _corners(self.grid, point)
        probability = np.tensordot(weights, self.probability[places], axes=1)
        return probability, np.tensordot(weights, self.quantiles[places], axes=1)

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        names = ", ".join(
            f"{lever.full_name} {grid[0]:.4g} to {grid[-1]:.4g}"
            for lever, grid in zip(self.levers, self.grid, strict=True)
        )
        usual, worst = self.misses.at_date
        by = self.goal.by or self.quarters[-1]
        return [
            f"{self.goal.condition} over {len(self.probability)} points of {names}, scenario '{self.scenario}', "
            f"{self.paths:,} paths.",
            f"Between the points the probability by {by} is off by at most {100 * usual:.1f} "
            f"points at 95 % of {self.misses.points} random points, by {100 * worst:.1f} at worst.",
            *told(self.warnings),
        ]

    def __str__(self) -> str:
        return spoken(self._said())

    def _repr_html_(self) -> str:
        return answered(self._said())


def doubts(surface: Surface) -> tuple[str, ...]:
    """Warnings about a surface, one sentence each.

    An interpolation is doubted where 95 % of its errors reach further than the sampling error of the points, which is
    there anyway: for the probability 1.96 sqrt(p (1 - p) / n) at p = 1/2, for a line's quantiles, as a share of the
    distance from the 10 to the 90 % quantile, that of the 10 % quantile of a normal line,
    1.96 sqrt(0.1 * 0.9 / n) / f / (2 z), f = 0.1755 the density at its 10 % quantile and z = 1.2816.
    """
    found = []
    share, band = 1.96 * math.sqrt(0.25 / surface.paths), 1.96 * math.sqrt(0.09 / surface.paths) / 0.17550 / 2.5631
    off = surface.misses.at_date[0]
    if off > share:
        found.append(
            f"between the points the probability is off by up to {100 * off:.1f} points (95 %), more than the sampling "
            f"error of {100 * share:.1f}: give more points, or simulate the setting that matters."
        )
    rough = [line for line, one in zip(surface.lines, surface.misses.relative, strict=True) if one > band]
    if rough:
        worst = max(surface.misses.relative)
        found.append(
            f"between the points the quantiles of {', '.join(rough)} are off by up to {100 * worst:.1f} % of the "
            f"distance from the 10 to the 90 % quantile (95 %), more than the sampling error of {100 * band:.1f} %: "
            "give more points, or simulate the setting that matters."
        )
    for lever, values in zip(surface.levers, surface.grid, strict=True):
        middle = lever.estimate.quantile(0.5)
        if not values[0] <= middle <= values[-1]:
            found.append(
                f"the median of '{lever.full_name}', {middle:.4g}, lies outside the grid from {values[0]:.4g} to "
                f"{values[-1]:.4g}: 'today' stands at its edge. The scenario's shocks or the range searched leave no "
                "room for it."
            )
    return tuple(found)


@steady
def surface(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    levers: Sequence[str],
    goal: AnyGoal,
    lines: Sequence[str],
    points: Sequence[int] | None = None,
    until: str | Quarter,
    paths: int = 2_000,
    seed: int,
    progress: Tell | None = None,
) -> Surface:
    """Simulate a scenario at every point of a grid of one to four levers, and measure how well one may interpolate.

    Each lever takes its number of ``points`` over the range that a goal seek searches; the inner one nearest to its
    median is moved there. The misses are measured at ``TRIALS`` random points, uniform in each lever on the scale of
    its grid, simulated with the same draws: they are errors of interpolation alone, the sampling error comes on top.
    Several goals are all to be met on the same path (``Goals.reached``).
    ``progress`` is called with the share that is done and what is being done.
    """
    problems = Problems()
    if not 1 <= len(levers) <= LEVERS:
        problems.add(f"{len(levers)} levers are named; give one to {LEVERS}.")
    counts = POINTS.get(len(levers), ()) if points is None else tuple(points)
    if points is not None and (len(counts) != len(levers) or not all(FEWEST <= one <= MOST for one in counts)):
        problems.add(f"points is {points!r}; give a whole number from {FEWEST} to {MOST} for each lever.")
    for line in lines:
        if line not in company.model.lines:
            problems.add(f"there is no line '{line}'. {did_you_mean(line, company.model.lines)}")
    problems.raise_if_any(GoalError, "the surface cannot be made")
    quarters = horizon_of(company, until, paths, seed)
    check_scenarios(company, [scenario], quarters)
    asked = read_question(
        company,
        scenario,
        tuple(levers),
        goal,
        between=(None,) * len(levers),
        until=until,
        any_role=True,
        asking="surface",
    )
    run = Run(company, quarters, paths, seed)
    goals = as_goals(goal)
    question = Question(run, scenario, goals, run.scenario(scenario))
    grid = tuple(_values(question, lever, count) for lever, count in zip(asked.levers, counts, strict=True))
    today = tuple(
        float(np.clip(lever.estimate.quantile(0.5), values[0], values[-1]))
        for lever, values in zip(asked.levers, grid, strict=True)
    )
    probe = _Probe(run, scenario, goals, tuple(levers), tuple(lines))
    corners = list(product(*grid))
    pace = Pace(progress, {SIMULATING: len(corners), COMPARING: TRIALS})
    pace.begin(SIMULATING)
    found = []
    for point in corners:
        found.append(probe.at(point, again=True))
        pace.step()
    pace.begin(COMPARING)
    probability, quantiles, yearly = (np.array(part) for part in zip(*found, strict=True))
    wheres = generator(seed, "surface/trials").uniform(size=(TRIALS, len(grid)))
    misses = _misses(probe, grid, (probability, quantiles, yearly), wheres)
    return Surface(
        goal=goals,
        scenario=scenario.name,
        levers=asked.levers,
        grid=grid,
        today=today,
        quarters=quarters,
        lines=tuple(lines),
        probability=probability,
        quantiles=quantiles,
        yearly=yearly,
        misses=misses,
        paths=paths,
        seed=seed,
        inherited=company.warnings,
    )


class _Probe:
    """Simulates points of a grid, and nothing twice: most levers move few lines.

    The quantiles of a line are kept by the values of those levers that move it, the line itself where it is one lever.
    """

    def __init__(
        self, run: Run, scenario: Scenario, goal: Goals, levers: tuple[str, ...], lines: tuple[str, ...]
    ) -> None:
        self.run, self.scenario, self.goal, self.levers, self.lines = run, scenario, goal, levers, lines
        model = run.planned(scenario).company.model
        moved = [model.reached_from(frozenset([name.split(".")[0]])) for name in levers]
        needed = model.needed_for(frozenset({*goal.lines, *lines}))
        self.movers = {line: [place for place, by in enumerate(moved) if line in by] for line in needed}
        fractions = self.run.company.model.fractions
        self.parts = {line: {name for part in fractions.get(line, ()) for name, _, _ in part.terms} for line in lines}
        self.single = [line for line, movers in self.movers.items() if len(movers) == 1 < len(levers)]
        self.quantiles: dict[tuple[str, tuple[float, ...]], tuple[Array, Array]] = {}
        self.series: dict[tuple[str, tuple[float, ...]], Array] = {}

    def at(self, point: Sequence[float], *, again: bool) -> tuple[Array, Array, Array]:
        """Probability (quarters,), quantiles (lines, quarters, levels) and (lines, years, levels) of fiscal years.

        Simulated with the levers at a point; ``again`` says whether its values come in other points too.
        """
        paths = self.run.draws.paths
        replaced = {name: np.full(paths, value) for name, value in zip(self.levers, point, strict=True)}
        keys = {line: (line, tuple(point[place] for place in movers)) for line, movers in self.movers.items()}
        known = {line: self.series[keys[line]] for line in self.single if keys[line] in self.series}
        kept = [line for line in self.single if again and line not in known]
        new = [line for line in self.lines if keys[line] not in self.quantiles]
        asked = {*self.goal.lines, *kept, *new, *(part for line in new for part in self.parts[line])}
        outcome = self.run.outcome(self.scenario, asked, replaced, known)
        for line in kept:
            values = outcome.values(line)
            # that all paths agree on is no array that the next outcome writes over, and may stay one number
            self.series[keys[line]] = values if values.strides[1] == 0 else values.copy()
        for line in new:
            self.quantiles[keys[line]] = quantiles_over_paths(outcome.values(line), LEVELS), _years(outcome, line)
        found = [self.quantiles[keys[line]] for line in self.lines]
        reached = self.goal.reached(outcome).mean(axis=1)
        return reached, np.array([quarterly for quarterly, _ in found]), np.array([yearly for _, yearly in found])


def _years(outcome: Outcome, line: str) -> Array:
    """Quantiles of each fiscal year that ends within the simulation, shape (years, levels)."""
    ends = [step for step, quarter in enumerate(outcome.quarters) if quarter.number == 4]
    if not ends:
        return np.empty((0, len(LEVELS)))
    return quantiles_over_paths(np.array([outcome.fiscal_year(line, end) for end in ends]), LEVELS)


def _values(question: Question, lever: Lever, points: int) -> Array:
    """The values of one lever: evenly spaced on its scale, the nearest inner one moved to its median."""
    inside = question.within(lever.full_name, lever.low, lever.high)
    if inside is None:
        raise GoalError(
            f"no value of '{lever.full_name}' from {lever.low:g} to {lever.high:g} stays in its domain under the "
            f"shocks of scenario '{question.scenario.name}'; leave it out."
        )
    grid = lever_grid(*inside, points)
    middle = lever.estimate.quantile(0.5)
    if points > FEWEST and inside[0] < middle < inside[1]:
        grid[1 + int(np.argmin(np.abs(grid[1:-1] - middle)))] = middle
    return grid


def _corners(grid: Sequence[Array], point: Sequence[float]) -> tuple[NDArray[np.intp], Array]:
    """Places of the corners around a point and their weights, shape (2**m,) each."""
    places: NDArray[np.intp] = np.zeros(1, dtype=np.intp)
    weights: Array = np.ones(1, dtype=np.float64)
    for values, value in zip(grid, point, strict=True):
        inside = float(np.clip(value, values[0], values[-1]))
        cell = int(np.clip(np.searchsorted(values, inside, side="right") - 1, 0, len(values) - 2))
        weight = (inside - values[cell]) / (values[cell + 1] - values[cell])
        places = np.add.outer(places * len(values), np.array([cell, cell + 1])).ravel()
        weights = np.multiply.outer(weights, np.array([1 - weight, weight])).ravel()
    return places, weights


def _misses(probe: _Probe, grid: tuple[Array, ...], tables: tuple[Array, Array, Array], wheres: Array) -> Misses:
    """Interpolated against simulated at ``wheres``, shape (trials, levers), each in [0, 1] along the grid."""
    shares, spreads, years = [], [], []
    for where in wheres:
        # uniform on the scale of the grid, which need not be even
        point = [
            float(np.interp(at * (len(values) - 1), range(len(values)), values))
            for at, values in zip(where, grid, strict=True)
        ]
        places, weights = _corners(grid, point)
        found = probe.at(point, again=False)
        off = [np.tensordot(weights, table[places], axes=1) - one for table, one in zip(tables, found, strict=True)]
        shares.append(np.abs(off[0]))
        spreads.append((np.abs(off[1]), found[1][..., -1:] - found[1][..., :1]))
        years.append((np.abs(off[2]), found[2][..., -1:] - found[2][..., :1]))
    row = -1 if probe.goal.by is None else Quarter.parse(probe.goal.by) - probe.run.quarters[0]
    each = [misses for misses, _ in spreads]
    return Misses(
        points=len(wheres),
        probability=_told(np.array(shares)),
        at_date=_told(np.array(shares)[:, row]),
        quantiles=tuple(_told(np.array(each)[:, place]) for place in range(len(probe.lines))),
        relative=_relative(spreads, len(probe.lines)),
        relative_years=_relative(years, len(probe.lines)),
    )


def _relative(found: list[tuple[Array, Array]], lines: int) -> tuple[float, ...]:
    """For each line the 95 % of the errors over the widths of the band there; 0 where there is none."""
    off, wide = (np.array(part) for part in zip(*found, strict=True))
    shares = off / np.where(wide > 0, wide, np.inf)
    known = [shares[:, place][~np.isnan(shares[:, place])] for place in range(lines)]
    return tuple(float(np.quantile(one, 0.95)) if len(one) else 0.0 for one in known)


def _told(errors: Array) -> tuple[float, float]:
    return float(np.quantile(errors, 0.95)), float(errors.max())
