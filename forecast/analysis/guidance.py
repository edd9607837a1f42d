"""Guidance: views about the future taken in by weighting the simulated paths."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.pooling import pooled, relative_entropy
from forecast.analysis.reliance import leaning, outdated
from forecast.analysis.view import View
from forecast.blas import steady
from forecast.cautions import gathered, told
from forecast.distributions import Array
from forecast.errors import ForecastError, GoalError, Problems, did_you_mean, expect
from forecast.notebook import Said, answered, framed, spoken
from forecast.simulation import Simulation, run_of
from forecast.simulation.doubts import FEW
from forecast.simulation.weights import effective_paths

if TYPE_CHECKING:
    import pandas as pd

LEAST = FEW
"""Effective paths below which views are refused."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """The views that a simulation was conditioned on, what they changed, and what they cost.

    ``before`` and ``after`` hold the probability or mean that each view is about; ``before_errors`` its standard
    error. ``relative_entropy`` (nats) is how far the weights are from the earlier ones, with its standard error
    ``sqrt(sum (w - p)**2)``. ``effective_paths`` is ``1 / sum w**2`` (Kish) and decides sampling errors;
    ``entropy_paths`` is ``exp(-sum w log w)`` (Meucci 2012, "Effective number of scenarios"), never smaller: it asks
    how many paths the weight is spread over. ``earlier`` is the guidance of a simulation conditioned before.
    ``warnings`` are those of the simulation, then of views that lean on few paths or that hold no more (``reliance``).
    """

    views: tuple[View, ...]
    paths: int
    before: tuple[float, ...]
    before_errors: tuple[float, ...]
    after: tuple[float, ...]
    relative_entropy: float
    relative_entropy_error: float
    effective_paths: float
    entropy_paths: float
    earlier: Guidance | None = None
    warnings: tuple[str, ...] = ()

    @property
    def bits(self) -> float:
        """The relative entropy in bits: as surprising as this many heads in a row."""
        return self.relative_entropy / float(np.log(2))

    @property
    def fingerprint(self) -> str:
        """A digest of the views and their order, those of earlier guidance included."""
        earlier = None if self.earlier is None else self.earlier.fingerprint
        return hashlib.sha256(repr((self.views, earlier)).encode()).hexdigest()

    def retaken(self, simulation: Simulation) -> Simulation:
        """Another run of the same simulation, without views, with these taken in, those of earlier guidance first."""
        before = simulation if self.earlier is None else self.earlier.retaken(simulation)
        return condition(before, self.views, least=1.0)

    def to_frame(self) -> pd.DataFrame:
        """A row a view: scenario, what was said before (with its standard error), wanted and after."""
        import pandas as pd

        rows = [
            (view.subject, view.scenario, before, error, view.asked, after)
            for view, before, error, after in zip(self.views, self.before, self.before_errors, self.after, strict=True)
        ]
        columns = ["view", "scenario", "before", "standard error", "wanted", "after"]
        return pd.DataFrame(rows, columns=columns).set_index("view")

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        import pandas as pd

        scenarios = {view.scenario for view in self.views}
        rows: dict[str, tuple[str, str, str]] = {}
        for view, before, error, after in zip(self.views, self.before, self.before_errors, self.after, strict=True):
            label = view.subject if len(scenarios) == 1 else f"{view.subject}, '{view.scenario}'"
            was = f"{view.told(before, digits=3)} +- {view.told(error, digits=1)}"
            rows[f"{label} ({len(rows) + 1})" if label in rows else label] = (was, view.asked, view.told(after))
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["before", "wanted", "after"])
        of = f" of '{next(iter(scenarios))}'" if len(scenarios) == 1 else ""
        earlier = "" if self.earlier is None else ", weighted by earlier views, which need not hold any more"
        return [
            f"Views about the future{of}, taken in by weighting {self.paths:,} paths{earlier}",
            framed(table, table.to_string()),
            f"Relative entropy {self.relative_entropy:.2f} +- {self.relative_entropy_error:.2f} nats: "
            f"as surprising as {self.bits:.1f} heads in a row.",
            f"The weighted paths are worth {self.effective_paths:,.0f} equal ones, which decides sampling errors "
            f"({self.entropy_paths:,.0f} by entropy). '+-' is one standard error.",
            *told(self.warnings),
        ]

    def __str__(self) -> str:
        return spoken(self._said())

    def _repr_html_(self) -> str:
        return answered(self._said())


@steady
def condition(
    simulation: Simulation,
    views: View | Iterable[View],
    *,
    scenario: str | None = None,
    least: float = LEAST,
) -> Simulation:
    """The same paths, weighted so that the views hold and the paths' distribution moves as little as it can.

    The weights minimise the relative entropy ``sum w log(w / p)`` to the weights p before (equal ones, unless the
    simulation was conditioned already) under the views (``pooled``). They belong to the draws, so that they hold for
    every scenario: path i is the same world in all of them. ``scenario`` is the one that views are about which name
    none. Views given in one call all hold; of two calls the second starts from the weights of the first, which its
    views may undo: give at once what shall hold at once. Refused are views that no weights meet, and views that leave
    fewer than ``least`` effective paths. ``print(simulation.views)`` says what was changed. Analyses that draw paths
    of their own (goal seek, sensitivity) know nothing of the weights.
    """
    expect(simulation, Simulation, GoalError, "the simulation", "simulate first: simulate(company, scenarios, ...)")
    stated = _settled(simulation, views, scenario)
    if isinstance(least, bool) or not isinstance(least, int | float) or not least >= 1:
        raise GoalError(f"least is {least!r}; give the smallest number of effective paths, as in 100.")
    prior = np.full(simulation.paths, 1.0 / simulation.paths) if simulation.weights is None else simulation.weights
    numbers = _numbers(simulation, stated)

    def weigh(chosen: Sequence[int]) -> Array | None:
        conditions = [one for place in chosen for one in stated[place].conditions(numbers[place])]
        rows, low, high = (np.array(part) for part in zip(*conditions, strict=True))
        return pooled(prior, rows, low, high)

    weights = weigh(range(len(stated)))
    if weights is None:
        raise _contradiction(stated, numbers, prior, weigh)
    left = effective_paths(weights, simulation.paths)
    if left < least:
        raise _too_few(stated, numbers, prior, weigh, left, least)
    weights.flags.writeable = False
    held = weights > 0
    weighted = replace(simulation, weights=weights, views=None)
    doubted = leaning(stated, numbers, prior, weights)
    for views_before in _chain(simulation.views):
        doubted += outdated(views_before, _numbers(simulation, views_before), weights)
    guidance = Guidance(
        stated,
        simulation.paths,
        tuple(view.seen(x, prior) for view, x in zip(stated, numbers, strict=True)),
        tuple(view.seen_error(x, prior) for view, x in zip(stated, numbers, strict=True)),
        tuple(view.seen(x, weights) for view, x in zip(stated, numbers, strict=True)),
        relative_entropy(weights, prior),
        float(np.sqrt(np.sum((weights - prior) ** 2))),
        left,
        float(np.exp(-np.sum(weights[held] * np.log(weights[held])))),
        simulation.views,
        gathered(weighted.warnings, doubted),
    )
    return replace(weighted, views=guidance)


def _chain(guidance: Guidance | None) -> Iterator[tuple[View, ...]]:
    """The views of earlier calls, those of the first one first."""
    if guidance is not None:
        yield from _chain(guidance.earlier)
        yield guidance.views


def _settled(simulation: Simulation, views: View | Iterable[View], scenario: str | None) -> tuple[View, ...]:
    """The views, each with the scenario that it is about."""
    given: tuple[object, ...] = tuple(views) if isinstance(views, Iterable) else (views,)
    problems = Problems()
    if not given:
        problems.add("there is none; give at least one.")
    if scenario is not None and scenario not in simulation.names:
        problems.add(f"there is no scenario '{scenario}'. {did_you_mean(scenario, simulation.names)}")
    default = simulation.names[0] if scenario is None else scenario
    stated = []
    for view in given:
        if not isinstance(view, View):
            problems.add(f"{view!r} is not a view; write View('revenue', at='2026Q4', mean=8_000).")
        elif view.scenario is not None and view.scenario not in simulation.names:
            problems.add(
                f"{view}: there is no scenario '{view.scenario}'. {did_you_mean(view.scenario, simulation.names)}"
            )
        else:
            stated.append(view if view.scenario is not None else replace(view, scenario=default))
    problems.raise_if_any(GoalError, "the views cannot be taken in")
    return tuple(stated)


def _numbers(simulation: Simulation, views: tuple[View, ...]) -> list[Array]:
    """What each view is about, on each path."""
    problems = Problems()
    draws = {}
    if any(view.line in simulation.company.parameters for view in views):
        draws = run_of(simulation).parameters
    numbers = []
    for view in views:
        try:
            numbers.append(view.numbers(simulation.outcome(view.scenario), draws))
        except ForecastError as problem:
            problems.add(f"{view}: {problem}")
    problems.raise_if_any(GoalError, "the views cannot be taken in")
    return numbers


Weigh = Callable[[Sequence[int]], Array | None]


def _contradiction(views: tuple[View, ...], numbers: list[Array], prior: Array, weigh: Weigh) -> GoalError:
    """Which views no weights meet: each that fails alone, else a smallest set of views that fails together."""
    alone = [place for place in range(len(views)) if weigh([place]) is None]
    if alone:
        told = [f"{views[place]}: {_reach(views[place], numbers[place], prior)}" for place in alone]
        return GoalError("no weights of the simulated paths meet the views", told)
    together = list(range(len(views)))
    for place in range(len(views)):
        fewer = [other for other in together if other != place]
        if weigh(fewer) is None:
            together = fewer
    told = [
        f"{views[place]}; the paths say {views[place].told(views[place].seen(numbers[place], prior), digits=3)}."
        for place in together
    ]
    return GoalError(
        "these views contradict each other on the simulated paths; weaken or drop one of them",
        told,
    )


def _reach(view: View, numbers: Array, prior: Array) -> str:
    """What the paths say where a view cannot be met, and what to do."""
    held = numbers[prior > 0]
    cure = "Weaken it, or change the model or scenario so that it can happen."
    if view.probability is not None:
        met = "no path does" if view.seen(numbers, prior) < 0.5 else "all paths do"
        return f"{met}; they reach from {held.min():,.6g} to {held.max():,.6g}. {cure}"
    spread = " with such a spread" if view.sd is not None else ""
    return f"no weights give this mean{spread}; the paths reach from {held.min():,.6g} to {held.max():,.6g}. {cure}"


def _too_few(
    views: tuple[View, ...], numbers: list[Array], prior: Array, weigh: Weigh, left: float, least: float
) -> GoalError:
    """Too few effective paths: what each view costs, the costliest first."""
    without = {}
    for place in range(len(views)):
        others = [other for other in range(len(views)) if other != place]
        kept = weigh(others) if others else prior
        without[place] = left if kept is None else effective_paths(kept, len(prior))
    told = [
        f"{views[place]}; the paths say {views[place].told(views[place].seen(numbers[place], prior), digits=3)}. "
        f"Without this view {without[place]:,.0f} would be left."
        for place in sorted(without, key=lambda place: -without[place])
    ]
    needed = _round_up(len(prior) * least / left)
    cure = "Weaken the first" + (f", or simulate {needed:,} paths" if needed <= 10_000_000 else "")
    heading = (
        f"the views leave {left:,.1f} effective paths of {len(prior):,}, fewer than {least:g}: too few to read a "
        f"distribution from. {cure}"
    )
    return GoalError(heading, told)


def _round_up(number: float) -> int:
    """To one digit, upwards: 23,456 becomes 30,000."""
    unit = 10 ** int(np.floor(np.log10(number)))
    return int(np.ceil(number / unit) * unit)
