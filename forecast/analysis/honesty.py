"""Honesty: the page on how far the answers of a simulation can be trusted, for a user's own model."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.flips import Flip, nearest_flip, refusing
from forecast.analysis.goals import AnyGoal, Goals, as_goals
from forecast.analysis.least_change import LeastChange, least_change
from forecast.analysis.sampling import share_interval
from forecast.analysis.stress import Stress, stress
from forecast.blas import steady
from forecast.distributions import Array
from forecast.errors import GoalError, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.model import Parameter
from forecast.notebook import Said, answered, spoken
from forecast.pace import Pace, Tell
from forecast.scenario import Scenario
from forecast.simulation import Run, Simulation, run_of

if TYPE_CHECKING:
    import pandas as pd

CAVEAT = (
    "None of this says whether the model is right. The sampling error is not the error of the forecast: the judgements "
    "above, and what the model leaves out, decide more. Parameters that move together need to move less."
)

WIDTH = 110
"""Of a printed line in letters; longer sentences are broken."""
JOINT = "moving all together"
EVEN = 0.5
"""The probability that is asked for where the goal names none: more likely than not."""


@dataclass(frozen=True, slots=True)
class Headline:
    """One scenario's probability of the goal with its sampling interval, and its difference from the first one's.

    ``difference_error`` is the standard error of the difference of the two shares on the same paths,
    sqrt(Var(d) / n) with d the difference of the indicators on each path: -1, 0 or 1.
    """

    scenario: str
    share: float
    low: float
    high: float
    difference: float
    difference_error: float


@dataclass(frozen=True, eq=False)
class Honesty(Fingerprinted):
    """What the answers about a goal rest on.

    ``headlines`` has an entry a scenario. ``fitted``, ``sourced`` and ``judged`` are the parameters that reach the
    goal, by their ground; ``certain`` are those of the judged that are stated as one number, as if nobody could be
    wrong about it. ``flips`` has an entry an uncertain parameter: where it alone turns the conclusion on ``scenario``
    round, those nearest to their median first; then those that do not turn it, by how near they bring it. ``joint`` is
    the smallest joint move that turns it round: of the uncertainties against a conclusion that holds, of the levers
    towards a goal that is not reached; None where it was not asked for, or nothing can be moved.
    """

    goal: Goals
    wanted: float
    scenario: str
    paths: int
    headlines: tuple[Headline, ...]
    fitted: tuple[Parameter, ...]
    sourced: tuple[Parameter, ...]
    judged: tuple[Parameter, ...]
    certain: tuple[Parameter, ...]
    flips: tuple[Flip, ...]
    joint: Stress | LeastChange | None

    @property
    def holds(self) -> bool:
        """Whether the scenario reaches the goal with the probability wanted."""
        return next(one.share for one in self.headlines if one.scenario == self.scenario) >= self.wanted

    def to_frame(self) -> pd.DataFrame:
        """A row a parameter that reaches the goal: its ground, and where it flips the conclusion."""
        import pandas as pd

        flips = {flip.parameter.full_name: flip for flip in self.flips if flip.turns}
        rows = []
        for ground in ("judged", "sourced", "fitted"):
            for each in getattr(self, ground):
                flip = flips.get(each.full_name)
                where = (flip.value, flip.quantile, flip.share) if flip else (np.nan, np.nan, np.nan)
                rows.append((each.full_name, each.role, ground, each.basis, str(each.estimate), *where))
        columns = ["parameter", "role", "ground", "because", "stated", "flips at", "quantile", "probability there"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    def _said(self, width: int = 10_000) -> list[Said]:
        """The answer in its parts, for notebooks, or with its long sentences broken for printing."""
        verdict = "reaches" if self.holds else "does not reach"
        lines: list[Said] = [
            f"How far to trust the answers on {self.goal.condition} by {self.goal.by}, wanted with {self.wanted:.0%}"
        ]
        lines += ["", f"Sampling error (what more than these {self.paths:,} paths would narrow; 95 %)"]
        lines += [f"  {self._headline(one)}" for one in self.headlines]
        lines += ["", "What it rests on", *self._grounds(width)]
        lines += ["", f"What alone would turn round that '{self.scenario}' {verdict} it with {self.wanted:.0%}"]
        turning = [flip for flip in self.flips if flip.turns]
        lines += [f"  {_flip(flip)}" for flip in turning]
        steady = self.flips[len(turning) :]
        if not turning:
            lines.append("  none of the parameters, within three normal scores of its median; nearest come:")
            lines += [f"  {_flip(flip)}" for flip in steady[:3]]
        elif steady:
            lines.append(f"  the other {len(steady)} uncertain parameters do not, within three normal scores of theirs")
        if self.joint is not None:
            lines += _filled(_together(self.joint), "  ", width)
        lines += ["", *_filled(CAVEAT, "", width)]
        return lines

    def __str__(self) -> str:
        return spoken(self._said(WIDTH))

    def _repr_html_(self) -> str:
        return answered(self._said())

    def _headline(self, one: Headline) -> str:
        clear = "at least" if one.low >= self.wanted else "below" if one.high < self.wanted else "not told from"
        said = f"{one.scenario}: {one.share:.1%} ({one.low:.1%} to {one.high:.1%}), {clear} {self.wanted:.0%}"
        first = self.headlines[0]
        if one is first:
            return said
        apart = f"{100 * one.difference:+.1f} points against '{first.scenario}'"
        return f"{said}; {apart} (+-{196 * one.difference_error:.1f})"

    def _grounds(self, width: int) -> list[str]:
        every = len(self.fitted) + len(self.sourced) + len(self.judged)
        said = [
            f"Of {every} parameters that reach it {len(self.judged)} rest on judgement, {len(self.sourced)} on a fact "
            f"or source that is named; {len(self.fitted)} are fitted to the history."
        ]
        if self.judged:
            said.append(f"Judgement: {_names(self.judged)}.")
        if self.certain:
            said.append(f"Of these stated as one number, though nobody knows it: {_names(self.certain)}.")
        return [line for sentence in said for line in _filled(sentence, "  ", width)]


def _flip(flip: Flip) -> str:
    name, unit = flip.parameter.full_name, flip.parameter.unit
    ground = "judgement" if _is_judged(flip.parameter) else "fitted" if flip.parameter.basis == "fitted" else "sourced"
    if flip.away == 0:
        where = f"known to be at its median {flip.value:.4g}"
    else:
        side = "at most" if flip.away < 0 else "at least"
        where = f"{side} {flip.value:.4g}{f' {unit}' if unit else ''}, its {100 * flip.quantile:.3g} % quantile"
    return f"{name} {where}: {flip.share:.1%} ({flip.parameter.role}, {ground})"


def _together(joint: Stress | LeastChange) -> str:
    """The joint move in a sentence: at most four parameters that carry it."""
    if isinstance(joint, Stress):
        if joint.distance is None:
            return (
                f"All uncertainties together do not, within {joint.reach:g} standard deviations, as far as was found."
            )
        moved = [(m.parameter, m.median, m.value) for m in joint.moves]
        what, size = "uncertainties", joint.distance
    else:
        if not joint.feasible:
            return f"All levers together do not: the best probability found is {joint.achieved:.1%}."
        changes = sorted(joint.changes, key=lambda one: -abs(one.size))
        moved = [(one.lever.full_name, one.today, one.value) for one in changes]
        what, size = "levers", joint.distance
    shown = ", ".join(f"{name} {before:.4g} -> {after:.4g}" for name, before, after in moved[:4])
    rest = f", and {len(moved) - 4} more by less" if len(moved) > 4 else ""
    if size == 0:
        return f"With all {what} at their medians the conclusion is already the other one."
    return f"Smallest move of the {what} together, from their medians: {size:.2f} standard deviations: {shown}{rest}."


def _filled(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def _names(parameters: tuple[Parameter, ...]) -> str:
    return ", ".join(each.full_name for each in parameters)


def _is_judged(parameter: Parameter) -> bool:
    return parameter.basis.strip().lower().startswith("judgement")


@steady
def honesty(
    runs: Simulation,
    goal: AnyGoal,
    *,
    scenario: str | None = None,
    joint: bool = True,
    progress: Tell | None = None,
) -> Honesty:
    """How far the answers of a simulation about a goal can be trusted; print it.

    - the sampling error of each scenario's probability (Wilson) and of its difference from the first one's, on the same
      paths;
    - which parameters that reach the goal rest on judgement, on a named source, or on the history;
    - for ``scenario`` (the first unless named), the smallest move of each uncertain parameter alone that turns round
      whether the goal is reached with its probability (one half where it names none), the others drawn as they are;
    - with ``joint``, the smallest move of several together (``stress`` or ``least_change``), which takes longest. It is
      left out for weighted paths and given draws, which these two do not know.

    The moves are simulated with the draws of ``runs``: some 15 simulations a parameter of the lines in between.
    ``progress`` is called with the share that is done and what is being done; the joint move counts as one step.
    """
    expect(runs, Simulation, GoalError, "the simulation", "simulate first: simulate(company, scenarios, ...)")
    goals = as_goals(goal)
    chosen = _chosen(runs, goals, scenario)
    met = {name: np.asarray(goals.inside(runs.outcome(name)) >= 0, dtype=float) for name in runs.names}
    wanted = EVEN if goals.probability is None else goals.probability
    first = met[runs.names[0]]
    headlines = tuple(_headline(name, each, first, runs) for name, each in met.items())
    holds = next(one.share for one in headlines if one.scenario == chosen.name) >= wanted
    run = run_of(runs, goals.by)
    reaching = _reaching(run, chosen, goals)
    together = joint and runs.weights is None and not runs.given
    pace = Pace(progress, [*((each.full_name, 1) for each in reaching), (JOINT, len(reaching) * together)])
    flips = []
    for parameter in reaching:
        pace.begin(parameter.full_name)
        if parameter.estimate is None or parameter.estimate.is_fixed:
            continue
        name = parameter.full_name

        def share_at(value: float, name: str = name) -> float:
            outcome = run.outcome(chosen, goals.lines, {name: np.full(runs.paths, value)})
            return float(np.average(goals.inside(outcome) >= 0, weights=runs.weights))

        flip = nearest_flip(parameter, refusing(share_at), wanted, holds)
        flips += [] if flip is None else [flip]
    judged = tuple(each for each in reaching if _is_judged(each))
    if together:
        pace.begin(JOINT)
    return Honesty(
        goal=goals,
        wanted=wanted,
        scenario=chosen.name,
        paths=runs.paths,
        headlines=headlines,
        fitted=tuple(each for each in reaching if each.basis == "fitted"),
        sourced=tuple(each for each in reaching if each.basis != "fitted" and not _is_judged(each)),
        judged=judged,
        certain=tuple(each for each in judged if each.estimate is not None and each.estimate.is_fixed),
        flips=tuple(
            sorted(flips, key=lambda flip: (not flip.turns, abs(flip.away if flip.turns else flip.share - wanted)))
        ),
        joint=_joint(runs, chosen, goals, wanted, holds) if together else None,
    )


def _joint(
    runs: Simulation, scenario: Scenario, goals: Goals, wanted: float, holds: bool
) -> Stress | LeastChange | None:
    """The smallest joint move that turns the conclusion round; None where nothing can be moved."""
    company, asked = runs.company, Goals(tuple(replace(goal, probability=wanted) for goal in goals.parts))
    try:
        if holds:
            return stress(company, scenario, goal=asked, paths=runs.paths, seed=runs.seed)
        return least_change(company, scenario, goal=asked, paths=runs.paths, seed=runs.seed)
    except GoalError:
        return None


def _chosen(runs: Simulation, goals: Goals, name: str | None) -> Scenario:
    """The scenario whose conclusion is turned round; the goal's lines and date must be simulated."""
    for line in goals.lines:
        if line not in runs.company.model.lines:
            raise GoalError(f"the goal is on '{line}'. {did_you_mean(line, runs.company.model.lines)}")
    if goals.by is None:
        raise GoalError("the goal needs a date: Goal(..., by='2027Q4').")
    scenarios = {each.name: each for each in runs.scenarios if isinstance(each, Scenario)}
    if not scenarios:
        raise GoalError("all scenarios of the simulation are mixtures; simulate one that is not, too.")
    name = next(iter(scenarios)) if name is None else name
    expect(name, str, GoalError, "the scenario", "give its name, as in 'base'")
    if name not in scenarios:
        raise GoalError(f"there is no scenario '{name}' that is not a mixture. {did_you_mean(name, scenarios)}")
    return scenarios[name]


def _headline(name: str, met: Array, first: Array, runs: Simulation) -> Headline:
    weights = runs.weights
    share = float(np.average(met, weights=weights))
    each = np.full(runs.paths, 1.0 / runs.paths) if weights is None else weights
    effective = 1.0 / float(np.sum(each**2))
    low, high = share_interval(share, round(effective))
    apart = met - first
    difference = float(np.sum(each * apart))
    error = float(np.sqrt(np.sum(each**2 * (apart - difference) ** 2)))
    return Headline(name, share, low, high, difference, error)


def _reaching(run: Run, scenario: Scenario, goals: Goals) -> tuple[Parameter, ...]:
    """Every parameter whose line the goal's lines depend on, under the scenario."""
    needed = run.planned(scenario).company.model.needed_for(frozenset(goals.lines))
    return tuple(each for each in run.company.parameters.values() if each.line in needed)
