"""The bridge: what each group of shocks contributes to the difference of a statistic between two scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.analysis.players import Groups, Players, players
from forecast.analysis.shapley import EXACT, ORDERS, Shares, shapley
from forecast.analysis.statistic import (
    BreakevenDate,
    Probability,
    Statistic,
    as_statistic,
    error_of,
    replicas,
)
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, SimulationError, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel
from forecast.notebook import Laid, Said, answered, spoken
from forecast.pace import Pace, Tell
from forecast.scenario import Scenario
from forecast.simulation import Outcome, Run, check_scenarios, horizon_of, wired
from forecast.simulation.plan import Bound, Plan, bind
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a bridge: its Shapley value, and for comparison its effect ``alone`` and as the ``last``.

    ``alone`` is what it changes where nothing else has been changed, ``last`` where everything else has been; the value
    is the mean over every order, mostly between the two. Each with its standard error.
    """

    name: str
    value: float
    error: float
    alone: float
    alone_error: float
    last: float
    last_error: float


@dataclass(frozen=True, slots=True)
class Bridge(Fingerprinted):
    """A statistic in the ``start`` and the ``end``, and the steps between them, the largest first.

    The steps add up to ``end_value - start_value``, but for the rounding of floating-point numbers (a few parts in
    10**16 of the values). Errors are standard errors of the simulation (``replicas``), from paths that have the same
    draws in every scenario; with ``orders`` (more groups than can be valued in every order) those of the orders drawn
    are in the steps' errors too. Shares are fractions, money in millions, dates in quarters; ``origin`` is the quarter
    that a date counts as 1, ``until`` the last one simulated.
    """

    statistic: Statistic
    start: str
    end: str
    start_value: float
    start_error: float
    end_value: float
    end_error: float
    change_error: float
    steps: tuple[Step, ...]
    unit: str
    origin: Quarter
    until: Quarter
    paths: int
    orders: int | None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def change(self) -> float:
        """The difference that the steps share out."""
        return self.end_value - self.start_value

    def step(self, name: str) -> Step:
        """One step by the name of its group."""
        found = {step.name: step for step in self.steps}
        if name not in found:
            raise GoalError(f"the bridge has no step '{name}'. {did_you_mean(name, found)}")
        return found[name]

    def to_frame(self) -> pd.DataFrame:
        """A row a step, the largest first."""
        import pandas as pd

        columns = ["value", "error", "alone", "alone error", "last", "last error"]
        rows = [
            (step.value, step.error, step.alone, step.alone_error, step.last, step.last_error) for step in self.steps
        ]
        return pd.DataFrame(rows, columns=columns, index=pd.Index([step.name for step in self.steps], name="step"))

    def level(self, value: float) -> str:
        """A value of the statistic as text: per cent, money with its unit, a quarter."""
        if self.unit == "points":
            return f"{value:.1%}"
        if self.unit != "quarters":
            return f"{value:,.{self._digits}f} {self.unit}".rstrip()
        at = self.origin + (round(value) - 1)
        return f"after {self.until}" if at > self.until else str(at)

    def move(self, value: float) -> str:
        """A difference as text, without its unit: points for shares."""
        text = f"{100 * value if self.unit == 'points' else value:+,.{self._digits}f}"
        return text if text.strip("+-0.") else text[1:]

    def give(self, error: float) -> str:
        """A standard error as text, without its unit; one digit of it where it is small."""
        number = 100 * error if self.unit == "points" else error
        text = f"{number:,.{self._digits}f}"
        size = max(abs(self.start_value), abs(self.end_value), *(abs(step.value) for step in self.steps))
        hidden = text.strip("0.") == "" and error > 1e-6 * size
        return f"{number:.1g}" if hidden else text

    @property
    def _digits(self) -> int:
        if self.unit in ("points", "quarters"):
            return 1 if self.unit == "points" else 2
        largest = max(abs(self.start_value), abs(self.end_value), *(abs(step.value) for step in self.steps))
        return 0 if largest >= 100 else 1 if largest >= 10 else 3

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        width = max(len(step.name) for step in self.steps)
        errors = [self.give(error) for error in (self.start_error, self.end_error, self.change_error)]
        shown = [self.move(step.value) for step in self.steps]
        wide = max(len(one) for one in shown)
        lines: list[Said] = [
            f"{self.statistic}".replace(", quarters from now", ""),
            f"{self.start}: {self.level(self.start_value)} (+- {errors[0]}); {self.end}: {self.level(self.end_value)} "
            f"(+- {errors[1]}); difference: {self.move(self.change)} {self.unit}".rstrip()
            + f" (+- {errors[2]})",
        ]
        steps = [
            f"  {step.name:{width}}  {value:>{wide}} +- {self.give(step.error)}  (alone {self.move(step.alone)}, "
            f"last {self.move(step.last)})"
            for step, value in zip(self.steps, shown, strict=True)
        ]
        rows = [("step", f"part {self.unit}".rstrip(), "error", "alone", "last")]
        rows += [
            (step.name, value, f"+- {self.give(step.error)}", self.move(step.alone), self.move(step.last))
            for step, value in zip(self.steps, shown, strict=True)
        ]
        lines += [Laid("\n".join(steps), rows), *self.notes, *_meaning(self)]
        return lines

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])


def _meaning(found: Bridge) -> list[str]:
    """What the numbers of a bridge mean, in a few sentences."""
    orders = "every order" if found.orders is None else f"{found.orders} orders drawn at random"
    of = f", those {found.orders} orders included" if found.orders is not None else ""
    told = [
        f"A step is its effect averaged over {orders} in which the steps can be taken (Shapley), so that what they do",
        "only together is shared out and they add up; alone: with nothing else changed, last: with all else changed.",
        f"{found.paths:,} paths; +- is one standard error of the simulation{of}.",
    ]
    if isinstance(found.statistic, BreakevenDate):
        told.append(f"A date after {found.until} counts as the quarter after it.")
    return told


@steady
def bridge(
    company: CalibratedModel,
    start: Scenario,
    end: Scenario,
    statistic: Any,
    *,
    groups: Groups | None = None,
    until: str | Quarter | None = None,
    paths: int = 10_000,
    seed: int,
    progress: Tell | None = None,
) -> Bridge:
    """Share out the difference of a statistic between two scenarios among the groups of shocks that make it.

    ``statistic`` is a goal (for its probability) or one of ``Mean``, ``Quantile``, ``Probability`` and
    ``BreakevenDate``. ``groups`` names what belongs together, ``{"conversion": [shock, shock], "selling":
    ["selling.target", "selling.half_life"], "R&D": ["research_and_development"]}``, by shocks, targets or lines; every
    other shock that differs is a group of its own, and shocks of one ``event`` are one group. See ``players`` for how
    shocks are added, taken out, changed and ordered. ``until`` is the last quarter simulated, by default
    the last that the statistic looks at.

    A coalition of groups is a scenario; the statistic of its paths is what it is worth, and a group's part is
    its Shapley value (``forecast.analysis.shapley``): exact up to 10 groups, from 100 random orders beyond. No shock
    draws other numbers because another one is missing; one that both scenarios hold draws as in the end.
    ``progress`` is called with the share that is done and what is being done.
    """
    expect(start, Scenario, GoalError, "the start", "pass one, as in Scenario('base') or scenarios['base']")
    expect(end, Scenario, GoalError, "the end", "pass one, as in scenarios['discipline']")
    chosen, quarters = asked(company, statistic, until, paths, seed)
    check_scenarios(company, [start, end], quarters)
    found = players(start, end, groups)
    run = Run(company, quarters, paths, seed)
    coalitions = Coalitions(run, found)
    count = len(found.names)
    pace = Pace(progress, {VALUING: 1 << count if count <= EXACT else ORDERS * count})
    pace.begin(VALUING)

    def valued(mask: int) -> Array:
        pace.step()
        return worth(chosen, coalitions.outcome(mask, chosen))

    shares = shapley(valued, count, seed)
    return built(shares, found.names, chosen, company, (start.name, end.name), quarters, paths)


VALUING = "valuing coalitions"


class Coalitions:
    """The scenarios between two scenarios, each shock bound once, as the scenario that it comes from draws it."""

    def __init__(self, run: Run, found: Players) -> None:
        self.run = run
        self.players = found
        self.plans = tuple(bind(one, run.draws, run.quarters, run.company) for one in (found.start, found.end))

    def plan(self, mask: int) -> Plan:
        """The coalition's scenario with its bound shocks."""
        places = self.players.places(mask)
        ends = (self.players.start, self.players.end)
        shocks = [ends[from_end].shocks[number] for from_end, number in places]
        scenario = Scenario(self.players.name(mask), *shocks)
        bound: list[Bound] = []
        for from_end, number in places:
            counts = [len(getattr(shock, "shocks", (shock,))) for shock in ends[from_end].shocks]
            first = sum(counts[:number])
            for own in range(first, first + counts[number]):
                place = len({one.number for one in bound})
                mine = [one for one in self.plans[from_end].shocks if one.number == own]
                bound += [replace(one, number=place) for one in mine]
        rules = {id(shock) for shock in shocks}
        watches = [watch for plan in self.plans for watch in plan.watches if id(watch.rule) in rules]
        return Plan(scenario, tuple(bound), tuple(watches), wired(self.run.company, scenario))

    def outcome(self, mask: int, statistic: Statistic) -> Outcome:
        """The statistic's lines under a coalition; the arrays are written over by the next one."""
        plan = self.plan(mask)
        self.run.prepared(plan)
        try:
            return self.run.outcome(plan.scenario, statistic.lines)
        except SimulationError as problem:
            if mask in (0, (1 << len(self.players.names)) - 1):
                raise
            raise GoalError(
                f"a bridge needs every coalition of its groups: {problem} "
                "Put shocks that only work together into one group: groups={'both': [...]}."
            ) from None


def asked(
    company: CalibratedModel, statistic: Any, until: str | Quarter | None, paths: int, seed: int
) -> tuple[Statistic, tuple[Quarter, ...]]:
    """The statistic and the quarters to simulate, or one error with everything that is wrong with them."""
    cure = "calibrate the model first: calibrate(model, history)"
    expect(company, CalibratedModel, GoalError, "the company", cure)
    chosen = as_statistic(statistic)
    problems = Problems()
    lines = company.model.lines
    for line in chosen.lines:
        if line.split(".")[0] not in lines:
            problems.add(f"there is no line '{line}' in the model. {did_you_mean(line, lines)}")
    last = chosen.last if until is None else until
    if last is None:
        problems.add(f"until when is the {type(chosen).__name__} asked for? Give until='2029Q4'.")
    problems.raise_if_any(GoalError, "the statistic cannot be computed")
    assert last is not None
    return chosen, horizon_of(company, last, paths, seed, name="the statistic's date" if until is None else "until")


def worth(statistic: Statistic, outcome: Outcome, shift: float = 0.0) -> Array:
    """The statistic of an outcome and its ``replicas``, shape (1 + replicas,); ``shift`` is added to the numbers."""
    numbers = statistic.numbers(outcome) + shift
    return np.array([statistic.value(numbers, outcome.weights), *replicas(statistic, numbers, outcome.weights)])


def built(
    shares: Shares,
    names: Sequence[str],
    statistic: Statistic,
    company: CalibratedModel,
    ends: tuple[str, str],
    quarters: tuple[Quarter, ...],
    paths: int,
    notes: tuple[str, ...] = (),
) -> Bridge:
    """The bridge of these shares, steps in the order of their size."""
    steps = []
    for place, name in enumerate(names):
        value, alone, last = shares.values[place], shares.alone[place], shares.last[place]
        error = float(np.hypot(error_of(value[1:]), shares.spread[place]))
        steps.append(
            Step(
                name,
                float(value[0]),
                error,
                float(alone[0]),
                error_of(alone[1:]),
                float(last[0]),
                error_of(last[1:]),
            )
        )
    return Bridge(
        statistic,
        *ends,
        float(shares.nobody[0]),
        error_of(shares.nobody[1:]),
        float(shares.everybody[0]),
        error_of(shares.everybody[1:]),
        error_of(shares.everybody[1:] - shares.nobody[1:]),
        tuple(sorted(steps, key=lambda step: -abs(step.value))),
        unit_of(statistic, company),
        quarters[0],
        quarters[-1],
        paths,
        shares.orders,
        notes,
        warnings=company.warnings,
    )


def unit_of(statistic: Statistic, company: CalibratedModel) -> str:
    """The unit of the statistic's differences: points, quarters, or that of its line; empty for another's statistic."""
    if isinstance(statistic, Probability):
        return "points"
    if isinstance(statistic, BreakevenDate):
        return "quarters"
    line = company.model.lines.get(getattr(statistic, "line", ""))
    return "" if line is None else line.amount
