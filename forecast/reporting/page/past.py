"""The past of a line in the page: its figures with their marks, by quarter and by fiscal year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.model import CalibratedModel
from forecast.reporting.canvas import unit_of
from forecast.reporting.fan import known_past
from forecast.simulation import Simulation
from forecast.timeline import Quarter

DIGITS = 6
"""Significant digits of a number in the page."""

WEAKNESS = ("reported", "derived", "stated", "estimated", "missing")
"""Marks, the weakest last: a year is marked by the weakest of its quarters."""


def rounded(values: Array) -> list[Any]:
    """Numbers of the page, nested lists of the array's shape: ``DIGITS`` significant digits, None for NaN."""
    if values.ndim > 1:
        return [rounded(row) for row in values]
    return [None if np.isnan(number) else float(f"{number:.{DIGITS}g}") for number in values]


def past(simulation: Simulation, line: str) -> dict[str, Any]:
    """The quarters before the simulation: labels, values, standard errors and marks, from the first one known."""
    values, errors, marks = known_past(simulation, line)
    return _quarters(values, errors, marks, simulation.quarters[0] + -len(values))


def past_years(simulation: Simulation, line: str) -> dict[str, Any]:
    """The fiscal years before the simulation: labels, values, standard errors and marks.

    A year is the sum of its four quarters for a flow and the fourth for others; one that lacks a quarter is left out,
    and so are those of a ratio that calls itself a flow.
    Its standard error is that of the sum, by the covariance of the history's figures.
    """
    values, errors, marks = known_past(simulation, line)
    if simulation.outcome().is_unsummed(line):
        values = np.full(values.shape, np.nan)
    history = simulation.company.history
    entry = None if history is None or line not in history.lines else history.entry(line)
    covariance = np.diag(errors**2) if entry is None else entry.covariance
    flow = simulation.line(line).kind == "flow"
    return _years(values, covariance, marks, simulation.quarters[0] + -len(values), flow)


def remembered_lines(company: CalibratedModel) -> list[dict[str, Any]]:
    """Every line of the company's history that has a figure, for its chart.

    What a line is says the model, where it has the line: a table without kinds notes every line as a flow.
    """
    model, history = company.model, company.history
    if history is None:
        return []
    told = []
    for entry in history.entries:
        if np.isnan(entry.values).all():
            continue
        first, name = history.quarters[0], entry.line.name
        line = model.lines.get(name, entry.line)
        values = np.full(entry.values.shape, np.nan) if model.is_unsummed(name) else entry.values
        told.append(
            {
                "name": name,
                "unit": unit_of(line),
                "past": _quarters(entry.values, entry.errors, entry.marks, first),
                "past_years": _years(values, entry.covariance, entry.marks, first, line.kind == "flow"),
            }
        )
    return told


def _quarters(values: Array, errors: Array, marks: Sequence[str], start: Quarter) -> dict[str, Any]:
    known = np.flatnonzero(~np.isnan(values))
    begin = int(known[0]) if len(known) else len(values)
    return {
        "labels": [str(start + step) for step in range(begin, len(values))],
        "values": rounded(values[begin:]),
        "errors": rounded(errors[begin:]),
        "marks": list(marks[begin:]),
    }


def _years(values: Array, covariance: Array, marks: Sequence[str], start: Quarter, flow: bool) -> dict[str, Any]:
    places: dict[int, list[int]] = {}
    for place in range(len(values)):
        places.setdefault((start + place).year, []).append(place)
    told: dict[str, list[Any]] = {"labels": [], "values": [], "errors": [], "marks": []}
    for year, inside in places.items():
        used = inside if flow else inside[-1:]
        if (start + inside[-1]).number != 4 or (flow and len(inside) < 4) or np.isnan(values[used]).any():
            continue
        error = np.sqrt(max(float(covariance[np.ix_(used, used)].sum()), 0.0))
        told["labels"].append(year)
        told["values"] += rounded(np.array([values[used].sum()]))
        told["errors"] += rounded(np.array([error]))
        told["marks"].append(max((marks[place] for place in used), key=WEAKNESS.index))
    return told
