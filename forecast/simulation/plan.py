"""What a scenario asks of a company: its shocks bound to draws, after every one of them was checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array, uniform
from forecast.errors import ForecastError, Problems, ScenarioError, did_you_mean
from forecast.model import CalibratedModel, condition_problems
from forecast.scenario import Before, Condition, Mixture, Scenario, Shock, label
from forecast.simulation.rules import Watch
from forecast.simulation.streams import Draws
from forecast.simulation.wiring import Rival, check_units, learned, other_driver, rival_of, wired
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Bound:
    """A shock with its size on each path, its weight and fade in each quarter, and on which paths it happens.

    ``number`` is its place in the scenario; a shock of uncertain date is bound once for each date, with one number.
    ``on`` (paths,) is where the rule that it belongs to has begun it, looked up anew in every quarter.
    """

    number: int
    shock: Shock
    size: Array
    weights: tuple[float, ...]
    fades: tuple[float, ...]
    happens: NDArray[np.bool_] | None
    rival: Rival | None = None
    on: NDArray[np.bool_] | None = None

    def as_before(self, step: int) -> bool:
        """Whether it surely does to the same value what it did in the quarter before."""
        same = self.weights[step] == self.weights[step - 1] and self.fades[step] == self.fades[step - 1]
        calm = self.weights[step] == 0.0 or (self.on is None and getattr(self.shock, "steady", False))
        return same and calm

    def moved(self, value: Array, step: int, quarter: Quarter, before: Before, size: Array | None = None) -> Array:
        """The target after this shock: the value itself where it does not act or does not happen.

        ``size`` stands for the drawn size where it is the quarter's own, as the line under another driver is.
        """
        weight, fade = self.weights[step], self.fades[step]
        if weight == 0.0 or (self.on is not None and not self.on.any()):
            return value
        new = self.shock.apply(value, self.size if size is None else size, weight, quarter, before)
        if fade != 1.0:
            new = value + fade * (new - value)
        there = self.happens if self.on is None else self.on if self.happens is None else self.on & self.happens
        return new if there is None else np.where(there, new, value)


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario bound to its draws; ``company`` knows what its other drivers read."""

    scenario: Scenario
    shocks: tuple[Bound, ...]
    watches: tuple[Watch, ...]
    company: CalibratedModel

    def sized(self, sizes: Mapping[int, Array]) -> tuple[Bound, ...]:
        """The shocks, those whose number is in ``sizes`` with another size, shape (paths,) or ()."""
        return tuple(replace(one, size=sizes[one.number]) if one.number in sizes else one for one in self.shocks)


def check_scenarios(company: CalibratedModel, scenarios: Iterable[Any], quarters: tuple[Quarter, ...]) -> None:
    """Refuse shocks that the model cannot carry out, all at once."""
    problems = Problems()
    seen: dict[str, Any] = {}
    for scenario in _with_parts(scenarios):
        if not isinstance(scenario, Scenario | Mixture):
            problems.add(f"{scenario!r} is not a scenario; pass fc.Scenario('base').")
            continue
        if scenario.name in seen:
            problems.add(f"two scenarios are called '{scenario.name}'; give each a name of its own.")
        seen[scenario.name] = scenario
        if isinstance(scenario, Mixture):
            continue
        for shock, rule in scenario.acting:
            problem = _problem(company, shock, quarters)
            if problem:
                problems.add(f"scenario '{scenario.name}' {problem}")
            for line in dict.fromkeys(line for line, _ in (() if rule is None else rule.reads)):
                if line not in company.model.lines:
                    problems.add(
                        f"scenario '{scenario.name}' has a rule on '{line}', a line that the model does not have. "
                        f"{did_you_mean(line, company.model.lines)}"
                    )
        for condition in _conditions(scenario):
            for problem in condition_problems(condition.parts, company.model.dimensions):
                problems.add(f"scenario '{scenario.name}' has a rule with the condition '{condition}': {problem}")
        for event, likely in _odds(scenario).items():
            if len(likely) > 1:
                seen_odds = ", ".join(f"{odds:g}" for odds in likely)
                problems.add(
                    f"scenario '{scenario.name}' gives the event '{event}' the probabilities {seen_odds}; "
                    "it happens once for all its shocks, so give them one."
                )
    if not seen and not problems.found:
        problems.add("no scenario was given; pass at least fc.Scenario('base').")
    problems.raise_if_any(ScenarioError, "the scenarios do not fit the model")


def _with_parts(scenarios: Iterable[Any]) -> list[Any]:
    """The scenarios, and those of mixtures that are not among them already."""
    every = list(scenarios)
    for mixture in [one for one in every if isinstance(one, Mixture)]:
        every += [part for part, _ in mixture.parts if part not in every]
    return every


def _conditions(scenario: Scenario) -> list[Condition]:
    """The conditions of a scenario's rules, each once."""
    rules = [rule for _, rule in scenario.acting if rule is not None]
    every = [condition for rule in rules for condition in (rule.condition, rule.until) if condition is not None]
    return list(dict.fromkeys(every))


def _odds(scenario: Scenario) -> dict[str, list[float]]:
    """The different probabilities that shocks of one event state."""
    found: dict[str, list[float]] = {}
    for shock, _ in scenario.acting:
        if shock.event is not None and shock.probability not in found.setdefault(shock.event, []):
            found[shock.event].append(shock.probability)
    return found


def _problem(company: CalibratedModel, shock: Shock, quarters: tuple[Quarter, ...]) -> str | None:
    target, timing = shock.target, shock.timing
    if "." in target:
        if target not in company.parameters:
            return (
                f"shocks '{target}', a parameter that the model does not have. "
                f"{did_you_mean(target, company.parameters)}"
            )
        if "parameter" not in shock.acts_on:
            return f"uses {type(shock).__name__} on the parameter '{target}'; it acts on lines only."
    else:
        if target not in company.model.lines:
            return (
                f"shocks '{target}', a line that the model does not have. {did_you_mean(target, company.model.lines)}"
            )
        driver = company.model.driver(target)
        if driver.reads() and not driver.parameters() and not driver.noises():
            parts = ", ".join(dict.fromkeys(f"'{name}'" for name, _ in driver.reads() if name != target))
            parts = parts or "its own past"
            return (
                f"shocks '{target}', which is computed from {parts}; shock one of those, so that the sum still holds."
            )
    other = other_driver(shock)
    if other is not None:
        try:
            learned(company, other)
            wired(company, Scenario("one", shock))
            check_units(company.model, other)
        except ForecastError as problem:
            return f"replaces '{target}': {problem}"
    if timing.start is not None and timing.start < quarters[0]:
        return f"shocks '{target}' from {timing.start}, before the first simulated quarter {quarters[0]}."
    if timing.start is not None and timing.start > quarters[-1]:
        return f"shocks '{target}' from {timing.start}, after the last simulated quarter {quarters[-1]}."
    if timing.end is not None and timing.end < quarters[0]:
        return f"shocks '{target}' until {timing.end}, before the first simulated quarter {quarters[0]}."
    return None


def bind(scenario: Scenario, draws: Draws, quarters: tuple[Quarter, ...], company: CalibratedModel) -> Plan:
    """The scenario's shocks with their draws, shape (paths,) or () for a number.

    The k-th shock of one class, target and window draws from the same stream in every scenario. Shocks that
    name an event happen on the same paths, those on which one uniform draw is below their probability, and at dates
    of the same rank. A shock of uncertain date becomes one for each date, on the paths that draw it; one that belongs
    to a rule, one for each quarter, on the paths where the rule begins it.
    """
    bound = []
    counts: dict[str, int] = {}
    watches = {id(rule): Watch(rule, len(quarters), draws.paths) for _, rule in scenario.acting if rule is not None}
    for number, (shock, rule) in enumerate(scenario.acting):
        name = label(shock)
        counts[name] = counts.get(name, 0) + 1
        stream = f"shock/{name}/{counts[name]}"
        size = np.asarray(math.nan) if shock.size is None else draws.value(stream, shock.size)
        happens = None
        event = f"event/{shock.event}" if shock.event else f"{stream}/happens"
        if shock.probability < 1:
            happens = np.asarray(draws.value(event, uniform(0.0, 1.0)) < shock.probability)
        other = other_driver(shock)
        rival = None if other is None else rival_of(company, other, draws)
        if rule is not None:
            since = watches[id(rule)].since
            dated = [
                (_starting(shock, quarter), happens, since[place])
                for place, quarter in enumerate(quarters)
                if shock.timing.end is None or quarter <= shock.timing.end
            ]
        elif shock.timing.dates is None:
            dated = [(shock if shock.timing.start else _starting(shock, quarters[0]), happens, None)]
        else:
            dated = [(*one, None) for one in _dated(shock, happens, draws, f"{event}/date")]
        for each, there, on in dated:
            timing = each.timing
            weights = tuple(timing.weight(quarter, quarters[0]) for quarter in quarters)
            fades = tuple(timing.fade(quarter, quarters[0]) for quarter in quarters)
            bound.append(Bound(number, each, size, weights, fades, there, rival, on))
    return Plan(scenario, tuple(bound), tuple(watches.values()), wired(company, scenario))


def _starting(shock: Shock, quarter: Quarter) -> Shock:
    """The shock with that start; one of a user's own that has no such field stays as it is."""
    if not hasattr(shock, "start"):
        return shock
    known: Any = shock
    return cast(Shock, replace(known, start=str(quarter)))


def _dated(
    shock: Shock, happens: NDArray[np.bool_] | None, draws: Draws, stream: str
) -> list[tuple[Shock, NDArray[np.bool_]]]:
    """The shock at each of its dates, with the paths on which it happens then."""
    dates = shock.timing.dates
    assert dates is not None
    which = dates.drawn(draws.value(stream, uniform(0.0, 1.0)))
    there = np.ones(draws.paths, dtype=bool) if happens is None else happens
    return [
        (_starting(shock, Quarter.parse(quarter)), there & (which == place))
        for place, quarter in enumerate(dates.quarters)
    ]


def targets(scenario: Scenario) -> frozenset[str]:
    """The lines that a scenario's shocks touch directly."""
    return frozenset(shock.target.split(".")[0] for shock, _ in scenario.acting)
