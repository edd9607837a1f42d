"""Plausibility: how far each scenario lies from the distribution of another, line by line and as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.pooling import pooled, relative_entropy
from forecast.analysis.statistic import BATCHES, standard_error
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.notebook import Said, answered, framed, spoken
from forecast.scenario import Mixture
from forecast.simulation import Outcome, Simulation, quantiles_over_paths
from forecast.simulation.weights import effective_paths

if TYPE_CHECKING:
    import pandas as pd

GROUPS = 10
"""Parts of the paths that are left out in turn for the standard error of a scenario's distance."""

FEW = 100
"""Effective paths below which a distance is an order of magnitude only."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a scenario's median of a line in a fiscal year stands among the base's paths.

    ``percentile`` is the share of base paths below it, half of those at it included, with its standard error.
    ``relative_entropy`` (nats) is the least of any distribution that has its median there: with d the larger of the
    shares strictly below and above, ``log(1 / 2d) / 2 + log(1 / 2(1 - d)) / 2``; 0 where d is at most a half,
    infinite where no base path reaches as far.
    """

    line: str
    year: int
    base: float
    median: float
    percentile: float
    error: float
    relative_entropy: float


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a scenario lies from the base as a whole: the least relative entropy (nats) that gives its medians.

    ``lines`` are those whose medians are asked for, in every fiscal year; ``effective_paths`` what is left of the
    base's paths then. Infinite where no weights of the base's paths give them all.
    """

    lines: tuple[str, ...]
    relative_entropy: float
    error: float
    effective_paths: float

    @property
    def heads(self) -> float:
        """The relative entropy in bits: as surprising as so many heads in a row."""
        return self.relative_entropy / float(np.log(2))


@dataclass(frozen=True, eq=False)
class Plausibility(Fingerprinted):
    """For each scenario but the base: its distance as a whole, and where its medians stand."""

    base: str
    years: tuple[int, ...]
    paths: int
    effective_paths: float
    distances: Mapping[str, Distance]
    standings: Mapping[str, tuple[Standing, ...]]
    warnings: tuple[str, ...] = ()

    def furthest(self, scenario: str) -> Standing | None:
        """The standing with the largest relative entropy; None where the scenario changes no line."""
        if scenario not in self.standings:
            raise GoalError(f"there is no scenario '{scenario}'. {did_you_mean(scenario, self.standings)}")
        return max(
            self.standings[scenario], key=lambda one: (one.relative_entropy, abs(one.percentile - 0.5)), default=None
        )

    def to_frame(self) -> pd.DataFrame:
        """A row a scenario, line and fiscal year; relative entropy in nats."""
        import pandas as pd

        rows = [
            (scenario, s.line, s.year, s.base, s.median, s.percentile, s.error, s.relative_entropy)
            for scenario, standings in self.standings.items()
            for s in standings
        ]
        columns = ["scenario", "line", "year", f"median of {self.base}", "median", "percentile"]
        return pd.DataFrame(rows, columns=[*columns, "standard error", "relative entropy"])

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        import pandas as pd

        rows = {}
        for scenario, distance in self.distances.items():
            worst = self.furthest(scenario)
            shown = ", ".join(distance.lines[:3]) + (", ..." if len(distance.lines) > 3 else "")
            rows[scenario] = {
                "heads in a row": _count(distance.heads, distance.error / np.log(2)),
                "effective paths": f"{distance.effective_paths:,.0f}" + ("*" if distance.effective_paths < FEW else ""),
                "by its medians of": shown or "nothing",
                "furthest median": "-" if worst is None else _stood(worst),
            }
        table = pd.DataFrame.from_dict(rows, orient="index")
        worth = "" if self.effective_paths == self.paths else f" worth {self.effective_paths:,.0f}"
        few = any(distance.effective_paths < FEW for distance in self.distances.values())
        told: list[Said] = [
            f"How far scenarios lie from '{self.base}' ({self.paths:,} paths{worth}, fiscal years {self.years[0]} to "
            f"{self.years[-1]})",
            framed(table, table.to_string(justify="left")),
            f"As surprising as so many heads in a row: the least that the paths of '{self.base}' must be reweighted "
            "(relative entropy, bits) to have the scenario's medians in every year; +- one standard error.",
            "A single median at the 25 % or 75 % percentile is 0.2 heads, at 10 % 0.7, at 1 % 2.3.",
        ]
        return [*told, f"* fewer than {FEW} effective paths: an order of magnitude only."] if few else told

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])


@steady
def plausibility(
    simulation: Simulation, *, base: str | None = None, lines: str | Iterable[str] | None = None
) -> Plausibility:
    """How far each scenario lies from the base (the first scenario): percentiles of its medians, relative entropy.

    A flow is summed over the fiscal year, reported quarters included; a stock or rate is its fourth quarter's. Without
    ``lines``, standings are given for every line that a scenario changes, and its distance as a whole is that of the
    lines that its shocks act on: what the scenario states, of which everything else follows. With ``lines`` both are
    about these, one yardstick for all scenarios. The more medians, the larger the distance; it is never below that of
    any one of those that it asks for. It says how much the base model would have to be bent, not how likely the
    scenario is. Weights of a conditioned simulation count.
    """
    expect(simulation, Simulation, GoalError, "the simulation", "simulate first: simulate(company, scenarios, ...)")
    base = simulation.names[0] if base is None else base
    if not isinstance(lines, Iterable | None):
        raise GoalError(f"lines is {lines!r}; give a list of names, ['revenue'].")
    asked = (lines,) if isinstance(lines, str) else None if lines is None else tuple(lines)
    ends = tuple(step for step, quarter in enumerate(simulation.quarters) if quarter.number == 4)
    _check(simulation, base, asked, ends)
    distances, standings = {}, {}
    for scenario in simulation.names:
        if scenario == base:
            continue
        changed = _changed(simulation, base, scenario) if asked is None else asked
        stated = tuple(line for line in changed if line in _stated(simulation, base, scenario)) or changed
        chosen = stated if asked is None else asked
        compared = _Compared.of(simulation, (base, scenario), changed, ends)
        standings[scenario] = _standings(compared, simulation.weights)
        distances[scenario] = _distance(chosen, compared.about(chosen), simulation.weights)
    years = tuple(simulation.quarters[end].year for end in ends)
    return Plausibility(
        base, years, simulation.paths, simulation.effective_paths, distances, standings, warnings=simulation.warnings
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """Lines by fiscal year in the base and a scenario, each of shape (labels, paths); a label is a line and a year."""

    labels: tuple[tuple[str, int], ...]
    base: Array
    scenario: Array

    @staticmethod
    def of(simulation: Simulation, names: tuple[str, str], lines: Sequence[str], ends: Sequence[int]) -> _Compared:
        """Years for which the history lacks a part are left out."""
        labels, stacks = [], ([np.empty((0, simulation.paths))], [np.empty((0, simulation.paths))])
        for line in lines:
            ours, theirs = (_by_year(simulation.outcome(name), line, ends) for name in names)
            whole = [place for place in range(len(ends)) if not np.isnan(ours[place, 0])]
            labels += [(line, simulation.quarters[ends[place]].year) for place in whole]
            stacks[0].append(ours[whole])
            stacks[1].append(theirs[whole])
        return _Compared(tuple(labels), np.concatenate(stacks[0]), np.concatenate(stacks[1]))

    def about(self, lines: Sequence[str]) -> _Compared:
        """Some of the lines."""
        rows = [row for row, (line, _) in enumerate(self.labels) if line in lines]
        return _Compared(tuple(self.labels[row] for row in rows), self.base[rows], self.scenario[rows])

    def part(self, chosen: Array | slice) -> _Compared:
        """Some of the paths."""
        return _Compared(self.labels, self.base[:, chosen], self.scenario[:, chosen])


def _by_year(outcome: Outcome, line: str, ends: Sequence[int]) -> Array:
    """A line in the fiscal years that end at the steps ``ends``, shape (years, paths); NaN where a part is missing."""
    return np.array([outcome.fiscal_year(line, end) for end in ends])


def _changed(simulation: Simulation, base: str, scenario: str) -> tuple[str, ...]:
    """The model's lines, of those that were kept, that differ between the two."""
    ours, theirs = simulation.series[base], simulation.series[scenario]
    lines = [line for line in simulation.company.model.lines if line in ours]
    return tuple(
        line for line in lines if ours[line] is not theirs[line] and not np.array_equal(ours[line], theirs[line])
    )


def _stated(simulation: Simulation, *names: str) -> frozenset[str]:
    """The lines that the shocks of scenarios act on."""
    found = set()
    for one in simulation.scenarios:
        if one.name in names:
            for scenario in [part for part, _ in one.parts] if isinstance(one, Mixture) else [one]:
                found |= {shock.target.split(".")[0] for shock, _ in scenario.acting}
    return frozenset(found)


def _medians(compared: _Compared, weights: Array | None) -> tuple[Array, Array, Array]:
    """The scenario's medians, and the shares of base paths strictly below and above them; each (labels,)."""
    medians = quantiles_over_paths(compared.scenario, (0.5,), weights)[:, 0]
    below = np.average(compared.base < medians[:, None], axis=1, weights=weights)
    above = np.average(compared.base > medians[:, None], axis=1, weights=weights)
    return medians, below, above


def median_entropy(below: float, above: float) -> float:
    """The least relative entropy (nats) of a distribution whose median has these shares strictly below and above it.

    >>> round(median_entropy(0.1, 0.9), 4)
    0.5108
    """
    larger = max(below, above)
    if larger <= 0.5 + 1e-9:
        return 0.0
    return float("inf") if larger >= 1 - 1e-12 else float(-0.5 * np.log(2 * larger) - 0.5 * np.log(2 * (1 - larger)))


def _standings(compared: _Compared, weights: Array | None) -> tuple[Standing, ...]:
    if not compared.labels:
        return ()
    medians, below, above = _medians(compared, weights)
    ours = quantiles_over_paths(compared.base, (0.5,), weights)[:, 0]
    paths = compared.base.shape[1]
    edges = np.linspace(0, paths, min(BATCHES, paths) + 1).astype(int)
    batches = []
    for first, last in pairwise(edges):
        total = 1.0 if weights is None else weights[first:last].sum()
        if total == 0:  # views that are certain may leave a batch without weight
            continue
        share = None if weights is None else weights[first:last] / total
        _, less, more = _medians(compared.part(slice(first, last)), share)
        batches.append((1 + less - more) / 2)
    errors = [standard_error(each) for each in np.array(batches).T]
    return tuple(
        Standing(
            *label,
            float(ours[row]),
            float(medians[row]),
            float((1 + below[row] - above[row]) / 2),
            errors[row],
            median_entropy(below[row], above[row]),
        )
        for row, label in enumerate(compared.labels)
    )


def _distance(lines: tuple[str, ...], compared: _Compared, weights: Array | None) -> Distance:
    """The distance with its standard error, a delete-a-group jackknife over ``GROUPS`` parts of the paths.

    ``error**2 = (G - 1) / G * sum_g (x_g - mean x)**2`` with x_g the distance without part g (Kott 2001).
    """
    paths = compared.base.shape[1]
    if not compared.labels:
        return Distance(lines, 0.0, 0.0, effective_paths(weights, paths))
    nats, left = _bent(compared, weights)
    without = []
    edges = np.linspace(0, paths, GROUPS + 1).astype(int)
    for first, last in pairwise(edges if np.isfinite(nats) and paths >= 2 * GROUPS else edges[:1]):
        kept = np.ones(paths, dtype=bool)
        kept[first:last] = False
        share = None if weights is None else weights[kept] / weights[kept].sum()
        without.append(_bent(compared.part(kept), share)[0])
    finite = bool(without) and bool(np.isfinite(without).all())
    error = float(np.sqrt((GROUPS - 1) * np.var(without))) if finite else float("nan")
    return Distance(lines, nats, error, left)


def _bent(compared: _Compared, weights: Array | None) -> tuple[float, float]:
    """The least relative entropy (nats) that gives the base's paths the scenario's medians, and the paths left."""
    rows: list[Array] = []
    bounds: list[tuple[float, float]] = []
    for numbers, median, less, more in zip(compared.base, *_medians(compared, weights), strict=True):
        under, upto = (numbers < median).astype(float), (numbers <= median).astype(float)
        if less > 0.5 or less + more > 1 - 1e-12:
            rows.append(under)
            bounds.append((0.5, 0.5))
        elif more > 0.5:
            rows.append(upto)
            bounds.append((0.5, 0.5))
        else:  # paths at the median itself: it may stay where it is
            rows += [under, upto]
            bounds += [(-np.inf, 0.5), (0.5, np.inf)]
    paths = compared.base.shape[1]
    prior = np.full(paths, 1.0 / paths) if weights is None else weights
    low, high = np.array(bounds).T
    bent = pooled(prior, np.array(rows), low, high)
    if bent is None:
        return float("inf"), 0.0
    return relative_entropy(bent, prior), effective_paths(bent, paths)


def _check(simulation: Simulation, base: str, lines: tuple[str, ...] | None, ends: Sequence[int]) -> None:
    problems = Problems()
    if base not in simulation.names:
        problems.add(f"there is no scenario '{base}'. {did_you_mean(base, simulation.names)}")
    if len(simulation.names) < 2:
        problems.add(f"'{simulation.names[0]}' is the only scenario; simulate others with it.")
    for line in lines or ():
        if line not in simulation.lines:
            problems.add(f"there is no line '{line}'. {did_you_mean(line, simulation.lines)}")
    if lines is not None and not lines:
        problems.add("lines is empty; leave it out, or name at least one.")
    if not ends:
        problems.add(f"no fiscal year ends by {simulation.quarters[-1]}; simulate longer.")
    problems.raise_if_any(GoalError, "the plausibility of scenarios cannot be told")


def _count(heads: float, error: float) -> str:
    if np.isinf(heads):
        return "beyond all paths"
    return f"{heads:.2f}" + ("" if np.isnan(error) else f" +- {error:.2f}")


def _stood(standing: Standing) -> str:
    at = f"{standing.line} {standing.year}"
    if np.isinf(standing.relative_entropy):
        return f"{at}: {'above' if standing.percentile > 0.5 else 'below'} all paths"
    return f"{at}: {100 * standing.percentile:.1f} % of paths below, +- {100 * standing.error:.1f}"
