"""Our side: any forecaster of the library, called through its public API and timed."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np

import forecast.forecasters as catalogue
from accuracy_parts.answers import QUANTILES, Answer, content_key, failed
from accuracy_parts.measures import year_sums
from accuracy_parts.progress import Progress
from accuracy_parts.sets import Array, Split
from forecast.errors import ForecastError, Problems, did_you_mean
from forecast.forecasters import Forecaster, InnovationsForm

PATHS = 2000
"""Joint paths behind the quantiles of a year's total."""


def choose_forecasters(names: Iterable[str]) -> dict[str, Forecaster]:
    """Forecasters with their defaults by class name, as ``forecast.forecasters`` exports them."""
    problems = Problems()
    chosen: dict[str, Forecaster] = {}
    classes = {name: kind for name, kind in vars(catalogue).items() if isinstance(kind, type) and hasattr(kind, "fit")}
    del classes["Forecaster"]
    for name in names:
        if name in classes:
            chosen[name] = classes[name]()
        else:
            problems.add(f"there is no forecaster '{name}'. {did_you_mean(name, classes)}")
    problems.raise_if_any(ForecastError, "the forecasters cannot be chosen:")
    return chosen


def library_answers(name: str, forecaster: Forecaster, splits: Iterable[Split]) -> dict[str, Answer]:
    """Answers of one of our forecasters, with the quantiles of yearly totals where a year has several periods."""
    splits = list(splits)
    answers: dict[str, Answer] = {}
    for split in Progress(splits, name):
        answers[content_key(split)] = library_answer(forecaster, split)
    return answers


def library_answer(forecaster: Forecaster, split: Split) -> Answer:
    """One answer: the point forecast is the median. Seconds: fit and quantiles, without the paths of totals."""
    start = time.process_time()
    try:
        form = forecaster.fit(split.train, horizon=split.horizon, season=split.season)
        quantiles = np.array([form.quantile(q) for q in QUANTILES])
    except ForecastError as error:
        return failed(split.horizon, time.process_time() - start, f"{type(error).__name__}: {error}")
    seconds = time.process_time() - start
    point = quantiles[QUANTILES.index(0.5)]
    return Answer(point, quantiles, seconds, totals=_totals(form, split))


def _totals(form: InnovationsForm, split: Split) -> Array | None:
    """Quantiles (len(QUANTILES), years) of sums over whole years of joint paths, with the same draws for each series.

    The errors are independent standard normal, as in ``forecast.predict``.
    """
    if split.season == 1 or split.horizon < split.season:
        return None
    errors = np.random.default_rng(0).standard_normal((split.horizon, PATHS))
    sums = year_sums(form.paths(errors), split.season)
    return np.asarray(np.quantile(sums, QUANTILES, axis=1), dtype=float)
