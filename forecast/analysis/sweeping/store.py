"""The store: finished tasks in their folder, what failed, and what is left to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from forecast.analysis.sweeping.files import Folder
from forecast.analysis.sweeping.manifest import NAME, Manifest, check_same, read_manifest
from forecast.analysis.sweeping.parts import RESULTS, encode, part_name, settled
from forecast.analysis.sweeping.plan import Asked, Setting, Task
from forecast.analysis.sweeping.work import Done, Failure
from forecast.errors import SweepError
from forecast.escapes import as_json

FAILURES = "failures"


class Store:
    """A folder with ``sweep.json``, ``results/`` and ``failures/``; only the process that asked for a sweep writes.

    A task is finished when its part is there, whole, and none of its settings failed. A failed task has its
    failures in a file of its own, and in its part the settings that went well; it is tried again by the next call.
    """

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    def begin(self, wanted: Manifest) -> None:
        """Take the folder for a sweep, or refuse it when it holds another one; of more companies it becomes that."""
        found = read_manifest(self.folder)
        if found is not None:
            check_same(found, wanted, self.folder)
            if len(wanted.companies) > len(found.companies):
                self.folder.write(NAME, wanted.encoded())
        elif any(name.startswith((f"{RESULTS}/", f"{FAILURES}/")) for name in self.folder.names("")):
            raise SweepError(
                f"the folder {self.folder.name!r} holds results, but no {NAME} that says of what. Choose "
                "another folder."
            )
        else:
            self.folder.write(NAME, wanted.encoded())
        self.folder.tidy("")

    def finished(self, tasks: Sequence[Task], statistics: int) -> set[str]:
        """The tasks of which nothing is left to do."""
        there = self.folder.names(RESULTS)
        found = {task.id for task in tasks if part_name(task) in there and self._missing(task, statistics) == 0}
        for name in self.folder.names(FAILURES):
            if name.removeprefix(f"{FAILURES}/").removesuffix(".json") in found:
                self.folder.delete(name)  # killed after its part was written and before this was removed
        return found

    def keep(self, task: Task, asked: Asked, settings: Sequence[Setting], done: Done) -> None:
        """Write what came of a task: its failures first, so that a part with gaps never stands without them."""
        name = f"{FAILURES}/{task.id}.json"
        if done.failures:
            said = [
                {
                    "company": one.company,
                    "scenario": one.scenario,
                    "levers": dict(one.levers),
                    "error": one.error,
                    "traceback": one.traceback,
                }
                for one in done.failures
            ]
            self.folder.write(name, as_json(said, indent=1).encode())
        self.folder.write(part_name(task), encode(task, asked, settings, done))
        if not done.failures:
            self.folder.delete(name)

    def failures(self, tasks: Sequence[Task], statistics: int) -> Iterator[Failure]:
        """What went wrong, task by task, read as it is asked for."""
        there = self.folder.names(FAILURES)
        for task in tasks:
            name = f"{FAILURES}/{task.id}.json"
            if name not in there or self._missing(task, statistics) == 0:
                continue
            content = self.folder.read(name)
            if content is not None:
                yield from self._told(name, content)

    def _told(self, name: str, content: bytes) -> list[Failure]:
        """The failures in a file, or a refusal of what this library does not write."""
        try:
            found = [Failure(**said) for said in json.loads(content)]
            if all(map(_is_sound, found)):
                return found
        except (ValueError, TypeError, RecursionError):
            pass
        raise SweepError(
            f"{name} in {self.folder.name!r} cannot be read. It was changed since this library wrote it; the same call "
            "of fc.sweep computes its settings again and writes it anew."
        )

    def _missing(self, task: Task, statistics: int) -> int | None:
        """How many settings of a task failed; None where it has no whole part."""
        return settled(self.folder.read(part_name(task)), task, statistics)


def _is_sound(failure: Failure) -> bool:
    texts = (failure.company, failure.scenario, failure.error, failure.traceback)
    levers = failure.levers
    return (
        all(isinstance(text, str) for text in texts)
        and isinstance(levers, dict)
        and all(isinstance(value, float) for value in levers.values())
    )
