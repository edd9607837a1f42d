"""A set of scenarios by name, with weights: children follow when a parent changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from forecast.errors import Problems, ScenarioError, did_you_mean, expect
from forecast.scenario.mixture import Mixture
from forecast.scenario.scenario import Scenario


class UnknownScenarioError(ScenarioError, KeyError):
    """A name that is not in a set of scenarios; a ``KeyError`` too, so that ``get`` and ``in`` work."""

    __str__ = Exception.__str__


class Scenarios(Mapping[str, Scenario]):
    """Scenarios by name, in order; ``scenarios["base"]``. Frozen: change it by making another.

    ``weights`` are the probabilities of some or all of them; they add up to one.
    """

    __slots__ = ("_found", "_weights")

    def __init__(self, *scenarios: Scenario, weights: Mapping[str, float] | None = None) -> None:
        problems = Problems()
        found: dict[str, Scenario] = {}
        given_scenarios: tuple[Any, ...] = scenarios
        for scenario in given_scenarios:
            if not isinstance(scenario, Scenario):
                problems.add(f"{scenario!r} is not a scenario; pass fc.Scenario('base').")
            elif scenario.name in found:
                problems.add(f"two scenarios are called '{scenario.name}'; give each a name of its own.")
            else:
                found[scenario.name] = scenario
        expect(
            {} if weights is None else weights, Mapping, ScenarioError, "weights", "write {'base': 0.6, 'rival': 0.4}"
        )
        given = dict(weights or {})
        for name in given:
            if name not in found:
                problems.add(f"a weight is given to '{name}'. {did_you_mean(str(name), found)}")
        problems.raise_if_any(ScenarioError, "the scenarios cannot stand together")
        if given:
            Mixture("weights", tuple((found[name], weight) for name, weight in given.items()))
        self._found: Mapping[str, Scenario] = MappingProxyType(found)
        self._weights: Mapping[str, float] = MappingProxyType({name: given[name] for name in found if name in given})

    @property
    def weights(self) -> Mapping[str, float]:
        """Probabilities by name; empty when none were given."""
        return self._weights

    def replacing(self, scenario: Scenario) -> Scenarios:
        """The same set with another scenario of that name, or one more; what was built on the old one follows.

        That holds wherever the scenarios stand, and for what was built on a scenario that is not in the set itself.
        """
        expect(scenario, Scenario, ScenarioError, "the scenario", "pass a Scenario")
        old = self._found.get(scenario.name)
        new = {name: scenario if each is old else _followed(each, old, scenario) for name, each in self._found.items()}
        new.setdefault(scenario.name, scenario)
        return Scenarios(*new.values(), weights=self._weights)

    def weighted(self, weights: Mapping[str, float]) -> Scenarios:
        """The same set with these probabilities."""
        return Scenarios(*self._found.values(), weights=weights)

    def mixture(self, name: str = "mixture") -> Mixture:
        """The weighted mixture of the set, to be simulated like a scenario."""
        if not self._weights:
            raise ScenarioError("the scenarios have no weights; give them: scenarios.weighted({'base': 0.6, ...}).")
        return Mixture(name, tuple((self._found[each], weight) for each, weight in self._weights.items()))

    def __getitem__(self, name: str) -> Scenario:
        if name not in self._found:
            raise UnknownScenarioError(f"there is no scenario '{name}'. {did_you_mean(name, self._found)}")
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Scenarios) and dict(self._weights) != dict(other._weights):
            return False
        return isinstance(other, Mapping) and dict(self._found) == dict(other)

    def __hash__(self) -> int:
        return hash((frozenset(self._found.values()), frozenset(self._weights.items())))

    def __repr__(self) -> str:
        weights = f", weights={dict(self._weights)}" if self._weights else ""
        return f"Scenarios({', '.join(repr(name) for name in self._found)}{weights})"

    def _repr_html_(self) -> str:
        """Every scenario in sentences, one below the other."""
        return "".join(scenario._repr_html_() for scenario in self._found.values())


def _followed(scenario: Scenario, old: Scenario | None, new: Scenario) -> Scenario:
    """The scenario itself, or, where it is built on ``old``, directly or through others, the same built on ``new``."""
    parent = scenario.parent
    if parent is None:
        return scenario
    other = new if parent == old else _followed(parent, old, new)
    return scenario if other is parent else scenario.following(other)
