"""Tables of facts, one row a fact: a folder, a CSV or Parquet file, or a data frame."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import FactsError, TimelineError, did_you_mean
from forecast.files import inside
from forecast.financials.delimited import records_of
from forecast.financials.facts import Fact, Source, raise_if_hopeless
from forecast.financials.numbers import Printed, parse_number
from forecast.financials.parquet import read_parquet
from forecast.financials.taxonomy import Mapping, mappings_of
from forecast.timeline import parse_date

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = (
    "period",
    "basis",
    "item",
    "segment",
    "value",
    "unit",
    "currency",
    "published",
    "source",
    "confidence",
)
OPTIONAL = ("rounding", "qualifier", "note", "scope")
LONGEST_CELL = 1_000
"""Characters of a cell other than a note, which every message about it may quote."""

MOST_DECIMALS = 40
"""Digits of a number, and places behind its point; a float tells 17 apart."""

PLAIN = re.compile(r"^[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?$")
RATES_REQUIRED = ("period", "item", "value", "unit", "basis", "published", "source", "confidence")


def read_table(data: Path | pd.DataFrame, problems: list[str]) -> tuple[list[Fact], list[str], tuple[Source, ...]]:
    """The facts of a table or folder that can be read, the name of each in messages, and the sources."""
    if not isinstance(data, Path):
        facts, names = _facts_of(data, "row", 0, REQUIRED, problems)
    elif data.is_dir():
        return _read_folder(data, problems)
    else:
        table, first = _read_file(data)
        facts, names = _facts_of(table, "row", first, REQUIRED, problems)
    return facts, names, ()


def read_taxonomy(data: Path | pd.DataFrame, problems: list[str]) -> tuple[Mapping, ...]:
    """The mappings between taxonomies in ``taxonomy.csv`` of a folder; none where there is no such file."""
    if not isinstance(data, Path) or not (data / "taxonomy.csv").is_file():
        return ()
    table = _read_csv(inside(data, "taxonomy.csv", FactsError))
    found = [f"taxonomy.csv: the column '{name}' is missing." for name in ("line", "part") if name not in table.columns]
    found += _doubled(table, "taxonomy.csv")
    if found:
        problems += found
        return ()
    rows = [{str(name): _text(entry) for name, entry in row.items()} for row in table.to_dict("records")]
    return mappings_of(rows, problems)


def _read_folder(folder: Path, problems: list[str]) -> tuple[list[Fact], list[str], tuple[Source, ...]]:
    """The facts of ``facts.csv`` and ``fx.csv``, their names in messages, and the sources."""
    if not (folder / "facts.csv").is_file():
        raise FactsError(f"the folder '{folder}' has no facts.csv. Put the reported figures into that file.")
    table = _read_csv(inside(folder, "facts.csv", FactsError))
    facts, names = _facts_of(table, "facts.csv row", 2, REQUIRED, problems)
    if (folder / "fx.csv").is_file():
        rates = _read_csv(inside(folder, "fx.csv", FactsError))
        more, more_names = _facts_of(rates, "fx.csv row", 2, RATES_REQUIRED, problems, only_quarters=True)
        facts, names = facts + more, names + more_names
    sources: tuple[Source, ...] = ()
    if (folder / "sources.csv").is_file():
        sources = _sources_of(_read_csv(inside(folder, "sources.csv", FactsError)), problems)
    return facts, names, sources


def _read_file(path: Path) -> tuple[pd.DataFrame, int]:
    """The table of a CSV or Parquet file, and the number of its first row in messages."""
    if not path.is_file():
        raise FactsError(f"'{path}' is neither a file nor a folder. Give a folder with facts.csv, or a file.")
    if path.suffix == ".csv":
        return _read_csv(path), 2
    if path.suffix == ".parquet":
        return read_parquet(path, rows="table_rows", columns="table_columns"), 0
    raise FactsError(f"'{path.name}' is neither CSV nor Parquet. Save it as .csv or .parquet.")


def _read_csv(path: Path) -> pd.DataFrame:
    """A CSV file with every cell as text, so that the digits are those that were printed."""
    import pandas as pd

    head, *rows = records_of(path, rows="table_rows", columns="table_columns") or [[]]
    if not head:
        raise FactsError(f"'{path.name}' cannot be read as a table: its first line is empty. Write the columns there.")
    columns = [name.strip() for name in head]
    for number, cells in enumerate(rows, start=2):
        if len(cells) > len(columns):
            raise FactsError(
                f"'{path.name}' cannot be read as a table: row {number} has {len(cells)} cells, and the header names "
                f"{len(columns)} columns. Put a cell with a comma into quotes."
            )
        cells.extend([""] * (len(columns) - len(cells)))
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _facts_of(
    table: pd.DataFrame,
    word: str,
    first: int,
    required: Sequence[str],
    problems: list[str],
    *,
    only_quarters: bool = False,
) -> tuple[list[Fact], list[str]]:
    """The facts of a table whose cells can be read, and the name of each in messages."""
    columns = [str(column) for column in table.columns]
    found = _column_problems(columns, required, word.removesuffix("row").strip())
    if found:
        problems += found
        return [], []
    facts: list[Fact] = []
    names: list[str] = []
    cells = [table.iloc[:, columns.index(name)] for name in (*REQUIRED, *OPTIONAL) if name in columns]
    present = [name for name in (*REQUIRED, *OPTIONAL) if name in columns]
    for number, entries in enumerate(zip(*cells, strict=True)):
        row = {name: _text(entry) for name, entry in zip(present, entries, strict=True)}
        if not any(row.values()) or (only_quarters and row["basis"] != "quarter"):
            continue
        name = f"{word} {number + first}"
        long = [f"{name}: the {one} has {len(text):,} characters." for one, text in row.items()
                if len(text) > LONGEST_CELL and one != "note"]  # fmt: skip
        if long:
            problems += long
            raise_if_hopeless(problems, word.removesuffix("row").strip() or "the facts")
            continue
        fact = _fact_of(row, name, problems)
        raise_if_hopeless(problems, word.removesuffix("row").strip() or "the facts")
        if fact is not None:
            facts.append(fact)
            names.append(name)
    return facts, names


def _column_problems(columns: Sequence[str], required: Sequence[str], file: str) -> list[str]:
    """Required columns that are missing, columns that are there twice, and near misses of optional ones."""
    where = f"{file}: " if file else ""
    found = [f"{where}the column '{name}' is missing." for name in required if name not in columns]
    known = {*REQUIRED, *OPTIONAL}
    strangers = [name for name in columns if name not in known]
    for name in strangers:
        hint = did_you_mean(name, known)
        if hint.startswith("Did you mean"):
            found.append(f"{where}the column '{name}' is not known. {hint}")
    doubled = sorted({name for name in columns if name in known and columns.count(name) > 1})
    return found + [f"{where}the column '{name}' is there twice. Keep one of them." for name in doubled]


def _doubled(table: pd.DataFrame, file: str) -> list[str]:
    """The problem with columns that are there twice."""
    twice = sorted({str(name) for name in table.columns[table.columns.duplicated()]})
    return [f"{file}: the column '{name}' is there twice. Keep one of them." for name in twice]


def _fact_of(row: dict[str, str], name: str, problems: list[str]) -> Fact | None:
    """The fact of one row, or None after its unreadable cells were noted."""
    before = len(problems)
    value, rounding = _value(row, name, problems)
    if row.get("rounding"):
        given = _number(row["rounding"], f"{name}: the rounding", problems)
        rounding = None if given is None else float(given)
    published = None
    if not row["published"]:
        problems.append(f"{name}: the date of publication is missing. Write it as in '2025-08-31'.")
    else:
        try:
            published = parse_date(row["published"])
        except TimelineError as error:
            problems.append(f"{name}: published: {error}")
    if value is None or rounding is None or published is None or len(problems) > before:
        return None
    return Fact(
        period=row["period"],
        basis=row["basis"],
        item=row["item"],
        segment=row.get("segment", ""),
        value=value,
        unit=row["unit"],
        currency=row.get("currency", ""),
        published=published,
        source=row["source"],
        confidence=row["confidence"],
        rounding=rounding,
        qualifier=row.get("qualifier", ""),
        note=row.get("note", ""),
        scope=row.get("scope", ""),
    )


def _value(row: dict[str, str], name: str, problems: list[str]) -> tuple[float | None, float | None]:
    """Value and rounding in the unit of the row, where ``15.4亿`` and ``570..710`` are read as printed.

    Separators of thousands stay refused: in a file of facts a comma may as well be a decimal comma.
    """
    text = row["value"]
    printed = _printed(text)
    if printed is None:
        number = _number(text, f"{name}: the value", problems)
        return (None, None) if number is None else (float(number), _half_of_last_digit(number))
    try:
        return printed.to(row["unit"], row.get("currency", ""))
    except FactsError as error:
        problems.append(f"{name}: the value {text!r}: {error}")
        return None, None


def _printed(text: str) -> Printed | None:
    """A number that is more than plain digits, or None."""
    try:
        return None if "," in text or PLAIN.match(text) else parse_number(text)
    except FactsError:
        return None


def _number(text: str, what: str, problems: list[str]) -> Decimal | None:
    """The number as printed, or None after noting why it is none."""
    if not text:
        problems.append(f"{what} is missing. Leave the row out if nothing was reported.")
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:  # also where the exponent is beyond all bounds
        problems.append(f"{what} {text!r} is not a number. Write digits and a point only, as in '1543.5'.")
        return None
    if not number.is_finite() or abs(float(number)) == float("inf"):
        problems.append(f"{what} {text!r} is not finite. Leave the row out if nothing was reported.")
        return None
    if int(number.as_tuple().exponent) < -MOST_DECIMALS or len(number.as_tuple().digits) > MOST_DECIMALS:
        problems.append(f"{what} {text[:40]!r} has more than {MOST_DECIMALS} digits. Round it.")
        return None
    return number


def _half_of_last_digit(value: Decimal) -> float:
    """Half a unit of the last digit printed: 1543 gives 0.5, 23.43 gives 0.005, 1140 gives 0.5."""
    exponent = value.as_tuple().exponent
    return float(Decimal(5).scaleb(int(exponent) - 1))


def _text(entry: Any) -> str:
    """A cell as text; a missing one is empty, a whole float has no decimals, a midnight is a date."""
    import pandas as pd

    if isinstance(entry, str):
        return entry.strip()
    if entry is None or entry is pd.NaT or entry is pd.NA or (isinstance(entry, Decimal) and entry.is_nan()):
        return ""
    if not np.isscalar(entry) and not isinstance(entry, dt.date | Decimal):
        return str(entry).strip()  # a list in a cell: no comparison with it means anything
    if entry != entry:
        return ""
    if isinstance(entry, dt.datetime) and entry.time() == dt.time():
        return entry.date().isoformat()
    if isinstance(entry, float | np.floating):
        return str(entry).removesuffix(".0")
    return str(entry).strip()


def _sources_of(table: pd.DataFrame, problems: list[str]) -> tuple[Source, ...]:
    """The sources of ``sources.csv``, whose first column ``source`` (or ``source_id``) names them."""
    key = next((name for name in ("source", "source_id") if name in table.columns), None)
    found_wrong = _doubled(table, "sources.csv") if key else ["sources.csv: the column 'source' is missing."]
    if key is None or found_wrong:
        problems += found_wrong
        return ()
    found: dict[str, Source] = {}
    for number, row in enumerate(table.to_dict("records")):
        entries = {str(name): _text(entry) for name, entry in row.items()}
        id = entries[key]
        if id in found:
            problems.append(f"sources.csv row {number + 2}: the source {id!r} is there twice. Keep one of them.")
        elif id:
            details = {name: entries.get(name, "") for name in ("title", "url", "published", "kind", "note")}
            found[id] = Source(id, **details)
    return tuple(found.values())
