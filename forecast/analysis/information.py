"""Value of information: what knowing an uncertain parameter before a decision would be worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.analysis.goal import Goal
from forecast.analysis.goals import Goals
from forecast.analysis.smoothing import chosen, curves, normal_scores
from forecast.analysis.statistic import Mean, Probability, as_statistic
from forecast.analysis.uncertainties import uncertainties
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel
from forecast.notebook import Laid, Said, answered, spoken
from forecast.scenario import Scenario
from forecast.simulation import Outcome, Run, check_scenarios, horizon_of
from forecast.timeline import quarters_between

if TYPE_CHECKING:
    import pandas as pd

FOLDS = 5
"""Parts of the paths: a rule learned on the others is judged on each."""

SURE = 2.0
"""A value is beyond its sampling error from this many standard errors on, by chance at most once in 44 parameters."""

TOLD = 6
"""Parameters that are printed."""


@dataclass(frozen=True, slots=True)
class Payoff:
    """What a decision brings on a path: ``worth`` for a goal that is reached, or ``worth`` times a line, less its cost.

    ``of`` is a goal, several, or ``Mean`` of a line; ``costs`` are by decision, 0 where not named, in the same unit.
    ``Payoff(goal, worth=2_000, costs={"discipline": 700})``.
    """

    of: Goal | Goals | Mean | Probability
    worth: float = 1.0
    costs: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = Problems()
        of = as_statistic(self.of)
        if not isinstance(of, Mean | Probability):
            problems.add(f"it is of {of}; only a mean or a goal adds up over paths: Mean('net_profit', at='2027Q4').")
        elif of.last is None:
            problems.add("the goal needs a date: Goal(..., by='2027Q4').")
        given: Any = self.costs
        costs = dict(given) if isinstance(given, Mapping) else {}
        if not isinstance(given, Mapping):
            problems.add(f"costs is {given!r}; give numbers by decision, as in {{'discipline': 700}}.")
        for name, number in {
            "worth": self.worth,
            **{f"the cost of '{name}'": one for name, one in costs.items()},
        }.items():
            if isinstance(number, bool) or not isinstance(number, int | float) or not np.isfinite(number):
                problems.add(f"{name} is {number!r}; give a finite number.")
        problems.raise_if_any(GoalError, "the payoff cannot be read")
        object.__setattr__(self, "of", of)
        object.__setattr__(self, "costs", MappingProxyType(costs))

    @property
    def statistic(self) -> Mean | Probability:
        """What is counted on each path."""
        assert isinstance(self.of, Mean | Probability)
        return self.of

    def numbers(self, outcome: Outcome, decision: str) -> Array:
        """The payoff of a decision, shape (paths,)."""
        return self.worth * self.statistic.numbers(outcome) - self.costs.get(decision, 0.0)

    def __str__(self) -> str:
        what = self.statistic
        if isinstance(what, Probability):
            goals = what.goal
            text = f"{self.worth:,g} if {goals.condition}" + ("" if goals.by is None else f" by {goals.by}")
        else:
            text = str(what).removeprefix("mean of ")
            text = text if self.worth == 1 else f"{self.worth:g} times {text}"
        costs = ", ".join(f"'{name}' {cost:,g}" for name, cost in self.costs.items())
        return f"{text}, less the cost of {costs}" if costs else text


@dataclass(frozen=True, slots=True)
class Known:
    """What it would be worth to know one parameter before deciding.

    ``value`` has the unit of the payoff, with its standard ``error``. ``changed`` is the share of paths on which
    another decision would be taken than without knowing. ``choices`` tells which one: (decision, from, to) in the
    parameter's own unit, from its 0.5 % to its 99.5 % quantile.
    """

    parameter: str
    unit: str
    value: float
    error: float
    changed: float
    choices: tuple[tuple[str, float, float], ...]

    @property
    def matters(self) -> bool:
        """Whether the value is beyond its sampling error."""
        return self.value > SURE * self.error

    @property
    def rule(self) -> str:
        """Which decision would be taken where, in words; empty where it is the same one everywhere."""
        parts = []
        for place, (decision, low, high) in enumerate(self.choices):
            last = place == len(self.choices) - 1
            where = f"above {low:.4g}" if last else f"below {high:.4g}" if place == 0 else f"{low:.4g} to {high:.4g}"
            parts.append(f"'{decision}' {where}")
        return "" if len(parts) < 2 else ", ".join(parts) + f" {self.unit}" * bool(self.unit)

    def __str__(self) -> str:
        rule = f": {self.rule}" if self.rule else ""
        return (
            f"{self.parameter} {self.value:,.4g} +- {self.error:,.2g}, changes the decision on {self.changed:.0%}{rule}"
        )


@dataclass(frozen=True, slots=True)
class Information(Fingerprinted):
    """The value of knowing each parameter, the largest first.

    ``payoffs`` are the expected payoffs of the decisions with their standard errors, ``best`` the decision with the
    largest. ``perfect`` is what it would be worth to know the whole path, noise included, with its standard error: no
    parameter can be worth more.
    """

    payoff: Payoff
    payoffs: Mapping[str, tuple[float, float]]
    best: str
    perfect: tuple[float, float]
    known: tuple[Known, ...]
    paths: int
    seed: int
    warnings: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """A row a parameter."""
        import pandas as pd

        rows = [(one.parameter, one.value, one.error, one.changed, one.matters) for one in self.known]
        columns = ["parameter", "value", "standard error", "decision changed", "matters"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        told = ", ".join(f"'{name}' {mean:,.4g} +- {error:,.2g}" for name, (mean, error) in self.payoffs.items())
        lines: list[Said] = [
            f"Payoff: {self.payoff}",
            f"Expected: {told}. Without knowing more, '{self.best}' is best.",
            f"Knowing everything, luck included, would be worth {self.perfect[0]:,.4g} +- {self.perfect[1]:,.2g}.",
        ]
        first = [one for one in self.known if one.matters]
        if not first:
            lines.append(
                f"None of the {len(self.known)} parameters would change the decision for the better, if known."
            )
            return lines
        lines.append("To know before deciding is worth at most (+- one standard error):")
        shown = first[:TOLD]
        rows = [("parameter", "worth at most", "error", "changes the decision on", "decision")]
        rows += [
            (one.parameter, f"{one.value:,.4g}", f"+- {one.error:,.2g}", f"{one.changed:.0%}", one.rule)
            for one in shown
        ]
        lines.append(Laid("\n".join(f"  {one}" for one in shown), rows))
        rest = len(self.known) - len(first[:TOLD])
        if rest:
            within = "" if len(first) > TOLD else ", within two standard errors of nothing"
            lines.append(f"  {rest} {'other is' if rest == 1 else 'others are'} worth less{within}")
        return lines

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])


@steady
def value_of_information(
    company: CalibratedModel,
    decisions: Iterable[Scenario] | Mapping[str, Scenario],
    *,
    payoff: Payoff | Goal | Goals | Mean,
    vary: Sequence[str] | None = None,
    paths: int = 10_000,
    seed: int,
) -> Information:
    """Which uncertain parameter would move the decision most, if it were known: the expected value of knowing it.

    With decisions d (scenarios) and their payoffs y_d on each path,

        value[i] = E[ max_d E[y_d | parameter i] ] - max_d E[y_d]

    the expected value of partial perfect information, without nested simulation: E[y_d - y_best | parameter i] is a
    regression spline over the paths (Strong, Oakley and Brennan 2014, "Estimating multiparameter partial expected
    value of perfect information", Medical Decision Making 34(3)). The curves only decide; what the decisions bring is
    counted in payoffs of paths that the curves were not fitted to (five folds). So the largest of noisy means, which
    is too high, is never taken: the value is that of a rule that can be written down, at most a little below the
    truth, and negative only by its error. A payoff of 0 or ``worth`` needs nothing else: a least-squares curve of it
    is a probability, and where it leaves [0, 1] the decision is the same as at the bound.

    ``vary`` names drawn parameters; by default the uncertainties that reach the payoff's lines.
    """
    expect(company, CalibratedModel, GoalError, "the company", "calibrate the model first: calibrate(model, history)")
    asked = payoff if isinstance(payoff, Payoff) else Payoff(payoff)
    scenarios = _listed(decisions)
    every = quarters_between(company.first, company.first + (company.horizon - 1))
    check_scenarios(company, scenarios, every)
    names = _check(company, scenarios, asked, vary)
    quarters = horizon_of(company, asked.statistic.last or "", paths, seed, name="the payoff's date")
    run = Run(company, quarters, paths, seed)
    numbers = np.array([asked.numbers(run.outcome(one, asked.statistic.lines), one.name) for one in scenarios])
    means = numbers.mean(axis=1)
    best = int(np.argmax(means))
    order = [best, *(place for place in range(len(scenarios)) if place != best)]
    gains = numbers[order[1:]] - numbers[best]
    titles = [scenarios[place].name for place in order]
    known = [_known(company, run, name, gains, titles) for name in names]
    perfect = np.maximum(gains.max(axis=0), 0.0)
    return Information(
        payoff=asked,
        payoffs={one.name: (float(y.mean()), _error(y)) for one, y in zip(scenarios, numbers, strict=True)},
        best=scenarios[best].name,
        perfect=(float(perfect.mean()), _error(perfect)),
        known=tuple(sorted(known, key=lambda one: -one.value)),
        paths=paths,
        seed=seed,
        warnings=company.warnings,
    )


def _listed(decisions: Any) -> list[Scenario]:
    given = list(decisions.values()) if isinstance(decisions, Mapping) else decisions
    problems = Problems()
    if not isinstance(given, list | tuple):
        given = []
    for one in given:
        if not isinstance(one, Scenario):
            problems.add(f"{one!r} is not a scenario; pass fc.Scenario('base').")
    if len(given) < 2:
        problems.add(f"{len(given)} given; a decision is between at least two scenarios, as in [base, discipline].")
    problems.raise_if_any(GoalError, "the decisions cannot be compared")
    return list(given)


def _check(
    company: CalibratedModel, scenarios: list[Scenario], payoff: Payoff, vary: Sequence[str] | None
) -> tuple[str, ...]:
    """The parameters to learn, or one error with everything that is wrong with the question."""
    problems = Problems()
    for line in payoff.statistic.lines:
        if line.split(".")[0] not in company.model.lines:
            problems.add(f"the payoff is on '{line}'. {did_you_mean(line, company.model.lines)}")
    for name in payoff.costs:
        if name not in [one.name for one in scenarios]:
            problems.add(f"a cost is given to '{name}'. {did_you_mean(name, [one.name for one in scenarios])}")
    roles = ("uncertainty",) if vary is None else ("uncertainty", "lever", "constant")
    names = uncertainties(company, scenarios, payoff.statistic.lines, vary, problems, roles=roles)
    problems.raise_if_any(GoalError, "the value of information cannot be found as asked")
    return names


def _known(company: CalibratedModel, run: Run, name: str, gains: Array, titles: list[str]) -> Known:
    """One parameter; ``gains`` (decisions but the best, paths) are what they bring more than the best."""
    drawn = run.parameters[name]
    scores = normal_scores(drawn)
    all_gains = np.vstack([np.zeros(len(drawn)), gains])
    picked = np.zeros(len(drawn), dtype=int)
    for part in np.array_split(np.arange(len(drawn)), FOLDS):
        others = np.ones(len(drawn), dtype=bool)
        others[part] = False
        picked[part] = chosen(curves(scores[others], gains[:, others]), scores[part])
    gained = all_gains[picked, np.arange(len(drawn))]
    levels = np.linspace(0.005, 0.995, 199)
    grid = np.quantile(drawn, levels)
    rule = chosen(curves(scores, gains), np.quantile(scores, levels))
    starts = [0, *(np.flatnonzero(np.diff(rule)) + 1)]
    edges = [grid[0], *(0.5 * (grid[start - 1] + grid[start]) for start in starts[1:]), grid[-1]]
    return Known(
        parameter=name,
        unit=company.parameters[name].unit,
        value=float(gained.mean()),
        error=_error(gained),
        changed=float(np.mean(picked > 0)),
        choices=tuple(
            (titles[int(rule[start])], float(edges[place]), float(edges[place + 1]))
            for place, start in enumerate(starts)
        ),
    )


def _error(numbers: Array) -> float:
    """Standard error of a mean over paths."""
    return float(np.std(numbers, ddof=1) / np.sqrt(len(numbers))) if len(numbers) > 1 else float("nan")
