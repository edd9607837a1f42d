"""Threads: the same work on several items at once, where NumPy lets go of the interpreter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def available() -> int:
    """How many processors this process may use: its affinity where the system knows one (``taskset`` sets it)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def each_in_order(work: Callable[[Item], Made], items: Sequence[Item], threads: int) -> Iterator[Made]:
    """``work`` of every item, given in the order of the items whatever the number of threads.

    ``work`` must not write to anything that another item reads.
    """
    if min(threads, len(items)) <= 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(min(threads, len(items))) as pool:
        yield from pool.map(work, items)
