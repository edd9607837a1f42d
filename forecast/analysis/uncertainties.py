"""Which uncertain parameters a question is about: those that are drawn and reach the lines asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from forecast.errors import Problems, did_you_mean
from forecast.model import CalibratedModel
from forecast.scenario import Mixture, Scenario
from forecast.simulation import wired


def uncertainties(
    company: CalibratedModel,
    scenarios: Iterable[Scenario | Mixture],
    lines: Iterable[str],
    vary: Sequence[str] | None,
    problems: Problems,
    *,
    roles: Sequence[str] = ("uncertainty",),
) -> tuple[str, ...]:
    """The names in ``vary``, checked; without it all of these ``roles`` that are not fixed and reach the ``lines``.

    What is wrong is added to ``problems``. The scenarios must fit the model; lines must be the model's or what a
    driver records.
    """
    asked = frozenset(line.split(".")[0] for line in lines)
    if not asked <= set(company.model.lines):
        return ()
    needed: set[str] = set()
    for scenario in scenarios:
        for part in [one for one, _ in scenario.parts] if isinstance(scenario, Mixture) else [scenario]:
            needed |= wired(company, part).model.needed_for(asked)
    drawn = {name for name, known in company.parameters.items() if known.estimate and not known.estimate.is_fixed}
    able = [
        name
        for name, known in company.parameters.items()
        if name in drawn and known.line in needed and known.role in roles
    ]
    if vary is None:
        if not able:
            problems.add(f"no parameter with the role {' or '.join(roles)} that is drawn reaches {_told(asked)}.")
        return tuple(able)
    vary = listed_names(vary, problems)
    for name in dict.fromkeys(vary):
        if name not in company.parameters:
            problems.add(f"there is no parameter '{name}'. {did_you_mean(name, able)}")
        elif company.parameters[name].role not in roles:
            role = company.parameters[name].role
            problems.add(f"'{name}' is a {role}; this question is about {_plural(roles)} only.")
        elif name not in drawn:
            problems.add(f"'{name}' is the fixed number {company.parameters[name].estimate}; state a distribution.")
        elif company.parameters[name].line not in needed:
            problems.add(f"'{name}' does not reach {_told(asked)} in this model.")
    return tuple(dict.fromkeys(vary))


def listed_names(vary: Any, problems: Problems) -> tuple[Any, ...]:
    """What a user gave as a list of names; none, and a problem noted, where it is not one."""
    if isinstance(vary, str):
        problems.add(f"vary is {vary!r}; give a list of names, [{vary!r}].")
        return ()
    if not isinstance(vary, list | tuple) or len(vary) == 0:
        problems.add(f"vary is {vary!r}; give a list of names, or leave it out.")
        return ()
    return tuple(vary)


def _told(lines: Iterable[str]) -> str:
    return " or ".join(f"'{line}'" for line in sorted(lines))


def _plural(roles: Sequence[str]) -> str:
    return " and ".join({"uncertainty": "uncertainties", "lever": "levers"}.get(role, f"{role}s") for role in roles)
