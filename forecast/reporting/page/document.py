"""The report: sections in the order of the story, written as one file that needs nothing else."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.cautions import warned
from forecast.errors import ForecastError, Problems
from forecast.escapes import as_json
from forecast.notebook import printed
from forecast.reporting.page.blocks import Section, Table, Text
from forecast.reporting.page.rendering import render


@dataclass(frozen=True, eq=False)
class Report:
    """What a page tells: ``answer`` in one sentence, then ``sections``; ``data`` is what its charts draw.

    Plain data, made by ``report``. Print it for the answer and the contents; ``save`` writes the page. ``warnings`` are
    those of the simulation and of everything that was asked beyond it; the page shows them below its answer.
    """

    title: str
    answer: str
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """Everything that the charts draw, by kind; numbers, texts, lists and mappings only."""
        return {kind: numbers for section in self.sections for kind, numbers in section.data.items()}

    def section(self, key: str) -> Section:
        """One section by its key."""
        for section in self.sections:
            if section.key == key:
                return section
        known = ", ".join(section.key for section in self.sections)
        raise ForecastError(f"the report has no section '{key}'. It has: {known}.")

    def html(self) -> str:
        """The whole page as text."""
        return render(self.title, self.answer, self.sections, to_json(self.data))

    def save(self, path: str | Path) -> Path:
        """Write the page as one ``.html`` file into a folder that exists; an older file is replaced whole."""
        target = Path(path)
        problems = Problems()
        if target.suffix.lower() not in (".html", ".htm"):
            problems.add(f"{target.name!r} is not the name of a page. Write '{target.stem}.html'.")
        if not target.parent.is_dir():
            problems.add(f"the folder {str(target.parent)!r} does not exist. Create it first.")
        problems.raise_if_any(ForecastError, "the report cannot be saved")
        text = self.html()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.chmod(name, 0o644)
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return target

    def __str__(self) -> str:
        tables = sum(isinstance(block, Table) for section in self.sections for block in section.blocks)
        lines = [self.title, self.answer, ""]
        for place, section in enumerate(self.sections, 1):
            first = next((block.text for block in section.blocks if isinstance(block, Text)), "")
            lines.append(f"{place}. {section.heading}" + (f": {first}" if first else ""))
        lines += ["", f"{len(self.sections)} sections, {tables} tables. Write it: report.save('x.html')."]
        return warned("\n".join(lines), self.warnings)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return printed(self)


def to_json(data: Mapping[str, Any]) -> str:
    r"""JSON that may stand inside a script element: ``as_json`` without ``<``, ``>`` and ``&``; NaN becomes null.

    >>> to_json({"line": "</script>&"})
    '{"line":"\\u003c/script\\u003e\\u0026"}'
    """
    text = as_json(_plain(data), separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    number = float(value)
    return number if math.isfinite(number) else None
