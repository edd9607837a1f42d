"""An uncertain date: quarters with their probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array
from forecast.errors import Problems, ScenarioError, TimelineError
from forecast.timeline import Quarter, quarters_between


@dataclass(frozen=True, slots=True)
class Dates:
    """Quarters, rising, and the probability of each; they add up to one.

    Written ``"2026Q1..2027Q4"`` where each is equally likely, else ``{"2026Q1": 0.7, "2026Q2": 0.3}``.
    """

    quarters: tuple[str, ...]
    chances: tuple[float, ...]

    def __post_init__(self) -> None:
        problems = Problems()
        read: list[Quarter] = []
        for quarter in self.quarters:
            try:
                read.append(Quarter.parse(quarter))
            except TimelineError as problem:
                problems.add(str(problem))
        if not problems.found and (not read or any(a >= b for a, b in pairwise(read))):
            problems.add(f"the quarters are {', '.join(self.quarters) or 'none'}; give at least one, in rising order.")
        wrong = [c for c in self.chances if isinstance(c, bool) or not isinstance(c, int | float) or not 0 < c <= 1]
        if wrong or len(self.chances) != len(self.quarters) or not abs(sum(self.chances) - 1) < 1e-9:
            problems.add(f"the probabilities are {list(self.chances)}; give one a quarter in (0, 1], adding up to 1.")
        problems.raise_if_any(ScenarioError, "the dates cannot be read")
        object.__setattr__(self, "chances", tuple(float(chance) for chance in self.chances))

    def spec(self) -> str | dict[str, float]:
        """What stands for it in a YAML file."""
        return str(self) if self._even else dict(zip(self.quarters, self.chances, strict=True))

    def drawn(self, ranks: Array) -> NDArray[np.intp]:
        """Which of the quarters, given uniform ranks (paths,): the inverse of the distribution function."""
        edges = np.cumsum(self.chances)[:-1]
        return np.searchsorted(edges, ranks, side="right")

    @property
    def _even(self) -> bool:
        first, last = Quarter.parse(self.quarters[0]), Quarter.parse(self.quarters[-1])
        count = len(self.quarters)
        return set(self.chances) == {1 / count} and last - first + 1 == count

    def __str__(self) -> str:
        if self._even:
            return f"{self.quarters[0]}..{self.quarters[-1]}"
        return ", ".join(
            f"{quarter} ({chance:.0%})" for quarter, chance in zip(self.quarters, self.chances, strict=True)
        )


def as_date(value: Any) -> str | Dates:
    """Read a quarter, or an uncertain date; one that is certain comes back as its quarter."""
    if isinstance(value, str) and ".." in value:
        first, _, last = value.partition("..")
        quarters = quarters_between(Quarter.parse(first.strip()), Quarter.parse(last.strip()))
        value = {str(quarter): 1 / len(quarters) for quarter in quarters}
    if isinstance(value, Mapping):
        value = Dates(tuple(str(quarter) for quarter in value), tuple(value.values()))
    if isinstance(value, Dates):
        return value.quarters[0] if len(value.quarters) == 1 else value
    return str(Quarter.parse(value))
