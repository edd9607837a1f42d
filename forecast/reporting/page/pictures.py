"""What the fan chart draws: every line under every scenario, by quarter and by fiscal year, with its history."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.reporting.canvas import unit_of
from forecast.reporting.page.past import past, past_years, rounded
from forecast.reporting.tables import year_of
from forecast.simulation import Simulation, quantiles_over_paths

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Quantiles of a fan: two bands and the median."""


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
        "past_years": [past_years(simulation, line) for line in lines],
    }


def _table(values: Array, simulation: Simulation) -> list[Any]:
    return rounded(quantiles_over_paths(values, LEVELS, simulation.weights))


def _year(simulation: Simulation, line: str, scenario: str, end: int) -> list[Any]:
    values = year_of(simulation, line, scenario, end)
    if np.isnan(values).any():
        return [None] * len(LEVELS)
    return list(_table(values[None, :], simulation)[0])
