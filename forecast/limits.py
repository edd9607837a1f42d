"""Limits: how much of a file is read at most, in one place, and how to read a larger one on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from typing import Any

from forecast.errors import ForecastError, Problems, did_you_mean


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest file of each kind that is read; whatever is larger is refused before or while it is read.

    - ``specification_bytes``: a YAML file (model, scenarios, checks, company.yaml), also the characters of a text
    - ``specification_values``: lists, maps, keys and plain values in it
    - ``specification_depth``: lists and maps inside each other
    - ``table_bytes``: a CSV or Parquet file; ``table_rows``, ``table_columns``: a table of facts, rates or sources
    - ``cell_characters``: one cell of a CSV file
    - ``sheet_rows``, ``sheet_columns``, ``sheet_cells``: a wide sheet, in whichever form
    - ``workbook_bytes``: an Excel file as it is; ``unpacked_bytes``: its parts, or those of a Parquet file, unpacked
    - ``workbook_tags``: tags of XML in all parts of an Excel file; a cell has four
    - ``json_bytes``: a file of company facts
    - ``problems``: after so many problems of one table the rest is not looked at
    - ``quarters``: from the first quarter that facts speak of to the last; ``history_cells``: lines times quarters
    - ``series_values``: values of a series that is to be predicted
    """

    specification_bytes: int = 1_000_000
    specification_values: int = 50_000
    specification_depth: int = 40
    table_bytes: int = 64_000_000
    table_rows: int = 200_000
    table_columns: int = 1_000
    cell_characters: int = 100_000
    sheet_rows: int = 20_000
    sheet_columns: int = 2_000
    sheet_cells: int = 100_000
    workbook_bytes: int = 32_000_000
    unpacked_bytes: int = 128_000_000
    workbook_tags: int = 2_000_000
    json_bytes: int = 64_000_000
    problems: int = 10_000
    quarters: int = 1_000
    history_cells: int = 20_000
    series_values: int = 10_000


_NOW: ContextVar[Limits] = ContextVar("limits", default=Limits())  # noqa: B039 (frozen)


def limits() -> Limits:
    """The limits that hold here.

    >>> limits().specification_depth
    40
    """
    return _NOW.get()


@contextmanager
def raised(**changes: int) -> Iterator[Limits]:
    """Other limits inside a ``with``, for a file that you trust and that is larger than usual.

    >>> with raised(table_rows=1_000_000):
    ...     limits().table_rows
    1000000
    """
    names = [field.name for field in fields(Limits)]
    problems = Problems()
    given: dict[str, Any] = dict(changes)
    for name, number in given.items():
        if name not in names:
            problems.add(f"'{name}' is not a limit. {did_you_mean(name, names)}")
        elif isinstance(number, bool) or not isinstance(number, int) or number < 1:
            problems.add(f"{name} is {number!r}; give a whole number above 0.")
    problems.raise_if_any(ForecastError, "the limits cannot be raised")
    before = _NOW.set(replace(_NOW.get(), **given))
    try:
        yield _NOW.get()
    finally:
        _NOW.reset(before)


def how_to_raise(name: str, needed: int | None = None) -> str:
    """What to do about a limit, where the file is what it should be.

    >>> how_to_raise("json_bytes", 70_000_000)
    'If it is right and you trust it, read it inside: with forecast.limits.raised(json_bytes=70_000_000).'
    """
    wanted = 2 * getattr(limits(), name) if needed is None else needed
    return f"If it is right and you trust it, read it inside: with forecast.limits.raised({name}={wanted:_})."
