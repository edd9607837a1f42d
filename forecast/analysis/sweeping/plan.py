"""The plan of a sweep: which settings of which companies, cut into tasks of some seconds each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from forecast.analysis.scan import named_statistics
from forecast.analysis.statistic import Statistic
from forecast.analysis.sweeping.identity import company_digest, digest_of, scenario_digest, statistic_spec
from forecast.analysis.sweeping.origin import code_of, kinds_of, versions
from forecast.errors import Problems, SweepError, TimelineError, did_you_mean, expect
from forecast.model import CalibratedModel
from forecast.scenario import Scenario
from forecast.simulation.streams import SAMPLINGS
from forecast.timeline import Quarter

CELLS = 100_000_000
"""Cost of a task: numbers computed (a line, a quarter and a path each). Some seconds on one processor."""

SETTING = 40_000
"""What a setting costs besides its numbers, in cells."""

MOST = 10_000_000
"""Settings of one company, at most."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One scenario with one value of each lever."""

    scenario: Scenario
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """The settings ``first`` to ``last - 1`` of a company; ``id`` says all that decides their numbers but the code."""

    id: str
    company: str
    first: int
    last: int
    cost: float

    @property
    def settings(self) -> int:
        """How many there are."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Asked:
    """What is the same for every task, and the ``versions`` that it is planned with."""

    statistics: Mapping[str, Statistic]
    levers: Mapping[str, tuple[float, ...]]
    until: str
    paths: int
    seed: int
    sampling: str
    versions: Mapping[str, str] = field(default_factory=versions)

    def settings(self, scenarios: Sequence[Scenario], first: int, last: int) -> Iterator[Setting]:
        """The settings of a slice: scenario by scenario, the last lever the fastest."""
        grid = list(product(*self.levers.values()))
        for place in range(first, last):
            yield Setting(scenarios[place // len(grid)], grid[place % len(grid)])

    def spec(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "versions": dict(self.versions),
            "until": self.until,
            "paths": self.paths,
            "seed": self.seed,
            "sampling": self.sampling,
            "statistics": {name: statistic_spec(statistic) for name, statistic in self.statistics.items()},
            "levers": {name: list(values) for name, values in self.levers.items()},
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked, of whom, and the tasks.

    By company: its ``scenarios``, its digest, and that of its scenarios; ``kept`` holds the scenarios' own digests by
    the latter. ``code`` has the digests of the user's own classes.
    """

    asked: Asked
    scenarios: Mapping[str, tuple[Scenario, ...]]
    digests: Mapping[str, str]
    sets: Mapping[str, str]
    kept: Mapping[str, Mapping[str, str]]
    code: Mapping[str, list[str]]
    tasks: tuple[Task, ...]

    def settings(self, task: Task) -> tuple[Setting, ...]:
        """The settings of a task."""
        return tuple(self.asked.settings(self.scenarios[task.company], task.first, task.last))


def read_asked(
    statistics: Any,
    levers: Mapping[str, Iterable[float]] | None,
    until: str | Quarter,
    paths: int,
    seed: int,
    sampling: str,
) -> Asked:
    """What is asked, or one error with everything that is wrong with it whatever the company."""
    named = named_statistics(statistics)
    problems = Problems()
    last = str(until)
    try:
        last = str(Quarter.parse(until))
    except TimelineError as problem:
        problems.add(f"until: {problem}")
    if isinstance(paths, bool) or not isinstance(paths, int | np.integer) or not 1 <= paths <= 10_000_000:
        problems.add(f"paths is {paths!r}; give a whole number from 1 to 10,000,000.")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        problems.add(f"seed is {seed!r}; give a whole number from 0 on.")
    if sampling not in SAMPLINGS:
        problems.add(f"sampling is {sampling!r}. {did_you_mean(str(sampling), SAMPLINGS)}")
    grid: dict[str, tuple[float, ...]] = {}
    cure = "give values by parameter, as in {'selling.target': [0.3, 0.4, 0.5]}"
    expect({} if levers is None else levers, Mapping, SweepError, "levers", cure)
    for name, values in (levers or {}).items():
        if not isinstance(name, str) or name.count(".") != 1:
            problems.add(f"a lever is {name!r}; name a parameter, as in 'selling.target'.")
        try:
            numbers = tuple(float(value) for value in values)
        except (TypeError, ValueError):
            problems.add(f"the values of {name!r} are {values!r}; give a list of numbers.")
            continue
        if not numbers or not all(map(math.isfinite, numbers)) or len(set(numbers)) < len(numbers):
            problems.add(f"the values of {name!r} are {list(numbers)}; give at least one, finite and each once.")
        grid[str(name)] = numbers
    problems.raise_if_any(SweepError, "the sweep cannot be made as asked")
    return Asked(named, grid, last, int(paths), int(seed), sampling)


def make_plan(companies: Mapping[str, CalibratedModel], scenarios: Any, asked: Asked) -> Plan:
    """The tasks, a function of what is asked alone: not of the workers, nor of what is done already."""
    chosen = _by_company(companies, scenarios)
    grid = math.prod(len(values) for values in asked.levers.values())
    problems = Problems()
    for name, several in chosen.items():
        if len(several) * grid > MOST:
            problems.add(f"'{name}' has {len(several) * grid:,} settings; at most {MOST:,} of a company are taken.")
    problems.raise_if_any(SweepError, "the sweep is too large")
    common = asked.spec()
    told: dict[int, dict[str, str]] = {}
    digests, sets, kept = {}, {}, {}
    kinds = kinds_of(asked.statistics.values())
    tasks: list[Task] = []
    for name, several in chosen.items():
        company = _company(companies, name)
        if id(several) not in told:  # most often the companies share one tuple of scenarios
            told[id(several)] = {scenario.name: scenario_digest(scenario) for scenario in several}
            kinds |= kinds_of(several)
        kinds |= kinds_of([company.model.drivers, [one.estimate for one in company.parameters.values()]])
        each = told[id(several)]
        digests[name], sets[name] = company_digest(company), digest_of(each)
        kept[sets[name]] = each
        for first, last, cost in _cut(company, several, asked, grid):
            acting = list(each.values())[first // grid : (last - 1) // grid + 1]
            identity = digest_of([common, name, digests[name], acting, first % grid, last - first])
            tasks.append(Task(identity, name, first, last, cost))
    return Plan(asked, chosen, digests, sets, kept, code_of(kinds), tuple(tasks))


def _by_company(companies: Mapping[str, CalibratedModel], scenarios: Any) -> dict[str, tuple[Scenario, ...]]:
    """The scenarios of each company; where they are the same for all, the very same tuple."""
    expect(companies, Mapping, SweepError, "the companies", "give them by name, as in {'Kunlun': company}")
    problems = Problems()
    names = list(companies)
    if not names:
        problems.add("there is no company; give at least one, as in {'Kunlun': company}.")
    problems.found += [f"a company is called {name!r}; give it a name." for name in names if not _is_name(name)]
    if not isinstance(scenarios, Mapping) or all(
        isinstance(one, Scenario) and one.name == key for key, one in scenarios.items()
    ):
        shared = _listed(scenarios, "scenarios", problems)
        chosen = dict.fromkeys(names, shared)
    else:
        for name in scenarios:
            if name not in companies:
                problems.add(f"scenarios are given for {name!r}, which is no company. {did_you_mean(name, names)}")
        for name in names:
            if name not in scenarios:
                problems.add(f"no scenarios are given for the company {name!r}.")
        chosen = {
            name: _listed(scenarios[name], f"the scenarios of {name!r}", problems)
            for name in names
            if name in scenarios
        }
    problems.raise_if_any(SweepError, "the sweep cannot be made as asked")
    return chosen


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name.strip())


def _listed(scenarios: Any, what: str, problems: Problems) -> tuple[Scenario, ...]:
    if isinstance(scenarios, Scenario):
        return (scenarios,)
    if not isinstance(scenarios, Iterable) or isinstance(scenarios, str):
        problems.add(f"{what}: {scenarios!r}; give scenarios, as in [fc.Scenario('base')].")
        return ()
    listed = tuple(scenarios.values() if isinstance(scenarios, Mapping) else scenarios)
    for one in listed:
        if not isinstance(one, Scenario):
            problems.add(f"{what}: {one!r} is not a scenario; a sweep takes scenarios only, as in fc.Scenario('base').")
    names = [one.name for one in listed if isinstance(one, Scenario)]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        problems.add(f"{what}: {names.count(name)} are called '{name}'; give each a name of its own.")
    if not listed:
        problems.add(f"{what}: none was given; pass at least fc.Scenario('base').")
    return listed


def _company(companies: Mapping[str, CalibratedModel], name: str) -> CalibratedModel:
    company = companies[name]
    cure = "calibrate the model first: calibrate(model, history)"
    expect(company, CalibratedModel, SweepError, f"the company {name!r}", cure)
    return company


def _cut(
    company: CalibratedModel, scenarios: Sequence[Scenario], asked: Asked, grid: int
) -> Iterator[tuple[int, int, float]]:
    """Slices of about equal cost, at most ``CELLS`` each unless one setting costs more."""
    quarters = max(Quarter.parse(asked.until) - company.first + 1, 1)
    row = asked.paths * quarters
    read = {line for statistic in asked.statistics.values() for line in statistic.lines}
    moved = {name.split(".")[0] for name in asked.levers}
    costs = []
    for scenario in scenarios:
        touched = moved | {shock.target.split(".")[0] for shock, _ in scenario.acting}
        costs.append(SETTING + row * (_between(company, touched, read) + len(asked.statistics)))
    begin = 2.0 * row * len(company.model.lines)
    total = grid * sum(costs)
    most = total / math.ceil(total / CELLS) * (1 + 1e-9)
    first, spent = 0, 0.0
    for place in range(grid * len(scenarios)):
        cost = costs[place // grid]
        if spent and spent + cost > most:
            yield first, place, begin + spent
            first, spent = place, 0.0
        spent += cost
    yield first, grid * len(scenarios), begin + spent


def _between(company: CalibratedModel, touched: set[str], read: set[str]) -> int:
    """How many lines lie between what a setting moves and what is read; names that the model lacks do not count."""
    model = company.model
    known = set(model.lines)
    reached = model.reached_from(frozenset(touched & known))
    return len(reached & model.needed_for(frozenset({name.split(".")[0] for name in read} & known)))
