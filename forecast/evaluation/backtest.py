"""The result of a backtest: every forecast with its scores, and the tables that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.cautions import gathered, told
from forecast.errors import SimulationError
from forecast.evaluation.doubts import doubts
from forecast.evaluation.skill import DieboldMariano, diebold_mariano, skill
from forecast.fingerprints import Fingerprinted
from forecast.notebook import Said, answered, framed, spoken
from forecast.picture import checked, finish, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KEYS = ["series", "origin", "step"]
"""What tells one forecast of a forecaster from another."""

DOUBTED = ["series", "origin", "forecaster", "warning"]
"""Columns of ``Backtest.doubted``."""

INTERVALS = ("interval80", "interval95", "covered80", "covered95")
"""Scores of the central intervals."""


@dataclass(frozen=True, eq=False)
class Backtest(Fingerprinted):
    """Forecasts made at earlier origins, each from what was known then, against what came.

    - ``steps``: one row a series, origin, step and forecaster, with the scores of ``score_steps``, the ``period``
      forecast and the ``scale`` of the series (``seasonal_scale`` of its history up to the origin). The ``origin`` is
      the label of the last period known, ``place`` the same as a number that rises with time.
    - ``energy``: one row a series, origin and forecaster, with the energy score of the whole path over the scale.
    - ``left_out``: what could not be forecast, with the reason. Nothing is dropped in silence.
    - ``doubted``: the warnings of the fits, one row each.
    - ``forecasters``: their names in the order given; ``reference``: what the others are compared with.
    - ``company``: whether the series are lines of one company; ``inherited``: the warnings of its history.
    """

    steps: pd.DataFrame
    energy: pd.DataFrame
    left_out: pd.DataFrame
    forecasters: tuple[str, ...]
    reference: str
    horizon: int
    doubted: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=DOUBTED))
    company: bool = False
    inherited: tuple[str, ...] = ()

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Those of the history, then what to doubt about the scores: see ``doubts.doubts``."""
        return gathered(self.inherited, doubts(self))

    def common(self) -> pd.DataFrame:
        """The rows of ``steps`` that every forecaster has, so that all are judged on the same forecasts."""
        count = self.steps.groupby(KEYS, observed=True)["forecaster"].transform("count")
        return self.steps[count == len(self.forecasters)]

    def scores(self, by: str | list[str] = "forecaster") -> pd.DataFrame:
        """Mean scores by ``forecaster`` and, if asked, ``series``, ``step`` or ``origin``, on the common forecasts.

        - ``mase``, ``crps``, ``loss``, ``interval80``, ``interval95``: over the scale of the series, means over all
          forecasts; those of a series without a scale (it never changed) are not in them; ``smape`` in percent
        - ``covered80``, ``covered95``: shares; ``forecasts``: how many
        - ``owa``: mean of sMAPE and MASE, each relative to those of the reference on the same rows
        """
        keys = [by] if isinstance(by, str) else list(by)
        unknown = [key for key in keys if key not in ("forecaster", *KEYS, "period")]
        if unknown:
            raise SimulationError(
                f"scores were asked by {', '.join(map(repr, unknown))}; use 'forecaster', 'series', 'origin', 'step' "
                "or 'period'."
            )
        keys = keys if "forecaster" in keys else [*keys, "forecaster"]
        rows = self.common()
        if rows.empty:
            raise SimulationError(
                "the forecasters have no forecast in common; left_out says what could not be forecast."
            )
        scaled = pd.DataFrame({key: rows[key] for key in keys})
        scaled["mase"] = rows["error"].abs() / rows["scale"]
        for name in ("crps", "loss", *INTERVALS[:2]):
            scaled[name] = rows[name] / rows["scale"]
        for name in ("smape", *INTERVALS[2:]):
            scaled[name] = rows[name]
        groups = scaled.groupby(keys, observed=True, sort=False)
        table = groups.mean()
        table["forecasts"] = groups.size()
        others = [key for key in keys if key != "forecaster"]
        base = table.xs(self.reference, level="forecaster") if others else table.loc[[self.reference]].iloc[0]
        relative = [table[name].div(base[name], axis=0) for name in ("smape", "mase")]
        table["owa"] = sum(relative) / 2
        return table[["owa", "mase", "smape", "crps", "loss", *INTERVALS, "forecasts"]]

    def leaderboard(self) -> pd.DataFrame:
        """One row a forecaster, best scaled CRPS first, with its skill against the reference and a 95 % interval.

        ``skill`` = 1 - CRPS / CRPS of the reference; ``low`` and ``high`` from a paired bootstrap over series, or, with
        fewer than 5 of them, over stretches of ``horizon`` successive origins. ``energy``: of whole paths.
        """
        table = self.scores()
        rows = self.common().dropna(subset=["scale"])
        scaled = rows.assign(crps=rows["crps"] / rows["scale"])
        losses = scaled.pivot(index=["series", "place", "step"], columns="forecaster", values="crps")
        losses = losses.reindex(columns=list(self.forecasters))  # none is there where no series has a scale
        units = self._units(losses.reset_index())
        found = {
            name: skill(losses[name].to_numpy(), losses[self.reference].to_numpy(), units) for name in self.forecasters
        }
        table[["skill", "low", "high"]] = pd.DataFrame(found, index=["skill", "low", "high"]).T
        kept = self.energy.merge(rows[["series", "origin"]].drop_duplicates(), on=["series", "origin"])
        table["energy"] = kept.groupby("forecaster", observed=True)["energy"].mean()
        return table.sort_values("crps", kind="stable")

    def _units(self, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        """What is resampled together, one label a row."""
        if rows["series"].nunique() >= 5:
            return np.array([str(name) for name in rows["series"]])
        pairs = zip(rows["series"], rows["place"], strict=True)
        return np.array([f"{name}|{int(place) // self.horizon}" for name, place in pairs])

    def coverage(self) -> pd.DataFrame:
        """Share of values inside the nominal 80 % and 95 % intervals by forecaster and step."""
        return self.scores(["forecaster", "step"])[["covered80", "covered95", "forecasts"]]

    def test(self, first: str, second: str, *, step: int = 1) -> DieboldMariano:
        """Diebold and Mariano's test on the absolute errors of two forecasters, ``step`` periods ahead, one series."""
        for name in (first, second):
            if name not in self.forecasters:
                raise SimulationError(f"'{name}' was not backtested; there are {', '.join(self.forecasters)}.")
        rows = self.common()
        if rows["series"].nunique() != 1:
            raise SimulationError(
                f"the test is for the origins of one series and there are {rows['series'].nunique()}; "
                "use leaderboard(), whose intervals come from resampling the series."
            )
        rows = rows[rows["step"] == step].sort_values("place")
        losses = [rows.loc[rows["forecaster"] == name, "error"].abs().to_numpy() for name in (first, second)]
        return diebold_mariano(losses[0], losses[1], step=step)

    def plot(self, ax: Axes | None = None, *, path: str | PathLike[str] | None = None) -> Axes:
        """Share of values inside central intervals of every level against the level itself, by forecaster.

        From the PIT values: |2 pit - 1| <= level. The diagonal is calibration; below it intervals are too narrow.
        ``path`` saves the figure. Returns the axes.
        """
        ax = new_axes(5, 5) if ax is None else checked(ax)
        levels = np.linspace(0, 1, 101)
        ax.plot(levels, levels, color="grey", linewidth=1, label="calibrated")
        styles = ("-", "--", "-.", ":")
        for i, (name, rows) in enumerate(self.common().groupby("forecaster", observed=True, sort=False)):
            reach = np.sort(np.abs(2 * rows["pit"].to_numpy() - 1))
            share = np.searchsorted(reach, levels, side="right") / reach.size
            ax.plot(levels, share, linestyle=styles[i % 4], label=str(name))
        ax.set_xlabel("nominal level of the central interval")
        ax.set_ylabel("share of values inside")
        ax.set_title(f"Calibration, {len(self.common()) // len(self.forecasters)} forecasts")
        ax.legend(frameon=False)
        finish(ax, path)
        return ax

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        rows = self.common()
        left = f", {len(self.left_out)} left out (left_out says why)" if len(self.left_out) else ""
        count = len(rows) // len(self.forecasters)
        heading = f"Backtest of {rows['series'].nunique()} series, {count} forecasts{left}; reference {self.reference}"
        if not count:
            return [heading]
        table = self.leaderboard().round(3)
        return [heading, framed(table, table.to_string())]

    def __repr__(self) -> str:
        return spoken(self._said())

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])
