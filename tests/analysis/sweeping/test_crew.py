"""When workers die no task is lost, none comes back twice, and the one that kills is found."""

import contextlib
from collections import Counter
from types import SimpleNamespace

import pytest

from forecast.analysis.sweeping.crew import Crew
from forecast.analysis.sweeping.plan import Task
from forecast.analysis.sweeping.work import Dead
from forecast.errors import SweepError


class Pool:
    """A backend of the test's own: ``dies(name)`` says whether a task takes its worker with it; four tasks are ahead.

    A death ends everything that is on its way (``telling=False``, as processes do), or is told of its batch alone.
    """

    def __init__(self, dies, *, streaming=True, telling=False, sound=True):
        self.dies, self.streaming, self.telling, self.sound = dies, streaming, telling, sound
        self.starts = 0
        self.sizes = []

    def configured(self):
        return contextlib.nullcontext()

    def count(self):
        return 2

    def streams(self):
        return self.streaming

    def parallel(self, returned):
        def run(calls):
            self.starts += 1
            ahead = []
            calls = iter(calls)
            while True:
                while len(ahead) < 4 and (call := next(calls, None)) is not None:
                    ahead.append(call)
                if not ahead:
                    return
                function, arguments, _ = ahead.pop(len(ahead) // 2)  # not in the order sent
                if not arguments:
                    if not self.sound:
                        raise RuntimeError("no workers")
                    yield function()
                    continue
                jobs = arguments[0]
                self.sizes.append(len(jobs))
                if not any(self.dies(job.id) for job in jobs):
                    yield [SimpleNamespace(id=job.id) for job in jobs]
                elif self.telling:
                    yield [Dead(job.id, RuntimeError("killed")) for job in jobs]
                else:
                    raise RuntimeError("killed")

        return run if returned == "generator_unordered" else lambda calls: list(run(calls))


def tasks(count, cost=1.0):
    return [Task(str(number), "firm", 0, 1, cost) for number in range(count)]


def outcome(pool, asked):
    """How often each task came back, and what was said of those that were given up."""
    back, words = Counter(), {}

    def given_up(task, error, trace):
        words[task.id] = error
        assert "Traceback" in trace or "RuntimeError" in trace
        return SimpleNamespace(id=task.id)

    for task, done in Crew(pool).work(asked, lambda task: task, given_up):
        assert task.id == done.id
        back[task.id] += 1
    return back, words


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("telling", [True, False])
def test_the_tasks_that_kill_are_found_and_all_others_come_back_once(streaming, telling):
    pool = Pool({"7", "23"}.__contains__, streaming=streaming, telling=telling)
    back, words = outcome(pool, tasks(40))
    assert back == {str(number): 1 for number in range(40)}
    assert words == dict.fromkeys(
        ("7", "23"),
        "it was lost each time, also with nothing beside it (RuntimeError: killed). Either its worker dies of it, for "
        "want of memory or since a driver ends the process, or something in it cannot be sent to another process",
    )
    assert pool.starts < 40  # not one by one


@pytest.mark.parametrize("streaming", [True, False])
def test_workers_killed_from_outside_cost_no_task(streaming):
    fates = iter([False, False, True] * 8)
    back, words = outcome(Pool(lambda _: next(fates, False), streaming=streaming), tasks(30))
    assert back == {str(number): 1 for number in range(30)}
    assert words == {}


def test_workers_that_cannot_be_started_again_end_the_sweep():
    with pytest.raises(SweepError) as refused:
        outcome(Pool(lambda _: True, sound=False), tasks(4))
    assert str(refused.value) == (
        "the workers died (RuntimeError: killed) and cannot be started again (RuntimeError: no workers). What was "
        "finished is kept: look after the workers, and call again."
    )


def test_small_tasks_are_sent_together_and_large_ones_alone():
    pool = Pool(lambda _: False)
    outcome(pool, tasks(400))
    assert sum(pool.sizes) == 400
    assert len(pool.sizes) < 100
    assert min(pool.sizes) == 1  # fewer towards the end
    alone = Pool(lambda _: False)
    outcome(alone, tasks(6, cost=1e9))
    assert alone.sizes == [1] * 6


def test_a_task_that_cannot_be_made_is_given_up_and_the_rest_goes_on():
    def make(task):
        if task.id == "1":
            raise OSError("gone")
        return task

    found = {
        task.id: done
        for task, done in Crew(Pool(lambda _: False)).work(
            tasks(3), make, lambda task, *words: SimpleNamespace(id=task.id, words=words)
        )
    }
    assert set(found) == {"0", "1", "2"}
    assert found["1"].words[0] == "OSError: gone"
