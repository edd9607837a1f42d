"""A scenario: a name and an ordered stack of shocks."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.errors import Problems, ScenarioError, expect
from forecast.scenario.contract import Shock
from forecast.scenario.difference import Difference, difference


@dataclass(frozen=True, init=False)
class Scenario:
    """What is changed against the calibrated model, in the order given; ``because`` says why.

    ``base.but("slow", shock)`` stacks more shocks on the same ones; ``a | b`` stacks b on a, and refuses a
    shock that is in both: it would act twice.
    """

    name: str
    shocks: tuple[Shock, ...]
    because: str

    def __init__(self, name: str, *shocks: Shock, because: str = "") -> None:
        problems = Problems()
        if not isinstance(name, str) or not name.strip():
            problems.add(f"its name is {name!r}; give it one, as in 'slow conversion'.")
        for shock in shocks:
            if not isinstance(shock, Shock) or isinstance(shock, type):
                problems.add(f"it holds {shock!r}, which is not a shock.")
        problems.raise_if_any(ScenarioError, f"the scenario {name!r} cannot be made")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "shocks", tuple(shocks))
        object.__setattr__(self, "because", because)

    def but(self, name: str, *shocks: Shock, because: str = "") -> Scenario:
        """The same scenario with more shocks, under a name of its own."""
        return Scenario(name, *self.shocks, *shocks, because=because)

    def diff(self, other: Scenario) -> Difference:
        """What this scenario does and the other does not, and the other way round; print it, or ask if it is empty."""
        expect(other, Scenario, ScenarioError, "the other scenario", "pass a Scenario")
        return difference(self, other)

    def __or__(self, other: Scenario) -> Scenario:
        both = [shock for shock in dict.fromkeys(self.shocks) if shock in other.shocks]
        problems = Problems()
        for shock in both:
            problems.add(
                f"both hold {type(shock).__name__} on '{shock.target}', which would act twice. "
                f"Build on one of them: scenario.but('{self.name} | {other.name}', ...)."
            )
        problems.raise_if_any(ScenarioError, f"'{self.name}' and '{other.name}' cannot be stacked")
        return Scenario(f"{self.name} | {other.name}", *self.shocks, *other.shocks)
