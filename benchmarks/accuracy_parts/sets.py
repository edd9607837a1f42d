"""The sets of real series that accuracy is measured on, read from a folder of parquet files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import FactsError, Problems, did_you_mean

Array = NDArray[np.float64]

SEED = 20_260_401
"""Fixed seed of every sample of series."""

SEASONS = {"Q": 4, "Y": 1, "M": 12, "O": 1}
"""Periods a year by the column ``freq``."""


@dataclass(frozen=True, eq=False)
class Split:
    """One series: what a forecaster sees, what follows, and what errors are divided by.

    - ``train`` (n,) and ``test`` (h,) in the unit of the data; ``season`` periods a year.
    - ``scale``: mean absolute error of the seasonal naive forecast in sample, mean |y[t] - y[t-season]|; NaN
      where it is 0 or there are not more than ``season`` points.
    - ``unit``: what is drawn together in the bootstrap: the company where there is one, else the series.
    """

    name: str
    unit: str
    train: Array
    test: Array
    season: int
    scale: float

    @property
    def horizon(self) -> int:
        """Points to forecast, h."""
        return int(self.test.size)

    def last(self, points: int) -> Split:
        """The same with only the last ``points`` of the training part; ``scale`` stays that of the longer one.

        Four seasonal differences, all that 8 quarters have, would make a scale near 0 for some series.
        """
        return replace(self, train=self.train[-points:])


@dataclass(frozen=True)
class SeriesSet:
    """Which series of which file make a set: ``where`` maps a column to the values that it may have.

    ``last`` cuts the training part to its last points before anything is computed; ``sample`` draws that many
    series with ``SEED``; ``cut`` says whether the set is also measured on shorter histories.
    """

    name: str
    title: str
    file: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    last: int | None = None
    sample: int | None = None
    cut: bool = False
    extra: bool = False


def _company(source: str, line: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("src", (source,)), ("domain", (line,)))


COMPANY_QUARTERS = "fundamentals.parquet"
COMPANY_YEARS = "fundamentals_annual.parquet"

SETS = (
    SeriesSet("m3_quarterly", "M3 quarterly", "m3.parquet", (("freq", ("Q",)),), cut=True),
    SeriesSet("m3_yearly", "M3 yearly", "m3.parquet", (("freq", ("Y",)),)),
    SeriesSet(
        "m4_yearly",
        "M4 yearly, finance and micro",
        "m4_yearly.parquet",
        (("domain", ("Finance", "Micro")),),
        sample=500,
    ),
    SeriesSet("tourism_quarterly", "tourism quarterly", "tourism.parquet", (("freq", ("Q",)),)),
    SeriesSet("sec_revenue", "company quarters, revenue", COMPANY_QUARTERS, _company("sec", "Revenue"), cut=True),
    SeriesSet(
        "stockpup_revenue",
        "company quarters, revenue, last 24 points",
        COMPANY_QUARTERS,
        _company("stockpup", "Revenue"),
        last=24,
        cut=True,
    ),
    SeriesSet(
        "sec_net_income", "company quarters, net income", COMPANY_QUARTERS, _company("sec", "NetIncome"), cut=True
    ),
    SeriesSet(
        "sec_operating_income",
        "company quarters, operating income",
        COMPANY_QUARTERS,
        _company("sec", "OperatingIncome"),
        cut=True,
    ),
    SeriesSet("years_rnd", "company years, R&D", COMPANY_YEARS, _company("sec", "RnD")),
    SeriesSet("m1_quarterly", "M1 quarterly", "m1.parquet", (("freq", ("Q",)),), extra=True),
    SeriesSet("m1_yearly", "M1 yearly", "m1.parquet", (("freq", ("Y",)),), extra=True),
    SeriesSet("tourism_yearly", "tourism yearly", "tourism.parquet", (("freq", ("Y",)),), extra=True),
    SeriesSet(
        "stockpup_net_income",
        "company quarters, net income, last 24 points",
        COMPANY_QUARTERS,
        _company("stockpup", "NetIncome"),
        last=24,
        extra=True,
    ),
    SeriesSet(
        "stockpup_operating_cash_flow",
        "company quarters, operating cash flow, last 24 points",
        COMPANY_QUARTERS,
        _company("stockpup", "OperatingCashFlow"),
        last=24,
        extra=True,
    ),
    SeriesSet("years_revenue", "company years, revenue", COMPANY_YEARS, _company("sec", "Revenue"), extra=True),
    SeriesSet("years_sga", "company years, SG&A", COMPANY_YEARS, _company("sec", "SGA"), extra=True),
    SeriesSet("years_net_income", "company years, net income", COMPANY_YEARS, _company("sec", "NetIncome"), extra=True),
)
"""Those without ``extra`` are the default."""


def choose_sets(names: Iterable[str] | None) -> tuple[SeriesSet, ...]:
    """The sets of these names, in their order; by default all that are not extra. Unknown names are refused."""
    if names is None:
        return tuple(each for each in SETS if not each.extra)
    known = {each.name: each for each in SETS}
    problems = Problems()
    for name in names:
        if name not in known:
            problems.add(f"there is no set '{name}'. {did_you_mean(name, known)}")
    problems.raise_if_any(FactsError, "the sets cannot be chosen:")
    return tuple(known[name] for name in names)


def load_set(folder: Path, chosen: SeriesSet, *, sample: int | None = None) -> list[Split]:
    """The series of a set in the order of their names; at most ``sample`` of them, drawn with ``SEED``.

    Refused, all at once: a series with missing or infinite values, without a training or a test part, or with
    a frequency that is not known. A missing file or column raises as pandas does.
    """
    frame = pd.read_parquet(folder / chosen.file)
    wanted = pd.Series(True, index=frame.index)
    for column, values in chosen.where:
        wanted &= frame[column].astype(str).isin(values)
    frame = frame[wanted].astype({"unique_id": str, "split": str, "freq": str}).sort_values(["unique_id", "step"])
    names = draw(sorted(frame["unique_id"].unique()), chosen.sample)
    names = draw(names, sample)
    frame = frame[frame["unique_id"].isin(names)]
    problems = Problems()
    splits = [_split(str(name), rows, chosen, problems) for name, rows in frame.groupby("unique_id", sort=True)]
    problems.raise_if_any(FactsError, f"the set {chosen.name} in {folder / chosen.file} cannot be used:")
    return splits


def _split(name: str, rows: pd.DataFrame, chosen: SeriesSet, problems: Problems) -> Split:
    parts = {part: rows.loc[rows["split"] == part, "y"].to_numpy(float) for part in ("train", "test")}
    for part, values in parts.items():
        if not values.size or not np.all(np.isfinite(values)):
            problems.add(f"{name}: its {part} part has {values.size} values, not all of them numbers; leave it out.")
    frequency = rows["freq"].iloc[0]
    if frequency not in SEASONS:
        problems.add(f"{name}: its freq is {frequency!r}; use one of {', '.join(SEASONS)}.")
    season = SEASONS.get(frequency, 1)
    train = parts["train"] if chosen.last is None else parts["train"][-chosen.last :]
    unit = f"{rows['src'].iloc[0]}:{rows['ticker'].iloc[0]}" if "ticker" in rows else name
    return Split(name, unit, train, parts["test"], season, naive_error(train, season))


def draw(names: list[str], count: int | None) -> list[str]:
    """All names, or ``count`` of them drawn with ``SEED``, in their order."""
    if count is None or count >= len(names):
        return names
    chosen = np.random.default_rng(SEED).choice(len(names), size=count, replace=False)
    return [names[i] for i in np.sort(chosen)]


def naive_error(values: Array, season: int) -> float:
    """mean |y[t] - y[t-season]| over the values (n,), in their unit; NaN where it is 0 or cannot be computed."""
    if values.size <= season:
        return float("nan")
    error = float(np.mean(np.abs(values[season:] - values[:-season])))
    return error if error > 0 else float("nan")
