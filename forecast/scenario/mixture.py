"""A mixture: each path comes from one of several scenarios, as often as its probability says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from forecast.errors import Problems, ScenarioError
from forecast.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Mixture:
    """Scenarios with probabilities that add up to one; it is simulated like a scenario of its own.

    A share ``weight`` of the paths, to the nearest path, is that of the scenario. Which ones is drawn by name, so that
    other weights move as few of them as can be.
    """

    name: str
    parts: tuple[tuple[Scenario, float], ...]

    def __post_init__(self) -> None:
        problems = Problems()
        given: Any = self.parts
        if isinstance(given, str) or not isinstance(given, Iterable):
            given = ()
        for part in (given := tuple(given)):
            if not isinstance(part, tuple | list) or len(part) != 2:
                raise ScenarioError(f"a part of the mixture is {part!r}; write pairs, as in (base, 0.7).")
        object.__setattr__(self, "parts", tuple(tuple(part) for part in given))
        if not isinstance(self.name, str) or not self.name.strip():
            problems.add(f"its name is {self.name!r}; give it one, as in 'expected'.")
        parts: tuple[tuple[Any, Any], ...] = self.parts
        for scenario, weight in parts:
            if not isinstance(scenario, Scenario):
                problems.add(f"it holds {scenario!r}, which is not a scenario.")
            elif (problem := weight_problem(scenario.name, weight)) is not None:
                problems.add(problem)
        if not problems.found and not abs(sum(weight for _, weight in self.parts) - 1) < 1e-9:
            told = ", ".join(f"{scenario.name} {weight:g}" for scenario, weight in self.parts)
            problems.add(f"the weights add up to {sum(w for _, w in self.parts):g}, not to 1: {told or 'none'}.")
        problems.raise_if_any(ScenarioError, f"the mixture {self.name!r} cannot be made")


def weight_problem(name: str, weight: Any) -> str | None:
    """What is wrong with the weight of a scenario by itself, or None."""
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1:
        return f"the weight of '{name}' is {weight!r}; it must lie in (0, 1]."
    return None
