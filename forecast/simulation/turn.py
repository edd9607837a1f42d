"""One driver's turn in one quarter: what it sees of its company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.model import CalibratedModel, Driver, Fit
from forecast.simulation.streams import Draws


class Turn:
    """What one driver sees in one quarter (the contract ``Now``).

    ``asked`` holds the names of the parameters read since it was last emptied.
    """

    __slots__ = (
        "_company",
        "_kept",
        "_noises",
        "_openings",
        "_rows",
        "asked",
        "driver",
        "fit",
        "own",
        "step",
    )

    def __init__(
        self,
        company: CalibratedModel,
        driver: Driver,
        fit: Fit,
        own: dict[str, Array],
        series: Mapping[str, list[Any]],
        openings: Mapping[str, Array],
        draws: Draws,
    ) -> None:
        self.step = 0
        self.fit = fit
        self.own = own
        self.driver = driver
        self.asked: set[str] = set()
        self._company = company
        self._rows = {read: series[read[0]] for read in driver.reads()}
        self._openings = openings
        self._kept: dict[str, Array] = {}
        self._noises = {noise.name: draws.noise(driver.line, noise) for noise in driver.noises()}

    def parameter(self, name: str) -> Array:
        """The driver's own parameter in this quarter."""
        self.asked.add(name)
        return self.own[name]

    def value(self, line: str, lag: int = 0) -> Array:
        """A line in this quarter or earlier, read-only."""
        rows = self._rows.get((line, lag))
        if rows is None:
            raise SimulationError(
                f"the driver of '{self.driver.line}' reads '{line}' {lag} quarters ago, which its reads() do not "
                f"declare. Add ('{line}', {lag}) to them."
            )
        at = self.step - lag
        if at >= 0:
            row: Array = rows[at]
            return row
        if at == -1 and line in self._openings:
            return self._openings[line]
        return np.asarray(self._company.past(line, -at))

    def error(self, name: str = "error") -> Array:
        """The draw of this quarter."""
        row: Array = self._noises[name][self.step]
        return row

    def errors(self, name: str = "error") -> Array:
        """All draws of a stream."""
        return self._noises[name]

    def recall(self, name: str) -> Array | None:
        """What was kept in the last quarter."""
        return self._kept.get(name)

    def keep(self, name: str, value: Array) -> None:
        """Keep a number for the next quarter."""
        self._kept[name] = value
