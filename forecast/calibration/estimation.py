"""From a model and a history to a calibrated model: every driver learns, and all problems are told at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np

from forecast.blas import steady
from forecast.errors import (
    CalibrationError,
    ForecastError,
    HistoryTooShortError,
    Problems,
    TimelineError,
    did_you_mean,
    expect,
)
from forecast.financials import History
from forecast.model import CalibratedModel, Driver, Fit, Known, Model, Parameter, settled
from forecast.timeline import Quarter


@steady
def calibrate(
    model: Model,
    history: History | None = None,
    *,
    opening: Mapping[str, float] | None = None,
    first: str | Quarter | None = None,
    horizon: int = 40,
) -> CalibratedModel:
    """Estimate what the model leaves open, on nothing but ``history``.

    ``opening`` gives values of the last quarter that the history lacks or only estimates. Without a history,
    every parameter must be stated and ``first`` names the first quarter to simulate. ``horizon`` is the
    longest simulation in quarters. Raises one error with all problems.
    """
    expect(model, Model, CalibrationError, "the model", "read it with read_model(path) or build it: Model(...)")
    if history is not None:
        cure = "make one with facts.reconcile(model) or History.from_frame(frame)"
        expect(history, History, CalibrationError, "the history", cure)
    problems = Problems()
    openings = dict(opening or {})
    for line, value in openings.items():
        if line not in model.lines:
            problems.add(f"opening names '{line}', a line without a driver. {did_you_mean(line, model.lines)}")
        elif not _is_number(value):
            problems.add(f"the opening of '{line}' is {value!r}; give a finite number.")
        elif history is not None and _known(history, line) and value != history.values(line)[-1]:
            problems.add(
                f"the opening of '{line}' is {value:g}, but the history says {history.values(line)[-1]:g} in "
                f"{history.last}. Leave the opening out, or correct the facts."
            )
        elif _differs(history, line, value) and not _read_at_a_lag(model, line):
            problems.add(
                f"the opening of '{line}' would change no path: nothing reads it a quarter earlier. "
                "Correct the facts, or state the driver's start."
            )
    if history is None and first is None:
        problems.add("there is no history, so say which quarter is simulated first: first='2026Q1'.")
    elif history is not None and first is not None:
        problems.add(f"the history ends in {history.last}, which decides the first quarter; leave 'first' out.")
    if isinstance(horizon, bool) or not isinstance(horizon, int) or not 1 <= horizon <= 400:
        problems.add(f"horizon is {horizon!r}; give 1 to 400 quarters.")
    begin = None
    try:
        begin = history.last + 1 if history is not None else None if first is None else Quarter.parse(first)
    except TimelineError as problem:
        problems.add(f"first: {problem}")
    problems.raise_if_any(CalibrationError, "the model cannot be calibrated")
    assert begin is not None
    openings = {line: float(value) for line, value in openings.items()}
    past = Known(history, begin, horizon, openings)
    fits, parameters = _learn(model, past)
    return CalibratedModel(
        model,
        history,
        begin,
        horizon,
        MappingProxyType(fits),
        MappingProxyType(parameters),
        MappingProxyType(openings),
    )


def _differs(history: History | None, line: str, value: float) -> bool:
    """Whether the history has another last value, even if only an estimated one."""
    return history is not None and line in history.lines and value != history.values(line)[-1]


def _read_at_a_lag(model: Model, line: str) -> bool:
    """Whether anything starts from the line's last value: its own driver, or another's lag."""
    own = {parameter.name: np.zeros(()) for parameter in model.driver(line).parameters()}
    lagged = any(name == line and lag > 0 for driver in model.drivers for name, lag in driver.reads())
    return lagged or model.driver(line).last(own) is not None


def _learn(model: Model, past: Known) -> tuple[dict[str, Fit], dict[str, Parameter]]:
    problems, short = Problems(), 0
    fits: dict[str, Fit] = {}
    parameters: dict[str, Parameter] = {}
    for driver in model.drivers:
        try:
            fit = driver.calibrate(past)
        except ForecastError as problem:
            problems.add(str(problem))
            short += isinstance(problem, HistoryTooShortError)
            continue
        fits[driver.line] = fit
        parameters.update(settled(driver, fit, problems))
    if not problems.found:
        _check_lags(model, past, problems)
        _check_openings(model, past, parameters, problems)
    kind = HistoryTooShortError if problems.found and short == len(problems.found) else CalibrationError
    problems.raise_if_any(kind, "the model cannot be calibrated on this history")
    return fits, parameters


def uncalibrated(model: Model, history: History, *, horizon: int = 40) -> dict[str, tuple[str, ...]]:
    """The lines that cannot be calibrated on a history by themselves, each with what is wrong.

    Lines that depend on them cannot either, and are not named: ``model.reached_from`` tells which these are.
    """
    past = Known(history, history.last + 1, horizon, {})
    found: dict[str, tuple[str, ...]] = {}
    for driver in model.drivers:
        problems = Problems()
        try:
            settled(driver, driver.calibrate(past), problems)
        except ForecastError as problem:
            problems.add(str(problem))
        _check_lags(model, past, problems, (driver,))
        if problems.found:
            found[driver.line] = tuple(problems.found)
    return found


def _check_lags(model: Model, past: Known, problems: Problems, drivers: Iterable[Driver] | None = None) -> None:
    """Every line that is read at a lag must be known before the first quarter."""
    for driver in model.drivers if drivers is None else drivers:
        for name, lag in driver.reads():
            other = model.driver(name)
            own = {parameter.name: np.zeros(()) for parameter in other.parameters()}
            known = lag == 0 or (lag == 1 and (past.opening(name) is not None or other.last(own) is not None))
            if lag > 1 and past.history is not None and name in past.history.lines:
                values = past.history.values(name)
                earlier = values[-lag:-1] if past.opening(name) is not None else values[-lag:]
                known = lag <= len(values) and bool(np.all(np.isfinite(earlier)))
            if not known:
                problems.add(
                    f"'{driver.line}' reads '{name}' of {past.first + -lag}, which nobody knows. "
                    + (f"Give calibrate(..., opening={{'{name}': ...}})." if lag == 1 else "Give a longer history.")
                )


def _check_openings(model: Model, past: Known, parameters: Mapping[str, Parameter], problems: Problems) -> None:
    """An opening and a start that the driver states must not disagree."""
    for line, value in past.openings.items():
        driver = model.driver(line)
        estimates = {p.name: parameters[p.full_name].estimate for p in driver.parameters()}
        last = driver.last({name: np.asarray(e.median) for name, e in estimates.items() if e is not None})
        if last is not None and float(last) != value:
            problems.add(
                f"the opening of '{line}' is {value:g}, but its driver starts from {float(last):g}. "
                "Leave one of them out."
            )


def _known(history: History, line: str) -> bool:
    """Whether facts alone decide a line's last value."""
    return line in history.lines and history.marks(line)[-1] in ("reported", "derived")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return math.isfinite(value)
