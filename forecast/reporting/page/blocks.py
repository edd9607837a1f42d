"""What a report is made of: sections of sentences, tables and charts, all of them plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; ``small`` where it explains rather than answers."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells as text under a caption; ``left`` are the columns that hold words.

    ``folded`` tables are closed on the screen until somebody opens them, and open in print. A cell that is a web
    address in a column of ``links`` becomes a link.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: tuple[int, ...] = (0,)
    folded: bool = False
    links: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A place for a picture that the page draws from the data of this ``kind``, with its controls."""

    kind: str
    caption: str


Block: TypeAlias = Text | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """One step of the story: its heading and what stands below it; ``key`` names it in the page."""

    key: str
    heading: str
    blocks: tuple[Block, ...]
    data: dict[str, Any] = field(default_factory=dict)
