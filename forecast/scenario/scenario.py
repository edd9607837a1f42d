"""A scenario: a name and an ordered stack of shocks."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.errors import ScenarioError
from forecast.scenario.contract import Shock


@dataclass(frozen=True, init=False)
class Scenario:
    """What is changed against the calibrated model, in the order given; ``because`` says why.

    ``base.but("slow", shock)`` stacks more shocks on the same ones; ``a | b`` stacks b on a.
    """

    name: str
    shocks: tuple[Shock, ...]
    because: str

    def __init__(self, name: str, *shocks: Shock, because: str = "") -> None:
        if not isinstance(name, str) or not name.strip():
            raise ScenarioError(f"a scenario is named {name!r}; give it a name, as in 'slow conversion'.")
        for shock in shocks:
            if not isinstance(shock, Shock):
                raise ScenarioError(f"scenario '{name}' holds {shock!r}, which is not a shock.")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "shocks", tuple(shocks))
        object.__setattr__(self, "because", because)

    def but(self, name: str, *shocks: Shock, because: str = "") -> Scenario:
        """The same scenario with more shocks, under a name of its own."""
        return Scenario(name, *self.shocks, *shocks, because=because)

    def __or__(self, other: Scenario) -> Scenario:
        return Scenario(f"{self.name} | {other.name}", *self.shocks, *other.shocks)
