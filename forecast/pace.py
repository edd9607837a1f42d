"""How far a long question is: parts of known size, told to whoever wants to draw a bar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

Tell: TypeAlias = Callable[[float, str], None]
"""Told the share that is done, from 0 to 1 and never less than before, and what is being done."""


class Pace:
    """Counts the steps of a plan, part by part; without anybody to tell it costs next to nothing.

    ``plan`` holds the parts in order with their sizes, in one unit throughout. A part that turns out shorter than
    planned, or is left out, is jumped over when the next one begins; one that turns out longer waits at its end.

    >>> pace = Pace(lambda share, what: print(f"{share:.0%} {what}"), {"drawing": 1, "counting": 3})
    >>> pace.begin("drawing"); pace.begin("counting"); pace.step(); pace.inside(0.5)
    0% drawing
    25% counting
    50% counting
    62% counting
    """

    def __init__(self, tell: Tell | None, plan: Mapping[str, float] | Iterable[tuple[str, float]]) -> None:
        self._tell = tell
        self.plan(plan.items() if isinstance(plan, Mapping) else plan)
        self._number = -1
        self._start = self._size = self._done = 0.0
        self._what = ""

    def plan(self, parts: Iterable[tuple[str, float]]) -> None:
        """The parts, where they are known only after a while; what was done before takes no share."""
        self._parts = list(parts) if self._tell is not None else []
        self._whole = sum(size for _, size in self._parts) or 1.0

    def finish(self) -> None:
        """All is done, and nothing more is being done."""
        self._start, self._size, self._done, self._what = self._whole, 0.0, 0.0, ""
        self._say()

    def begin(self, what: str) -> None:
        """The next part of this name begins; a name that the plan lacks is told, and takes no share."""
        self._start, self._size, self._done, self._what = self._start + self._size, 0.0, 0.0, what
        later = [number for number, (name, _) in enumerate(self._parts) if number > self._number and name == what]
        if later:
            self._start = sum(size for _, size in self._parts[: later[0]])
            self._number, self._size = later[0], self._parts[later[0]][1]
        self._say()

    def step(self, count: float = 1.0) -> None:
        """So many steps of the part are done."""
        if self._tell is not None:
            self._done = min(self._done + count, self._size)
            self._say()

    def inside(self, share: float, what: str = "") -> None:
        """A share of the part is done, as another pace tells it."""
        if self._tell is not None:
            self._done = max(self._done, min(share, 1.0) * self._size)
            self._what = what or self._what
            self._say()

    @property
    def ticking(self) -> Callable[[], None] | None:
        """``step`` where somebody is told, else nothing."""
        return None if self._tell is None else self.step

    @property
    def within(self) -> Tell | None:
        """``inside`` where somebody is told, else nothing: what a question within this one takes as ``progress``."""
        return None if self._tell is None else self.inside

    def _say(self) -> None:
        if self._tell is not None:
            self._tell(min((self._start + self._done) / self._whole, 1.0), self._what)
