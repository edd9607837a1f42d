"""How often the scenarios meet the goals by each quarter: all of them on the same path, and each alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.analysis import Goals
from forecast.analysis.sampling import share_interval
from forecast.distributions import Array
from forecast.errors import GoalError
from forecast.simulation import Simulation
from forecast.timeline import Quarter


@dataclass(frozen=True, eq=False)
class Attainment:
    """The curves of a report.

    ``by_quarter[scenario]`` has shape (quarters,): the share of paths inside all goals by each quarter. ``at_date`` is
    1 on the paths, shape (paths,), that are inside them by the date ``by``, else 0; ``alone`` has the share of each
    goal there. ``effective_paths`` are equal paths that the weighted ones are worth.
    """

    goals: Goals
    by: Quarter
    quarters: tuple[Quarter, ...]
    by_quarter: Mapping[str, Array]
    at_date: Mapping[str, Array]
    alone: Mapping[str, tuple[float, ...]]
    effective_paths: float

    @property
    def held(self) -> bool:
        """Whether every goal must always hold: the curves then never rise."""
        return all(goal.always for goal in self.goals.parts)

    @property
    def reached(self) -> bool:
        """Whether no goal must always hold: the curves then never fall."""
        return not any(goal.always for goal in self.goals.parts)

    def probability(self, scenario: str) -> float:
        """The share by the date."""
        return float(self.by_quarter[scenario][self.by - self.quarters[0]])

    def interval(self, scenario: str) -> tuple[float, float]:
        """Its sampling error (Wilson, 95 %)."""
        return share_interval(self.probability(scenario), self.effective_paths)

    def last(self, scenario: str) -> float:
        """The share by the last simulated quarter."""
        return float(self.by_quarter[scenario][-1])

    def date(self, scenario: str, level: float) -> Quarter | None:
        """The first quarter by which that share of the paths has met the goals, or has failed where all must be held.

        None: not within the simulation, and where some goals must be met once and others always: such a curve turns.
        """
        curve = self.by_quarter[scenario]
        if not (self.held or self.reached):
            return None
        places = np.flatnonzero((1.0 - curve if self.held else curve) >= level - 1e-12)
        return self.quarters[int(places[0])] if len(places) else None


def attain(simulation: Simulation, goals: Goals) -> Attainment:
    """The share of paths inside the goals by each quarter, under each scenario."""
    by = simulation.quarters[-1] if goals.by is None else Quarter.parse(goals.by)
    curves, at_date, alone = {}, {}, {}
    problems = [goal for goal in goals.parts if not _ends(goal.over, goal.by, by, simulation.quarters[0])]
    if problems:
        raise GoalError(f"no fiscal year ends within the simulation by the date of '{problems[0]}'; give a later one.")
    for name in simulation.names:
        outcome = simulation.outcome(name)
        met = goals.reached(outcome)
        curves[name] = np.average(met, axis=1, weights=simulation.weights)
        at_date[name] = met[by - simulation.quarters[0]]
        alone[name] = tuple(
            float(
                np.average(Goals((part,)).reached(outcome)[_row(part.by, by, simulation)], weights=simulation.weights)
            )
            for part in goals.parts
        )
    return Attainment(goals, by, simulation.quarters, curves, at_date, alone, simulation.effective_paths)


def _row(date: str | None, by: Quarter, simulation: Simulation) -> int:
    return (by if date is None else Quarter.parse(date)) - simulation.quarters[0]


def _ends(over: str, date: str | None, by: Quarter, first: Quarter) -> bool:
    """Whether a window of the goal ends by its date."""
    last = by if date is None else Quarter.parse(date)
    return over != "fiscal_year" or any((first + step).number == 4 for step in range(last - first + 1))
