"""A scenario: a name and an ordered stack of shocks."""

from __future__ import annotations

from dataclasses import dataclass, field

from forecast.errors import Problems, ScenarioError, expect
from forecast.notebook import listed
from forecast.scenario.contract import Shock
from forecast.scenario.difference import Difference, difference, told
from forecast.scenario.rule import When


@dataclass(frozen=True, init=False)
class Scenario:
    """What is changed against the calibrated model, in the order given; ``because`` says why.

    ``base.but("slow", shock)`` stacks more shocks on the same ones and remembers its ``parent``; ``a | b`` stacks b
    on a, and refuses a shock that is in both: it would act twice. Two scenarios are equal when they have the same
    name, shocks and reason. Among the shocks may stand rules (``When``).
    """

    name: str
    shocks: tuple[Shock | When, ...]
    because: str
    parent: Scenario | None = field(compare=False, repr=False)

    def __init__(self, name: str, *shocks: Shock | When, because: str = "", parent: Scenario | None = None) -> None:
        problems = Problems()
        if not isinstance(name, str) or not name.strip():
            problems.add(f"its name is {name!r}; give it one, as in 'slow conversion'.")
        for shock in shocks:
            if not isinstance(shock, Shock | When) or isinstance(shock, type):
                problems.add(f"it holds {shock!r}, which is not a shock.")
        given: tuple[object, object] = because, parent
        if not isinstance(given[0], str):
            problems.add(f"because is {because!r}; write a text.")
        if not isinstance(given[1], Scenario | None):
            problems.add(f"its parent is {parent!r}; pass a Scenario, or write parent.but('name', ...).")
        problems.raise_if_any(ScenarioError, f"the scenario {name!r} cannot be made")
        inherited = () if parent is None else parent.shocks
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "shocks", (*inherited, *shocks))
        object.__setattr__(self, "because", because)
        object.__setattr__(self, "parent", parent)

    @property
    def own(self) -> tuple[Shock | When, ...]:
        """The shocks that it adds to its parent's."""
        return self.shocks if self.parent is None else self.shocks[len(self.parent.shocks) :]

    @property
    def acting(self) -> tuple[tuple[Shock, When | None], ...]:
        """Every shock in order, each with the rule that it belongs to."""
        pairs: list[tuple[Shock, When | None]] = []
        for shock in self.shocks:
            pairs += [(each, shock) for each in shock.shocks] if isinstance(shock, When) else [(shock, None)]
        return tuple(pairs)

    def but(self, name: str, *shocks: Shock | When, because: str = "") -> Scenario:
        """The same scenario with more shocks, under a name of its own."""
        return Scenario(name, *shocks, because=because, parent=self)

    def following(self, parent: Scenario) -> Scenario:
        """The same scenario built on another parent: its own shocks stacked on those of the parent."""
        return Scenario(self.name, *self.own, because=self.because, parent=parent)

    def diff(self, other: Scenario) -> Difference:
        """What this scenario does and the other does not, and the other way round; print it, or ask if it is empty."""
        expect(other, Scenario, ScenarioError, "the other scenario", "pass a Scenario")
        return difference(self, other)

    def __or__(self, other: Scenario) -> Scenario:
        cure = "pass a Scenario; to add shocks write scenario.but('name', shock)"
        expect(other, Scenario, ScenarioError, "what is stacked on it", cure)
        both = [shock for shock in dict.fromkeys(self.shocks) if shock in other.shocks]
        problems = Problems()
        for shock in both:
            what = f"the rule When '{shock.condition}'" if isinstance(shock, When) else _named(shock)
            problems.add(
                f"both hold {what}, which would act twice. "
                f"Build on one of them: scenario.but('{self.name} | {other.name}', ...)."
            )
        problems.raise_if_any(ScenarioError, f"'{self.name}' and '{other.name}' cannot be stacked")
        return Scenario(f"{self.name} | {other.name}", *self.shocks, *other.shocks)

    def __str__(self) -> str:
        reason = f": {self.because}" if self.because else ""
        return "\n".join([f"'{self.name}'{reason}", *(f"  - {told(shock)}" for shock in self.shocks)])

    def _repr_html_(self) -> str:
        reason = f": {self.because}" if self.because else ""
        return listed(
            f"Scenario '{self.name}'{reason}", [told(shock) for shock in self.shocks] or ["Nothing is changed."]
        )


def _named(shock: Shock) -> str:
    return f"{type(shock).__name__} on '{shock.target}'"
