"""Scenario discovery: the region of the uncertainties that failing paths share, in two or three bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from forecast.analysis.goals import AnyGoal, Goals, as_goals
from forecast.analysis.peeling import Edges, Side, Step, inside, measured, pasted, peeled, rarity
from forecast.analysis.sampling import share_interval
from forecast.analysis.smoothing import normal_scores
from forecast.analysis.uncertainties import uncertainties
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.notebook import Said, answered, spoken
from forecast.simulation import Simulation, run_of

if TYPE_CHECKING:
    import pandas as pd

LITTLE = 0.5
"""With less of the variance explained than this,"""

CERTAIN = 0.8
"""and fewer paths inside that fail, it is said that the parameters do not decide."""

Sample: TypeAlias = tuple[Array, Array, Array]
"""Points (paths, parameters), labels (paths,) and weights (paths,)."""

FEWEST = 40
"""Paths of either kind that are needed: twenty on the half that finds, twenty on the half that measures."""

DOUBT = 0.05
"""A bound, or a region, that chance alone would beat more often than this is dropped."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One bound of a region: the parameter lies at least, or at most, at ``value``, in its own unit.

    ``quantile`` is the share of all paths with a value at or below it. ``density_without`` and ``coverage_without`` are
    those of the region without this bound, ``rarity`` its quasi-p-value: how likely the region's density is if the
    bound did not matter (Bryant and Lempert 2010); all on the half of the paths that measures.
    """

    parameter: str
    unit: str
    at_least: bool
    value: float
    quantile: float
    density_without: float
    coverage_without: float
    rarity: float

    def __str__(self) -> str:
        side, tail = (
            ("least", f"upper {1 - self.quantile:.0%}") if self.at_least else ("most", f"lower {self.quantile:.0%}")
        )
        return f"{self.parameter} at {side} {self.value:.3g} {self.unit}".rstrip() + f" (its {tail})"


@dataclass(frozen=True, slots=True)
class Region(Fingerprinted):
    """A box in the space of the uncertainties; without bounds where none was found.

    ``share`` is the share of paths that fail, of all. ``density`` is the share that fails of the paths inside, with its
    95 % interval, ``outside`` the share of those outside, ``coverage`` how much of the failing paths lies inside and
    ``mass`` how much of all; all measured on the half of the paths that did not find the region. ``explained`` is the
    part of the variance of the goal's margin that the uncertainties explain together. ``trade_off`` holds smaller and
    larger boxes with the same bounds as (mass, density, coverage).
    """

    goal: Goals
    scenario: str
    failing: bool
    share: float
    bounds: tuple[Bound, ...]
    mass: float
    density: float
    density_interval: tuple[float, float]
    outside: float
    coverage: float
    coverage_interval: tuple[float, float]
    explained: float
    parameters: tuple[str, ...]
    trade_off: tuple[tuple[float, float, float], ...]
    paths: int
    seed: int
    warnings: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is a region in which paths fail more often than by chance."""
        return bool(self.bounds)

    def to_frame(self) -> pd.DataFrame:
        """A row a bound, the one that matters most first."""
        import pandas as pd

        rows = []
        for b in self.bounds:
            side = "at least" if b.at_least else "at most"
            without = (b.density_without, b.coverage_without, b.rarity)
            rows.append((b.parameter, side, b.value, b.unit, b.quantile, *without))
        columns = ["parameter", "bound", "value", "unit", "quantile", "density without", "coverage without", "rarity"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        do = "fail" if self.failing else "reach it"
        by = "" if self.goal.by is None else f" by {self.goal.by}"
        lines: list[Said] = [
            f"Where paths {do}: {self.goal.condition}{by}, scenario '{self.scenario}' "
            f"({self.share:.1%} of {self.paths:,} paths)"
        ]
        if not self.found:
            lines.append(
                f"No region of the {len(self.parameters)} parameters was found in which paths {do} more often."
            )
            return [*lines, self._explained()]
        lines.append(f"They share, of {len(self.parameters)} parameters:")
        lines += [f"  {bound}" for bound in self.bounds]
        low, high = self.density_interval
        less, more = self.coverage_interval
        lines.append(
            f"Inside {self.density:.0%} of the paths {do} (95 % interval {low:.0%} to {high:.0%}), outside "
            f"{self.outside:.0%}. It holds {self.coverage:.0%} ({less:.0%} to {more:.0%}) of the paths that {do} and "
            f"{self.mass:.0%} of all. Found on one half of the paths, measured on the other."
        )
        return [*lines, self._explained()]

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])

    def _explained(self) -> str:
        text = (
            f"Together these parameters explain {max(self.explained, 0.0):.0%} of the variance of the margin (linearly)"
        )
        if self.explained < LITTLE and self.density < CERTAIN:
            text += "; the rest seems to be other draws, such as noises, so that no region of them is near to certain"
        return f"{text}."


@steady
def discover(
    simulation: Simulation,
    goal: AnyGoal,
    *,
    scenario: str | None = None,
    failing: bool = True,
    vary: Sequence[str] | None = None,
    bounds: int = 3,
    levers: bool = False,
) -> Region:
    """Which region of the uncertainties the paths share that fail a goal; with ``failing=False`` that reach it.

    A box is found by PRIM (Friedman and Fisher 1999) on the first half of the paths: from all of them, 5 % are cut off
    at a time where that raises the density most. Of the boxes met the one counts that is furthest from chance, with
    the largest (density - share) * sqrt(mass) (Kloesgen 1996). The bound that matters least goes, and peeling begins
    anew, until at most ``bounds`` are left; then each goes that the second half of the paths does not confirm with a
    quasi-p-value below 5 % / ``bounds``. Where nothing is left no region is found; where there is nothing to find, one
    is with a probability below 5 %. What is told of the box is measured on the second half.

    ``vary`` names the parameters to look at; by default the uncertainties that are drawn and reach the goal's lines,
    with ``levers`` also the levers and constants that are.
    """
    expect(simulation, Simulation, GoalError, "the simulation", "simulate first: simulate(company, scenarios, ...)")
    goals = as_goals(goal)
    scenario = simulation.names[0] if scenario is None else scenario
    names = _check(simulation, goals, scenario, vary, bounds, levers)
    margins = np.array(goals.inside(simulation.outcome(scenario)))
    labels = np.asarray((margins < 0) == failing, dtype=float)
    few = int(min(labels.sum(), len(labels) - labels.sum()))
    if few < FEWEST:
        kind = "fail" if (labels.sum() == few) == failing else "reach the goal"
        raise GoalError(
            f"{few} of the {len(labels):,} paths of scenario '{scenario}' {kind}; to learn what they share at least "
            f"{FEWEST} are needed. Simulate more paths, or ask about another goal."
        )
    paths = simulation.paths
    weights = np.full(paths, 1.0 / paths) if simulation.weights is None else simulation.weights
    drawn = run_of(simulation).parameters
    points = np.column_stack([drawn[name] for name in names])
    half = slice(None, paths // 2), slice(paths // 2, None)
    finding, measuring = ((points[part], labels[part], weights[part]) for part in half)
    edges, trail = _region(finding, measuring, bounds)
    box = measured(*measuring, edges)
    rate = measured(*measuring, {}).density
    told = [_bound(simulation, names, points, weights, measuring, edges, side) for side in edges]
    cover = _effective((measuring[0], measuring[1], measuring[2] * measuring[1]), {})
    without = (rate - box.mass * box.density) / (1 - box.mass) if box.mass < 1 else float("nan")
    tried = [measured(*measuring, step.edges) for step in trail]
    return Region(
        goal=goals,
        scenario=scenario,
        failing=failing,
        share=float(weights @ labels / weights.sum()),
        bounds=tuple(sorted(told, key=lambda bound: bound.rarity)),
        mass=box.mass,
        density=box.density,
        density_interval=share_interval(box.density, _whole(_effective(measuring, edges))),
        outside=without,
        coverage=box.coverage,
        coverage_interval=share_interval(box.coverage, _whole(cover)),
        explained=_explained(points, margins, weights),
        parameters=names,
        trade_off=tuple((step.mass, step.density, step.coverage) for step in tried),
        paths=paths,
        seed=simulation.seed,
        warnings=simulation.warnings,
    )


def _check(
    simulation: Simulation, goals: Goals, scenario: str, vary: Sequence[str] | None, bounds: int, levers: bool
) -> tuple[str, ...]:
    """The parameters to look at, or one error with everything that is wrong with the question."""
    problems = Problems()
    company = simulation.company
    for line in goals.lines:
        if line not in company.model.lines:
            problems.add(f"the goal is on '{line}'. {did_you_mean(line, company.model.lines)}")
    if scenario not in simulation.names:
        problems.add(f"there is no scenario '{scenario}'. {did_you_mean(scenario, simulation.names)}")
    if isinstance(bounds, bool) or not isinstance(bounds, int) or bounds < 1:
        problems.add(f"bounds is {bounds!r}; give how many may be told, as in 3.")
    roles = ("uncertainty", "lever", "constant") if levers or vary is not None else ("uncertainty",)
    chosen = [one for one in simulation.scenarios if one.name == scenario] or simulation.scenarios
    names = uncertainties(company, chosen, goals.lines, vary, problems, roles=roles)
    problems.raise_if_any(GoalError, "the discovery cannot be made as asked")
    return names


def _region(finding: Sample, measuring: Sample, bounds: int) -> tuple[Edges, list[Step]]:
    """The box with at most so many bounds, each confirmed on the half that measures, and the boxes on the way to it."""
    sides: list[Side] = [(column, sign) for column in range(finding[0].shape[1]) for sign in (-1, 1)]
    while sides:
        trail = peeled(*finding, sides)
        share = trail[0].density
        best = max(trail, key=lambda step: (step.density - share) * step.mass**0.5)
        edges = pasted(*finding, best.edges)
        few = len(edges) <= bounds
        doubts = {side: _rarity_of(measuring if few else finding, edges, side)[0] for side in edges}
        if few and all(doubt * bounds <= DOUBT for doubt in doubts.values()):
            return edges, trail
        worst = max(doubts, key=lambda side: doubts[side])
        sides = [side for side in edges if side != worst]
    return {}, []


def _rarity_of(sample: Sample, edges: Edges, side: Side) -> tuple[float, Step]:
    """The quasi-p-value of one bound, and the box without it.

    P(B >= failing inside) for B binomial(points inside, density without the bound): Bryant and Lempert (2010,
    "Thinking inside the box", Technological Forecasting and Social Change 77, appendix).
    """
    wider = measured(*sample, {other: edge for other, edge in edges.items() if other != side})
    return rarity(measured(*sample, edges).density, wider.density, _effective(sample, edges)), wider


def _effective(sample: Sample, edges: Edges) -> float:
    """The number of paths in a box; with weights the number of equal ones that is worth as much (Kish 1965)."""
    weights = sample[2][inside(sample[0], edges)]
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0


def _whole(count: float) -> int:
    return max(round(count), 1)


def _bound(
    simulation: Simulation,
    names: tuple[str, ...],
    points: Array,
    weights: Array,
    measuring: Sample,
    edges: Edges,
    side: Side,
) -> Bound:
    doubt, wider = _rarity_of(measuring, edges, side)
    name = names[side[0]]
    return Bound(
        parameter=name,
        unit=simulation.company.parameters[name].unit,
        at_least=side[1] < 0,
        value=edges[side],
        quantile=float(weights @ (points[:, side[0]] <= edges[side]) / weights.sum()),
        density_without=wider.density,
        coverage_without=wider.coverage,
        rarity=doubt,
    )


def _explained(points: Array, margins: Array, weights: Array) -> float:
    """Share of the variance of the margins that a linear regression on the normal scores of the points explains.

    Fitted on the first half of the paths by weighted least squares, measured on the second; NaN where nothing varies.
    """
    count = len(points)
    scores = np.column_stack([np.ones(count), *[normal_scores(column) for column in points.T]])
    half = count // 2
    root = np.sqrt(weights[:half])
    slopes = np.linalg.lstsq(root[:, None] * scores[:half], root * margins[:half], rcond=None)[0]
    actual, share = margins[half:], weights[half:] / weights[half:].sum()
    spread = float(share @ (actual - share @ actual) ** 2)
    return 1.0 - float(share @ (actual - scores[half:] @ slopes) ** 2) / spread if spread > 0 else float("nan")
