"""Predict a bare series: sample paths, quantiles, probabilities and totals of the periods that follow it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.cautions import warned
from forecast.distributions import Array
from forecast.errors import Problems, SimulationError
from forecast.fingerprints import Fingerprinted
from forecast.forecasters.adapted import adapt
from forecast.forecasters.combination import Combination
from forecast.forecasters.contract import Forecaster
from forecast.forecasters.doubts import doubts
from forecast.forecasters.form import InnovationsForm
from forecast.forecasters.magnitudes import not_real, problems_of_size
from forecast.forecasters.periods import Periods, period_labels, read_periods
from forecast.forecasters.realised import Calibration, realised
from forecast.notebook import printed
from forecast.picture import checked, finish, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Quantiles shown unless others are asked for."""


@dataclass(frozen=True, eq=False)
class Prediction(Fingerprinted):
    """What the periods after a series may bring: joint sample paths, and the exact marginals of the same form.

    - ``history``: the series given. ``index``: the future periods, in an index like that of the history.
    - ``form``: the innovations form: which forecaster, how many observations.
    - ``fitted`` and ``season``: the forecaster asked and the periods a year.
    - ``stream``: the name of its random numbers in a panel, so that its series are drawn apart.
    - ``seed`` and ``count``: what draws the joint paths, and how many.

    Statements about one period (``quantile``, ``mean``, ``probability``) are exact and need no seed; statements about
    several periods together (``paths``, ``total``, ``total_probability``) need the joint paths, since neighbouring
    periods are correlated: sums of quantiles are not quantiles of sums.
    """

    history: pd.Series[float]
    index: pd.Index
    form: InnovationsForm
    levels: tuple[float, ...]
    seed: int | None
    count: int
    fitted: Forecaster
    season: int
    stream: str = ""

    @cached_property
    def paths(self) -> pd.DataFrame:
        """Joint sample paths, a row a future period, a column a path; the same for the same seed."""
        if self.seed is None:
            raise SimulationError("joint paths are random, so they need a seed. Write predict(..., seed=7).")
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(_entropy(self.seed, self.stream))))
        drawn = self.form.paths(rng.standard_normal((len(self.index), self.count)))
        return pd.DataFrame(drawn, index=self.index, columns=pd.RangeIndex(self.count, name="path"))

    @cached_property
    def calibration(self) -> Calibration:
        """How often the intervals of the same forecaster held at earlier origins of this history (``realised``)."""
        values = np.asarray(self.history, dtype=float)
        return realised(values, self.fitted, horizon=len(self.index), season=self.season)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """No spread, few values, an optimiser that did not converge, a forecast far outside: see ``doubts``."""
        return doubts(np.asarray(self.history, dtype=float), self.form)

    @property
    def forecaster(self) -> str:
        """Which forecaster was fitted."""
        return self.form.name

    @property
    def points(self) -> int:
        """How many observations it used."""
        return self.form.points

    def quantile(self, p: float) -> pd.Series[float]:
        """The value of each period that is not exceeded with probability ``p``; see ``InnovationsForm.quantile``."""
        return pd.Series(self.form.quantile(p), index=self.index, name=self.history.name)

    def quantiles(self, levels: tuple[float, ...] | None = None) -> pd.DataFrame:
        """One row a period, one column a level of ``levels`` (those of ``predict`` unless given)."""
        chosen = self.levels if levels is None else tuple(levels)
        return pd.DataFrame({p: self.form.quantile(p) for p in chosen}, index=self.index)

    @property
    def mean(self) -> pd.Series[float]:
        """Expectation of each period; see ``InnovationsForm.expectation``."""
        return pd.Series(self.form.expectation(), index=self.index, name=self.history.name)

    def probability(self, *, at_least: float) -> pd.Series[float]:
        """P(value >= at_least) of each period; see ``InnovationsForm.exceedance``."""
        chance = self.form.exceedance(_finite("at_least", at_least))
        return pd.Series(chance, index=self.index, name=self.history.name)

    def totals(self) -> Array:
        """Sum over the horizon of each joint path, (paths,). Only meaningful for flows."""
        return np.asarray(self.paths.to_numpy(dtype=float).sum(axis=0), dtype=float)

    def total(self, p: float) -> float:
        """The sum over the horizon that is not exceeded with probability ``p``, from the joint paths."""
        if not 0 < p < 1:
            raise SimulationError(f"the quantile at {p!r} was asked for; give a probability between 0 and 1.")
        return float(np.quantile(self.totals(), p))

    def total_probability(self, *, at_least: float) -> float:
        """P(sum over the horizon >= at_least): the share of joint paths that reach it."""
        return float(np.mean(self.totals() >= _finite("at_least", at_least)))

    def to_frame(self) -> pd.DataFrame:
        """``mean`` and the quantiles ``q05``, ``q10``, ... as columns, one row a period."""
        table = {"mean": self.mean.to_numpy()}
        table |= {
            f"q{100 * p:04.3g}" if 100 * p % 1 else f"q{100 * p:02.0f}": self.form.quantile(p) for p in self.levels
        }
        return pd.DataFrame(table, index=self.index)

    def plot(self, ax: Axes | None = None, *, path: str | PathLike[str] | None = None) -> Axes:
        """History and fan: median, and a band for each pair of levels that leaves equal tails.

        ``path`` saves the figure. Returns the axes.
        """
        ax = new_axes(8, 4.5) if ax is None else checked(ax)
        past, ahead = self.history.to_numpy(dtype=float), len(self.index)
        labels = period_labels(self.history.index) + period_labels(self.index)
        future = np.arange(past.size - 1, past.size + ahead)
        low = [p for p in sorted(self.levels) if p < 0.5]
        for i, p in enumerate(low):
            lower, upper = (np.append(past[-1], self.form.quantile(q)) for q in (p, 1 - p))
            shade = 1 - 0.6 * (i + 1) / len(low)  # towards white, opaque, so that the legend shows it
            blue = (1 - (1 - shade) * 0.88, 1 - (1 - shade) * 0.53, 1 - (1 - shade) * 0.29)
            ax.fill_between(future, lower, upper, color=blue, linewidth=0, label=f"{1 - 2 * p:.0%}")
        ax.plot(np.arange(past.size), past, color="black", label="history")
        ax.plot(future, np.append(past[-1], self.form.quantile(0.5)), color="tab:blue", label="median")
        every = max(1, len(labels) // 8)
        ax.set_xticks(np.arange(0, len(labels), every), labels[::every])
        ax.set_title(f"{self.history.name or 'series'}: {self.forecaster}, {self.points} observations")
        ax.legend(frameon=False)
        finish(ax, path)
        return ax

    def __repr__(self) -> str:
        labels = period_labels(self.index)
        drawn = "" if self.seed is None else f", {self.count} paths, seed {self.seed}"
        text = (
            f"Prediction of {labels[0]} to {labels[-1]} by {self.forecaster} from {self.points} observations"
            f"{drawn}\n{self.to_frame().to_string()}"
        )
        return warned(text, self.warnings)

    def _repr_html_(self) -> str:
        return printed(self)


def predict_series(
    series: pd.Series[Any],
    horizon: int,
    *,
    seed: int | None = None,
    paths: int = 2000,
    forecaster: Any = None,
    levels: tuple[float, ...] = LEVELS,
    stream: str = "",
) -> Prediction:
    """Forecast the ``horizon`` periods that follow a series of quarters, months or years.

    ``series`` is a pandas Series, oldest first, one number a period, without gaps; its index is a PeriodIndex,
    dates at month starts or ends, or strings such as ``2024Q1`` (``read_periods``). The first row of the result is
    the period after the last one given. ``forecaster`` is ``Combination()`` unless given; a model of
    statsforecast, sktime or scikit-learn is taken too (``Adapted``). Quantiles of one period
    are exact; joint paths, ``paths`` of them, are drawn with independent standard normal errors from ``seed``
    and need one: same inputs and seed, same bits.
    Everything that is wrong is told in one SimulationError; a history shorter than the forecaster needs is a
    HistoryTooShortError.
    """
    chosen = Combination() if forecaster is None else adapt(forecaster)
    if isinstance(chosen, type) or not isinstance(chosen, Forecaster):
        raise SimulationError(f"the forecaster is {forecaster!r}; pass an object, such as ETS().")
    periods, values = _check_request(series, horizon, seed, paths, levels)
    form = chosen.fit(values, horizon=int(horizon), season=periods.season)
    form.expectation()  # refused here, not when it is first printed, where it grows beyond all numbers
    return Prediction(
        history=pd.Series(values, index=series.index, name=series.name),
        index=periods.following(int(horizon)),
        form=form,
        levels=tuple(levels),
        seed=None if seed is None else int(seed),
        count=int(paths),
        fitted=chosen,
        season=periods.season,
        stream=stream,
    )


def _entropy(seed: int, stream: str) -> int | list[int]:
    """What the random numbers start from: the seed, and a digest of the stream where it has a name."""
    return [seed, int.from_bytes(sha256(stream.encode()).digest()[:8], "big")] if stream else seed


def _check_request(
    series: object, horizon: int, seed: int | None, paths: int, levels: tuple[float, ...]
) -> tuple[Periods, Array]:
    """The periods and values of a series that can be predicted, or one error with everything that is wrong."""
    problems = Problems()
    for word, number, least in (("horizon", horizon, 1), ("paths", paths, 1), ("seed", 0 if seed is None else seed, 0)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < least:
            problems.add(f"{word} is {number!r}; it must be a whole number from {least}.")
    wrong = [p for p in levels if isinstance(p, bool) or not isinstance(p, int | float) or not 0 < p < 1]
    if wrong or not levels:
        problems.add(f"levels are {tuple(levels)!r}; give probabilities between 0 and 1.")
    heading = "the series cannot be predicted:"
    if not isinstance(series, pd.Series):
        problems.add(f"a {type(series).__name__} was given; give a pandas Series with one number a period.")
        raise SimulationError(heading, problems.found)
    periods = read_periods(series.index, problems)
    values = _read_values(series, problems)
    if periods is None or problems.found:
        raise SimulationError(heading, problems.found)
    return periods, values


def _read_values(series: pd.Series[Any], problems: Problems) -> Array:
    """The values as floats; missing, infinite and non-numeric ones are noted with their periods."""
    if series.empty:
        return np.empty(0)
    if not pd.api.types.is_numeric_dtype(series.dtype) or not_real(series.dtype):
        kind = "text" if series.dtype in (object, "str") else str(series.dtype)
        problems.add(f"the values are of the type {kind}; convert them to numbers, e.g. series.astype(float).")
        return np.empty(0)
    values = series.to_numpy(dtype=float, na_value=np.nan)
    problems.found += problems_of_size(values, period_labels(series.index)) if np.isfinite(values).all() else ()
    labels = np.asarray(period_labels(series.index), dtype=object)
    for word, where in (("missing", np.isnan(values)), ("infinite", np.isinf(values))):
        if np.any(where):
            shown = ", ".join(labels[where][:6]) + (", ..." if where.sum() > 6 else "")
            problems.add(f"the value is {word} in {shown}; fill it or start the series after it.")
    return values


def _finite(word: str, number: float) -> float:
    if isinstance(number, bool) or not np.isfinite(number):
        raise SimulationError(f"{word} is {number!r}; it must be a finite number.")
    return float(number)
