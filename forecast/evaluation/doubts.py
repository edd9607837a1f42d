"""What to doubt about a backtest: too few forecasts to judge intervals by, some that are in no score, doubted fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from forecast.notebook import counted

if TYPE_CHECKING:
    from forecast.evaluation.backtest import Backtest

LEVEL = 0.05
"""How often so few forecasts may all fall inside an honest 80 % interval, before the coverage says nothing."""

FEW = math.ceil(math.log(LEVEL) / math.log(0.8))
"""The fewest forecasts of which not all lie in an honest 80 % interval with 95 %: 0.8**14 = 0.044, so 14."""


def doubts(result: Backtest) -> tuple[str, ...]:
    """Warnings about a backtest, one sentence each, on the rows that all forecasters have (``common``)."""
    return (*_few(result), *_uncompared(result), *_unscaled(result), *_fits(result))


def _few(result: Backtest) -> list[str]:
    """What is judged at one step: a forecast a series and origin; lines of one company on a date count once."""
    rows = result.common()
    if rows.empty:
        return []
    of = ["origin"] if result.company else ["series", "origin"]
    count = int(rows.drop_duplicates([*of, "step"]).groupby("step").size().max())
    if count >= FEW:
        return []
    what = counted(count, "date") if result.company else f"{counted(count, 'forecast')} at a step"
    cure = f"{FEW} dates or more" if result.company else f"{FEW} or more: give more origins or series"
    shared = ", and what happens on a date happens to all lines of it" if result.company else ""
    return [
        f"covered80 and covered95 rest on {what}{shared}: an honest 80 % interval holds all of so few in "
        f"{0.8**count:.0%} of cases. Judge intervals by {cure}."
    ]


def _uncompared(result: Backtest) -> list[str]:
    keys = ["series", "origin", "step"]
    made, kept = (len(rows[keys].drop_duplicates()) for rows in (result.steps, result.common()))
    if made == kept:
        return []
    return [
        f"{made - kept} of {counted(made, 'forecast')} are in no score, because not every forecaster could make them: "
        "what is hard to forecast may be missing. left_out says why; take forecasters that can."
    ]


def _unscaled(result: Backtest) -> list[str]:
    rows = result.common()
    lost = rows[rows["scale"].isna()]
    if lost.empty:
        return []
    names = ", ".join(f"'{name}'" for name in lost["series"].drop_duplicates())
    count = len(lost) // len(result.forecasters)
    return [
        f"{counted(count, 'forecast')} of {names} {'is' if count == 1 else 'are'} only in smape and the coverage: the "
        "series had not changed before, so there is no scale for the other scores. steps has their errors."
    ]


def _fits(result: Backtest) -> list[str]:
    """One sentence a forecaster: how many fits were doubted, and the first of them."""
    found = []
    for name, rows in result.doubted.groupby("forecaster", sort=False):
        first = rows.iloc[0]
        fits = len(rows.drop_duplicates(["series", "origin"]))
        where = "" if first["series"] is None else f" of '{first['series']}'"
        found.append(
            f"{counted(fits, 'fit')} of {name} {'was' if fits == 1 else 'were'} doubted, the first one{where} from "
            f"{first['origin']}: {first['warning']} doubted lists them."
        )
    return found
