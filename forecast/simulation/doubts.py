"""What to doubt about simulated paths: overflows ahead, differences lost in rounding, weights on few paths."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.distributions import Array
from forecast.simulation.clock import FAR

if TYPE_CHECKING:
    from forecast.simulation.paths import Simulation

FEW = 100
"""Equal paths below which a probability near a half is not known to 10 points (95 %): 1.96 sqrt(0.25 / 100) = 0.098."""

ROUNDED = 1e-6
"""A difference of which rounding may move its largest value by this part or more is doubted."""

HELD = 1_000.0
"""A difference of at most so many roundings is a balance that holds: its terms are sums with roundings of their own."""

UNIT = 2.0**-53
"""Half of the last digit of a number near 1: what is known of any number of its size."""


def doubts(simulation: Simulation) -> tuple[str, ...]:
    """Warnings about the numbers of a simulation, one sentence each; arrays that scenarios share are looked at once."""
    found = []
    largest: dict[int, float] = {}
    for scenario in simulation.names:
        fresh = set()
        for line, values in simulation.series[scenario].items():
            if id(values) in largest:
                continue
            fresh.add(line)
            size = max(np.fmax.reduce(values, axis=None), -np.fmin.reduce(values, axis=None))
            largest[id(values)] = float(size)
            if size <= FAR:
                continue
            beyond = np.abs(values) > FAR
            first = simulation.quarters[int(np.argmax(beyond.any(axis=1)))]
            share = float(beyond.any(axis=0).mean())
            where = f"'{line}' under '{scenario}' goes beyond {FAR:g} on {share:.2%} of the paths, first in {first}"
            found.append(f"{where}: check its growth and its unit.")
        sizes = {line: largest[id(values)] for line, values in simulation.series[scenario].items()}
        found += _cancelled(simulation, scenario, sizes, fresh)
    if simulation.weights is not None and simulation.effective_paths < FEW:
        found.append(
            f"the weighted paths are worth {simulation.effective_paths:.0f} equal ones, too few for a probability: "
            "simulate more paths, or state views nearer to the model."
        )
    return tuple(found)


def _cancelled(simulation: Simulation, scenario: str, sizes: Mapping[str, float], fresh: Collection[str]) -> list[str]:
    """Lines of linear formulas in which large numbers cancel, among those that no earlier scenario has the same of.

    A term is known to half of its last digit, so that ``line = constant + sum(factor * term)`` is known to
    ``2**-53 (|constant| + sum |factor| |term|)``, here with the largest value of each term and of the line over all
    paths and quarters. A line of no more than ``HELD`` times that is 0 but for rounding, as a balance check is.
    """
    found = []
    paths = simulation.series[scenario]
    for identity in simulation.company.model.identities:
        if identity.line not in fresh or not all(name in sizes for name, _, _ in identity.terms):
            continue
        own = sizes[identity.line]
        parts = (
            abs(factor) * (_earlier(paths[name], lag) if lag else sizes[name]) for name, lag, factor in identity.terms
        )
        moved = UNIT * (abs(identity.constant) + sum(parts))
        if own > HELD * moved > HELD * ROUNDED * own:
            found.append(
                f"'{identity.line}' under '{scenario}' is a difference of numbers that nearly cancel "
                f"({identity.text}): rounding may move it by {moved:.2g}, and its largest value is {own:.4g}. Model "
                "the small number by a line of its own, or judge it with a tolerance."
            )
    return found


def _earlier(values: Array, lag: int) -> float:
    """The largest size of what a lag reads of the simulated quarters; 0 where it reads none."""
    return float(np.abs(values[:-lag]).max(initial=0.0))
