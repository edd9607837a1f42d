"""Runway: when cash first falls below a floor, and how much money would have kept it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.sampling import interval_ranks, quantile_interval, share_interval
from forecast.blas import steady
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.notebook import Said, answered, framed, spoken
from forecast.simulation import Simulation, quantiles_over_paths
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.1, 0.5, 0.9)
ENOUGH = (0.8, 0.9, 0.95)
"""Probabilities with which an amount of money is to suffice."""


@dataclass(frozen=True, eq=False)
class Runway(Fingerprinted):
    """For each scenario when a line is first below ``floor``, and by how much it falls short at its worst.

    On each path, with x[t] the line at the end of the t-th simulated quarter, t = 1 ... n:

    lasts   the number of quarters before the first with x[t] < floor; n where there is none
    need    max(0, floor - min over t of x[t])                                            [unit of the line]
    trough  the first quarter in which x[t] is smallest, 0 for the first simulated one

    all of shape (paths,). Money of the size of ``need``, there from the first quarter on, would keep the line at or
    above the floor on that path, without interest and as long as nothing in the model reacts to the line itself. A path
    that is still at its lowest in the last quarter (``falling``) may need more later.
    """

    line: str
    unit: str
    floor: float
    quarters: tuple[Quarter, ...]
    paths: int
    lasts: Mapping[str, Array]
    need: Mapping[str, Array]
    trough: Mapping[str, Array]
    weights: Array | None = None

    def probability(self, scenario: str, by: str | Quarter) -> float:
        """Share of paths on which the line has been below the floor by the end of a quarter."""
        at = Quarter.parse(by) - self.quarters[0]
        if not 0 <= at < len(self.quarters):
            raise GoalError(f"{by} lies outside the simulated quarters {self.quarters[0]} to {self.quarters[-1]}.")
        return float(self.by_quarter(scenario)[at])

    def interval(self, scenario: str, by: str | Quarter, *, level: float = 0.95) -> tuple[float, float]:
        """Sampling error of that probability (Wilson): what more paths would narrow, nothing else."""
        return share_interval(self.probability(scenario, by), self._effective, level)

    def by_quarter(self, scenario: str) -> Array:
        """Share of paths that have been below the floor by each quarter, shape (quarters,); it never falls."""
        first = self._of(self.lasts, scenario)
        steps = np.arange(len(self.quarters))
        return np.asarray(np.average(first[None, :] <= steps[:, None], axis=1, weights=self.weights))

    def never(self, scenario: str) -> float:
        """Share of paths that stay at or above the floor to the end."""
        return 1.0 - float(self.by_quarter(scenario)[-1])

    def date(self, scenario: str, level: float) -> Quarter | None:
        """The first quarter by which at least ``level`` of the paths have been below; None: not within it."""
        _check_level(level)
        below = np.flatnonzero(self.by_quarter(scenario) >= level - 1e-12)
        return self.quarters[int(below[0])] if len(below) else None

    def quarters_left(self, scenario: str, level: float) -> int | None:
        """Quarters that end before that date; None: more than were simulated.

        Fewer are left on at most the share ``level`` of the paths.
        """
        date = self.date(scenario, level)
        return None if date is None else date - self.quarters[0]

    def any_need(self, scenario: str) -> float:
        """Share of paths that fall below the floor, and so need money."""
        return float(np.average(self._of(self.need, scenario) > 0, weights=self.weights))

    def mean_need(self, scenario: str) -> tuple[float, float]:
        """Mean need over all paths, those without one counted as zero, and its standard error.

        The error is the paths' standard deviation over the square root of their (effective) number.
        """
        need = self._of(self.need, scenario)
        mean = float(np.average(need, weights=self.weights))
        spread = float(np.average((need - mean) ** 2, weights=self.weights))
        return mean, float(np.sqrt(spread / max(self._effective - 1, 1)))

    def enough(self, scenario: str, level: float, *, confidence: float = 0.95) -> tuple[float, float, float]:
        """The smallest amount that suffices with probability ``level``, and its interval.

        The order statistic of rank ceil(n * level) of the paths' needs; the interval comes from order statistics too
        (``analysis.sampling.quantile_interval``). Its upper end is infinite where so few paths cannot say. Weighted
        paths count as 1 / sum(w**2) (Kish 1965, Survey Sampling, 11.7).
        """
        _check_level(level)
        need = self._of(self.need, scenario)
        if self.weights is None:
            value, low, high = quantile_interval(np.sort(need), level, confidence)
            return value, max(low, 0.0), high
        n = self._effective
        lower, upper = interval_ranks(n, level, confidence)
        shares = [level, max(lower, 1) / n, min(upper, n) / n]
        value, low, high = (float(x) for x in quantiles_over_paths(need[None, :], shares, self.weights)[0])
        return value, low if lower >= 1 else 0.0, high if upper <= n else float("inf")

    def worst(self, scenario: str, level: float = 0.5) -> Quarter | None:
        """Of the paths that need money, the quarter by which a share ``level`` has seen its lowest; None: none does."""
        _check_level(level)
        need, trough = self._of(self.need, scenario), self._of(self.trough, scenario)
        there = need > 0
        if not there.any():
            return None
        weights = np.full(len(need), 1.0) if self.weights is None else self.weights
        weights = weights[there] / weights[there].sum()
        at = quantiles_over_paths(trough[there][None, :], [level], weights)
        return self.quarters[int(at[0, 0])]

    def falling(self, scenario: str) -> float:
        """Share of all paths that need money and are at their lowest in the last quarter: it may be more."""
        need, trough = self._of(self.need, scenario), self._of(self.trough, scenario)
        return float(np.average((need > 0) & (trough == len(self.quarters) - 1), weights=self.weights))

    def to_frame(self, *, levels: Sequence[float] = LEVELS, enough: Sequence[float] = ENOUGH) -> pd.DataFrame:
        """A row a scenario: dates, share that never falls below, and the money that suffices."""
        import pandas as pd

        ends = [quarter for quarter in self.quarters if quarter.number == 4]
        rows = {}
        for scenario in self.need:
            row: dict[str, object] = {f"by {end}": self.probability(scenario, end) for end in ends}
            for level in levels:
                date = self.date(scenario, level)
                row[f"{level:.0%} date"] = f"after {self.quarters[-1]}" if date is None else str(date)
                row[f"{level:.0%} left"] = float("nan") if date is None else date - self.quarters[0]
            row["never"] = self.never(scenario)
            row["mean need"] = self.mean_need(scenario)[0]
            for level in enough:
                value, low, high = self.enough(scenario, level)
                row |= {f"enough at {level:.0%}": value, f"{level:.0%} from": low, f"{level:.0%} to": high}
            worst = self.worst(scenario)
            row["lowest in"] = "-" if worst is None else str(worst)
            row["still falling"] = self.falling(scenario)
            rows[scenario] = row
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario")

    @property
    def _effective(self) -> int:
        """How many equally likely paths tell as much as the weighted ones."""
        return self.paths if self.weights is None else max(int(1.0 / np.sum(self.weights**2) + 1e-9), 1)

    def _of(self, table: Mapping[str, Array], scenario: str) -> Array:
        if scenario not in table:
            raise GoalError(f"there is no scenario '{scenario}'. {did_you_mean(scenario, table)}")
        return table[scenario]

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        import pandas as pd

        last = self.quarters[-1]
        dates, money = {}, {}
        for scenario in self.need:
            ends = [quarter for quarter in self.quarters if quarter.number == 4]
            dates[scenario] = {f"by {end}": f"{self.probability(scenario, end):.0%}" for end in ends}
            for level in LEVELS:
                date = self.date(scenario, level)
                left = "" if date is None else f" ({date - self.quarters[0]})"
                dates[scenario][f"{level:.0%} date"] = f"after {last}" if date is None else f"{date}{left}"
            dates[scenario]["never"] = f"{self.never(scenario):.0%}"
            mean, error = self.mean_need(scenario)
            worst = self.worst(scenario)
            money[scenario] = {
                "some": f"{self.any_need(scenario):.0%}",
                "mean": f"{_amount(mean)} +- {_amount(1.96 * error)}",
                **{f"enough at {level:.0%}": _span(*self.enough(scenario, level)) for level in ENOUGH},
                "lowest in": "-" if worst is None else str(worst),
                "still falling": f"{self.falling(scenario):.0%}",
            }
        tables = [pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario") for rows in (dates, money)]
        worth = "" if self.weights is None else f", weighted, worth {self._effective:,} equal ones"
        return [
            f"Probability that {self.line} has been below {self.floor:,g} by (in brackets: quarters that end before)",
            framed(tables[0], tables[0].to_string()),
            "",
            f"Money needed to keep {self.line} at {self.floor:,g} or more, {self.unit}",
            framed(tables[1], tables[1].to_string()),
            f"{self.paths:,} paths{worth}; 95 % intervals are sampling error. 'some': share of paths that need any. "
            f"'lowest in': the median of these. 'still falling': lowest in {last}, so that the need may grow.",
        ]

    def __str__(self) -> str:
        return spoken(self._said())

    def _repr_html_(self) -> str:
        return answered(self._said())


def _span(value: float, low: float, high: float) -> str:
    return f"{_amount(value)} ({_amount(low)} to {_amount(high)})"


def _amount(money: float) -> str:
    """Whole from 100 on, else three digits; '?' where there is no end."""
    return "?" if np.isinf(money) else f"{money:,.0f}" if abs(money) >= 100 else f"{money:.3g}"


def _check_level(level: object) -> None:
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise GoalError(f"level is {level!r}; it must lie in (0, 1), as in 0.5.")


@steady
def runway(simulation: Simulation, line: str = "cash", *, floor: float = 0.0) -> Runway:
    """When a line is first below a floor in each scenario of a simulation, and what money would have kept it there."""
    expect(simulation, Simulation, GoalError, "the simulation", "simulate first: simulate(company, scenarios, ...)")
    problems = Problems()
    lines = simulation.company.model.lines
    if line not in lines:
        problems.add(f"there is no line '{line}'. {did_you_mean(str(line), lines)}")
    elif lines[line].kind != "stock":
        problems.add(
            f"'{line}' is a {lines[line].kind}; a runway is that of a stock, of what is there at a quarter's end, "
            "as in Formula('cash = cash[-1] + cash_flow')."
        )
    if isinstance(floor, bool) or not isinstance(floor, int | float | np.number) or not np.isfinite(floor):
        problems.add(f"the floor is {floor!r}; give a finite number, as in 0.")
    problems.raise_if_any(GoalError, "the runway cannot be told")
    about = lines[line]
    currency = about.currency or simulation.company.model.currency
    lasts, need, trough = {}, {}, {}
    for scenario in simulation.names:
        values = simulation.values(line, scenario)
        below = values < floor
        lasts[scenario] = np.where(below.any(axis=0), below.argmax(axis=0), len(values)).astype(float)
        trough[scenario] = values.argmin(axis=0).astype(float)
        need[scenario] = np.maximum(0.0, floor - values.min(axis=0))
    unit = " ".join(word.replace("_", " ") for word in (about.unit, currency) if word)
    return Runway(
        *(line, unit, float(floor), simulation.quarters, simulation.paths),
        *(lasts, need, trough, simulation.weights),
    )
