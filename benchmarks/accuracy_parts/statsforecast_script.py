"""Run by the opponents' own interpreter: reads series, fits models of statsforecast, writes their forecasts.

``python statsforecast_script.py jobs.parquet folder``: one row a job (``key, model, season, h, y``), in an
environment that has statsforecast, pandas and pyarrow; nothing of this project is imported. Jobs are worked off
in their order. Forecasts go to files in ``folder``, a new one every ``EVERY`` seconds, so that a run that is
stopped keeps what it has; after each file a line with the number of jobs done is printed.
"""

from __future__ import annotations

import sys
import time
import uuid
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import statsforecast
from statsforecast import models

QUANTILES = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)
LEVELS = (20, 40, 60, 80, 95)
EVERY = 30.0
"""Seconds between files."""

MODELS = {
    "AutoETS": lambda season: models.AutoETS(season_length=season),
    "AutoTheta": lambda season: models.AutoTheta(season_length=season),
    "DynamicOptimizedTheta": lambda season: models.DynamicOptimizedTheta(season_length=season),
    "AutoARIMA": lambda season: models.AutoARIMA(season_length=season),
    "AutoCES": lambda season: models.AutoCES(season_length=season),
    "SeasonalNaive": lambda season: models.SeasonalNaive(season_length=season),
    "LogAutoETS": lambda season: models.AutoETS(season_length=season),
}


def forecast(name: str, values: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """Point forecast (first row) and quantiles, (1 + quantiles, horizon), with the model's defaults.

    ``LogAutoETS`` is fitted to logs and its quantiles are taken back by exp, so that its point forecast is a
    median; to levels where a value is not positive.
    """
    log = name == "LogAutoETS" and bool(np.all(values > 0))
    made = MODELS[name](season).forecast(y=np.log(values) if log else values, h=horizon, level=list(LEVELS))
    rows = [made["mean"]]
    for quantile in QUANTILES:
        level = round(abs(2 * quantile - 1) * 100)
        rows.append(made["mean"] if level == 0 else made[f"{'lo' if quantile < 0.5 else 'hi'}-{level}"])
    table = np.asarray(rows, dtype=float)
    return np.exp(table) if log else table


def attempt(name: str, values: np.ndarray, season: int, horizon: int) -> tuple[np.ndarray, float, str]:
    """The forecast, its seconds of processor time, and what went wrong; NaN where it could not be made."""
    start = time.process_time()
    try:
        table, failure = forecast(name, values, season, horizon), ""
        if not np.all(np.isfinite(table[0])):
            failure = "the point forecast is not finite"
        elif not np.all(np.isfinite(table)):
            failure = "quantiles are not finite"
    except Exception as error:  # a model that fails is a result
        table, failure = np.full((1 + len(QUANTILES), horizon), np.nan), f"{type(error).__name__}: {error}"
    return table, time.process_time() - start, failure


def main() -> None:
    """Work off the jobs."""
    warnings.simplefilter("ignore")
    jobs, folder = pd.read_parquet(sys.argv[1]), Path(sys.argv[2])
    warm = np.cumsum(np.ones(24)) + np.tile([0.0, 1.0, 0.5, -1.0], 6)
    for name in MODELS:
        attempt(name, warm, 4, 2)
    rows: list[pd.DataFrame] = []
    saved = time.monotonic()
    columns_of_jobs = (jobs[name].tolist() for name in ("key", "model", "season", "h", "y"))
    for done, (key, model, season, horizon, values) in enumerate(zip(*columns_of_jobs, strict=True), start=1):
        table, seconds, failure = attempt(model, np.asarray(values, dtype=float), season, horizon)
        columns = {f"q{round(1000 * q):04d}": row for q, row in zip(QUANTILES, table[1:], strict=True)}
        frame = pd.DataFrame({"step": np.arange(1, horizon + 1), "point": table[0], **columns})
        rows.append(frame.assign(key=key, model=model, seconds=seconds, failure=failure))
        if done == len(jobs) or time.monotonic() - saved > EVERY:
            save(rows, folder)
            rows, saved = [], time.monotonic()
            print(done, flush=True)


def save(rows: list[pd.DataFrame], folder: Path) -> None:
    """Write these forecasts as one file, complete or not at all."""
    part = folder / f"{uuid.uuid4().hex}.parquet"
    pd.concat(rows, ignore_index=True).to_parquet(part.with_suffix(".part"), index=False)
    part.with_suffix(".part").rename(part)


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        print(statsforecast.__version__)
    else:
        main()
