"""Text tables: medians and ranges of lines by fiscal year, for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.distributions import Array
from forecast.errors import Problems, SimulationError, did_you_mean, expect
from forecast.reporting.canvas import unit_of
from forecast.simulation import Simulation, quantiles_over_paths


def fiscal_year_table(
    simulation: Simulation,
    lines: Sequence[str] | None = None,
    scenario: str | None = None,
    *,
    range_of: tuple[float, float] = (0.1, 0.9),
) -> str:
    """A row a line, a column a complete fiscal year: the median and, in brackets, two quantiles.

    A flow is summed on each path, with the reported quarters of a year that has begun; a stock or rate is its
    fourth quarter's, and a flow that is a ratio of flows by its formula the ratio of their sums. ``-`` stands where
    reported quarters of the year are missing, and for any other flow that is a ratio. All lines of the model
    unless named; the first scenario unless named.
    """
    cure = "simulate first: simulate(company, scenarios, ...)"
    expect(simulation, Simulation, SimulationError, "the simulation", cure)
    scenario = simulation.names[0] if scenario is None else scenario
    lines = (lines,) if isinstance(lines, str) else lines
    chosen = tuple(simulation.company.model.lines) if lines is None else tuple(lines)
    ends = [step for step, quarter in enumerate(simulation.quarters) if quarter.number == 4]
    problems = Problems()
    if scenario not in simulation.names:
        problems.add(f"there is no scenario '{scenario}'. {did_you_mean(scenario, simulation.names)}")
    for line in chosen:
        if line not in simulation.lines:
            problems.add(f"there is no line '{line}'. {did_you_mean(line, simulation.lines)}")
    if not isinstance(range_of, list | tuple) or len(range_of) != 2 or not 0 < range_of[0] < range_of[1] < 1:
        problems.add(f"range_of is {range_of}; give two rising levels in (0, 1), as in (0.1, 0.9).")
    if not ends:
        problems.add(f"no fiscal year ends by {simulation.quarters[-1]}; simulate longer.")
    problems.raise_if_any(SimulationError, "the table cannot be made")
    rows = [["", "unit", *(str(simulation.quarters[step].year) for step in ends)]]
    for line in chosen:
        unit = unit_of(simulation.line(line)).replace(" a quarter", " a year")
        cells = [_cell(year_of(simulation, line, scenario, step), range_of, simulation.weights) for step in ends]
        rows.append([line, unit, *cells])
    low, high = (f"{100 * level:g}%" for level in range_of)
    worth = "" if simulation.weights is None else f", weighted, worth {simulation.effective_paths:,.0f} equal ones"
    shown = f"median ({low} to {high} quantile), {simulation.paths:,} paths{worth}"
    heading = f"Scenario '{scenario}' by fiscal year: {shown}"
    return f"{heading}\n{_aligned(rows)}"


def year_of(simulation: Simulation, line: str, scenario: str, end: int) -> Array:
    """A line in the fiscal year ending at step ``end``, shape (paths,); NaN where the history lacks a part."""
    return simulation.outcome(scenario).fiscal_year(line, end)


def _cell(values: Array, range_of: tuple[float, float], weights: Array | None) -> str:
    if np.isnan(values).any():
        return "-"
    low, middle, high = quantiles_over_paths(values[None, :], [range_of[0], 0.5, range_of[1]], weights)[0]
    largest = max(abs(low), abs(high))
    digits = 0 if largest >= 100 else 1 if largest >= 10 else 3
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; names and units to the left, figures to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place > 1 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
