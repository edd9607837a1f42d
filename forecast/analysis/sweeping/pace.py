"""Pace: how far a sweep is, and how many seconds are left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from forecast.errors import SweepError

Report = Callable[[int, int, float | None], Any]
"""Called with the tasks done, all tasks, and the seconds left (None while nothing tells)."""

EVERY = 0.2
"""Seconds between two lines on a terminal, at least."""


class Pace:
    """Tasks done and the time left: what is left to compute, at the pace of this call so far.

    ``left = elapsed * cost of the tasks to do / cost of the tasks done``, of this call: tasks that an earlier call
    finished count as done, but say nothing about the pace.
    """

    def __init__(
        self,
        report: Report | None,
        *,
        tasks: int,
        before: int,
        cost: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report = report
        self._tasks, self._done = tasks, before
        self._cost, self._spent = cost, 0.0
        self._clock = clock
        self._began = clock()
        self._tell(None)

    def step(self, cost: float) -> None:
        """One more task is done."""
        self._done += 1
        self._spent += cost
        elapsed = self._clock() - self._began
        left = elapsed * max(self._cost - self._spent, 0.0) / self._spent
        self._tell(0.0 if self._done == self._tasks else left)

    def _tell(self, left: float | None) -> None:
        if self._report is not None:
            self._report(self._done, self._tasks, left)


class Line:
    """``progress=True``: one line on a terminal, drawn over; nothing where the stream is none."""

    def __init__(self, stream: Any = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._drawn = -EVERY

    def __call__(self, done: int, tasks: int, left: float | None) -> None:
        """Draw the line, or wipe it off when all is done."""
        if not self._stream.isatty():
            return
        now = self._clock()
        if done == tasks:
            self._stream.write("\r\x1b[K")
        elif now - self._drawn >= EVERY:
            self._drawn = now
            about = "" if left is None else f", about {spoken(left)} left"
            self._stream.write(f"\r\x1b[K{done:,} of {tasks:,} tasks{about}")
        self._stream.flush()


def as_report(progress: Any) -> Report | None:
    """What is told of the progress: nothing, a line on a terminal, or a function of the user's."""
    if progress is None or progress is False:
        return None
    if progress is True:
        return Line()
    if callable(progress):
        report: Report = progress
        return report
    raise SweepError(f"progress is {progress!r}; pass True, or a function of (done, tasks, seconds_left).")


def spoken(seconds: float) -> str:
    """Seconds in words.

    >>> spoken(42.4), spoken(200), spoken(9_000)
    ('42 s', '3 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6_000 else f"{seconds / 3_600:.1f} h"
