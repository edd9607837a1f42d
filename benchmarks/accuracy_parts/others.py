"""Opponents that are installed beside the library, statsmodels and Prophet, on a sample since they take long."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from accuracy_parts.answers import QUANTILES, Answer, content_key, failed
from accuracy_parts.cache import add_to_cache, read_cache
from accuracy_parts.progress import Progress
from accuracy_parts.sets import Array, Split

DRAWS = 1000
"""Simulated paths behind a quantile."""

BATCH = 20
"""Answers kept at a time."""


def other_answers(name: str, splits: Iterable[Split], cache: Path | None) -> dict[str, Answer]:
    """Answers of ``ETS (statsmodels)`` or ``Prophet``; none where the package is not installed."""
    package, make = OTHERS[name]
    try:
        folder = None if cache is None else cache / f"{package}-{version(package)}"
    except PackageNotFoundError:
        return {}
    wanted = {content_key(split): split for split in splits}
    known = {} if folder is None else read_cache(folder)
    answers = {key: known[key, name] for key in wanted if (key, name) in known}
    fresh: dict[str, Answer] = {}
    missing = [key for key in wanted if key not in answers]
    for key in Progress(missing, name):
        fresh[key] = attempt(make, wanted[key])
        if folder is not None and (len(fresh) == BATCH or key == missing[-1]):
            add_to_cache(folder, name, fresh)
            answers |= fresh
            fresh = {}
    return answers | fresh


def attempt(make: Callable[[Split], tuple[Array, Array]], split: Split) -> Answer:
    """An answer with its seconds of processor time; whatever is raised becomes a failure."""
    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            point, quantiles = make(split)
    except Exception as error:  # a model that fails is a result
        return failed(split.horizon, time.process_time() - start, f"{type(error).__name__}: {error}")
    return Answer(point, quantiles, time.process_time() - start)


def statsmodels_ets(split: Split) -> tuple[Array, Array]:
    """The exponential smoothing model of smallest AICc; quantiles of ``DRAWS`` simulated paths.

    Tried: additive and multiplicative errors; no, damped additive trend; no, additive, multiplicative season from
    two years and two points on. Multiplicative parts only where every value is positive.
    """
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    y = split.train
    kinds = ("add", "mul") if np.all(y > 0) else ("add",)
    seasons = (None, *kinds) if split.season > 1 and y.size >= 2 * split.season + 2 else (None,)
    fits: list[Any] = []
    problems: list[str] = []
    for error, trend, season in product(kinds, (None, "add"), seasons):
        periods = split.season if season else None
        try:
            model = ETSModel(
                y, error=error, trend=trend, damped_trend=trend is not None, seasonal=season,
                seasonal_periods=periods, initialization_method="estimated",
            )  # fmt: skip
            fit = model.fit(disp=False)
        except (ValueError, np.linalg.LinAlgError) as failure:
            problems.append(str(failure))
            continue
        if np.isfinite(fit.aicc):
            fits.append(fit)
    if not fits:
        raise ValueError(f"no model could be fitted: {'; '.join(problems)}")
    best = min(fits, key=lambda fit: fit.aicc)
    errors = np.random.default_rng(0).standard_normal((split.horizon, DRAWS)) * np.sqrt(np.mean(best.resid**2))
    paths = best.simulate(split.horizon, anchor="end", repetitions=DRAWS, random_errors=errors)
    quantiles = np.quantile(np.asarray(paths).reshape(split.horizon, DRAWS), QUANTILES, axis=1)
    return np.asarray(best.forecast(split.horizon), dtype=float), quantiles


def prophet_defaults(split: Split) -> tuple[Array, Array]:
    """Prophet as it comes, on made-up dates (starts of quarters or years from 1900); quantiles of its samples."""
    logging.getLogger("cmdstanpy").disabled = True
    logging.getLogger("prophet").disabled = True
    from prophet import Prophet

    months = 12 // split.season
    count = split.train.size + split.horizon
    stamps = pd.period_range("1900-01", periods=months * count, freq="M")[::months].to_timestamp()
    np.random.seed(0)  # noqa: NPY002  Prophet draws from the global stream
    model = Prophet(uncertainty_samples=DRAWS)
    model.fit(pd.DataFrame({"ds": stamps[: split.train.size], "y": split.train}))
    future = pd.DataFrame({"ds": stamps[split.train.size :]})
    drawn = np.asarray(model.predictive_samples(future)["yhat"], dtype=float)
    point = model.predict(future)["yhat"].to_numpy(float)
    return point, np.quantile(drawn.reshape(split.horizon, -1), QUANTILES, axis=1)


OTHERS: dict[str, tuple[str, Callable[[Split], tuple[Array, Array]]]] = {
    "ETS (statsmodels)": ("statsmodels", statsmodels_ets),
    "Prophet": ("prophet", prophet_defaults),
}
"""Package and function by the name in the table."""
