"""An outcome: the paths of one scenario, with the windows over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from forecast.distributions import Array
from forecast.errors import SimulationError, did_you_mean, expect
from forecast.lines import FRACTIONS, Line
from forecast.model import CalibratedModel
from forecast.simulation.windows import WINDOWS, window
from forecast.timeline import Quarter


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What came of one scenario: ``series[line]`` has shape (quarters, paths).

    ``weights`` (paths,) are the paths' probabilities, adding up to one; None where all paths count alike.
    """

    company: CalibratedModel
    quarters: tuple[Quarter, ...]
    series: Mapping[str, Array]
    weights: Array | None = None

    def line(self, name: str) -> Line:
        """What a line is; recorded numbers are rates, shares or plain numbers."""
        if name in self.company.model.lines:
            return self.company.model.lines[name]
        self._check(name)
        return Line(name.replace(".", "_"), "rate", "share" if name.split(".")[-1] in FRACTIONS else "number")

    def values(self, line: str, *, over: str = "quarter", until: str | Quarter | None = None) -> Array:
        """Paths of a line over a window that ends in each quarter, shape (quarters, paths), up to ``until``."""
        self._check(line)
        values = self.series[line][: self.place(until) + 1] if until is not None else self.series[line]
        if over == "quarter":
            return values
        if over in WINDOWS and line not in self.company.model.lines:
            raise SimulationError(f"'{line}' is what a driver records, which is not summed; use over='quarter'.")
        if over in WINDOWS and self.is_unsummed(line):
            raise SimulationError(
                f"'{line}' is a ratio by its formula, and those of several quarters do not add up; use over='quarter'. "
                "Give it kind='rate' if it is a ratio, a unit if it counts something, as in unit='customers'."
            )
        past = np.array([self.company.past(line, back) for back in (3, 2, 1)])
        return window(values, past, self.line(line), over, self.quarters[0])

    def is_unsummed(self, line: str) -> bool:
        """See ``Model.is_unsummed``."""
        return self.company.model.is_unsummed(line)

    def fiscal_year(self, line: str, end: int) -> Array:
        """A line in the fiscal year ending at row ``end``, shape (paths,); NaN where the history lacks a part.

        flow   x[end-3] + x[end-2] + x[end-1] + x[end], reported quarters included      [unit of the line a year]
        else   x[end]

        A flow that is a ratio by its formula has the year of its parts, sum(a) / sum(b) of ``a / b``, and not the sum
        of four margins; NaN where it is no sum of flows over another, or where a part is not kept.
        """
        values = self.values(line)
        if self.is_unsummed(line):
            return self._ratio_of_years(line, end)
        if self.line(line).kind != "flow":
            return np.asarray(values[end])
        reported = sum(self.company.past(line, back) for back in range(1, 4 - end))
        return np.asarray(values[max(end - 3, 0) : end + 1].sum(axis=0) + reported)

    def _ratio_of_years(self, line: str, end: int) -> Array:
        """The year of one sum of flows over another; NaN on all paths where it is not known on some."""
        unknown = np.full(self.values(line).shape[1], np.nan)
        parts = self.company.model.fractions.get(line)
        if parts is None or not all(name in self.series for part in parts for name, _, _ in part.terms):
            return unknown
        top, below = (
            sum((factor * self.fiscal_year(name, end) for name, _, factor in part.terms), np.zeros(len(unknown)))
            for part in parts
        )
        with np.errstate(all="ignore"):
            year = np.asarray(top / below)
        return year if np.isfinite(year).all() else unknown

    def place(self, quarter: str | Quarter) -> int:
        """The row of a quarter; refused outside the simulation."""
        at = Quarter.parse(quarter) - self.quarters[0]
        if not 0 <= at < len(self.quarters):
            raise SimulationError(
                f"{quarter} lies outside the simulated quarters {self.quarters[0]} to {self.quarters[-1]}."
            )
        return at

    def part(self, paths: slice) -> Outcome:
        """Some of the paths; weights are scaled to add up to one again."""
        weights = None if self.weights is None else self.weights[paths] / self.weights[paths].sum()
        series = {name: values[:, paths] for name, values in self.series.items()}
        return replace(self, series=series, weights=weights)

    def _check(self, line: str) -> None:
        expect(line, str, SimulationError, "the line", "give its name, as in 'net_profit'")
        drivers = self.company.model.drivers
        if line not in self.series and (
            line in self.company.model.lines or any(line == f"{d.line}.{name}" for d in drivers for name in d.records())
        ):
            kept = ", ".join(f"'{name}'" for name in self.series)
            raise SimulationError(
                f"'{line}' was not kept; {kept} {'was' if len(self.series) == 1 else 'were'}. "
                f"Name it as well when simulating: keep=[..., '{line}'], or leave keep out."
            )
        if line not in self.series:
            raise SimulationError(f"there is no line '{line}'. {did_you_mean(line, self.series)}")
