"""Rolling origins: each forecaster fitted again and again to what was known, on one series or a panel."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from forecast.blas import steady
from forecast.distributions import Array
from forecast.errors import ForecastError, Problems, SimulationError
from forecast.evaluation.backtest import DOUBTED, Backtest
from forecast.evaluation.chance import standard_errors
from forecast.evaluation.scores import energy, score_steps, seasonal_scale
from forecast.forecasters import Combination, Forecaster, SeasonalNaive, Series, adapt, read_panel

Rows: TypeAlias = list[dict[str, Any]]
Part: TypeAlias = tuple[Rows, Rows, Rows, Rows]
"""Of some forecasts: their steps, their energies, what could not be forecast, the warnings of the fits."""

SLOW = 2.0
"""Seconds between two words of progress on a terminal."""


@steady
def backtest(
    data: Any,
    forecasters: Sequence[Forecaster] | Forecaster | None = None,
    *,
    horizon: int,
    seed: int,
    origins: int = 8,
    step: int = 1,
    first: int = 8,
    paths: int = 1000,
    reference: Forecaster | None = None,
    jobs: int = 1,
) -> Backtest:
    """Forecast ``horizon`` periods from up to ``origins`` earlier points of each series, and score what came.

    ``data``: a Series, a wide frame or a long one (``read_panel``). The last origin is ``horizon`` periods before the
    end, the others ``step`` periods apart before it, as long as ``first`` values are left. ``forecasters`` are objects
    (``Combination()`` unless given); ``reference`` is ``SeasonalNaive()`` unless given, and always among them. All are
    driven by the same errors, drawn from ``seed`` and the place of the series and the origin: the same bits for any
    ``jobs``. A forecaster that cannot forecast somewhere is listed in ``left_out`` with its reason; a series that is
    too short for any origin is listed too.
    """
    base: Forecaster = SeasonalNaive() if reference is None else reference
    chosen = _listed(forecasters, base)
    check_numbers(horizon=horizon, seed=seed, origins=origins, step=step, first=first, paths=paths, jobs=jobs)
    panel = read_panel(data, "the series cannot be backtested:")
    from joblib import Parallel, delayed

    work = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_one)(series, i, chosen, horizon, seed, origins, step, first, paths) for i, series in enumerate(panel)
    )
    return gather(_told(work, len(panel)), tuple(chosen), _name_of(base, chosen), horizon)


def gather(
    parts: Iterable[Part],
    forecasters: tuple[str, ...],
    reference: str,
    horizon: int,
    *,
    company: bool = False,
    inherited: tuple[str, ...] = (),
) -> Backtest:
    """One backtest from the rows of many forecasts."""
    every: Part = ([], [], [], [])
    for part in parts:
        for rows, more in zip(every, part, strict=True):
            rows.extend(more)
    if not every[0]:
        reasons = sorted({str(row["reason"]) for row in every[2]})
        raise SimulationError("nothing could be backtested:", reasons or ["there is no series."])
    blocks = [pd.DataFrame(block) for block in every[0]]
    return Backtest(
        steps=pd.concat(blocks, ignore_index=True),
        energy=pd.DataFrame(every[1], columns=["series", "origin", "forecaster", "energy"]),
        left_out=pd.DataFrame(every[2], columns=["series", "origin", "forecaster", "reason"]),
        forecasters=forecasters,
        reference=reference,
        horizon=horizon,
        doubted=pd.DataFrame(every[3], columns=DOUBTED),
        company=company,
        inherited=inherited,
    )


def score_paths(
    name: str,
    forecaster: str,
    origin: tuple[str, int],
    actual: Array,
    paths: Array,
    scale: float,
    labels: Sequence[str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of one forecast, steps with an actual value only (NaN elsewhere), and its energy.

    ``origin`` is the label of the last period known, and its place in time.
    """
    seen = np.isfinite(actual)
    block: dict[str, Any] = {
        "series": name,
        "forecaster": forecaster,
        "origin": origin[0],
        "place": origin[1],
        "step": np.flatnonzero(seen) + 1,
        "period": [label for label, known in zip(labels, seen, strict=True) if known],
        "scale": scale,
    }
    block |= score_steps(actual[seen], paths[seen])
    whole = energy(actual[seen], paths[seen]) / scale
    return block, {"series": name, "origin": origin[0], "forecaster": forecaster, "energy": whole}


def _one(
    series: Series,
    number: int,
    forecasters: dict[str, Forecaster],
    horizon: int,
    seed: int,
    origins: int,
    step: int,
    first: int,
    paths: int,
) -> Part:
    """All forecasts of one series."""
    last = series.values.size - horizon
    chosen = [origin for origin in range(last, 0, -step) if origin >= first][:origins]
    blocks: Rows = []
    energies: Rows = []
    left: Rows = []
    doubted: Rows = []
    if not chosen:
        reason = f"{series.values.size} values; {first} for the first fit and {horizon} to compare are needed."
        left += [{"series": series.name, "origin": None, "forecaster": name, "reason": reason} for name in forecasters]
    for origin in reversed(chosen):
        history, actual = series.values[:origin], series.values[origin : origin + horizon]
        errors = standard_errors(seed, number, origin, steps=horizon, paths=paths)
        scale = seasonal_scale(history, series.season)
        last_known = series.labels[origin - 1]
        for name, forecaster in forecasters.items():
            try:
                form = forecaster.fit(history, horizon=horizon, season=series.season)
            except ForecastError as error:
                left.append({"series": series.name, "origin": last_known, "forecaster": name, "reason": str(error)})
                continue
            doubted += doubted_rows(series.name, last_known, name, form.warnings)
            labels = series.labels[origin : origin + horizon]
            block, whole = score_paths(
                series.name, name, (last_known, origin), actual, form.paths(errors), scale, labels
            )
            blocks.append(block)
            energies.append(whole)
    return blocks, energies, left, doubted


def doubted_rows(series: str | None, origin: str, forecaster: str, warnings: Iterable[str]) -> Rows:
    """The warnings of one fit as rows of ``Backtest.doubted``."""
    return [{"series": series, "origin": origin, "forecaster": forecaster, "warning": one} for one in warnings]


def _listed(forecasters: Sequence[Forecaster] | Forecaster | None, base: Forecaster) -> dict[str, Forecaster]:
    """The forecasters by name; two of the same name are told apart by their fields."""
    given: list[Any] = [Combination()] if forecasters is None else _as_list(forecasters)
    wrong = [repr(one) for one in [*given, base] if isinstance(one, type) or not isinstance(one, Forecaster)]
    if wrong or not given:
        raise SimulationError(f"the forecasters are {', '.join(wrong) or 'none'}; pass objects, such as ETS().")
    every = list(dict.fromkeys([*given, base]))
    names = [one.name for one in every]
    return {one.name if names.count(one.name) == 1 else repr(one): one for one in every}


def _as_list(forecasters: Any) -> list[Any]:
    return [adapt(one) for one in (forecasters if isinstance(forecasters, list | tuple) else [forecasters])]


def _name_of(base: Forecaster, chosen: dict[str, Forecaster]) -> str:
    return next(name for name, one in chosen.items() if one == base)


def check_numbers(*, seed: int, **numbers: int) -> None:
    """Refuse a seed or a number of things that is none, all at once."""
    problems = Problems()
    for word, number, least in [("seed", seed, 0), *((word, number, 1) for word, number in numbers.items())]:
        if word == "jobs" and number == -1:
            continue
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < least:
            problems.add(f"{word} is {number!r}; it must be a whole number from {least}.")
    problems.raise_if_any(SimulationError, "the backtest cannot be made:")


def _told(work: Iterable[Any], count: int) -> Iterable[Any]:
    """The parts as they come, with a line of progress on a terminal."""
    began = said = time.monotonic()
    for done, part in enumerate(work, start=1):
        yield part
        now = time.monotonic()
        if sys.stderr.isatty() and now - said > SLOW:
            left = (now - began) / done * (count - done)
            print(f"\rbacktest: {done} of {count} series, {left:.0f} s left ", end="", file=sys.stderr, flush=True)
            said = now
    if sys.stderr.isatty() and said > began:
        print(file=sys.stderr)
