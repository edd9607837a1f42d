"""Reading reality checks from a YAML file, and writing them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from forecast.errors import Problems, ScenarioError, did_you_mean, expect
from forecast.scenario import RealityCheck
from forecast.shocks.reading import catalogue_of, read_shock
from forecast.specification import read_yaml, write_yaml

KEYS = ("name", "because", "given", "when", "always")


def read_checks(source: str | Path | Mapping[str, Any], *, shocks: Iterable[type] = ()) -> tuple[RealityCheck, ...]:
    """Reality checks in the order of the YAML file, the YAML text of several lines, or the same as plain data.

    Each has a ``name``, a condition under ``always``, and optionally a reason under ``because``, a condition under
    ``when`` and a list of shocks under ``given``, written as in a scenario file. ``shocks`` adds classes of a user's
    own. Whether the lines exist is checked against the model when they are run.
    """
    content = read_yaml(source, ScenarioError)
    catalogue = catalogue_of(shocks)
    listed = content.get("checks") if isinstance(content, Mapping) else None
    if not isinstance(listed, list) or set(content) != {"checks"}:
        raise ScenarioError("a file of reality checks has one key, 'checks', with a list under it.")
    problems = Problems()
    found: dict[str, RealityCheck] = {}
    for number, entry in enumerate(listed, start=1):
        check = _read_one(entry, f"check {number}", catalogue, problems)
        if check is not None:
            if check.name in found:
                problems.add(f"check {number}: the name '{check.name}' is taken; choose another.")
            found[check.name] = check
    problems.raise_if_any(ScenarioError, "the reality checks cannot be read")
    return tuple(found.values())


def _read_one(entry: Any, what: str, catalogue: Mapping[str, type], problems: Problems) -> RealityCheck | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
        problems.add(f"{what}: seen {str(entry)[:60]!r}; it needs a 'name'.")
        return None
    what = f"check '{entry['name']}'"
    before = len(problems.found)
    for key in entry:
        if key not in KEYS:
            problems.add(f"{what} has the unknown key '{key}'. {did_you_mean(str(key), KEYS)}")
    if "always" not in entry:
        problems.add(f"{what} needs an 'always', the condition that must hold.")
    stated = [] if entry.get("given") is None else entry["given"]
    if not isinstance(stated, list):
        problems.add(f"{what}: given is {str(stated)[:60]!r}; write a list of shocks.")
        stated = []
    shocks = [read_shock(spec, catalogue, what, problems) for spec in stated]
    if len(problems.found) > before:
        return None
    try:
        because = str(entry.get("because") or "")
        return RealityCheck(
            entry["name"], always=entry["always"], when=entry.get("when"), given=shocks, because=because
        )
    except ScenarioError as problem:
        for each in problem.problems:
            problems.add(f"{what}: {each}")
        return None


def checks_to_yaml(checks: Iterable[RealityCheck], path: str | Path | None = None) -> str:
    """The YAML text that reads back as equal checks, also written to ``path`` when given."""
    given: Any = checks
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ScenarioError(f"the checks are {given!r}; give a list of them, or what was read.")
    listed = list(given)
    for check in listed:
        expect(check, RealityCheck, ScenarioError, "a check", "write RealityCheck('name', always='share <= 1')")
    return write_yaml({"checks": [check.spec() for check in listed]}, path)
