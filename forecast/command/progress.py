"""A bar for jobs that take longer than two seconds, on a terminal only."""

from __future__ import annotations

import threading
import time
from typing import TextIO

PATIENCE = 2.0
"""Seconds before anything is shown."""

EVERY = 0.2
"""Seconds between two drawings."""

TELLING = 0.02
"""The share of a step that must be done before it tells how long the rest takes."""

WIDTH = 24


class Progress:
    """``with Progress(sys.stderr) as progress: progress.expect(5); progress.step("calibrating", 2); ...``

    A job is steps of different sizes, in one unit; a long one says through ``inside`` which share of it is done. The
    time left is that of the step at its own pace, and that of the steps after it at the same pace by size; nothing is
    said of it while the step has not told its share. The bar is wiped off before anything else is printed.
    """

    def __init__(self, stream: TextIO, *, patience: float = PATIENCE) -> None:
        self._stream = stream
        self._shown = bool(stream.isatty())
        self._patience = patience
        self._whole = 1.0
        self._before = self._size = self._share = 0.0
        self._what = ""
        self._began = self._step_began = time.monotonic()
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

    def expect(self, whole: float) -> None:
        """Say how large all steps are together."""
        self._whole = max(whole, 1e-9)

    def step(self, what: str, size: float = 1.0) -> None:
        """Begin the next step."""
        self._before, self._size, self._share, self._what = self._before + self._size, size, 0.0, what
        self._step_began = time.monotonic()

    def inside(self, share: float, what: str = "") -> None:
        """A share of the step is done; ``progress=progress.inside`` lets a question of the library say so."""
        self._share, self._what = share, what or self._what

    @property
    def share(self) -> float:
        """The share of the whole that is done, 0 to 1."""
        return min((self._before + self._share * self._size) / self._whole, 1.0)

    @property
    def left(self) -> float | None:
        """Seconds that are left, about; None where nothing tells yet."""
        if self._share < TELLING or self._size <= 0:
            return None
        whole_step = (time.monotonic() - self._step_began) / self._share
        later = max(self._whole - self._before - self._size, 0.0)
        return whole_step * (1 - self._share) + whole_step * later / self._size

    @property
    def line(self) -> str:
        """The bar as it stands."""
        full = round(WIDTH * self.share)
        left = self.left
        told = "" if left is None else f", about {duration(left)} left"
        spent = duration(time.monotonic() - self._began)
        return f"[{'#' * full}{'.' * (WIDTH - full)}] {self.share:.0%}  {spent}{told}  {self._what}"

    def _draw(self) -> None:
        import os

        drawn = False
        while not self._over.wait(EVERY):
            if time.monotonic() - self._began >= self._patience:
                drawn = True
                try:
                    room = os.get_terminal_size(self._stream.fileno()).columns or 80
                except (OSError, ValueError):
                    room = 80
                self._stream.write(f"\r\x1b[K{self.line[: room - 1]}")
                self._stream.flush()
        if drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def duration(seconds: float) -> str:
    """Seconds in words: '45 s', '3 min', '2 h 05 min'.

    >>> duration(45.2), duration(170), duration(7500)
    ('45 s', '3 min', '2 h 05 min')
    """
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
