"""Shocks as rows that scenarios switch on and off, and each shock's effect as a formula of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forecast import shocks
from forecast.reporting.workbook.drivers import WRITERS
from forecast.scenario import Scenario, Shock, When
from forecast.simulation.wiring import other_driver
from forecast.timeline import Quarter


@dataclass(frozen=True)
class Placed:
    """A shock at its row of the table, the rule that it belongs to, and the places of the scenarios that have it."""

    shock: Shock
    rule: When | None
    scenarios: tuple[int, ...]

    @property
    def live(self) -> bool:
        """Whether it is a formula; else the library's numbers stand for what it does."""
        other = other_driver(self.shock)
        return type(self.shock) in EFFECTS and (other is None or type(other) in WRITERS)


def placed(scenarios: Iterable[Scenario]) -> list[Placed]:
    """Every shock once, in an order that is that of each scenario; a shock of several scenarios has one row.

    A scenario's shocks are looked for from the last one found on. One that is not there is put in before the next of
    the scenario's that is, or at the end.
    """
    table: list[tuple[Shock, When | None, list[int]]] = []

    def found(pair: tuple[Shock, When | None], since: int) -> int | None:
        return next((i for i in range(since, len(table)) if table[i][:2] == pair), None)

    for place, scenario in enumerate(scenarios):
        at = 0
        for number, pair in enumerate(scenario.acting):
            known = found(pair, at)
            if known is None:
                later = (found(other, at) for other in scenario.acting[number + 1 :])
                known = next((i for i in later if i is not None), len(table))
                table.insert(known, (*pair, []))
            table[known][2].append(place)
            at = known + 1
    return [Placed(shock, rule, tuple(having)) for shock, rule, having in table]


def median_start(shock: Shock) -> Quarter | None:
    """When it starts: the median of an uncertain date, as ``sampling="medians"`` has it; None for the first quarter."""
    timing = shock.timing
    if timing.dates is None:
        return timing.start
    return Quarter.parse(timing.dates.quarters[int(timing.dates.drawn(np.asarray(0.5)))])


def happens(shock: Shock) -> bool:
    """Whether it does on the central path: where it is more likely than not."""
    return shock.probability > 0.5


class Target(Protocol):
    """What a shock's formula may look at, in the quarter of step t."""

    def before(self, t: int) -> str:
        """The target as it comes to the shock."""

    def held(self, t: int) -> str:
        """The target in the quarter before the shock's start, shocks included."""

    def year_ago(self, t: int) -> str:
        """The line four quarters ago, shocks included."""

    def other(self, t: int) -> str:
        """The line under the driver that the shock brings along."""

    def handed(self, t: int, ordinal: str) -> str:
        """The target as it came to the shock in an earlier quarter, or this one, given the number of the quarter."""


@dataclass(frozen=True)
class Cells:
    """The cells of one shock: its inputs, and its weight in each quarter, which is 0 where it is off."""

    size: str
    start: Callable[[int], str]
    decay: str
    weight: Callable[[int], str]
    quarter: Callable[[int], str]


def effect(placed: Placed, cells: Cells, target: Target, t: int) -> str:
    """The target after the shock:  x + W (full - x)  with W weight times fade, exactly x and full at 0 and 1."""
    x, weight = target.before(t), cells.weight(t)
    if isinstance(placed.shock, shocks.Ramp):
        held = target.held(t)
        line = f"{held}+{weight}*({cells.size}-{held})"
        fade = f'IF({cells.decay}="",1,2^(-({cells.quarter(t)}-{cells.start(t)})/{cells.decay}))'
        return f"IF({weight}=0,{x},{x}+{fade}*({line}-{x}))"
    full = EFFECTS[type(placed.shock)](x, cells, target, t)
    return f"IF({weight}=0,{x},IF({weight}=1,{full},{x}+{weight}*({full}-{x})))"


def _delayed(x: str, cells: Cells, target: Target, t: int) -> str:
    now, start = cells.quarter(t), cells.start(t)
    at = f"(MAX({now}-{start}-{cells.size},-1)+1)"
    lower = f"({start}-1+INT({at}))"
    early, late = target.handed(t, lower), target.handed(t, f"MIN({lower}+1,{now})")
    return f"({early}+({at}-INT({at}))*({late}-{early}))"


EFFECTS: Mapping[type, Callable[[str, Cells, Target, int], str]] = {
    shocks.Set: lambda x, cells, target, t: cells.size,
    shocks.Scale: lambda x, cells, target, t: f"{x}*{cells.size}",
    shocks.Add: lambda x, cells, target, t: f"({x}+{cells.size})",
    shocks.Pulse: lambda x, cells, target, t: f"{x}*(1+{cells.size})",
    shocks.Cap: lambda x, cells, target, t: f"MIN({x},{cells.size})",
    shocks.Floor: lambda x, cells, target, t: f"MAX({x},{cells.size})",
    shocks.Hold: lambda x, cells, target, t: target.held(t),
    shocks.Grow: lambda x, cells, target, t: f"{target.year_ago(t)}*(1+{cells.size})",
    shocks.Delay: _delayed,
    shocks.Replace: lambda x, cells, target, t: target.other(t),
    shocks.Ramp: lambda x, cells, target, t: cells.size,
}
"""What each shock makes of the target with its full weight."""


def frozen(table: Iterable[Placed]) -> dict[str, tuple[int, ...]]:
    """By line, the scenarios in which the library's numbers stand for it."""
    found: dict[str, set[int]] = {}
    for one in table:
        if not one.live:
            found.setdefault(one.shock.target.split(".")[0], set()).update(one.scenarios)
    return {line: tuple(sorted(places)) for line, places in found.items()}
