"""Two ways of doing the same, timed by turns: on a shared machine only their ratio means anything."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Race:
    """Seconds of each round, the library's and the other side's, on the clock and of the processor."""

    what: str
    library: tuple[float, ...]
    other: tuple[float, ...]
    library_processor: tuple[float, ...]
    other_processor: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        """Library over the other side, round by round."""
        return tuple(ours / theirs for ours, theirs in zip(self.library, self.other, strict=True))

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(self.ratios)

    @property
    def processor_ratio(self) -> float:
        """The same of processor time, which waiting for other people's programs does not lengthen."""
        pairs = zip(self.library_processor, self.other_processor, strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)

    def __str__(self) -> str:
        ours, theirs = statistics.median(self.library), statistics.median(self.other)
        return (
            f"{self.what}: library {ours:.3f} s, by hand {theirs:.3f} s, ratio {self.ratio:.2f} "
            f"({min(self.ratios):.2f} to {max(self.ratios):.2f} in {len(self.ratios)} interleaved runs; "
            f"of processor time {self.processor_ratio:.2f})"
        )


def raced(what: str, library: Callable[[], object], other: Callable[[], object], rounds: int) -> Race:
    """Each once to warm up, then by turns; who goes first changes every round."""
    sides = (library, other)
    clock: tuple[list[float], list[float]] = ([], [])
    processor: tuple[list[float], list[float]] = ([], [])
    for side in sides:
        side()
    for number in range(rounds):
        for place in (0, 1) if number % 2 else (1, 0):
            start, busy = time.perf_counter(), time.process_time()
            made = sides[place]()
            processor[place].append(time.process_time() - busy)
            clock[place].append(time.perf_counter() - start)
            del made
    return Race(what, tuple(clock[0]), tuple(clock[1]), tuple(processor[0]), tuple(processor[1]))
