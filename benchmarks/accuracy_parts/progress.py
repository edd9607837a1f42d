"""A line on stderr every few seconds, so that a long run shows that it goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

EVERY = 10.0
"""Seconds between lines."""


@dataclass(frozen=True)
class Progress(Generic[Item]):
    """Iterates over ``items`` and tells how many are done of what is called ``name``."""

    items: Sequence[Item]
    name: str

    def __iter__(self) -> Iterator[Item]:
        said = time.monotonic()
        for done, item in enumerate(self.items):
            if time.monotonic() - said > EVERY:
                print(f"  {self.name}: {done} of {len(self.items)}", file=sys.stderr, flush=True)
                said = time.monotonic()
            yield item
