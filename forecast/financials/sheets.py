"""Sheets: the cells of an Excel, CSV or Parquet file or a data frame, as the text that they show."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.errors import FactsError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

WORKBOOKS = (".xlsx", ".xlsm")
MOST_ROWS, MOST_COLUMNS = 20_000, 2_000
MOST_BYTES = 300_000_000
"""How much of a workbook is unpacked at most."""

COMPUTED = 14
"""From this many significant digits on, a number was computed and not typed: then what the cell shows counts."""

LETTERED = re.compile(r'^(?:"(?P<before>[^"]*)")?(?:0|General)(?:"(?P<after>[^"]*)"|\\(?P<one>.))?$')
BESIDE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
"""What a number format prints beside the number: quoted text, colours, widths."""

PLACES = re.compile(r"[0#?](?=[^0#?,]*$|\.)(?:\.(0*))?")
SCALED = re.compile(r"[0#?],+(?![0#?])")


@dataclass(frozen=True)
class Sheet:
    """Text of cells, row by row; an empty cell is ``""``. ``first`` is the number of the first row in messages.

    ``named`` says whether columns are called by their letters (a spreadsheet) or by the text in the first row.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    first: int = 1
    lettered: bool = True

    def row(self, number: int) -> str:
        """What a row is called in messages."""
        return f"row {number + self.first}" if self.lettered or number else "the header"

    def column(self, number: int) -> str:
        """What a column is called in messages."""
        if not self.lettered:
            return f"column {self.rows[0][number]!r}"
        letters = ""
        number += 1
        while number:
            number, letter = divmod(number - 1, 26)
            letters = chr(65 + letter) + letters
        return f"column {letters}"


def is_workbook(path: Path) -> bool:
    """Whether a file is an Excel workbook, by its name and by what is in it."""
    return path.suffix.lower() in WORKBOOKS and path.is_file() and zipfile.is_zipfile(path)


def open_sheet(data: Path | pd.DataFrame, *, sheet: str | None = None) -> Sheet:
    """The sheet of a file or data frame. A workbook with several sheets needs the name of one.

    At most 20,000 rows and 2,000 columns are read; a larger sheet is refused, because what makes it large are
    mostly formatted cells without figures. Numbers are shown with the digits that their format adds
    (``23.40``), never with fewer than they have, unless they were computed (14 or more significant digits).
    """
    if not isinstance(data, Path):
        _check_size(data.shape[0], data.shape[1], "the data frame")
        return _from_frame(data)
    if not data.is_file():
        raise FactsError(f"'{data}' is not a file. Give a workbook, a CSV or Parquet file, or a DataFrame.")
    if data.suffix.lower() in WORKBOOKS:
        return _from_workbook(data, sheet)
    if sheet is not None:
        raise FactsError(f"'{data.name}' has no sheets; the option sheet={sheet!r} is for workbooks. Leave it out.")
    if data.suffix.lower() == ".csv":
        return _from_csv(data)
    if data.suffix.lower() == ".parquet":
        return open_sheet(read_parquet(data))
    raise FactsError(f"'{data.name}' is not an .xlsx, .csv or .parquet file. Save it as one of them.")


def read_parquet(path: Path) -> pd.DataFrame:
    """The table of a Parquet file, or a refusal."""
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except ImportError:
        raise FactsError(
            "Parquet files need pyarrow. Install it with 'pip install forecast-scenarios[frames]'."
        ) from None
    except (OSError, ValueError) as error:
        raise FactsError(f"'{path.name}' cannot be read as Parquet: {error}. Save it again.") from None


def _check_size(rows: int, columns: int, name: str) -> None:
    """Refuse what is larger than any sheet of accounts."""
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise FactsError(
            f"{name} has {rows:,} rows and {columns:,} columns; at most {MOST_ROWS:,} and {MOST_COLUMNS:,} are read. "
            "Delete the empty ones, or copy the figures into a sheet of their own."
        )


def _from_csv(path: Path) -> Sheet:
    """A CSV file in UTF-8; the comma, or the semicolon where the first lines have more of them, separates cells."""
    rows: list[tuple[str, ...]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.read(4096)
            file.seek(0)
            semicolons = head.count(";") > head.count(",") or (head.count("\t") > 0 and head.count(",") == 0)
            mark = "," if not semicolons else ("\t" if head.count("\t") > head.count(";") else ";")
            for cells in csv.reader(file, delimiter=mark):
                while cells and not cells[-1].strip():
                    cells.pop()
                rows.append(tuple(cell.strip() for cell in cells))
                if len(rows) > MOST_ROWS or len(cells) > MOST_COLUMNS:
                    _check_size(len(rows), len(cells), f"'{path.name}', as far as it was read,")
    except (csv.Error, UnicodeDecodeError) as error:
        raise FactsError(f"'{path.name}' cannot be read as a table: {error}. Save it as CSV in UTF-8.") from None
    return Sheet(path.name, _even(rows))


def _from_frame(frame: pd.DataFrame) -> Sheet:
    """A data frame: its columns are the first row, an index of labels the first column."""
    import pandas as pd

    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    head = tuple(show(column) for column in frame.columns)
    rows = [tuple(show(entry) for entry in entries) for entries in frame.itertuples(index=False, name=None)]
    return Sheet("the data frame", _even([head, *rows]), first=-1, lettered=False)


def _from_workbook(path: Path, wanted: str | None) -> Sheet:
    """One sheet of a workbook: the values that were saved, as shown."""
    try:
        import openpyxl
    except ImportError:
        raise FactsError(
            "Excel files need openpyxl. Install it with 'pip install forecast-scenarios[excel]'."
        ) from None
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > MOST_BYTES:
            raise FactsError(
                f"'{path.name}' unpacks to {size // 10**6:,} MB; at most {MOST_BYTES // 10**6} MB are read. "
                "Copy the figures into a workbook of their own."
            )
        values = openpyxl.load_workbook(path, read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(path, read_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise FactsError(f"'{path.name}' cannot be read as a workbook: {error}. Save it as .xlsx again.") from None
    try:
        name = _sheet_name(path.name, values.sheetnames, wanted)
        cells = _cells(values[name], path.name)
        _refuse_unsaved(cells, _cells(formulas[name], path.name), path.name)
    finally:
        values.close()
        formulas.close()
    rows = [tuple(show(cell.value, getattr(cell, "number_format", None)) for cell in row) for row in cells]
    return Sheet(f"{path.name}, sheet '{name}'", _even(rows))


def _sheet_name(file: str, names: Sequence[str], wanted: str | None) -> str:
    """The sheet to read: the one wanted, or the only one."""
    if wanted is None:
        if len(names) == 1:
            return names[0]
        shown = ", ".join(f"'{name}'" for name in names)
        raise FactsError(f"'{file}' has {len(names)} sheets: {shown}. Choose one with sheet='{names[0]}'.")
    if wanted not in names:
        raise FactsError(f"'{file}' has no sheet {wanted!r}. {did_you_mean(wanted, names)}")
    return wanted


def _cells(worksheet: Any, file: str) -> list[Sequence[Any]]:
    """The cells of a worksheet up to its last filled row, whatever size it claims to have."""
    worksheet.reset_dimensions()
    rows: list[Sequence[Any]] = []
    for row in worksheet.iter_rows():
        rows.append(row)
        if len(rows) > MOST_ROWS or len(row) > MOST_COLUMNS:
            _check_size(len(rows), len(row), f"'{file}', as far as it was read,")
    return rows


def _refuse_unsaved(values: Sequence[Sequence[Any]], formulas: Sequence[Sequence[Any]], file: str) -> None:
    """Refuse formulas without a saved value: the file was written by a program that computes nothing."""
    unsaved = [
        formula.coordinate
        for saved, written in zip(values, formulas, strict=True)
        for value, formula in zip(saved, written, strict=True)
        if value.value is None and formula.value is not None
    ]
    if unsaved:
        raise FactsError(
            f"'{file}' holds {len(unsaved)} formulas without a saved value, the first in {unsaved[0]}. "
            "Open it in a spreadsheet program and save it there."
        )


def _even(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Rows of one length, without empty columns at the right."""
    kept = list(rows)
    filled = [max((at + 1 for at, cell in enumerate(row) if cell), default=0) for row in kept]
    width = max(filled, default=0)
    return tuple((row + ("",) * width)[:width] for row in kept)


def show(value: object, number_format: str | None = None) -> str:
    """The text of a cell: dates as ``2024-03-31``, numbers with the digits that they have and that the cell shows.

    >>> show(23.4, "0.00"), show(0.123, "0.0%"), show(2025, '0"E"'), show(1543.0), show(0.1 + 0.2)
    ('23.40', '12.3%', '2025E', '1543', '0.3')
    """
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, dt.datetime):
        return "" if value != value else (value.date().isoformat() if value.time() == dt.time() else str(value))
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return "" if str(value) in ("NaT", "<NA>") else str(value).strip()
    if not math.isfinite(value):
        return "" if math.isnan(value) else str(value)
    return _shown(value, number_format or "General")


def _shown(number: float | Decimal, number_format: str) -> str:
    """A number in its format: percent signs, decimals and letters that it adds; never fewer digits than typed."""
    exact = Decimal(f"{number:.15g}") if isinstance(number, float) else Decimal(number)
    if exact == exact.to_integral_value():
        exact = exact.to_integral_value()
    section = number_format.split(";")[0].strip()
    if lettered := LETTERED.match(section):
        return f"{lettered['before'] or ''}{exact:f}{lettered['after'] or lettered['one'] or ''}"
    bare = BESIDE.sub("", section)
    if SCALED.search(bare):
        # No number, so that a row of the mapping refuses it, and says where.
        return f"{exact:f} in the format {number_format}"
    places = PLACES.search(bare)
    if places is None:
        return f"{exact:f}"
    percent = "%" in bare
    exact = exact.scaleb(2) if percent else exact
    decimals = len(places[1] or "")
    needed = max(0, -int(exact.normalize().as_tuple().exponent))
    if decimals >= needed or len(exact.normalize().as_tuple().digits) >= COMPUTED:
        exact = round(exact, decimals)
    return f"{exact:f}%" if percent else f"{exact:f}"
