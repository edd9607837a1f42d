"""The crew: tasks through joblib's workers, in any order, and what is done when a worker dies."""

from __future__ import annotations

import contextlib
import time
import traceback
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from forecast.analysis.sweeping.backends import Backend
from forecast.analysis.sweeping.plan import CELLS, Task
from forecast.analysis.sweeping.work import Dead, Done, Job, work_all
from forecast.errors import SweepError

ALONE = 2
"""After so many deaths with nothing beside it a task is given up."""

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before dead workers are tried again, until that is given up: each may be killed from outside, and a cluster
needs some time to miss a machine that is gone."""

SHARE = 4
"""A batch of small tasks is at most this part of what is left for a worker, so that none waits long at the end."""

WAVE = 2
"""Batches for each worker at once, where joblib cannot give results as they come."""

GivenUp = Callable[[Task, str, str], Done]


class Lost(Exception):  # noqa: N818 - it says what happened to the tasks on their way
    """A worker died, and joblib dropped all that was on its way."""

    def __init__(self, problem: BaseException) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Crew:
    """Workers of one backend: ``for task, done in crew.work(tasks, make, given_up)``.

    Results come in any order, once for every task. Small tasks are sent together; how they are batched moves no
    number. When a worker dies (killed, out of memory), what was on its way is suspect: after all other tasks the
    suspects are sent again, one a batch, and half as many at a time whenever a worker dies again, until the one that
    dies with nothing beside it, twice, is given up with words.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def work(
        self, tasks: Sequence[Task], make: Callable[[Task], Job], given_up: GivenUp
    ) -> Generator[tuple[Task, Done], None, None]:
        """Every task with what came of it. ``make`` may be called in a thread of joblib's."""
        waiting = {task.id: task for task in tasks}
        suspects: dict[str, Task] = {}
        deaths: dict[str, int] = {}
        width = 1
        while waiting or suspects:
            single = not waiting
            chosen = list(suspects.values())[:width] if single else list(waiting.values())
            away: dict[str, Task] = {}
            dead: dict[str, Task] = {}
            problem: BaseException | None = None
            try:
                with contextlib.closing(self._sent(chosen, make, given_up, away, single)) as answers:
                    for answer in answers:
                        task = away.pop(answer.id)
                        if isinstance(answer, Dead):
                            if isinstance(answer.problem, SweepError):
                                raise answer.problem  # there are no workers
                            dead[task.id], problem = task, answer.problem
                            continue
                        waiting.pop(task.id, None)
                        suspects.pop(task.id, None)
                        yield task, answer
            except Lost as lost:
                problem = lost.problem
            if problem is not None:
                self._check_sound(problem)
            # those that were on their way when it happened are looked at first
            suspects = {**dead, **away, **suspects}
            for name in suspects:
                waiting.pop(name, None)
            if problem is not None and single and len(chosen) == 1 and chosen[0].id in suspects:
                task = chosen[0]
                deaths[task.id] = deaths.get(task.id, 0) + 1
                if deaths[task.id] >= ALONE:
                    del suspects[task.id]
                    yield task, self._buried(task, problem, given_up)
            after = len(chosen) // 2 if problem is not None else 2 * width
            width = max(after if single else len(suspects), 1)

    def _sent(
        self,
        tasks: Sequence[Task],
        make: Callable[[Task], Job],
        given_up: GivenUp,
        away: dict[str, Task],
        single: bool,
    ) -> Generator[Done | Dead, None, None]:
        """What comes back of one round; ``away`` holds what was sent and has not come back."""
        import joblib

        unmade: list[Done] = []

        def calls(batches: Sequence[list[Task]]) -> Iterator[Any]:
            for batch in batches:
                jobs = []
                for task in batch:
                    away[task.id] = task
                    try:
                        jobs.append(make(task))
                    except Exception as problem:
                        unmade.append(given_up(task, f"{type(problem).__name__}: {problem}", _trace(problem)))
                if jobs:
                    yield joblib.delayed(work_all)(tuple(jobs))

        with self.backend.configured():
            workers = self.backend.count()
            batches = [[task] for task in tasks] if single else _batched(tasks, workers)
            streaming = self.backend.streams()
            size = len(batches) if streaming else WAVE * workers
            for place in range(0, len(batches), size):
                answers: Any = ()
                try:
                    parallel = self.backend.parallel("generator_unordered" if streaming else "list")
                    answers = parallel(calls(batches[place : place + size]))
                    for batch in answers:
                        yield from batch
                except (GeneratorExit, KeyboardInterrupt, SweepError):
                    raise
                except Exception as problem:
                    raise Lost(problem) from problem
                finally:
                    if streaming and answers:
                        with warnings.catch_warnings():
                            warnings.simplefilter("ignore")  # that joblib lets results go: nobody wants them now
                            answers.close()
                yield from unmade
                unmade.clear()

    def _buried(self, task: Task, problem: BaseException, given_up: GivenUp) -> Done:
        return given_up(
            task,
            f"it was lost each time, also with nothing beside it ({_short(problem)}). Either its worker dies of it, "
            "for want of memory or since a driver ends the process, or something in it cannot be sent to another "
            "process",
            _trace(problem),
        )

    def _check_sound(self, problem: BaseException) -> None:
        """Refuse to go on with workers that cannot even do nothing."""
        import joblib

        last = problem
        for pause in PAUSES:
            time.sleep(pause)
            try:
                with self.backend.configured():
                    self.backend.parallel("list")(joblib.delayed(_nothing)() for _ in range(2))
                return
            except SweepError:
                raise
            except Exception as other:
                last = other
        raise SweepError(
            f"the workers died ({_short(problem)}) and cannot be started again ({_short(last)}). What was finished is "
            "kept: look after the workers, and call again."
        ) from last


def _nothing() -> list[Any]:
    return []


def _batched(tasks: Sequence[Task], workers: int) -> list[list[Task]]:
    """Small tasks together: up to ``CELLS``, less towards the end."""
    left = sum(task.cost for task in tasks)
    batches: list[list[Task]] = []
    room = 0.0
    for task in tasks:
        if task.cost > room:
            batches.append([])
            room = min(CELLS, left / (SHARE * workers))
        batches[-1].append(task)
        room -= task.cost
        left -= task.cost
    return batches


def _short(problem: BaseException) -> str:
    text = " ".join(str(problem).split())
    return f"{type(problem).__name__}{': ' + text[:200] if text else ''}"


def _trace(problem: BaseException) -> str:
    return "".join(traceback.format_exception(problem))
