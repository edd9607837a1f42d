"""CSV files: their records as text, of bounded size, with nothing guessed about what is broken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from forecast.errors import FactsError
from forecast.files import text_of
from forecast.limits import how_to_raise, limits

HEAD = 4096
"""Characters at the start in which the mark between cells is looked for."""

EMPTY_TOO = 20
"""A line may have so many times the columns that are read, because a spreadsheet writes marks for empty ones."""

CURE = "Save it as CSV in UTF-8."


def records_of(path: Path, *, rows: str, columns: str, mark: str = ",") -> list[list[str]]:
    """The records of a file, each up to its last filled cell; ``rows`` and ``columns`` name the limits that hold.

    ``mark`` separates cells; with an empty one it is the comma, or the semicolon or tab where the first lines have
    more of them. A record may have breaks of line inside quotes. Quotes that do not end, null bytes, and more or longer
    cells than the limits allow are refused, with the line.
    """
    text = text_of(path, "table_bytes", FactsError, CURE)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FactsError(f"'{path.name}' cannot be read as a table: a null byte in line {line}. {CURE}")
    mark = mark or _mark_of(text[:HEAD])
    most, longest = limits(), limits().cell_characters
    most_rows, most_columns = getattr(most, rows), getattr(most, columns)
    found: list[list[str]] = []
    reader = csv.reader(_lines(text, mark, path.name, columns), delimiter=mark, strict=True)
    try:
        for cells in reader:
            while cells and not cells[-1].strip():
                cells.pop()
            found.append(cells)
            if len(cells) > most_columns:
                raise _too_large(path.name, f"{len(cells):,} columns in line {reader.line_num}", columns)
            if len(found) > most_rows:
                raise _too_large(path.name, f"more than {most_rows:,} rows", rows)
            if any(len(cell) > longest for cell in cells):
                raise csv.Error("field limit")
    except csv.Error as error:
        raise FactsError(
            f"'{path.name}' cannot be read as a table: {_meaning(str(error))} in line {max(1, reader.line_num)}. {CURE}"
        ) from None
    return found


def _lines(text: str, mark: str, name: str, columns: str) -> Iterator[str]:
    """The lines, none of which has absurdly many marks: a line of a million cells is not even taken apart."""
    most = EMPTY_TOO * getattr(limits(), columns)
    for line in io.StringIO(text, newline=""):
        count = line.count(mark) + 1
        if count > most:
            raise _too_large(name, f"{count:,} columns or more", columns)
        yield line


def _mark_of(head: str) -> str:
    """What separates the cells of a sheet."""
    semicolons = head.count(";") > head.count(",") or (head.count("\t") > 0 and head.count(",") == 0)
    return "," if not semicolons else ("\t" if head.count("\t") > head.count(";") else ";")


def _meaning(problem: str) -> str:
    """What the reader of CSV complains of, in words that say what to look for."""
    if "unexpected end of data" in problem:
        return "quotes that begin and do not end"
    if "expected after" in problem:
        return "something behind closing quotes"
    if "field limit" in problem:
        return f"a cell of more than {limits().cell_characters:,} characters"
    return problem


def _too_large(name: str, seen: str, limit: str) -> FactsError:
    what = "columns" if limit.endswith("columns") else "rows"
    return FactsError(
        f"'{name}' has {seen}; at most {getattr(limits(), limit):,} {what} are read. Delete the empty ones. "
        f"{how_to_raise(limit)}"
    )
