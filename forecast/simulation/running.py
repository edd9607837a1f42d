"""Running scenarios: each recomputes only what its shocks reach."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from forecast.blas import steady
from forecast.distributions import Array
from forecast.errors import Problems, SimulationError, TimelineError, did_you_mean, expect
from forecast.model import CalibratedModel
from forecast.pace import Pace, Tell
from forecast.scenario import Mixture, Scenario
from forecast.simulation.clock import March, advance, together
from forecast.simulation.effects import Shocked
from forecast.simulation.given import check_given
from forecast.simulation.mixing import mixed
from forecast.simulation.outcome import Outcome
from forecast.simulation.paths import Simulation
from forecast.simulation.plan import Plan, bind, check_scenarios, targets
from forecast.simulation.rows import Shelf, Store
from forecast.simulation.streams import Draws, locked
from forecast.timeline import Quarter, quarters_between
from forecast.version import VERSION


class Run:
    """A company with its draws: computes scenarios, and variants of them with parameters replaced.

    ``tick`` is called after every quarter of every march: how a long question knows how far it is.
    """

    def __init__(
        self,
        company: CalibratedModel,
        quarters: tuple[Quarter, ...],
        paths: int,
        seed: int,
        *,
        sampling: str = "random",
        chunk: int = 0,
        given: Mapping[str, Array] | None = None,
        draws: Draws | None = None,
        tick: Callable[[], None] | None = None,
    ) -> None:
        self.company = company
        self.tick = tick
        self.quarters = quarters
        made = (
            Draws(seed, paths, len(quarters), sampling=sampling, chunk=chunk, given=given) if draws is None else draws
        )
        self.draws = made
        self.parameters = self.draws.parameters(company)
        self._base: dict[str, Array] | None = None
        self._shelf = Shelf(Store(len(quarters), paths))
        self._plan: Plan | None = None

    def base(self) -> dict[str, Array]:
        """Every line without shocks."""
        if self._base is None:
            lines = frozenset(self.company.model.lines)
            self._base = _locked(self._advance(lines, self.parameters))
        return self._base

    def scenario(self, scenario: Scenario, *, strict: bool = False) -> dict[str, Array]:
        """Every line under a scenario; those that it does not reach are the base's own arrays.

        With ``strict`` a shock that happens and changes nothing is refused.
        """
        if not scenario.shocks:
            return self.base()
        reached = self.planned(scenario).company.model.reached_from(targets(scenario))
        kept = {name: values for name, values in self.base().items() if name.split(".")[0] not in reached}
        new = self._advance(reached, self.parameters, scenario, kept, strict=strict)
        return {**kept, **_locked(new)}

    def redrawn(self, names: Collection[str]) -> Run:
        """The same company on the same draws, but for the named streams, which are drawn a second time."""
        draws = self.draws.redrawn(names)
        return Run(self.company, self.quarters, draws.paths, draws.seed, draws=draws)

    def keeping(self, scenarios: Iterable[Scenario], keep: tuple[str, ...]) -> dict[str, dict[str, Array]]:
        """The names in ``keep`` under each scenario, by its name, and nothing else.

        Lines that none of them needs are not computed. The base computes what some scenario does not compute again;
        all go through the quarters side by side, so that only what is kept is held for longer than it is read.
        """
        asked = frozenset(_line_of(name) for name in keep)
        plans = [bind(scenario, self.draws, self.quarters, self.company) for scenario in scenarios]
        again: list[frozenset[str]] = []
        of_base: set[str] = set()
        for plan in plans:
            model = plan.company.model
            again.append(model.reached_from(targets(plan.scenario)) & model.needed_for(asked))
            read = {name for line in again[-1] for name, _ in model.driver(line).reads()}
            of_base |= (asked | read) - again[-1]
        store = Store(len(self.quarters), self.draws.paths, len(keep) * len(plans))
        common: dict[str, Any] = {"parameters": self.parameters, "keep": frozenset(keep)}
        lines = self.company.model.needed_for(frozenset(of_base))
        try:
            base = March(self.company, self.draws, self.quarters, lines=lines, shelf=Shelf(store), **common)
            marches = [base]
            for plan, computed in zip(plans, again, strict=True):
                own: dict[str, Any] = {"lines": computed, "shocks": plan.shocks, "watches": plan.watches}
                own |= {"known": base.series, "shelf": Shelf(store)}
                marches.append(March(plan.company, self.draws, self.quarters, **own, **common))
            together(marches, self.tick)
            of_all, *new = [_locked(march.found(strict=True)) for march in marches]
            finite = all(march.finite for march in marches)
        except SimulationError:
            finite = False
        made = {}
        for place, plan in enumerate(plans):
            # where something is wrong the whole scenario says what, unless only the sum of its numbers is not finite
            every = {**of_all, **new[place]} if finite else self.scenario(plan.scenario, strict=True)
            made[plan.scenario.name] = {name: every[name] for name in keep}
        return made

    def variant(
        self,
        scenario: Scenario,
        replaced: Mapping[str, Array],
        given: Mapping[str, Array],
        line: str | Iterable[str],
        sizes: Mapping[int, Array] | None = None,
    ) -> dict[str, Array]:
        """Only the lines between what is replaced and ``line``, or several; ``given`` is the scenario as it stands.

        ``replaced`` holds parameters by full name, ``sizes`` the sizes of shocks by their place in
        ``scenario.acting``, shape (paths,) each.

        The arrays are those of the last variant, written over: an inverse question asks hundreds of times, and
        fresh memory costs more than the arithmetic. Copy what is to be kept.
        """
        model = self.planned(scenario).company.model
        moved = [*replaced, *(scenario.acting[number][0].target for number in sizes or ())]
        asked = {line} if isinstance(line, str) else line
        wanted = model.reached_from(frozenset(name.split(".")[0] for name in moved)) & model.needed_for(
            frozenset(asked)
        )
        kept = {name: values for name, values in given.items() if name.split(".")[0] not in wanted}
        parameters = {**self.parameters, **replaced}
        return self._advance(wanted, parameters, scenario, kept, shelf=self._shelf, sizes=sizes)

    def outcome(
        self,
        scenario: Scenario,
        lines: Iterable[str],
        replaced: Mapping[str, Array] | None = None,
        known: Mapping[str, Array] | None = None,
    ) -> Outcome:
        """The ``lines`` under a scenario, parameters replaced by arrays (paths,) where given, and nothing else.

        Computed is only what lies between what is changed and what is asked for; the rest is the base's own, or
        ``known``: lines as they are under this scenario with what is replaced, with all before them that it moves.
        The arrays are written over by the next outcome or variant: summarise, or copy what is to be kept.
        """
        model = self.planned(scenario).company.model
        asked = frozenset(name.split(".")[0] for name in lines)
        moved = targets(scenario) | {name.split(".")[0] for name in replaced or ()}
        wanted = model.reached_from(frozenset(moved)) & model.needed_for(asked) - (known or {}).keys()
        base = self.base()
        kept = {name: values for name, values in base.items() if name.split(".")[0] not in wanted}
        kept.update(known or {})
        parameters = {**self.parameters, **(replaced or {})}
        named = frozenset(asked & wanted | {name for name in base if name.split(".")[0] in asked & wanted})
        new = self._advance(wanted, parameters, scenario, kept, shelf=self._shelf, keep=named) if wanted else {}
        series = {**kept, **new}
        chosen = {name: values for name, values in series.items() if name.split(".")[0] in asked}
        return Outcome(self.company, self.quarters, chosen)

    def allows(
        self,
        scenario: Scenario,
        name: str,
        value: float | Array | None = None,
        sizes: Mapping[int, Array] | None = None,
    ) -> bool:
        """Whether a parameter at this value stays in its domain on all paths once the scenario's shocks act.

        Without a value it has its own draws; ``sizes`` are other sizes of shocks, as for ``variant``.
        """
        plan = self.planned(scenario)
        drawn = self.parameters[name] if value is None else np.full(self.draws.paths, value)
        moved = Shocked(plan.company, name, drawn, plan.sized(sizes or {}))
        try:
            for step, quarter in enumerate(self.quarters):
                moved.at(step, quarter)
        except SimulationError:
            return False
        return True

    def planned(self, scenario: Scenario) -> Plan:
        """The scenario's shocks with their draws; kept, since an inverse question asks for them hundreds of times."""
        if self._plan is None or self._plan.scenario is not scenario:
            self._plan = bind(scenario, self.draws, self.quarters, self.company)
        return self._plan

    def prepared(self, plan: Plan) -> None:
        """Let the scenario of ``plan`` be computed with the shocks bound there, until another scenario is asked for."""
        self._plan = plan

    def _advance(
        self,
        lines: frozenset[str],
        parameters: Mapping[str, Array],
        scenario: Scenario | None = None,
        known: Mapping[str, Array] | None = None,
        *,
        sizes: Mapping[int, Array] | None = None,
        **options: Any,
    ) -> dict[str, Array]:
        company = self.company
        if scenario is not None:
            plan = self.planned(scenario)
            company = plan.company
            options |= {"shocks": plan.sized(sizes or {}), "watches": plan.watches, "known": known}
        try:
            options |= {"tick": self.tick}
            return advance(company, self.draws, self.quarters, lines=lines, parameters=parameters, **options)
        except SimulationError as problem:
            what = "the company without shocks" if scenario is None else f"scenario '{scenario.name}'"
            raise SimulationError(f"{what} cannot be simulated: {problem}") from None


def _locked(series: dict[str, Array]) -> dict[str, Array]:
    for values in series.values():
        locked(values)
    return series


def run_of(simulation: Simulation, until: str | Quarter | None = None) -> Run:
    """The run behind a simulation, up to ``until``: its company and its very draws, given or sampled as they were."""
    quarters = simulation.quarters
    if until is not None:
        quarters = quarters[: simulation.outcome().place(until) + 1]
    given = {
        name: numbers[: len(quarters)] if numbers.ndim == 2 else numbers for name, numbers in simulation.given.items()
    }
    return Run(
        *(simulation.company, quarters, simulation.paths, simulation.seed), sampling=simulation.sampling, given=given
    )


def horizon_of(
    company: CalibratedModel, until: str | Quarter, paths: int, seed: int, *, name: str = "until"
) -> tuple[Quarter, ...]:
    """The quarters to simulate, or one error with everything that is wrong with the request.

    ``name`` is what the caller's user calls the last quarter.
    """
    cure = "calibrate the model first: calibrate(model, history)"
    expect(company, CalibratedModel, SimulationError, "the company", cure)
    problems = Problems()
    last = None
    try:
        last = Quarter.parse(until)
    except TimelineError as problem:
        problems.add(f"{name}: {problem}")
    if last is not None and last < company.first:
        problems.add(f"{name} is {last}, before the first quarter to simulate, {company.first}.")
    elif last is not None and last - company.first + 1 > company.horizon:
        problems.add(
            f"{name} is {last}, {last - company.first + 1} quarters ahead; the company is calibrated for "
            f"{company.horizon}. Calibrate it with horizon={last - company.first + 1}."
        )
    if isinstance(paths, bool) or not isinstance(paths, int | np.integer) or not 1 <= paths <= 10_000_000:
        problems.add(f"paths is {paths!r}; give a whole number from 1 to 10,000,000.")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        problems.add(f"seed is {seed!r}; give a whole number from 0 on.")
    problems.raise_if_any(SimulationError, "the simulation cannot run")
    assert last is not None
    return quarters_between(company.first, last)


@steady
def simulate(
    company: CalibratedModel,
    scenarios: Scenario | Mixture | Iterable[Scenario | Mixture] | Mapping[str, Scenario],
    *,
    until: str | Quarter,
    paths: int = 10_000,
    seed: int,
    sampling: str = "random",
    keep: str | Iterable[str] | None = None,
    draws: Mapping[str, Any] | None = None,
    progress: Tell | None = None,
) -> Simulation:
    """Joint sample paths of every line, from the first quarter after the history to ``until``.

    Scenarios share their draws, so they differ only by their shocks; a ``Mixture`` stands
    among them like one. Same company, scenarios, draws, seed and version: the same bits.

    With ``keep`` only the lines named there are kept, ``["net_profit", "cash"]``, or what a driver records of them,
    ``"sales.rate"``: the same bits in less time and memory. A shock that reaches none of them is not looked at.
    ``draws`` are random numbers given instead of drawn, ``{"noise/sales.error": scores, "rent.value": values}``:
    standard normal scores of a stream, shape (quarters, paths), and values of a parameter, shape (paths,).
    ``given.check_given`` lists all that may be given.

    ``sampling="latin_hypercube"`` stratifies what is drawn once a path (``streams.stratified``), and
    ``"latin_hypercube_with_noises"`` the errors of every quarter as well: estimates, above all means, are closer to
    the truth with the same number of paths. Sampling errors are still told as if paths were independent: too large.

    ``sampling="medians"`` with ``paths=1`` gives the central path: every parameter, size, date and error is at its
    median, and what happens with a probability happens where that is above 1/2. It is one path among others, not the
    median of a line.

    ``progress`` is called with the share that is done and a word on what is being done, after each quarter.
    """
    quarters = horizon_of(company, until, paths, seed)
    chosen = listed(scenarios)
    check_scenarios(company, chosen, quarters)
    kept = None if keep is None else _names(company, keep)
    given = check_given(company, draws, len(quarters), paths)
    pace = Pace(progress, _plan(chosen, len(quarters), together=kept is not None))
    pace.begin("drawing")
    run = Run(company, quarters, paths, seed, sampling=sampling, given=given, tick=pace.ticking)
    made = {}
    if kept is None:
        pace.begin("base")
        run.base()
        for scenario in _parts(chosen):
            pace.begin(f"scenario '{scenario.name}'")
            made[scenario.name] = run.scenario(scenario, strict=True)
    else:
        pace.begin("scenarios")
        made = run.keeping(_parts(chosen), kept)
    series = {
        one.name: MappingProxyType(mixed(one, made, run.draws) if isinstance(one, Mixture) else made[one.name])
        for one in chosen
    }
    return Simulation(
        *(company, chosen, quarters, paths, seed, VERSION, MappingProxyType(series)),
        sampling=sampling,
        given=MappingProxyType(given),
    )


def _plan(chosen: Iterable[Scenario | Mixture], quarters: int, *, together: bool) -> list[tuple[str, float]]:
    """What is simulated, in quarters; a scenario without shocks is the base."""
    if together:
        return [("drawing", 1), ("scenarios", quarters)]
    shocked = [(f"scenario '{one.name}'", quarters if one.shocks else 0) for one in _parts(chosen)]
    return [("drawing", 1), ("base", quarters), *shocked]


def _names(company: CalibratedModel, keep: str | Iterable[str]) -> tuple[str, ...]:
    """The names to keep, each once, or one error with every name that the model does not have."""
    expect(keep, Iterable, SimulationError, "keep", "name the lines, as in keep=['net_profit', 'cash']")
    names = (keep,) if isinstance(keep, str) else tuple(dict.fromkeys(keep))
    records = (f"{driver.line}.{record}" for driver in company.model.drivers for record in driver.records())
    known = (*company.model.lines, *records)
    problems = Problems()
    for name in names:
        if name not in known:
            problems.add(f"there is no line {name!r}. {did_you_mean(str(name), known)}")
    if not names:
        problems.add("it names nothing; leave keep out to keep every line.")
    problems.raise_if_any(SimulationError, "keep cannot be carried out")
    return names


def _line_of(name: str) -> str:
    return name.split(".")[0]


def _parts(chosen: Iterable[Scenario | Mixture]) -> tuple[Scenario, ...]:
    """Every scenario to compute, each once, those of mixtures included; names and problems were checked."""
    every: dict[str, Scenario] = {}
    for one in chosen:
        for scenario in [part for part, _ in one.parts] if isinstance(one, Mixture) else [one]:
            every.setdefault(scenario.name, scenario)
    return tuple(every.values())


def listed(
    scenarios: Scenario | Mixture | Iterable[Scenario | Mixture] | Mapping[str, Scenario] | str,
) -> tuple[Scenario | Mixture, ...]:
    """One scenario, several, or a mapping by name, as a tuple."""
    if isinstance(scenarios, Scenario | Mixture):
        return (scenarios,)
    expect(scenarios, Iterable, SimulationError, "the scenario", "pass Scenario('base'), a list or what was read")
    if isinstance(scenarios, str):
        raise SimulationError(f"the scenario is the text {scenarios!r}; pass Scenario({scenarios!r}).")
    return tuple(scenarios.values() if isinstance(scenarios, Mapping) else scenarios)
