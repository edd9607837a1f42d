"""Pinning: one thread for linear algebra while tasks run, so that their bits depend on no machine's number of cores."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any


class Pin:
    """``with PIN:`` any number of times at once in one process: the first sets one thread, the last gives back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._limits: Any = None

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits

        with self._lock:
            if self._holders == 0:
                self._limits = threadpool_limits(limits=1)
            self._holders += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                self._limits.restore_original_limits()
                self._limits = None


PIN = Pin()
"""That of this process, whose threads share their linear algebra."""
