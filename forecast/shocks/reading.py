"""Reading scenarios from a YAML file, and writing them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from forecast.errors import Problems, ScenarioError, did_you_mean
from forecast.scenario import Scenario, Shock
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
KEYS = ("name", "because", "from", "shocks")


def read_scenarios(source: str | Path, *, shocks: Iterable[type] = ()) -> dict[str, Scenario]:
    """Scenarios by name, in the order of the file.

    Each has a ``name``, a reason under ``because``, a list of ``shocks``, and optionally ``from``, an
    earlier scenario whose shocks it keeps. ``shocks`` adds classes of a user's own. Whether the targets
    exist is checked against the model when they are simulated.
    """
    content = read_yaml(source, ScenarioError)
    catalogue = {kind.__name__: kind for kind in (*SHOCKS, *shocks)}
    problems = Problems()
    found: dict[str, Scenario] = {}
    listed = content.get("scenarios") if isinstance(content, Mapping) else None
    if not isinstance(listed, list) or set(content) != {"scenarios"}:
        raise ScenarioError("a scenario file has one key, 'scenarios', with a list under it.")
    for number, entry in enumerate(listed, start=1):
        scenario = _read_one(entry, f"scenario {number}", catalogue, found, problems)
        if scenario is not None:
            if scenario.name in found:
                problems.add(f"scenario {number}: the name '{scenario.name}' is taken; choose another.")
            found[scenario.name] = scenario
    problems.raise_if_any(ScenarioError, "the scenarios cannot be read")
    return found


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
    inherited: tuple[Shock, ...] = ()
    if parent is not None:
        if str(parent) in found:
            inherited = found[str(parent)].shocks
        else:
            problems.add(
                f"{what} builds on '{parent}', which is not an earlier one. {did_you_mean(str(parent), found)}"
            )
    stated = entry.get("shocks") or []
    if not isinstance(stated, list):
        problems.add(f"{what}: shocks are {str(stated)[:60]!r}; write a list.")
        return None
    read = [from_spec(spec, catalogue, what, problems) for spec in stated]
    shocks = [shock for shock in read if shock is not None]
    return Scenario(entry["name"], *inherited, *shocks, because=str(entry.get("because") or ""))


def scenarios_to_yaml(scenarios: Iterable[Scenario] | Mapping[str, Scenario], path: str | Path | None = None) -> str:
    """The YAML text that reads back as equal scenarios, also written to ``path`` when given."""
    listed = [
        {
            "name": scenario.name,
            **({"because": scenario.because} if scenario.because else {}),
            "shocks": [to_spec(shock) for shock in scenario.shocks],
        }
        for scenario in (scenarios.values() if isinstance(scenarios, Mapping) else scenarios)
    ]
    return write_yaml({"scenarios": listed}, path)
