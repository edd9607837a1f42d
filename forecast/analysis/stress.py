"""Stress to failure: the smallest joint move of the uncertainties that makes a goal fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.descent import Descent, Optimum
from forecast.analysis.goals import AnyGoal, Goals, as_goals
from forecast.analysis.sampling import share_interval
from forecast.analysis.uncertainties import uncertainties
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel
from forecast.notebook import Laid, Said, answered, spoken
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios, horizon_of
from forecast.timeline import quarters_between

if TYPE_CHECKING:
    import pandas as pd

APART = 0.9
"""Directions whose cosine is below this are different local optima."""

SEARCHED = 2_000
"""Paths on which directions are searched; distances along them are solved on all."""

TOLD = 8
"""Parameters that are printed; the others are added up."""


@dataclass(frozen=True, slots=True)
class Move:
    """One uncertainty where the goal fails.

    ``median`` and ``value`` are in the parameter's own unit, ``score`` is the move in standard deviations of its
    normal score, ``quantile`` the value's own. ``share`` is its part of the squared distance, negative where it eases
    the failure and is only drawn along by a correlation. ``alone`` is the value at which it makes the goal fail with
    all others at their medians, None where none within reach does.
    """

    parameter: str
    unit: str
    median: float
    value: float
    score: float
    quantile: float
    share: float
    alone: float | None
    alone_score: float | None


@dataclass(frozen=True, slots=True)
class Stress(Fingerprinted):
    """The smallest joint move of the uncertainties, away from their medians, that makes the goal fail.

    It fails where its probability is below ``below``. ``drawn`` is the probability with everything drawn, ``settled``
    the one with the uncertainties at their medians. ``distance`` is the length of the move in standard deviations, 0
    where the goal fails already at the medians and None where nothing within ``reach`` makes it fail; ``interval`` is
    its 95 % sampling interval, None at an end that lies out of reach. ``achieved`` is the probability simulated at the
    move. ``elsewhere`` holds the distances of other local optima that were met, none shorter.
    """

    goal: Goals
    scenario: str
    below: float
    drawn: float
    settled: float
    distance: float | None
    interval: tuple[float | None, float | None]
    achieved: float
    moves: tuple[Move, ...]
    elsewhere: tuple[float, ...]
    reach: float
    paths: int
    seed: int
    warnings: tuple[str, ...] = ()

    @property
    def chance(self) -> float | None:
        """Phi(-distance): to first order, how likely the uncertainties are to fall where the goal fails.

        Exact where the boundary of that region is flat in normal scores; nothing but an indication elsewhere.
        """
        from scipy import special

        return float(special.ndtr(-self.distance)) if self.distance else None

    def to_frame(self) -> pd.DataFrame:
        """A row an uncertainty, the largest share of the squared distance first."""
        import pandas as pd

        rows = [
            (m.parameter, m.unit, m.median, m.value, m.score, m.quantile, m.share, m.alone, m.alone_score)
            for m in self.moves
        ]
        columns = ["parameter", "unit", "median", "value", "score", "quantile", "share", "alone", "score alone"]
        return pd.DataFrame(rows, columns=columns).astype({"alone": float, "score alone": float}).set_index("parameter")

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        by = "" if self.goal.by is None else f" by {self.goal.by}"
        lines: list[Said] = [
            f"What makes it fail: {self.goal.condition}{by}, scenario '{self.scenario}'",
            f"Probability {self.drawn:.1%} as drawn, {self.settled:.1%} with the {len(self.moves)} uncertainties at "
            f"their medians; it fails below {self.below:.0%}.",
        ]
        if self.distance is None:
            return [*lines, self._unbroken()]
        if self.distance == 0:
            half = self.settled / 2
            lines.append(f"It fails already at the medians. Ask for a lower bar, as in below={half:.2g}.")
            return lines
        low, high = (f"over {self.reach:g}" if end is None else f"{end:.2f}" for end in self.interval)
        lines.append(
            f"Smallest joint move found: {self.distance:.2f} standard deviations (95 % interval {low} to {high}); "
            f"simulated there, the probability is {self.achieved:.1%}."
        )
        lines.append(f"To first order the uncertainties are that bad with a probability of {self.chance:.1%}.")
        told = [
            f"  {move.parameter}: {move.median:.4g} -> {move.value:.4g} {move.unit}".rstrip()
            + f", its {move.quantile:.0%} quantile; {move.share:.0%} of the squared distance"
            for move in self.moves[:TOLD]
        ]
        rows = [("uncertainty", "median", "moved to", "unit", "quantile", "of the squared distance")]
        rows += [
            (
                move.parameter,
                f"{move.median:.4g}",
                f"{move.value:.4g}",
                move.unit,
                f"{move.quantile:.0%}",
                f"{move.share:.0%}",
            )
            for move in self.moves[:TOLD]
        ]
        lines.append(Laid("\n".join(told), rows))
        rest = self.moves[TOLD:]
        if rest:
            lines.append(f"  {len(rest)} others together {sum(move.share for move in rest):.0%}")
        return [*lines, self._alone(), *self._optima()]

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])

    def _unbroken(self) -> str:
        return (
            f"No move of up to {self.reach:g} standard deviations was found that makes it fail; "
            f"the worst one met leaves {self.achieved:.1%}."
        )

    def _alone(self) -> str:
        single = [move for move in self.moves if move.alone is not None]
        if not single:
            return f"No uncertainty alone makes it fail within {self.reach:g} standard deviations."
        single.sort(key=lambda move: abs(move.alone_score or 0.0))
        told = ", ".join(f"{m.parameter} at {m.alone:.4g} ({m.alone_score:+.1f} sd)" for m in single[:3])
        return f"Alone, the nearest: {told}."

    def _optima(self) -> list[str]:
        if not self.elsewhere:
            return []
        others = ", ".join(f"{other:.2f}" for other in self.elsewhere)
        return [f"The search met other local optima, at {others}; a nearer one may have been missed."]


@steady
def stress(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    goal: AnyGoal,
    below: float | None = None,
    vary: Sequence[str] | None = None,
    reach: float = 5.0,
    paths: int = 10_000,
    seed: int,
) -> Stress:
    """The most likely values of the uncertainties at which the goal fails, under a scenario.

    z[i] = Phi^-1(F_i(x[i])) are the normal scores of the uncertainties, C their correlations (Gaussian copula):

        minimise sqrt(z' C^-1 z)  subject to  P(goal | x(z)) < below

    the reliability distance of Hasofer and Lind (1974), in normal scores as in Der Kiureghian (2005, "First- and
    second-order reliability methods"). The uncertainties take their values on all paths; everything else - levers,
    the quarters' noises, sizes of shocks - stays drawn, and so do parameters left out, whatever their correlations. A
    share of the squared distance is ``z[i] (C^-1 z)[i] / z' C^-1 z``.

    ``below`` is the goal's own probability unless given. ``vary`` names the uncertainties; by default all that are
    not fixed and reach the goal's lines. The search follows the fixed points of Hasofer and Lind from several starts
    (steepest descent at the medians, single uncertainties that fail alone), each step only where it shortens the
    move; it may end in a local optimum, and the other ones met are told.
    """
    expect(company, CalibratedModel, GoalError, "the company", "calibrate the model first: calibrate(model, history)")
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in Scenario('base') or scenarios['base']")
    goals = as_goals(goal)
    every = quarters_between(company.first, company.first + (company.horizon - 1))
    check_scenarios(company, [scenario], every)
    bar, names = _check(company, scenario, goals, below, vary, reach)
    quarters = horizon_of(company, goals.by or "", paths, seed, name="the goal's date")
    descent = Descent(Run(company, quarters, paths, seed), scenario, goals, bar, names, float(reach))
    drawn = float(np.mean(goals.inside(descent.run.outcome(scenario, goals.lines)) >= 0))
    middle = np.zeros(len(names))
    settled = descent.probability(middle)
    if descent.margin(middle) < 0:
        return _answer(descent, middle, 0.0, (0.0, 0.0), drawn, settled, [], [])
    rough = descent
    if paths > SEARCHED:
        rough = Descent(Run(company, quarters, SEARCHED, seed), scenario, goals, bar, names, float(reach))
    single = [rough.alone(place) for place in range(len(names))]
    alone = [descent.along(found[0].direction) if found else None for found in single]
    optima = [descent.along(optimum.direction) for optimum in rough.search([one for found in single for one in found])]
    optima.sort(key=lambda optimum: (optimum.distance, optimum.margin))
    best = optima[0]
    if np.isinf(best.distance):
        return _answer(descent, reach * best.direction, None, (None, None), drawn, settled, alone, optima)
    low, high = share_interval(bar, paths)
    ends = [descent.radius(best.direction, share) for share in (high, low)]
    interval = (None if np.isinf(ends[0]) else ends[0], None if np.isinf(ends[1]) else ends[1])
    return _answer(descent, best.distance * best.direction, best.distance, interval, drawn, settled, alone, optima)


def _check(
    company: CalibratedModel,
    scenario: Scenario,
    goals: Goals,
    below: float | None,
    vary: Sequence[str] | None,
    reach: float,
) -> tuple[float, tuple[str, ...]]:
    """The bar and the uncertainties to move, or one error with everything that is wrong with the question."""
    problems = Problems()
    for line in goals.lines:
        if line not in company.model.lines:
            problems.add(f"the goal is on '{line}'. {did_you_mean(line, company.model.lines)}")
    if goals.by is None:
        problems.add("the goal needs a date: Goal(..., by='2027Q4').")
    bar = goals.probability if below is None else below
    if bar is None:
        problems.add("the goal needs a probability: Goal(..., probability=0.8), or say when it fails: below=0.8.")
    elif isinstance(bar, bool) or not isinstance(bar, int | float) or not 0 < bar < 1:
        problems.add(f"below is {below!r}; it must lie in (0, 1), as in 0.8.")
    if isinstance(reach, bool) or not isinstance(reach, int | float) or not 0 < reach <= 8:
        problems.add(f"reach is {reach!r}; give standard deviations, above 0 and at most 8.")
    names = uncertainties(company, [scenario], goals.lines, vary, problems)
    problems.raise_if_any(GoalError, "the stress test cannot be answered as asked")
    assert bar is not None
    return float(bar), names


def _answer(
    descent: Descent,
    point: Array,
    distance: float | None,
    interval: tuple[float | None, float | None],
    drawn: float,
    settled: float,
    alone: list[Optimum | None],
    optima: list[Optimum],
) -> Stress:
    from scipy import special

    size = float(point @ point)
    scores = descent.factor @ point
    shares = scores * np.linalg.solve(descent.factor.T, point) / size if size > 0 else np.zeros(len(point))
    medians, values = descent.values(np.zeros(len(point))), descent.values(point)
    moves = []
    for place, name in enumerate(descent.names):
        single = alone[place] if alone else None
        there = None if single is None or np.isinf(single.distance) else single.distance * single.direction
        moves.append(
            Move(
                parameter=name,
                unit=descent.run.company.parameters[name].unit,
                median=float(medians[place]),
                value=float(values[place]),
                score=float(scores[place]),
                quantile=float(special.ndtr(scores[place])),
                share=float(shares[place]),
                alone=None if there is None else float(descent.values(there)[place]),
                alone_score=None if there is None else float((descent.factor @ there)[place]),
            )
        )
    apart = [other.distance for other in optima[1:] if float(other.direction @ optima[0].direction) < APART]
    return Stress(
        goal=descent.goals,
        scenario=descent.scenario.name,
        below=descent.bar,
        drawn=drawn,
        settled=settled,
        distance=distance,
        interval=interval,
        achieved=descent.probability(point),
        moves=tuple(sorted(moves, key=lambda move: -abs(move.share))),
        elsewhere=tuple(other for other in apart if np.isfinite(other)),
        reach=descent.reach,
        paths=descent.run.draws.paths,
        seed=descent.run.draws.seed,
        warnings=descent.run.company.warnings,
    )
