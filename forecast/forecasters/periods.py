"""The index of a series: its frequency, whether it is regular, and the periods that follow it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecast.errors import Problems, TimelineError
from forecast.timeline import Quarter

SEASONS = {1: 12, 3: 4, 6: 2, 12: 1}
"""Months a period -> periods a year."""

STAMPS: tuple[tuple[str, Any], ...] = (
    ("start", pd.offsets.MonthBegin()),
    ("end", pd.offsets.MonthEnd()),
    ("business end", pd.offsets.BMonthEnd()),
)
"""Where in its month a date may stand."""


@dataclass(frozen=True, eq=False)
class Periods:
    """A regular index read as counts of periods: ``season`` periods a year, the last one at ``index[-1]``."""

    index: pd.Index
    season: int
    stamp: str

    def following(self, horizon: int) -> pd.Index:
        """The ``horizon`` periods after the last one, in an index of the same type, name and frequency."""
        index = self.index
        if isinstance(index, pd.PeriodIndex):
            return pd.period_range(index[-1] + 1, periods=horizon, freq=index.freq, name=index.name)
        if isinstance(index, pd.DatetimeIndex):
            step = 12 // self.season
            last = index[-1].tz_localize(None).to_period("M")
            months = pd.PeriodIndex([last + step * (h + 1) for h in range(horizon)], freq="M")
            stamps = months.to_timestamp()
            if self.stamp != "start":
                offset = dict(STAMPS)[self.stamp]
                stamps = pd.DatetimeIndex([offset.rollforward(stamp) for stamp in stamps])
            found = pd.DatetimeIndex(stamps.tz_localize(index.tz).as_unit(index.unit), name=index.name)
            return found if index.freq is None else pd.DatetimeIndex(found, freq=index.freq)
        quarters = [Quarter.parse(index[-1]) + h + 1 for h in range(horizon)]
        as_given = all(isinstance(label, Quarter) for label in index)
        labels = np.array([quarter if as_given else str(quarter) for quarter in quarters], dtype=object)
        following: pd.Index = pd.Index(labels, dtype=index.dtype, name=index.name)
        return following


def period_labels(index: pd.Index) -> list[str]:
    """Short texts: ``2024Q1``, ``2024-03`` or ``2024-03-31``."""
    if isinstance(index, pd.DatetimeIndex):
        return [str(stamp).partition(" ")[0] for stamp in index]
    return [str(label) for label in index]


def read_periods(index: pd.Index, problems: Problems) -> Periods | None:
    """Read an index of quarters, months or years; note every problem and return None if there is one.

    Read are: a PeriodIndex of quarters (any fiscal year end: ``Q-SEP``), months, half-years (``2Q-DEC``, ``6M``) or
    years; a DatetimeIndex whose dates all stand at the start, the end or the last business day of a month and are 1,
    3, 6 or 12 months apart;
    texts or ``Quarter`` objects such as ``2024Q1``. One date alone needs an index with a frequency.
    Refused: any other index, gaps, duplicates, an order that
    is not oldest first, missing stamps. A fiscal label of a PeriodIndex stays what it is, since periods are
    counted and not dated.
    """
    before = len(problems.found)
    if not len(index):
        problems.add("the series has no values.")
        return None
    if isinstance(index, pd.MultiIndex):
        problems.add(f"the index has {index.nlevels} levels; keep the one of the periods: series.droplevel(...).")
        return None
    if index.hasnans:
        problems.add("the index has missing stamps; give every value its period.")
        return None
    if isinstance(index, pd.PeriodIndex):
        counted = _count_periods(index, problems)
    elif isinstance(index, pd.DatetimeIndex):
        counted = _count_dates(index, problems)
    else:
        counted = _count_labels(index, problems)
    if counted is None:
        return None
    ordinals, season, stamp = counted
    _check_regular(ordinals, index, problems)
    return Periods(index, season, stamp) if len(problems.found) == before else None


def _count_periods(index: pd.PeriodIndex, problems: Problems) -> tuple[np.ndarray[Any, Any], int, str] | None:
    number, kind = re.fullmatch(r"(\d*)(.*)", index.freqstr.split("-")[0]).groups()  # type: ignore[union-attr]
    together = int(number or 1)
    season = SEASONS.get({"Q": 3, "M": 1, "Y": 12, "A": 12}.get(kind, 0) * together)
    if season is None:
        problems.add(
            f"the periods have the frequency {index.freqstr!r}; "
            "use quarters ('Q-DEC'), months ('M'), half-years ('2Q-DEC') or years ('Y-DEC')."
        )
        return None
    counts = np.asarray(index.asi8)
    if np.any((counts - counts.min()) % together):
        problems.add("the periods are not evenly spaced: some fall between the others. Give one value a period.")
        return None
    return counts // together, season, "period"


def _count_dates(index: pd.DatetimeIndex, problems: Problems) -> tuple[np.ndarray[Any, Any], int, str] | None:
    naive = index.tz_localize(None)
    stamp = next((word for word, offset in STAMPS if all(offset.is_on_offset(day) for day in naive)), None)
    if stamp is None or any(naive != naive.normalize()):
        odd = [str(day) for day in naive if day.day not in (1, day.days_in_month) or day != day.normalize()]
        problems.add(
            "the dates do not all stand at the start, or all at the end, of a month"
            f"{': ' + ', '.join(odd[:4]) if odd else ''}. Use series.index.to_period('Q') or strings such as '2024Q1'."
        )
        return None
    months = _months(naive)
    dated = months
    if len(naive) == 1:
        if index.freq is None:
            problems.add("one date does not say how long its period is. Use series.index.to_period('Q') or '2024Q1'.")
            return None
        dated = _months(pd.DatetimeIndex([naive[0], naive[0] + index.freq]))
    steps = np.abs(np.diff(np.sort(dated)))
    step = int(steps[steps > 0].min()) if np.any(steps > 0) else 0
    if step not in SEASONS:
        problems.add(
            f"the dates are {step} months apart, which is neither months, quarters, half-years nor years. "
            "Give one value a month, quarter, half-year or year."
        )
        return None
    if np.any((months - months.min()) % step):
        problems.add("the dates are not evenly spaced: some fall between the others. Give one value a period.")
        return None
    return months // step, SEASONS[step], stamp


def _months(dates: pd.DatetimeIndex) -> np.ndarray[Any, Any]:
    counts: np.ndarray[Any, Any] = np.asarray(dates.year) * 12 + np.asarray(dates.month) - 1
    return counts


def _count_labels(index: pd.Index, problems: Problems) -> tuple[np.ndarray[Any, Any], int, str] | None:
    if not all(isinstance(label, str | Quarter) for label in index):
        problems.add(
            f"the index is a {type(index).__name__} of {index.dtype}, which says no periods. Use a PeriodIndex "
            "(pd.period_range('2022Q1', periods=12, freq='Q')), dates, or strings such as '2024Q1'."
        )
        return None
    ordinals = []
    for label in index:
        try:
            ordinals.append(Quarter.parse(label).ordinal)
        except TimelineError as error:
            problems.add(str(error))
    return (np.asarray(ordinals), 4, "label") if len(ordinals) == len(index) else None


def _check_regular(ordinals: np.ndarray[Any, Any], index: pd.Index, problems: Problems) -> None:
    """Note duplicates, a wrong order and gaps, each with the periods concerned."""
    labels = np.asarray(period_labels(index), dtype=object)
    unique, counts = np.unique(ordinals, return_counts=True)
    if np.any(counts > 1):
        twice = [str(labels[ordinals == o][0]) for o in unique[counts > 1]]
        problems.add(f"there is more than one value for {_some(twice)}; keep one a period.")
    if np.any(np.diff(ordinals) < 0):
        at = int(np.argmax(np.diff(ordinals) < 0))
        problems.add(f"{labels[at + 1]} comes after {labels[at]}; sort the series, oldest first.")
    holes = np.flatnonzero(np.diff(unique) > 1)
    for at in holes[:4]:
        left, right = (str(labels[ordinals == unique[i]][0]) for i in (at, at + 1))
        missing = int(unique[at + 1] - unique[at] - 1)
        problems.add(
            f"{missing} period{'s are' if missing > 1 else ' is'} missing between {left} and {right}; "
            "fill the gap or start after it."
        )
    if holes.size > 4:
        problems.add(f"there are {holes.size - 4} further gaps.")


def _some(labels: list[str]) -> str:
    return ", ".join(labels[:6]) + (", ..." if len(labels) > 6 else "")
