"""A scan: a few statistics of very many scenarios, each computed, summarised and let go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.analysis.interval import MEASURES, measure
from forecast.analysis.statistic import Statistic, as_statistic
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel
from forecast.notebook import Said, answered, framed, spoken
from forecast.scenario import Scenario
from forecast.simulation import Outcome, Run, check_scenarios, horizon_of
from forecast.simulation.streams import locked
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 20
"""Rows of a printed table; the ends of a longer one."""


@dataclass(frozen=True, eq=False)
class Scan(Fingerprinted):
    """``values`` have shape (scenarios, statistics), and so have their ``errors`` and the ends ``lows`` and ``highs``.

    The error is the Monte Carlo error of that number alone, from its spread over equal parts of the paths; of a
    probability of 0 or 1, where the parts say nothing, it is NaN. ``lows`` to ``highs`` is the sampling interval at
    95 % (``analysis.interval``), which holds there too. Scenarios share their draws, so differences between rows are
    surer than errors and intervals say.
    """

    scenarios: tuple[str, ...]
    statistics: tuple[str, ...]
    values: Array
    errors: Array
    lows: Array
    highs: Array
    paths: int
    seed: int
    sampling: str = "random"
    warnings: tuple[str, ...] = ()

    def to_frame(self, *, errors: bool = True) -> pd.DataFrame:
        """A row a scenario: each statistic, and beside it its standard error and the interval at 95 %."""
        import pandas as pd

        table = {}
        for place, name in enumerate(self.statistics):
            table[name] = self.values[:, place]
            if errors:
                table[f"{name}, error"] = self.errors[:, place]
                table[f"{name}, low"] = self.lows[:, place]
                table[f"{name}, high"] = self.highs[:, place]
        return pd.DataFrame(table, index=pd.Index(self.scenarios, name="scenario"))

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        import pandas as pd

        table = self.to_frame(errors=False)
        cells = table.map(lambda number: f"{number:,.4g}")
        if len(cells) > SHOWN:
            between = pd.DataFrame("...", index=pd.Index(["..."], name="scenario"), columns=cells.columns)
            cells = pd.concat([cells.head(SHOWN // 2), between, cells.tail(SHOWN // 2)])
        rows = SHOWN if len(table) > SHOWN else None
        text = table.to_string(max_rows=rows, show_dimensions=False, float_format=lambda number: f"{number:,.4g}")
        reach = np.fmax(self.highs - self.values, self.values - self.lows).max(axis=0)
        worst = ", ".join(f"{most:.2g} ({name})" for name, most in zip(self.statistics, reach, strict=True))
        told = f"{len(self.scenarios):,} scenarios, {self.paths:,} paths; sampling error at most {worst} (95 %)."
        return [framed(cells, text), told]

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])


@steady
def scan(
    company: CalibratedModel,
    scenarios: Scenario | Iterable[Scenario] | Mapping[str, Scenario],
    statistics: Any,
    *,
    until: str | Quarter,
    paths: int = 10_000,
    seed: int,
    sampling: str = "random",
) -> Scan:
    """Statistics of many scenarios, with the memory of one.

    ``scenarios`` may be a generator: they are taken one by one and never held. Random numbers are drawn once; of
    each scenario only what lies between its shocks and the lines asked for is computed, to the same
    bits as ``simulate``. ``statistics`` is one, several, or a mapping from names of yours: goals (their
    probability), ``Mean``, ``Quantile``, ``BreakevenDate``. A scenario that changes nothing is not refused, since a
    grid may pass through today's values; one that does not fit the model is, when its turn comes. With a Latin
    hypercube the errors are too large rather than too small.
    """
    quarters = horizon_of(company, until, paths, seed)
    named = named_statistics(statistics)
    check_statistics(company, named, quarters)
    lines = tuple(dict.fromkeys(line for statistic in named.values() for line in statistic.lines))
    run = Run(company, quarters, paths, seed, sampling=sampling)
    seen: dict[str, None] = {}
    rows = []
    if isinstance(scenarios, Scenario | Mapping):
        scenarios = [scenarios] if isinstance(scenarios, Scenario) else scenarios.values()
    expect(scenarios, Iterable, GoalError, "what is scanned", "a scan takes scenarios only, as in [Scenario('base')]")
    for scenario in scenarios:
        expect(scenario, Scenario, GoalError, "a scenario", "a scan takes scenarios only, as in Scenario('base')")
        if scenario.name in seen:
            raise GoalError(f"two scenarios are called '{scenario.name}'; give each a name of its own.")
        seen[scenario.name] = None
        check_scenarios(company, [scenario], quarters)
        outcome = run.outcome(scenario, lines)
        rows.append(measured(outcome, named.values()))
    if not seen:
        raise GoalError("no scenario was given; pass at least fc.Scenario('base').")
    measures = np.array(rows)
    values, errors, lows, highs = (locked(measures[..., place].copy()) for place in range(len(MEASURES)))
    return Scan(
        tuple(seen),
        tuple(named),
        values,
        errors,
        lows,
        highs,
        paths,
        seed,
        sampling,
        company.warnings,
    )


def measured(outcome: Outcome, statistics: Iterable[Statistic]) -> list[tuple[float, float, float, float]]:
    """For each statistic of the paths its value, standard error and interval, as ``interval.MEASURES`` says."""
    return [measure(statistic, statistic.numbers(outcome)) for statistic in statistics]


def named_statistics(statistics: Any) -> dict[str, Statistic]:
    """The statistics by what a column is called: the given names, else what they say of themselves."""
    if isinstance(statistics, Mapping):
        named = {str(name): as_statistic(statistic) for name, statistic in statistics.items()}
    else:
        several = isinstance(statistics, list | tuple)
        listed = [as_statistic(statistic) for statistic in (statistics if several else [statistics])]
        named = {str(statistic): statistic for statistic in listed}
        if len(named) < len(listed):
            raise GoalError("two statistics say the same; give each once, or names of their own in a mapping.")
    if not named:
        raise GoalError("no statistic was given; pass a goal, or fc.Mean('net_profit', at='2027Q4').")
    return named


def check_statistics(company: CalibratedModel, named: Mapping[str, Statistic], quarters: tuple[Quarter, ...]) -> None:
    """Refuse lines that nobody computes and dates outside the simulation, all at once."""
    problems = Problems()
    for name, statistic in named.items():
        for line in statistic.lines:
            if line.split(".")[0] not in company.model.lines:
                problems.add(f"'{name}' looks at '{line}'. {did_you_mean(line, company.model.lines)}")
        if statistic.last is not None and Quarter.parse(statistic.last) not in quarters:
            problems.add(f"'{name}' looks at {statistic.last}, outside {quarters[0]} to {quarters[-1]}.")
    problems.raise_if_any(GoalError, "the statistics cannot be read from the simulation")
