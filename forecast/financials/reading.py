"""Reading facts from a folder, a CSV or Parquet file, or a data frame, with all problems at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import FactsError, TimelineError, did_you_mean
from forecast.financials.facts import Fact, Financials, Source, check_year_end, problems_of, raise_problems
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
OPTIONAL = ("rounding", "qualifier", "note")
RATES_REQUIRED = ("period", "item", "value", "unit", "basis", "published", "source", "confidence")


def read_financials(source: str | PathLike[str] | pd.DataFrame, *, fiscal_year_end: int = 12) -> Financials:
    """Read reported figures from a folder, a CSV file, a Parquet file or a data frame.

    A folder holds ``facts.csv`` and may hold ``fx.csv`` (of which the rows with basis ``quarter`` become
    facts of exchange-rate lines; its other rows repeat the same rates by month and year) and
    ``sources.csv`` (then every source of a fact must be in it). Required columns: period, basis, item,
    segment, value, unit, currency, published, source, confidence; optional: rounding, qualifier, note.
    Other columns are not read. An empty rounding is half a unit of the last digit printed: ``1543`` is
    +- 0.5, ``23.43`` is +- 0.005. Binary numbers (a data frame's floats) have lost trailing zeros, so
    there ``23.40`` is +- 0.05: give text or a rounding where that matters.

    ``fiscal_year_end`` is the month (1 to 12) in which the fiscal year ends; period labels are those of
    the company's own fiscal year, named after the calendar year in which it ends.

    Every problem is collected into one ``FactsError``; rows are numbered as a spreadsheet shows them
    (the header is row 1), rows of a data frame by position from 0.
    """
    raise_problems(check_year_end(fiscal_year_end), "read_financials")
    problems: list[str] = []
    facts: list[Fact] = []
    names: list[str] = []
    sources: tuple[Source, ...] = ()
    where = "the facts"
    if not isinstance(source, str | PathLike):
        facts, names = _facts_of(_table_of(source), "row", 0, REQUIRED, problems)
    elif (path := Path(source)).is_dir():
        where = f"the facts in {path.name}"
        facts, names, sources = _read_folder(path, problems)
    else:
        where = f"the facts in {path.name}"
        table, first = _read_file(path)
        facts, names = _facts_of(table, "row", first, REQUIRED, problems)
    problems += problems_of(facts, names, sources, fiscal_year_end)
    raise_problems(problems, where)
    return Financials(tuple(facts), sources, fiscal_year_end)


def _read_folder(folder: Path, problems: list[str]) -> tuple[list[Fact], list[str], tuple[Source, ...]]:
    """The facts of ``facts.csv`` and ``fx.csv``, their names in messages, and the sources."""
    if not (folder / "facts.csv").is_file():
        raise FactsError(f"the folder '{folder}' has no facts.csv. Put the reported figures into that file.")
    facts, names = _facts_of(_read_csv(folder / "facts.csv"), "facts.csv row", 2, REQUIRED, problems)
    if (folder / "fx.csv").is_file():
        rates = _read_csv(folder / "fx.csv")
        more, more_names = _facts_of(rates, "fx.csv row", 2, RATES_REQUIRED, problems, only_quarters=True)
        facts, names = facts + more, names + more_names
    sources: tuple[Source, ...] = ()
    if (folder / "sources.csv").is_file():
        sources = _sources_of(_read_csv(folder / "sources.csv"), problems)
    return facts, names, sources


def _read_file(path: Path) -> tuple[pd.DataFrame, int]:
    """The table of a CSV or Parquet file, and the number of its first row in messages."""
    if not path.is_file():
        raise FactsError(f"'{path}' is neither a file nor a folder. Give a folder with facts.csv, or a file.")
    if path.suffix == ".csv":
        return _read_csv(path), 2
    if path.suffix == ".parquet":
        import pandas as pd

        try:
            return pd.read_parquet(path), 0
        except ImportError:
            raise FactsError(
                "Parquet files need pyarrow. Install it with 'pip install forecast-scenarios[frames]'."
            ) from None
        except (OSError, ValueError) as error:
            raise FactsError(f"'{path.name}' cannot be read as Parquet: {error}. Save it again.") from None
    raise FactsError(f"'{path.name}' is neither CSV nor Parquet. Save it as .csv or .parquet.")


def _read_csv(path: Path) -> pd.DataFrame:
    """A CSV file with every cell as text, so that the digits are those that were printed."""
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise FactsError(
            f"'{path.name}' cannot be read as a table: {str(error).strip()}. Save it as CSV in UTF-8."
        ) from None


def _table_of(source: object) -> pd.DataFrame:
    """The data frame given, or a refusal."""
    import pandas as pd

    if not isinstance(source, pd.DataFrame):
        raise FactsError(f"facts cannot be read from a {type(source).__name__}. Give a folder, a file or a DataFrame.")
    return source


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
        fact = _fact_of(row, name, problems)
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


def _fact_of(row: dict[str, str], name: str, problems: list[str]) -> Fact | None:
    """The fact of one row, or None after its unreadable cells were noted."""
    before = len(problems)
    value = _number(row["value"], f"{name}: the value", problems)
    rounding = None
    if row.get("rounding"):
        rounding = _number(row["rounding"], f"{name}: the rounding", problems)
    elif value is not None:
        rounding = _half_of_last_digit(value)
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
        value=float(value),
        unit=row["unit"],
        currency=row.get("currency", ""),
        published=published,
        source=row["source"],
        confidence=row["confidence"],
        rounding=float(rounding),
        qualifier=row.get("qualifier", ""),
        note=row.get("note", ""),
    )


def _number(text: str, what: str, problems: list[str]) -> Decimal | None:
    """The number as printed, or None after noting why it is none."""
    if not text:
        problems.append(f"{what} is missing. Leave the row out if nothing was reported.")
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        problems.append(f"{what} {text!r} is not a number. Write digits and a point only, as in '1543.5'.")
        return None
    if not number.is_finite() or abs(float(number)) == float("inf"):
        problems.append(f"{what} {text!r} is not finite. Leave the row out if nothing was reported.")
        return None
    return number


def _half_of_last_digit(value: Decimal) -> Decimal:
    """Half a unit of the last digit printed: 1543 gives 0.5, 23.43 gives 0.005, 1140 gives 0.5."""
    exponent = value.as_tuple().exponent
    return Decimal(5).scaleb(int(exponent) - 1)


def _text(entry: Any) -> str:
    """A cell as text; a missing one is empty, a whole float has no decimals, a midnight is a date."""
    import pandas as pd

    if isinstance(entry, str):
        return entry.strip()
    if entry is None or entry is pd.NaT or entry is pd.NA or entry != entry:
        return ""
    if isinstance(entry, dt.datetime) and entry.time() == dt.time():
        return entry.date().isoformat()
    if isinstance(entry, float | np.floating):
        return str(entry).removesuffix(".0")
    return str(entry).strip()


def _sources_of(table: pd.DataFrame, problems: list[str]) -> tuple[Source, ...]:
    """The sources of ``sources.csv``, whose first column ``source`` (or ``source_id``) names them."""
    key = next((name for name in ("source", "source_id") if name in table.columns), None)
    if key is None:
        problems.append("sources.csv: the column 'source' is missing.")
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
