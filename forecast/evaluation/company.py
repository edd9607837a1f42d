"""A whole model backtested: facts as known at each date, everything estimated again, every line scored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.blas import steady
from forecast.calibration import calibrate
from forecast.calibration.estimation import uncalibrated
from forecast.distributions import Array
from forecast.errors import ForecastError, SimulationError, did_you_mean
from forecast.evaluation.backtest import Backtest
from forecast.evaluation.chance import standard_errors
from forecast.evaluation.rolling import Part, Rows, check_numbers, doubted_rows, gather, score_paths
from forecast.evaluation.scores import seasonal_scale
from forecast.financials import Financials, History
from forecast.forecasters import Combination, Forecaster, SeasonalNaive
from forecast.model import Model
from forecast.pace import Pace, Tell
from forecast.scenario import Scenario
from forecast.simulation import simulate
from forecast.timeline import Quarter

RECONCILING, CALIBRATING, COMPARING = "reconciling", "calibrating", "comparing lines"
LONG = 4
"""To reconcile, or to calibrate, takes some four times as long as to compare one line."""

MODEL = "model"
"""What the whole model is called among the forecasters."""


@steady
def backtest_model(
    facts: Financials,
    model: Model,
    *,
    dates: Sequence[str | dt.date],
    seed: int,
    horizon: int = 4,
    lines: Sequence[str] | None = None,
    paths: int = 1000,
    forecaster: Forecaster | None = None,
    related: Mapping[str, str] | None = None,
    progress: Tell | None = None,
) -> Backtest:
    """What the model would have said on each of ``dates``, from the facts published by then, against what came.

    On each date: ``facts.as_of(date)``, reconcile, calibrate (every driver is fitted again) and simulate ``horizon``
    quarters. A line is compared where the history of all facts has it ``reported`` or ``derived``; estimated quarters
    are no evidence. Beside the ``model`` stand ``forecaster`` (``Combination()`` unless given) on the line's own
    history as it was known, and the seasonal naive forecast, which is the reference. ``lines``: all of the model
    unless given; where they are given, only what they need is calibrated. ``related`` is that of
    ``reconcile``. What the model's author knew when he wrote its stated assumptions cannot be taken back: dates before
    it was written flatter it.

    A date is left out, and ``left_out`` says why, where the facts published by then do not suffice to calibrate the
    model. ``progress`` is called with the share that is done and what is being done.
    """
    check_numbers(horizon=horizon, seed=seed, paths=paths)
    known = len(model.lines) if lines is None else len(lines)
    sizes = [(f"from {date}: {what}", size) for date in dates for what, size in _sizes(known)]
    pace = Pace(progress, [(RECONCILING, LONG), *sizes])
    pace.begin(RECONCILING)
    truth = facts.reconcile(model, related=related)
    wanted = [line for line in model.lines if line in truth.lines] if lines is None else list(lines)
    missing = [line for line in wanted if line not in truth.lines or line not in model.lines]
    if missing:
        both = [line for line in model.lines if line in truth.lines]
        told = [
            f"'{line}' is no line of both the model and its history. {did_you_mean(line, both)}" for line in missing
        ]
        raise SimulationError("the model cannot be backtested as asked", told)
    alone = Combination() if forecaster is None else forecaster
    rivals = {alone.name: alone, SeasonalNaive().name: SeasonalNaive()}
    part = model if lines is None else _part(model, wanted)
    day = _Day(facts, model, part, truth, related, horizon, paths, seed, pace, {})
    parts = [_at(day, date, wanted, rivals) for date in dates]
    if not any(part[0] for part in parts):
        raise _refusal(day, [row for part in parts for row in part[2]])
    names = (MODEL, *rivals)
    return gather(parts, names, SeasonalNaive().name, horizon, company=True, inherited=truth.warnings)


def _part(model: Model, lines: Sequence[str]) -> Model:
    """The drivers that some lines need, and the correlations among them: the same paths of these lines."""
    needed = model.needed_for(frozenset(lines))
    drivers = [driver for driver in model.drivers if driver.line in needed]
    kept = tuple(
        (first, second, rho)
        for first, second, rho in model.correlations
        if {first.split(".")[0], second.split(".")[0]} <= needed
    )
    return Model(*drivers, currency=model.currency, unit=model.unit, correlations=kept)


@dataclass(frozen=True, eq=False, slots=True)
class _Day:
    """What every date is forecast with: ``model`` binds the history, ``part`` of it is calibrated."""

    facts: Financials
    model: Model
    part: Model
    truth: History
    related: Mapping[str, str] | None
    horizon: int
    paths: int
    seed: int
    pace: Pace
    ended: dict[Quarter, str]

    def history(self, date: str | dt.date) -> History:
        """What was known on a date."""
        return self.facts.as_of(date).reconcile(self.model, related=self.related)


def _refusal(day: _Day, left: Sequence[Mapping[str, Any]]) -> SimulationError:
    """Why no date can be forecast from, in full for the last one, and which lines could be."""
    if not left:
        return SimulationError("nothing can be backtested: there is no date or no line.")
    last = max(str(row["origin"]) for row in left)
    earlier = sorted({str(row["origin"]) for row in left} - {last})
    problems = [f"{last}: {row['reason']}" for row in left if str(row["origin"]) == last]
    if earlier:
        problems.append(f"Nor can it from {', '.join(earlier)}; ask for one of them alone to see why.")
    try:
        seen = day.history(last)
        barred = uncalibrated(day.part, seen, horizon=day.horizon)
    except ForecastError:
        barred = {}
    if barred:
        without = day.part.reached_from(frozenset(barred))
        ahead = [seen.last + step for step in range(1, day.horizon + 1)]
        free = [
            line
            for line in day.part.lines
            if line not in without and line in seen.lines and np.isfinite(_known(day.truth, line, ahead)).any()
        ]
        problems.append(
            f"From {last} only lines that depend on none of these can be forecast and compared: "
            + (f"lines={free}." if free else "there are none.")
        )
        problems.append("Give later dates, or state in the model what cannot be estimated.")
    return SimulationError("there is no date from which the model can be backtested", problems)


def _at(day: _Day, date: str | dt.date, lines: Sequence[str], rivals: dict[str, Forecaster]) -> Part:
    """The forecasts of one date."""
    horizon, paths, seed, pace = day.horizon, day.paths, day.seed, day.pace
    blocks: Rows = []
    energies: Rows = []
    left: Rows = []
    doubted: Rows = []

    def leave(line: str | None, name: str, error: Exception) -> None:
        left.append({"series": line, "origin": str(date), "forecaster": name, "reason": str(error)})

    try:
        pace.begin(f"from {date}: {RECONCILING}")
        seen = day.history(date)
        if seen.last in day.ended:
            again = f"it ends in {seen.last} like {day.ended[seen.last]}, from which the same quarters are forecast."
            raise SimulationError(again)
        day.ended[seen.last] = str(date)
        pace.begin(f"from {date}: {CALIBRATING}")
        company = calibrate(day.part, seen, horizon=horizon)
        pace.begin(f"from {date}: {COMPARING}")
        runs = simulate(company, Scenario("base"), until=seen.last + horizon, paths=paths, seed=seed)
    except ForecastError as error:
        leave(None, MODEL, error)
        return blocks, energies, left, doubted
    own = [one for one in runs.warnings if one not in seen.warnings]
    doubted += doubted_rows(None, str(seen.last), MODEL, own)
    ahead = [seen.last + h for h in range(1, horizon + 1)]
    for line in lines:
        pace.step()
        actual = _known(day.truth, line, ahead)
        if line not in seen.lines or not np.any(np.isfinite(actual)):
            continue
        past = _run_up(seen.values(line))
        scale = seasonal_scale(past, 4)
        said = {MODEL: runs.values(line)}
        errors = standard_errors(seed, 0, seen.last.ordinal, steps=horizon, paths=paths)
        for name, rival in rivals.items():
            try:
                form = rival.fit(past, horizon=horizon, season=4)
                said[name] = form.paths(errors)
                doubted += doubted_rows(line, str(seen.last), name, form.warnings)
            except ForecastError as error:
                leave(line, name, error)
        labels = [str(quarter) for quarter in ahead]
        for name, drawn in said.items():
            block, whole = score_paths(
                line, name, (str(seen.last), seen.last.ordinal), actual, drawn[:horizon], scale, labels
            )
            blocks.append(block)
            energies.append(whole)
    if not blocks:
        nothing = f"no fact gives a quarter from {ahead[0]} to {ahead[-1]}: there is nothing to compare with."
        leave(None, MODEL, SimulationError(nothing))
    return blocks, energies, left, doubted


def _sizes(lines: int) -> tuple[tuple[str, float], ...]:
    """What is done from one date, in the time that the rivals take for a line: rough, but of the right order."""
    return ((RECONCILING, LONG), (CALIBRATING, LONG), (COMPARING, lines))


def _known(truth: History, line: str, quarters: Sequence[Any]) -> Array:
    """What came, (H,), NaN where the full history does not know it or only estimates it."""
    where = {quarter: i for i, quarter in enumerate(truth.quarters)}
    values, marks = truth.values(line), truth.marks(line)
    known = [
        values[where[q]] if q in where and marks[where[q]] in ("reported", "derived") else np.nan for q in quarters
    ]
    return np.asarray(known, dtype=float)


def _run_up(values: Array) -> Array:
    """The last stretch without a missing value."""
    holes = np.flatnonzero(~np.isfinite(values))
    return values[holes[-1] + 1 :] if holes.size else values
