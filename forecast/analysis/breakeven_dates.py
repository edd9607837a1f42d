"""Breakeven: when a goal is first reached, as a distribution over dates with a share that never does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.goal import Goal
from forecast.analysis.sampling import share_interval
from forecast.blas import steady
from forecast.cautions import gathered, told
from forecast.distributions import Array
from forecast.errors import GoalError, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.notebook import Said, answered, framed, spoken
from forecast.simulation import Simulation
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Breakeven(Fingerprinted):
    """For each scenario the probability that the goal is reached by each quarter.

    ``by_quarter[scenario]`` has shape (quarters,) and never falls: it counts the first time. ``holding`` is
    the share of paths on which the goal is met in that very quarter, which may fall again. Where the paths are
    weighted, shares are sums of weights, and ``effective_paths`` (equal paths that the weighted ones are worth; None
    where all count alike) decides their sampling error. ``warnings`` are the simulation's, and what to
    doubt about the goal's threshold.
    """

    goal: Goal
    quarters: tuple[Quarter, ...]
    paths: int
    by_quarter: Mapping[str, Array]
    holding: Mapping[str, Array]
    effective_paths: float | None = None
    warnings: tuple[str, ...] = ()

    def probability(self, scenario: str, by: str | Quarter) -> float:
        """Share of paths that reach the goal by the end of a quarter."""
        at = Quarter.parse(by) - self.quarters[0]
        if not 0 <= at < len(self.quarters):
            raise GoalError(f"{by} lies outside the simulated quarters {self.quarters[0]} to {self.quarters[-1]}.")
        return float(self._curve(scenario)[at])

    def interval(self, scenario: str, by: str | Quarter, *, level: float = 0.95) -> tuple[float, float]:
        """Sampling error of that probability (Wilson): what more paths would narrow, nothing else."""
        worth = self.paths if self.effective_paths is None else self.effective_paths
        return share_interval(self.probability(scenario, by), worth, level)

    def never(self, scenario: str) -> float:
        """Share of paths that do not reach the goal within the simulation."""
        return 1.0 - float(self._curve(scenario)[-1])

    def date(self, scenario: str, level: float, *, arriving: bool = False) -> Quarter | None:
        """The first quarter by which at least ``level`` of the paths reached the goal; None: not within it.

        With ``arriving`` it is a share of the paths that reach it within the simulation, as in "of the 76 % that get
        there, half do so by 2027Q2"; such a date is earlier the shorter the simulation.
        """
        if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
            raise GoalError(f"level is {level!r}; it must lie in (0, 1), as in 0.5.")
        curve = self._curve(scenario)
        wanted = level * curve[-1] if arriving else level
        return None if curve[-1] == 0 else self._first(curve >= wanted - 1e-12)

    def date_interval(
        self, scenario: str, level: float, *, confidence: float = 0.95
    ) -> tuple[Quarter | None, Quarter | None]:
        """Sampling error of a date: from the first quarter that may be it to the last; None: after the simulation.

        The quarters in which the upper and the lower end of the interval of the probability (Wilson) first are as
        large as ``level``: the dates that a test of the share by each quarter does not reject (Brookmeyer and Crowley
        1982, Biometrics 38, 29-41, for the median).
        """
        self.date(scenario, level)
        ends = np.array([self.interval(scenario, quarter, level=confidence) for quarter in self.quarters])
        return self._first(ends[:, 1] >= level - 1e-12), self._first(ends[:, 0] >= level - 1e-12)

    def hazard(self, scenario: str) -> Array:
        """Probability of reaching it in a quarter, given not before: (F[t] - F[t-1]) / (1 - F[t-1]), shape (quarters,).

        F is the curve ``by_quarter``, 0 before the first quarter. NaN once every path has arrived.
        """
        curve = self._curve(scenario)
        before = np.concatenate([[0.0], curve[:-1]])
        left = 1.0 - before
        return np.where(left > 1e-12, (curve - before) / np.where(left > 1e-12, left, 1.0), np.nan)

    def distribution(self) -> pd.DataFrame:
        """Probability of each date: a row a quarter in which it is first reached, and "never"; they add up to one."""
        import pandas as pd

        shares = {name: np.diff(curve, prepend=0.0, append=1.0) for name, curve in self.by_quarter.items()}
        index = pd.Index([*map(str, self.quarters), "never"], name="first reached in")
        return pd.DataFrame(shares, index=index)

    def arrivals(self, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """A row a scenario: the share that gets there, dates of those that do, sampling error of the 50 % date."""
        import pandas as pd

        after = f"after {self.quarters[-1]}"
        rows = {}
        for scenario, curve in self.by_quarter.items():
            row: dict[str, object] = {"gets there": float(curve[-1])}
            for level in levels:
                date = self.date(scenario, level, arriving=True)
                row[f"{level:.0%} of these by"] = "-" if date is None else str(date)
            for name, end in zip(("from", "to"), self.date_interval(scenario, 0.5), strict=True):
                row[f"50% date {name}"] = after if end is None else str(end)
            rows[scenario] = row
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario")

    def _first(self, there: NDArray[np.bool_]) -> Quarter | None:
        places = np.flatnonzero(there)
        return self.quarters[int(places[0])] if len(places) else None

    def to_frame(self, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """A row a scenario: probability by each year end, date quantiles, share that never gets there.

        ``met in`` is the share of paths that meet the goal in its own quarter (the last one if it has no
        date within the simulation): smaller, because a goal reached once may be lost again.
        """
        import pandas as pd

        ends = [quarter for quarter in self.quarters if quarter.number == 4]
        end = self._end()
        rows = {}
        for scenario in self.by_quarter:
            row: dict[str, object] = {f"by {end}": self.probability(scenario, end) for end in ends}
            for level in levels:
                date = self.date(scenario, level)
                row[f"{level:.0%} date"] = f"after {self.quarters[-1]}" if date is None else str(date)
            row["never"] = self.never(scenario)
            row[f"met in {end}"] = float(self.holding[scenario][end - self.quarters[0]])
            rows[scenario] = row
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario")

    def _end(self) -> Quarter:
        by = None if self.goal.by is None else Quarter.parse(self.goal.by)
        end = by if by is not None and by in self.quarters else self.quarters[-1]
        return end if self.goal.over != "fiscal_year" else end + -(end.number % 4)

    def _curve(self, scenario: str) -> Array:
        if scenario not in self.by_quarter:
            raise GoalError(f"there is no scenario '{scenario}'. {did_you_mean(scenario, self.by_quarter)}")
        return self.by_quarter[scenario]

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        table = self.to_frame()
        text = table.map(lambda cell: f"{cell:.0%}" if isinstance(cell, float) else str(cell))
        worst = max(
            max(high - share, share - low)
            for scenario in self.by_quarter
            for share, (low, high) in [
                (self.probability(scenario, q), self.interval(scenario, q)) for q in self.quarters
            ]
        )
        worth = "" if self.effective_paths is None else f", weighted, worth {self.effective_paths:,.0f} equal ones"
        heading = f"Probability that {self.goal.condition} is first reached by"
        return [
            heading,
            framed(text, text.to_string()),
            f"{self.paths:,} paths{worth}; sampling error of a probability at most {worst:.1%} (95 %). "
            f"'never': not by {self.quarters[-1]}.",
            *told(self.warnings),
        ]

    def __str__(self) -> str:
        return spoken(self._said())

    def _repr_html_(self) -> str:
        return answered(self._said())


@steady
def breakeven(simulation: Simulation, goal: Goal) -> Breakeven:
    """When, and how likely, each scenario of a simulation first reaches a goal (its date is not used)."""
    expect(simulation, Simulation, GoalError, "the simulation", "simulate first: simulate(company, scenarios, ...)")
    expect(goal, Goal, GoalError, "the goal", "write Goal('net_profit', at_least=0)")
    if goal.always:
        raise GoalError(
            "a goal that always holds has no date on which it is reached. Ask when a line first falls below a floor: "
            f"runway(simulation, '{goal.line}', floor=...)."
        )
    by_quarter, holding, ever = {}, {}, []
    for scenario in simulation.names:
        windows = simulation.values(goal.line, scenario, over=goal.over)
        by_quarter[scenario] = np.average(goal.reached(windows), axis=1, weights=simulation.weights)
        holding[scenario] = np.average(goal.met(windows), axis=1, weights=simulation.weights)
        ever += [np.fmin.reduce(windows, axis=None), np.fmax.reduce(windows, axis=None)]
    worth = None if simulation.weights is None else simulation.effective_paths
    warnings = gathered(simulation.warnings, goal.doubts(np.array(ever), simulation.line(goal.line)))
    return Breakeven(goal, simulation.quarters, simulation.paths, by_quarter, holding, worth, warnings)
