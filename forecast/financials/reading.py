"""Reading what a company has reported, in every form in which people have it: one call, all problems at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, Unpack, cast

from forecast.errors import FactsError, did_you_mean
from forecast.financials.facts import Financials, check_year_end, problems_of, raise_problems
from forecast.financials.mapping import Entry, Published, Wide
from forecast.financials.sec import load_company_facts, read_company_facts
from forecast.financials.sheets import is_workbook, open_sheet
from forecast.financials.tables import read_table, read_taxonomy
from forecast.financials.unread import Unread
from forecast.financials.wide import read_wide

if TYPE_CHECKING:
    import pandas as pd

Data: TypeAlias = "str | PathLike[str] | pd.DataFrame | Mapping[str, Any]"
Lines: TypeAlias = Mapping[str, str] | Mapping[str, str | None] | Mapping[str | int, Entry]

DECEMBER = 12
TABLE, WIDE_SHEET, COMPANY_FACTS = "a table of facts", "a wide sheet", "company facts"


class Options(TypedDict, total=False):
    """The options of ``read_financials``; None is as if not given."""

    fiscal_year_end: int | None
    mapping: Lines | None
    sheet: str | None
    unit: str | None
    currency: str | None
    basis: str | None
    published: Published | None
    published_after: int | None
    source: str | None
    confidence: str | None
    leave_out: Sequence[str] | None
    unmapped: str | None


USED = {
    TABLE: frozenset({"fiscal_year_end"}),
    WIDE_SHEET: frozenset(Options.__annotations__),
    COMPANY_FACTS: frozenset({"fiscal_year_end", "mapping", "currency"}),
}
"""The options of each form."""


def read_financials(
    data: Data,
    /,
    *,
    fiscal_year_end: int | None = None,
    mapping: Lines | None = None,
    sheet: str | None = None,
    unit: str | None = None,
    currency: str | None = None,
    basis: str | None = None,
    published: Published | None = None,
    published_after: int | None = None,
    source: str | None = None,
    confidence: str | None = None,
    leave_out: Sequence[str] | None = None,
    unmapped: str | None = None,
) -> Financials:
    """Read reported figures: a table of facts, a wide sheet, or the SEC's company facts.

    **A table of facts**, one row a fact: a folder, a CSV or Parquet file, or a data frame. A folder holds
    ``facts.csv`` and may hold ``fx.csv`` (of which the rows with basis ``quarter`` become facts of exchange-rate
    lines; its other rows repeat the same rates by month and year), ``sources.csv`` (then every source of a fact
    must be in it) and ``taxonomy.csv`` (``forecast.financials.taxonomy.mappings_of``). Required columns: period, basis,
    item, segment, value, unit, currency, published, source, confidence; optional: rounding, qualifier, note, scope.
    Other columns are not read. An empty rounding is half a unit of the last digit printed: ``1543`` is +- 0.5,
    ``15.4亿`` in ``million`` is 1540 +- 5, ``570..710`` is 640 +- 70.
    Binary numbers (a data frame's floats) have lost trailing zeros, so there ``23.40`` is +- 0.05: give text or a
    rounding where that matters.

    **A wide sheet**, lines in rows and periods in columns: an ``.xlsx``, CSV or Parquet file or a data frame, with

    - ``mapping``: the label of a row (or its number) to a line, ``"revenue"``; ``"-cost"`` where the sheet shows the
      line with the other sign; or ``{"line": "cash", "basis": "point", "unit": ..., "currency": ...}``;
    - ``sheet``: the name of the sheet, if the workbook has several;
    - ``unit`` (``"million"``), ``currency``, ``source`` (the sheet's name) and ``confidence`` (``"medium"``);
    - ``basis``: what a column headed by a date holds (``quarter``, ``ytd``, ``half``, ``annual``), or ``point`` where
      all rows are balances at the end of the period;
    - ``published``: the day on which the figures became public, or a day a period, ``{"2024Q1": "2024-04-26"}``;
      ``published_after``: so many days after the end of the period, for those that ``published`` does not name;
    - ``leave_out``: rows and columns that are not to be read, and ``unmapped="leave out"`` for all that the mapping
      does not name. Without either they are refused.

    Columns marked as estimates (``2025E``) are never read. ``-`` and ``n.a.`` are missing, not zero.

    **The SEC's company facts**, ``CIK##########.json`` as a file or as loaded: ``mapping`` maps further tags to lines
    (or to None), ``currency`` chooses one of several. See ``forecast.financials.sec`` and ``.tags``.

    ``fiscal_year_end`` is the month (1 to 12) in which the fiscal year ends, 12 if not given; company facts tell it.
    Period labels are those of the company's own fiscal year, named after the calendar year in which it ends.

    Every problem is collected into one ``FactsError``; rows are numbered as a spreadsheet shows them (the header
    is row 1), rows of a data frame by position from 0. ``unread`` lists what was left out.
    """
    options: Options = {
        "fiscal_year_end": fiscal_year_end,
        "mapping": mapping,
        "sheet": sheet,
        "unit": unit,
        "currency": currency,
        "basis": basis,
        "published": published,
        "published_after": published_after,
        "source": source,
        "confidence": confidence,
        "leave_out": leave_out,
        "unmapped": unmapped,
    }
    return _read(data, options)[0]


def unread(data: Data, /, **options: Unpack[Options]) -> tuple[Unread, ...]:
    """What ``read_financials`` with the same options leaves out, and why; empty for a table of facts.

    For a wide sheet: rows and columns that are not mapped, estimates, cells that say that there is no figure, and
    figures that stand there twice. For company facts: tags that are no line, figures whose dates fit no fiscal period,
    and repetitions. ``pandas.DataFrame(unread(...))`` is a table of them.
    """
    return _read(data, options)[1]


def _read(data: Data, options: Options) -> tuple[Financials, tuple[Unread, ...]]:
    """The facts of a source of any form, and what was left out."""
    given: dict[str, Any] = {name: one for name, one in options.items() if one is not None}
    strangers = sorted(given.keys() - Options.__annotations__.keys())
    problems = [
        f"the option {name!r} is not known. {did_you_mean(name, Options.__annotations__)}" for name in strangers
    ]
    year_end = options.get("fiscal_year_end")
    problems += [] if year_end is None else check_year_end(year_end)
    if not isinstance(given.get("mapping", {}), Mapping):
        problems.append(
            f"mapping is a {type(given['mapping']).__name__}. Give a dict, as in {{'Total revenue': 'revenue'}}."
        )
    form = _form(data, given)
    problems += [
        f"the option '{name}' is not for {form}. Leave it out{'' if 'mapping' in given else ', or give a mapping'}."
        for name in given
        if name not in USED[form] and name not in strangers
    ]
    raise_problems(problems, "read_financials")
    mapping = given.pop("mapping", {})
    if form == COMPANY_FACTS:
        found = data if isinstance(data, Mapping) else load_company_facts(Path(cast("str", data)))
        return read_company_facts(found, mapping=mapping, **given)
    given["fiscal_year_end"] = year_end or DECEMBER
    if form == WIDE_SHEET:
        return _read_wide(_opened(data), given.pop("sheet", None), Wide(mapping, **given))
    table = _opened(data)
    where = f"the facts in {table.name}" if isinstance(table, Path) else "the facts"
    facts, names, sources = read_table(table, problems)
    mappings = read_taxonomy(table, problems)
    problems += problems_of(facts, names, sources, given["fiscal_year_end"])
    raise_problems(problems, where)
    return Financials(tuple(facts), sources, given["fiscal_year_end"], mappings=mappings), ()


def _read_wide(data: Path | pd.DataFrame, name: str | None, wide: Wide) -> tuple[Financials, tuple[Unread, ...]]:
    """The facts of a wide sheet."""
    sheet = open_sheet(data, sheet=name)
    reading = read_wide(sheet, wide)
    problems = reading.problems + problems_of(reading.facts, reading.names, (), wide.fiscal_year_end)
    raise_problems(problems, sheet.name)
    return Financials(tuple(reading.facts), (), wide.fiscal_year_end), reading.unread


def _form(data: object, given: Mapping[str, object]) -> str:
    """In which of its three forms the data is."""
    if isinstance(data, Mapping) or (isinstance(data, str | PathLike) and Path(data).suffix == ".json"):
        return COMPANY_FACTS
    if "mapping" in given:
        return WIDE_SHEET
    if isinstance(data, str | PathLike) and is_workbook(Path(data)):
        raise FactsError(
            f"'{Path(data).name}' is a workbook. Say which row is which line, as in "
            "mapping={'Total revenue': 'revenue'}; or save a table of facts as .csv or .parquet."
        )
    return TABLE


def _opened(data: object) -> Path | pd.DataFrame:
    """A path or a data frame, or a refusal."""
    import pandas as pd

    if isinstance(data, str | PathLike):
        return Path(data)
    if not isinstance(data, pd.DataFrame):
        raise FactsError(f"facts cannot be read from a {type(data).__name__}. Give a folder, a file or a DataFrame.")
    return data
