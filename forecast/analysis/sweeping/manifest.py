"""The manifest of a sweep: what was asked, in the folder beside the results, and words for what differs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forecast.analysis.sweeping.files import Folder
from forecast.analysis.sweeping.plan import MOST, Plan, Task
from forecast.errors import SweepError

NAME = "sweep.json"

FORM = 2
"""The form of the file; raised when an older library could not read it. In form 1 most versions, and all code, lack."""

SHOWN = 5
"""Companies or scenarios named in one sentence, at most."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder holds: ``said`` is what was asked, as plain values, and the ``tasks`` that it was cut into."""

    said: Mapping[str, Any]
    tasks: tuple[Task, ...]

    @property
    def statistics(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.said["statistics"])

    @property
    def levers(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.said["levers"])

    @property
    def companies(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.said["companies"])

    def encoded(self) -> bytes:
        """As it is written."""
        rows = [[task.id, task.company, task.first, task.last, task.cost] for task in self.tasks]
        text = json.dumps({"form": FORM, **self.said, "tasks": rows}, ensure_ascii=False)
        return text.encode("utf-8", "surrogatepass")


def manifest_of(plan: Plan) -> Manifest:
    """The manifest of a plan."""
    companies = {name: {"model": digest, "scenarios": plan.sets[name]} for name, digest in plan.digests.items()}
    scenarios = {key: dict(told) for key, told in plan.kept.items()}
    said = {**plan.asked.spec(), "code": plan.code, "companies": companies, "scenarios": scenarios}
    return Manifest(json.loads(json.dumps(said)), plan.tasks)


def read_manifest(folder: Folder) -> Manifest | None:
    """That of a folder; None where it holds no sweep."""
    content = folder.read(NAME)
    if content is None:
        return None
    try:
        said = json.loads(content.decode("utf-8", "surrogatepass"))
        form, rows = said.pop("form"), said.pop("tasks")
        if form > FORM:
            raise SweepError(
                f"{NAME} in {folder.name!r} has form {form}; this library reads up to {FORM}. Use a newer one."
            )
        tasks = tuple(Task(*row) for row in rows)
        if not (_is_sound(said) and all(_is_task(task, said["companies"]) for task in tasks)):
            raise ValueError(form)
        return Manifest(said, tasks)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SweepError(
            f"{NAME} in {folder.name!r} cannot be read. It was not written by this library, or was changed since; "
            "choose another folder."
        ) from None


def _is_sound(said: Mapping[str, Any]) -> bool:
    """Whether what is read later is of the types that are written; a key that is missing is a KeyError."""
    companies, sets = said["companies"], said["scenarios"]
    return (
        all(isinstance(one, dict) for one in (said["statistics"], said["levers"], companies, sets))
        and all(name.isascii() and name.count(".") == 1 for name in said["levers"])
        and all(isinstance(one, dict) for one in sets.values())
        and all(isinstance(one["model"], str) and one["scenarios"] in sets for one in companies.values())
        and all(isinstance(one, str) for one in said.get("versions", {}).values())
        and all(isinstance(one, str) for digests in said.get("code", {}).values() for one in digests)
    )


def _is_task(task: Task, companies: Mapping[str, Any]) -> bool:
    numbers = all(type(one) is int for one in (task.first, task.last)) and 0 <= task.first < task.last <= MOST
    return numbers and bool(re.fullmatch("[0-9a-f]+", task.id)) and task.company in companies


def check_same(found: Manifest, wanted: Manifest, folder: Folder) -> None:
    """Refuse to mix two sweeps, with words for what differs; companies may be added."""
    before, now = found.said.get("versions", {}), wanted.said["versions"]
    problems = [
        f"it was made with {name} {before.get(name, 'of an unknown version')}, and this is {version}; only the same "
        "version has the same bits."
        for name, version in now.items()
        if before.get(name) != version
    ]
    problems += [
        f"the code of the class {name!r} was changed."
        for name, digests in found.said.get("code", {}).items()
        if not set(digests) <= set(wanted.said["code"].get(name, ()))
    ]
    problems += [
        f"{key} was {json.dumps(found.said.get(key), ensure_ascii=False)}, now {json.dumps(value, ensure_ascii=False)}."
        for key, value in wanted.said.items()
        if key not in ("versions", "code", "companies", "scenarios") and found.said.get(key) != value
    ]
    old, new = found.said["companies"], wanted.said["companies"]
    problems += _named("no longer asked of", [name for name in old if name not in new])
    both = [name for name in new if name in old]
    problems += _named(
        "another model or history than before:", [name for name in both if new[name]["model"] != old[name]["model"]]
    )
    told: dict[str, str] = {}
    for name in both:
        before, after = old[name]["scenarios"], new[name]["scenarios"]
        if before != after:
            changed = _scenarios(found.said["scenarios"][before], wanted.said["scenarios"][after])
            told.setdefault(changed, name)
            if len(told) >= SHOWN:
                break
    problems += [f"{changed} ({name!r}, and perhaps others)." for changed, name in told.items()]
    if not problems and not {task.id for task in found.tasks} <= {task.id for task in wanted.tasks}:
        problems.append("the tasks were cut by another rule.")
    if problems:
        raise SweepError(
            f"the folder {folder.name!r} holds another sweep. Choose another folder, or ask for the same", problems
        )


def _named(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return [f"{what} {', '.join(repr(name) for name in names[:SHOWN])}{more}."]


def _scenarios(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """In which scenarios two sets differ."""
    gone = [name for name in before if name not in after]
    new = [name for name in after if name not in before]
    moved = [name for name in after if name in before and after[name] != before[name]]
    pairs = (("no longer there", gone), ("new", new), ("with other shocks", moved))
    parts = [f"{what}: {', '.join(repr(name) for name in names[:SHOWN])}" for what, names in pairs if names]
    return f"scenarios {'; '.join(parts) or 'in another order'}"
