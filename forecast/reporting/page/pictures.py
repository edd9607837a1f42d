"""What the fan chart draws: every line under every scenario, by quarter and by fiscal year, with its history."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.reporting.canvas import unit_of
from forecast.reporting.fan import known_past
from forecast.reporting.tables import year_of
from forecast.simulation import Simulation, quantiles_over_paths
from forecast.timeline import Quarter

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Quantiles of a fan: two bands and the median."""

DIGITS = 6
"""Significant digits of a number in the page."""


def fans(simulation: Simulation, lines: tuple[str, ...], shown: str) -> dict[str, Any]:
    """Quantiles [scenario][line][quarter][level], the same by fiscal year, and the past of each line.

    ``shown`` is the line drawn first. The past of a fiscal year is the sum of its four quarters for a flow and the
    fourth for others; a year that lacks one is left out, and is marked by the weakest of its marks.
    """
    ends = [step for step, quarter in enumerate(simulation.quarters) if quarter.number == 4]
    quarterly: list[list[Any]] = []
    yearly: list[list[Any]] = []
    for scenario in simulation.names:
        quarterly.append([_table(simulation.values(line, scenario), simulation) for line in lines])
        yearly.append([[_year(simulation, line, scenario, end) for end in ends] for line in lines])
    return {
        "levels": LEVELS,
        "scenarios": simulation.names,
        "quarters": [str(quarter) for quarter in simulation.quarters],
        "years": [simulation.quarters[end].year for end in ends],
        "lines": [{"name": line, "unit": unit_of(simulation.line(line))} for line in lines],
        "shown": lines.index(shown),
        "quarterly": quarterly,
        "yearly": yearly,
        "past": [past(simulation, line) for line in lines],
        "past_years": [_past_years(simulation, line) for line in lines],
    }


def rounded(values: Array) -> list[Any]:
    """Numbers of the page, nested lists of the array's shape: ``DIGITS`` significant digits, None for NaN."""
    if values.ndim > 1:
        return [rounded(row) for row in values]
    return [None if np.isnan(number) else float(f"{number:.{DIGITS}g}") for number in values]


def past(simulation: Simulation, line: str) -> dict[str, Any]:
    """The quarters before the simulation: labels, values, standard errors and marks, from the first one known."""
    values, errors, marks = known_past(simulation, line)
    start = simulation.quarters[0] + -len(values)
    known = np.flatnonzero(~np.isnan(values))
    begin = int(known[0]) if len(known) else len(values)
    return {
        "quarters": [str(start + step) for step in range(begin, len(values))],
        "values": rounded(values[begin:]),
        "errors": rounded(errors[begin:]),
        "marks": marks[begin:],
    }


def _table(values: Array, simulation: Simulation) -> list[Any]:
    return rounded(quantiles_over_paths(values, LEVELS, simulation.weights))


def _year(simulation: Simulation, line: str, scenario: str, end: int) -> list[Any]:
    values = year_of(simulation, line, scenario, end)
    if np.isnan(values).any():
        return [None] * len(LEVELS)
    return list(_table(values[None, :], simulation)[0])


def _past_years(simulation: Simulation, line: str) -> dict[str, Any]:
    values, _, marks = known_past(simulation, line)
    start = simulation.quarters[0] + -len(values)
    places: dict[int, list[int]] = {}
    for place in range(len(values)):
        places.setdefault((start + place).year, []).append(place)
    flow = simulation.line(line).kind == "flow"
    order = ("reported", "derived", "stated", "estimated", "missing")
    told: dict[str, list[Any]] = {"years": [], "values": [], "marks": []}
    for year, inside in places.items():
        last = start + inside[-1]
        used = inside if flow else inside[-1:]
        if last != Quarter.parse(f"{year}Q4") or (flow and len(inside) < 4) or np.isnan(values[used]).any():
            continue
        told["years"].append(year)
        told["values"] += rounded(np.array([values[used].sum()]))
        told["marks"].append(max((marks[place] for place in used), key=order.index))
    return told
