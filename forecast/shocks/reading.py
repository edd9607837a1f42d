"""Reading scenarios from a YAML file, and writing them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from forecast.errors import Problems, ScenarioError, did_you_mean, expect
from forecast.scenario import Scenario, Scenarios, When
from forecast.scenario.mixture import weight_problem
from forecast.shocks.add import Add
from forecast.shocks.cap import Cap
from forecast.shocks.delay import Delay
from forecast.shocks.floor import Floor
from forecast.shocks.grow import Grow
from forecast.shocks.hold import Hold
from forecast.shocks.pulse import Pulse
from forecast.shocks.ramp import Ramp
from forecast.shocks.replace import Replace
from forecast.shocks.scale import Scale
from forecast.shocks.set import Set
from forecast.specification import from_spec, read_yaml, to_spec, write_yaml

SHOCKS: tuple[type, ...] = (Add, Cap, Delay, Floor, Grow, Hold, Pulse, Ramp, Replace, Scale, Set)
KEYS = ("name", "because", "from", "weight", "shocks")


def read_scenarios(source: str | Path | Mapping[str, Any], *, shocks: Iterable[type] = ()) -> Scenarios:
    """Scenarios by name, in the order of the YAML file, the YAML text of several lines, or the same as plain data.

    Each has a ``name``, a reason under ``because``, a list of ``shocks``, and optionally ``from``, an
    earlier scenario whose shocks it keeps, and a ``weight``, its probability among those that have one. ``shocks`` adds
    classes of a user's own. Whether the targets exist is checked against the model when they are simulated.
    """
    content = read_yaml(source, ScenarioError)
    catalogue = catalogue_of(shocks)
    problems = Problems()
    found: dict[str, Scenario] = {}
    weights: dict[str, Any] = {}
    listed = content.get("scenarios") if isinstance(content, Mapping) else None
    if not isinstance(listed, list) or set(content) != {"scenarios"}:
        raise ScenarioError("a scenario file has one key, 'scenarios', with a list under it.")
    for number, entry in enumerate(listed, start=1):
        scenario = _read_one(entry, f"scenario {number}", catalogue, found, problems)
        if scenario is not None:
            if scenario.name in found:
                problems.add(f"scenario {number}: the name '{scenario.name}' is taken; choose another.")
            found[scenario.name] = scenario
            if entry.get("weight") is not None:
                weights[scenario.name] = entry["weight"]
    if not problems.found:
        try:
            return Scenarios(*found.values(), weights=weights)
        except ScenarioError as refusal:
            for each in refusal.problems or (str(refusal),):
                problems.add(each)
    else:  # what they add up to is not known yet
        for problem in (weight_problem(name, weight) for name, weight in weights.items()):
            if problem is not None:
                problems.add(problem)
    raise ScenarioError("the scenarios cannot be read", problems.found)


def _read_one(
    entry: Any, what: str, catalogue: Mapping[str, type], found: Mapping[str, Scenario], problems: Problems
) -> Scenario | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
        problems.add(f"{what}: seen {str(entry)[:60]!r}; it needs a 'name'.")
        return None
    what = f"scenario '{entry['name']}'"
    for key in entry:
        if key not in KEYS:
            problems.add(f"{what} has the unknown key '{key}'. {did_you_mean(str(key), KEYS)}")
    parent = entry.get("from")
    if parent is not None and str(parent) not in found:
        problems.add(f"{what} builds on '{parent}', which is not an earlier one. {did_you_mean(str(parent), found)}")
        parent = None
    stated = [] if entry.get("shocks") is None else entry["shocks"]
    if not isinstance(stated, list):
        problems.add(f"{what}: shocks are {str(stated)[:60]!r}; write a list.")
        return None
    shocks = [shock for shock in (read_shock(spec, catalogue, what, problems) for spec in stated) if shock is not None]
    because = str(entry.get("because") or "")
    return Scenario(entry["name"], *shocks, because=because, parent=None if parent is None else found[str(parent)])


def catalogue_of(shocks: Iterable[type]) -> dict[str, type]:
    """The classes that a file may name: the library's, and those of a user's own."""
    if not isinstance(shocks, list | tuple) or not all(isinstance(kind, type) for kind in shocks):
        raise ScenarioError(f"shocks is {shocks!r}; give a list of classes, as in shocks=[Damp].")
    return {kind.__name__: kind for kind in (*SHOCKS, *shocks)}


def read_shock(spec: Any, catalogue: Mapping[str, type], what: str, problems: Problems) -> Any:
    """One shock, or a rule with its shocks."""
    if not isinstance(spec, Mapping) or list(spec) != ["When"]:
        return from_spec(spec, {**catalogue, "When": When}, what, problems)
    given = spec["When"]
    known = ("condition", "shocks", "until")
    if not isinstance(given, Mapping) or not isinstance(given.get("shocks"), list) or "condition" not in given:
        problems.add(f"{what}: When has {str(given)[:60]!r}; write its condition, and a list of its shocks.")
        return None
    for key in given:
        if key not in known:
            problems.add(f"{what}: When has no field '{key}'. {did_you_mean(str(key), known)}")
    before = len(problems.found)
    shocks = [from_spec(each, catalogue, what, problems) for each in given["shocks"]]
    if len(problems.found) > before:
        return None
    try:
        return When(given["condition"], *shocks, until=given.get("until"))
    except ScenarioError as problem:
        problems.add(f"{what}: {problem}")
        return None


def scenarios_to_yaml(scenarios: Iterable[Scenario] | Mapping[str, Scenario], path: str | Path | None = None) -> str:
    """The YAML text that reads back as equal scenarios, also written to ``path`` when given.

    A scenario whose parent stands before it is written as built ``from`` it.
    """
    weights = scenarios.weights if isinstance(scenarios, Scenarios) else {}
    listed: list[dict[str, Any]] = []
    written: dict[str, Scenario] = {}
    given: Any = scenarios.values() if isinstance(scenarios, Mapping) else scenarios
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ScenarioError(f"the scenarios are {given!r}; give a list of them, or what was read.")
    for scenario in given:
        expect(scenario, Scenario, ScenarioError, "a scenario", "a file holds scenarios; a mixture is their weights")
        parent = scenario.parent
        follows = parent is not None and written.get(parent.name) == parent
        said: dict[str, Any] = {"name": scenario.name}
        if scenario.because:
            said["because"] = scenario.because
        if follows and parent is not None:
            said["from"] = parent.name
        if scenario.name in weights:
            said["weight"] = weights[scenario.name]
        said["shocks"] = [to_spec(shock) for shock in (scenario.own if follows else scenario.shocks)]
        listed.append(said)
        written[scenario.name] = scenario
    return write_yaml({"scenarios": listed}, path)
