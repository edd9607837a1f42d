"""A calibrated model: drivers, what each learned, and where the history ends."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from forecast.cautions import gathered, warned
from forecast.distributions import Array, Distribution, as_distribution
from forecast.errors import CalibrationError, ModelError, did_you_mean
from forecast.financials import History
from forecast.model.assumption import Parameter
from forecast.model.contract import Fit
from forecast.model.doubts import broken
from forecast.model.model import Model
from forecast.notebook import counted, listed, tabled
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class CalibratedModel:
    """A model with numbers: every parameter has a distribution, every line an opening.

    ``parameters`` maps ``line.parameter`` to its estimate; ``first`` is the first quarter to simulate and
    ``horizon`` the number of quarters for which the fits hold.
    """

    model: Model
    history: History | None
    first: Quarter
    horizon: int
    fits: Mapping[str, Fit]
    parameters: Mapping[str, Parameter]
    openings: Mapping[str, float]

    def __str__(self) -> str:
        """What it is, in one sentence and the beginning of its fingerprint."""
        known = "" if self.as_of is None else f", as known on {self.as_of}"
        past = "no history" if self.history is None else f"history up to {self.history.last}"
        lines, parameters = counted(len(self.model.drivers), "line"), counted(len(self.parameters), "parameter")
        said = (
            f"A calibrated model of {lines} and {parameters}{known}: {past}, to be simulated from {self.first} up to "
            f"{self.first + (self.horizon - 1)}. Fingerprint {self.fingerprint[:12]}"
        )
        return warned(said, self.warnings)

    def __repr__(self) -> str:
        lines, parameters = counted(len(self.model.drivers), "line"), counted(len(self.parameters), "parameter")
        return (
            f"CalibratedModel({lines}, {parameters}, "
            f"first={str(self.first)!r}, horizon={self.horizon}, fingerprint={self.fingerprint[:12]!r})"
        )

    @cached_property
    def own(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """The parameters of each line, as pairs of their own and their full name."""
        drivers = self.model.drivers
        return {driver.line: tuple((p.name, p.full_name) for p in driver.parameters()) for driver in drivers}

    @property
    def as_of(self) -> dt.date | None:
        """The date after which nothing was known."""
        return None if self.history is None else self.history.as_of

    @property
    def fingerprint(self) -> str:
        """A digest of the model, the history, the openings and the estimates."""
        digest = hashlib.sha256(self.model.to_yaml().encode())
        digest.update(b"" if self.history is None else self.history.fingerprint.encode())
        digest.update(repr((str(self.first), self.horizon, sorted(self.openings.items()))).encode())
        digest.update(repr([(name, p.estimate) for name, p in self.parameters.items()]).encode())
        return digest.hexdigest()

    def past(self, line: str, quarters_back: int = 1) -> float:
        """A line's value before the first simulated quarter; NaN where nobody knows it."""
        if quarters_back == 1 and line in self.openings:
            return self.openings[line]
        if self.history is None or line not in self.history.lines:
            return float("nan")
        values: Array = self.history.values(line)
        return float(values[-quarters_back]) if quarters_back <= len(values) else float("nan")

    def parameter(self, name: str) -> Parameter:
        """One parameter by its full name."""
        if name not in self.parameters:
            raise ModelError(f"the model has no parameter '{name}'. {did_you_mean(name, self.parameters)}")
        return self.parameters[name]

    def stating(self, name: str, value: float | Distribution, *, because: str = "judgement") -> CalibratedModel:
        """The same company with one parameter stated otherwise."""
        old = self.parameter(name)
        stated = as_distribution(value)
        if not old.low <= stated.quantile(0.5) <= old.high:
            raise CalibrationError(f"'{name}' cannot be {stated}: its domain is [{old.low:g}, {old.high:g}].")
        new = replace(old, estimate=stated.between(old.low, old.high), basis=because)
        return replace(self, parameters={**self.parameters, name: new})

    def to_frame(self) -> pd.DataFrame:
        """One row a parameter: quantiles, role, ground."""
        import pandas as pd

        rows = []
        for name, parameter in self.parameters.items():
            assert parameter.estimate is not None
            low, middle, high = parameter.estimate.ppf(np.array([0.1, 0.5, 0.9]))
            rows.append((name, low, middle, high, parameter.unit, parameter.role, parameter.basis))
        columns = ["parameter", "10 %", "50 %", "90 %", "unit", "role", "because"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Those of the history, formulas that do not hold in it, then what to doubt about each driver's fit."""
        history, fits = self.history, self.fits.items()
        of_history = () if history is None else (*history.warnings, *broken(self.model.identities, history))
        return gathered(of_history, (f"'{line}': {one}" for line, fit in fits for one in fit.warnings))

    @property
    def _heading(self) -> str:
        parameters, lines = counted(len(self.parameters), "parameter"), counted(len(self.model.drivers), "line")
        return f"{parameters} of {lines}, from {self.first}"

    def _repr_html_(self) -> str:
        """A table of the parameters: quantiles, unit, role and ground, as in ``to_frame()``."""
        rows = (
            (name, *(one if isinstance(one, str) else f"{one:.4g}" for one in row))
            for name, *row in self.to_frame().itertuples(name=None)
        )
        table = tabled(self._heading, ["parameter", "10 %", "50 %", "90 %", "unit", "role", "because"], rows)
        return table + (listed("Warnings:", self.warnings) if self.warnings else "")
