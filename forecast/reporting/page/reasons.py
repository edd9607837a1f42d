"""Why scenarios differ, and which uncertainties matter: bridges and the tornado."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecast.analysis import Bridge, Sensitivity
from forecast.reporting.page.blocks import Block, Chart, Section, Table, Text
from forecast.reporting.page.words import number, percent, points

BARS = 12
"""Bars that are drawn; the table has all."""


def bridged(found: Mapping[str, Bridge], left_out: Mapping[str, str], scenario: str) -> Section:
    """Bridges from ``scenario`` to the others, the largest difference first; ``left_out`` says why one has none."""
    order = sorted(found, key=lambda name: -abs(found[name].change))
    blocks: list[Block] = [
        Text(
            f"Each step is the effect of one change against '{scenario}', averaged over every order in which the "
            "changes can be made (Shapley), so that the steps add up to the difference."
        ),
        *(Text(_told(found[name])) for name in order[:1]),
        Chart("bridge", "From one scenario to the other, in percentage points of the goal's probability"),
        *(_table(found[name], folded=place > 0) for place, name in enumerate(order)),
        *(Text(f"No bridge to '{name}': {why}", small=True) for name, why in left_out.items()),
    ]
    data = {"bridge": [_data(found[name]) for name in order]}
    return Section("bridge", "Why scenarios differ", tuple(blocks), data)


def _told(found: Bridge) -> str:
    largest = found.steps[0]
    return (
        f"From '{found.start}' ({percent(found.start_value)}) to '{found.end}' ({percent(found.end_value)}) it is "
        f"{points(found.change)} points; the largest step is {largest.name} with {points(largest.value)} "
        f"± {found.give(largest.error)}."
    )


def _table(found: Bridge, *, folded: bool) -> Table:
    rows = [
        (step.name, f"{points(step.value)} ± {found.give(step.error)}", points(step.alone), points(step.last))
        for step in found.steps
    ]
    rows.append(("together", f"{points(found.change)} ± {found.give(found.change_error)}", "", ""))
    return Table(
        f"From '{found.start}' {percent(found.start_value)} to '{found.end}' {percent(found.end_value)}",
        ("change", "points (± one standard error)", "alone", "as the last"),
        tuple(rows),
        folded=folded,
    )


def _data(found: Bridge) -> dict[str, Any]:
    steps = [{"name": step.name, "value": step.value, "error": step.error} for step in found.steps]
    ends = {"start": found.start, "end": found.end, "from": found.start_value, "to": found.end_value}
    return {**ends, "steps": steps}


def mattering(found: Sensitivity) -> Section:
    """The tornado: the probability with each uncertainty at its low and its high quantile, the others as drawn."""
    low, high = (f"{100 * level:.0f} %" for level in found.levels)
    rows = tuple(
        (
            bar.parameter,
            number(bar.low),
            number(bar.high),
            percent(bar.at_low),
            percent(bar.at_high),
            f"{points(bar.swing)} ± {100 * bar.errors[2]:.1f}",
            str(bar.ranks[0]) if bar.ranks[0] == bar.ranks[1] else f"{bar.ranks[0]} to {bar.ranks[1]}",
        )
        for bar in found.bars
    )
    first = found.bars[0] if found.bars else None
    if first is None:
        none = Text("No uncertain parameter that nobody controls reaches the goal.")
        return Section("tornado", "What matters", (none,))
    told = (
        f"{first.parameter} moves it most: {percent(first.at_low)} at its {low} quantile ({number(first.low)}), "
        f"{percent(first.at_high)} at its {high} quantile ({number(first.high)}), all others as drawn."
    )
    columns = ("uncertainty", f"{low} quantile", f"{high} quantile", f"probability at {low}", f"at {high}")
    blocks: tuple[Block, ...] = (
        Text(told),
        Chart(
            "tornado",
            f"Probability of the goal with each uncertainty at its {low} (hollow) and {high} quantile (filled)",
        ),
        Table(
            f"All {len(rows)} uncertainties, the largest swing first",
            (*columns, "swing, points (± one standard error)", "rank (90 % interval)"),
            rows,
            folded=True,
        ),
        Text(
            "Levers are not among them: an owner can move those. A long bar is not a large share of the spread, since "
            "the quarters' own surprises have no bar.",
            small=True,
        ),
    )
    bars = [
        {"name": bar.parameter, "low": bar.low, "high": bar.high, "at_low": bar.at_low, "at_high": bar.at_high}
        for bar in found.bars[:BARS]
    ]
    return Section("tornado", "What matters", blocks, {"tornado": {"base": found.base, "bars": bars}})
