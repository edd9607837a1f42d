"""Unread: figures of a source that were not taken as facts, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unread:
    """Figures that ``read_financials`` left out: a row or column of a sheet, a tag of the SEC, or part of one.

    ``where`` is the place (``row 7``, ``column H``, ``us-gaap:Goodwill``), ``label`` what is written there,
    ``figures`` how many figures (cells, entries) were left out, ``reason`` why. Facts and unread figures together
    are all figures of the source.
    """

    where: str
    label: str
    figures: int
    reason: str

    def __str__(self) -> str:
        label = f" '{self.label}'" if self.label else ""
        return f"{self.where}{label}, {self.figures} figure{'' if self.figures == 1 else 's'}: {self.reason}"
