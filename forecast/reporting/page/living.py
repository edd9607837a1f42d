"""The live part: a grid of levers simulated beforehand, between which the page interpolates while sliders move."""

from __future__ import annotations

from typing import Any

from forecast.analysis.surface import Surface
from forecast.distributions import Array
from forecast.reporting.canvas import unit_of
from forecast.reporting.page.blocks import Chart, Section, Text
from forecast.reporting.page.past import past, past_years
from forecast.reporting.page.words import due, percent
from forecast.simulation import Simulation

PATHS = 2_000
"""Paths at each point of the grid, at most."""

LINES = 3
"""Lines whose fans can be redrawn."""

PREFERRED = ("revenue", "research_and_development", "net_profit", "cash")


def live_lines(
    simulation: Simulation, lines: tuple[str, ...], levers: tuple[str, ...], names: tuple[str, ...]
) -> tuple[str, ...]:
    """The goals' lines, and others that a lever moves, three together: well-known names first, then the last ones."""
    moved = simulation.company.model.reached_from(frozenset(name.split(".")[0] for name in levers))
    others = [name for name in (*PREFERRED, *reversed(names)) if name in moved and name in names and name not in lines]
    return (*lines, *tuple(dict.fromkeys(others))[: max(0, LINES - len(lines))])


def living(found: Surface, simulation: Simulation, shown: str) -> Section:
    """Sliders for the levers, the fan and the probability that they redraw, and how far interpolation is off."""
    goal = found.goal
    by = goal.by or str(found.quarters[-1])
    word = "up to" if all(part.always for part in goal.parts) else "by"
    start, _ = found.at({})
    row = [str(quarter) for quarter in found.quarters].index(by)
    blocks = (
        Text(
            f"Move the levers of '{found.scenario}' and see what comes of it. Each is set to one value on every path "
            "from the first simulated quarter on, as in a goal seek; all else is drawn. At the start each stands at "
            f"its median: the probability {word} {by} is {percent(float(start[row]))} there, against {shown} with the "
            "levers drawn."
        ),
        Chart("live", f"The levers, the probability that {due(goal, by).rstrip(',')}, and the fan"),
        Text(_error(found, f"{word} {by}")),
    )
    return Section("live", "Try it: move the levers", blocks, {"live": _data(found, simulation, by, row)})


def _error(found: Surface, due_by: str) -> str:
    misses = found.misses
    usual, worst = misses.at_date
    each = "; ".join(
        f"those of {line} by {100 * relative:.1f} % of the distance from the 10 to the 90 % quantile"
        for line, relative in zip(found.lines, misses.relative, strict=True)
    )
    yearly = "; ".join(
        f"{line} {100 * relative:.1f} %" for line, relative in zip(found.lines, misses.relative_years, strict=True)
    )
    return (
        f"Interpolation error: the page knows {len(found.probability):,} simulated points of the levers and is linear "
        f"between them. At {misses.points} random settings, simulated with the same draws, the probability {due_by} "
        f"was off by at most {100 * usual:.1f} points on 95 % of them and {100 * worst:.1f} at worst; by any quarter, "
        f"{100 * misses.probability[0]:.1f} and {100 * misses.probability[1]:.1f}. Quantiles were off, on 95 % of all "
        f"quarters and settings, by no more than this: {each}; of fiscal years {yearly}. "
        f"Each point has {found.paths:,} paths: a sampling error "
        f"of up to {100 * 1.96 * 0.5 / found.paths**0.5:.1f} points (95 %) comes on top."
    )


def _data(found: Surface, simulation: Simulation, by: str, row: int) -> dict[str, Any]:
    return {
        "scenario": found.scenario,
        "levers": [
            {"name": lever.full_name, "unit": lever.unit, "values": [float(one) for one in values], "today": today}
            for lever, values, today in zip(found.levers, found.grid, found.today, strict=True)
        ],
        "quarters": [str(quarter) for quarter in found.quarters],
        "lines": [
            {
                "name": line,
                "unit": unit_of(simulation.line(line)),
                "past": past(simulation, line),
                "past_years": past_years(simulation, line),
            }
            for line in found.lines
        ],
        "by": by,
        "row": row,
        "wanted": found.goal.probability,
        "paths": found.paths,
        "miss": found.misses.at_date[0],
        "levels": found.quantiles.shape[-1],
        "probability": [[float(one) for one in shares] for shares in found.probability],
        "word": "up to" if all(part.always for part in found.goal.parts) else "by",
        "quantiles": [_packed(found.quantiles[:, place]) for place in range(len(found.lines))],
        "years": [quarter.year for quarter in found.quarters if quarter.number == 4],
        "yearly": [_packed(found.yearly[:, place]) for place in range(len(found.lines))],
    }


def _packed(values: Array) -> list[list[float]]:
    """A list a point: its quarters and levels one after the other, five significant digits."""
    return [[float(f"{one:.5g}") for one in point.ravel()] for point in values]
