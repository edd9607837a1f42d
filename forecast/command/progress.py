"""A bar for jobs that take longer than two seconds, on a terminal only."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

PATIENCE = 2.0
"""Seconds before anything is shown."""

EVERY = 0.2
"""Seconds between two drawings."""

WIDTH = 24


class Progress:
    """``with Progress(sys.stderr) as progress: progress.expect(5); progress.step("reading the folder"); ...``

    The bar counts steps, which do not take equally long; the seconds beside it show that it is alive. It is
    wiped off before anything else is printed.
    """

    def __init__(self, stream: TextIO, *, patience: float = PATIENCE) -> None:
        self._stream = stream
        self._shown = bool(stream.isatty())
        self._patience = patience
        self._steps, self._done = 1, 0
        self._what = ""
        self._began = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)

    def __enter__(self) -> Progress:
        if self._shown:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def expect(self, steps: int) -> None:
        """Say how many steps there will be in all."""
        self._steps = max(1, steps)

    def step(self, what: str) -> None:
        """Begin the next step."""
        self._done += 1 if self._what else 0
        self._what = what

    @property
    def line(self) -> str:
        """The bar as it stands."""
        done = min(self._done, self._steps)
        full = round(WIDTH * done / self._steps)
        seconds = time.monotonic() - self._began
        return f"[{'#' * full}{'.' * (WIDTH - full)}] {done} of {self._steps}  {seconds:.0f} s  {self._what}"

    def _draw(self) -> None:
        drawn = False
        while not self._over.wait(EVERY):
            if time.monotonic() - self._began >= self._patience:
                drawn = True
                self._stream.write(f"\r\x1b[K{self.line}")
                self._stream.flush()
        if drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


class Counted(list[Any]):
    """A list that says which of its entries is being worked on."""

    def __init__(self, entries: Sequence[Any], progress: Progress, what: str) -> None:
        super().__init__(entries)
        self._progress = progress
        self._named = what

    def __iter__(self) -> Iterator[Any]:
        for entry in super().__iter__():
            self._progress.step(f"{self._named} {entry}")
            yield entry
