"""Decision rules at work: on which paths a rule's shocks are on, and since when."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array
from forecast.scenario import When


class Watch:
    """One rule in one simulation; ``since[q]`` (paths,) says where its shocks began in quarter q and are still on."""

    def __init__(self, rule: When, quarters: int, paths: int) -> None:
        self.rule = rule
        self.since: NDArray[np.bool_] = np.zeros((quarters, paths), dtype=bool)

    def reset(self) -> None:
        """Before a simulation: off everywhere."""
        self.since[:] = False

    def look(self, step: int, value: Callable[[str, int], Array]) -> None:
        """At the start of a quarter, judge by what the last one has shown; ``value`` gives a line at a lag from it."""
        on = self.since.any(axis=0)
        begins = self.rule.condition.met(value) & ~on
        if self.rule.until is not None:
            over = self.rule.until.met(value) & on
            self.since &= ~over
        self.since[step] = begins
