"""What to doubt about simulated paths: numbers on their way to an overflow, weights that rest on few paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.simulation.clock import FAR

if TYPE_CHECKING:
    from forecast.simulation.paths import Simulation

FEW = 100
"""Equal paths below which weighted ones say little about a probability."""


def doubts(simulation: Simulation) -> tuple[str, ...]:
    """Warnings about the numbers of a simulation, one sentence each; arrays that scenarios share are looked at once."""
    found, seen = [], set()
    for scenario in simulation.names:
        for line, values in simulation.series[scenario].items():
            if id(values) in seen:
                continue
            seen.add(id(values))
            if max(np.fmax.reduce(values, axis=None), -np.fmin.reduce(values, axis=None)) <= FAR:
                continue
            beyond = np.abs(values) > FAR
            first = simulation.quarters[int(np.argmax(beyond.any(axis=1)))]
            share = float(beyond.any(axis=0).mean())
            where = f"'{line}' under '{scenario}' goes beyond {FAR:g} on {share:.2%} of the paths, first in {first}"
            found.append(f"{where}: check its growth and its unit.")
    if simulation.weights is not None and simulation.effective_paths < FEW:
        found.append(
            f"the weighted paths are worth {simulation.effective_paths:.0f} equal ones, too few for a probability: "
            "simulate more paths, or state views nearer to the model."
        )
    return tuple(found)
