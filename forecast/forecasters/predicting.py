"""Predict a series, or every series of a panel, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import pandas as pd

from forecast.blas import steady
from forecast.cautions import warned
from forecast.errors import ForecastError, SimulationError
from forecast.forecasters.panels import read_panel
from forecast.forecasters.prediction import LEVELS, Prediction, predict_series
from forecast.notebook import printed


@dataclass(frozen=True, eq=False)
class Predictions:
    """A ``Prediction`` a series; ``left_out`` says of each series that could not be predicted why."""

    series: dict[str, Prediction]
    left_out: dict[str, str]

    def __getitem__(self, name: str) -> Prediction:
        if name not in self.series:
            if name in self.left_out:
                raise SimulationError(f"'{name}' was left out: {self.left_out[name]}")
            raise SimulationError(f"there is no series '{name}' in {', '.join(list(self.series)[:8])}.")
        return self.series[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.series)

    def __len__(self) -> int:
        return len(self.series)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of every series, each with its name."""
        return tuple(f"{name}: {why}" for name, one in self.series.items() for why in one.warnings)

    def to_frame(self) -> pd.DataFrame:
        """Mean and quantiles, one row a series and period."""
        return pd.concat({name: one.to_frame() for name, one in self.series.items()}, names=["series", "period"])

    def __repr__(self) -> str:
        left = "".join(f"\nleft out: {name}: {why}" for name, why in list(self.left_out.items())[:5])
        return warned(
            f"Predictions of {len(self)} series{left}\n{self.to_frame().to_string(max_rows=20)}", self.warnings
        )

    def _repr_html_(self) -> str:
        return printed(self)


@overload
@steady
def predict(
    data: pd.Series[Any],
    horizon: int,
    *,
    seed: int | None = None,
    paths: int = 2000,
    forecaster: Any = None,
    levels: tuple[float, ...] = LEVELS,
) -> Prediction: ...


@overload
@steady
def predict(
    data: pd.DataFrame,
    horizon: int,
    *,
    seed: int | None = None,
    paths: int = 2000,
    forecaster: Any = None,
    levels: tuple[float, ...] = LEVELS,
) -> Predictions: ...


@steady
def predict(
    data: Any,
    horizon: int,
    *,
    seed: int | None = None,
    paths: int = 2000,
    forecaster: Any = None,
    levels: tuple[float, ...] = LEVELS,
) -> Prediction | Predictions:
    """Forecast the ``horizon`` periods that follow a series, or every series of a frame.

    A pandas Series gives a ``Prediction`` (``predict_series`` says what is read); a wide frame (a column a series) or
    a long one (``unique_id``, ``ds``, ``y``) gives ``Predictions``. Series of a panel draw their paths apart, each by
    its name: they are independent, so a total of theirs needs a model that ties them. One that is too short for the
    forecaster is listed in ``left_out``; the others go on.

    >>> revenue = pd.Series([100.0, 102.0, 104.0, 106.0, 108.0, 110.0], index=[f"2024Q{i}" for i in (1, 2, 3, 4)]
    ...                     + ["2025Q1", "2025Q2"])
    >>> list(predict(revenue, 2).index)
    ['2025Q3', '2025Q4']
    >>> len(predict(pd.DataFrame({"a": revenue, "b": 2 * revenue}), 2))
    2
    """
    options: dict[str, Any] = {"seed": seed, "paths": paths, "forecaster": forecaster, "levels": levels}
    if not isinstance(data, pd.DataFrame):
        return predict_series(data, horizon, **options)
    found: dict[str, Prediction] = {}
    left: dict[str, str] = {}
    for one in read_panel(data, "the series cannot be predicted:"):
        series = pd.Series(np.array(one.values), index=one.periods.index, name=one.name)
        try:
            found[one.name] = predict_series(series, horizon, **options, stream=one.name)
        except ForecastError as error:
            left[one.name] = str(error)
    if not found:
        raise SimulationError("no series could be predicted:", sorted(set(left.values())))
    return Predictions(found, left)
