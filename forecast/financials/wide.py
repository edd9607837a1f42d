"""Wide sheets: lines in rows and periods in columns, as an analyst keeps them, read through a mapping."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forecast.errors import FactsError, ForecastError, did_you_mean
from forecast.financials.facts import Fact, raise_if_hopeless
from forecast.financials.headings import Heading, read_headings
from forecast.financials.mapping import Row, Wide
from forecast.financials.numbers import is_blank, parse_number
from forecast.financials.periods import parse_period
from forecast.financials.sheets import Sheet
from forecast.financials.unread import Unread

NOT_MAPPED = "not in the mapping"
NO_PERIOD = "its heading names no period"
NAMED = "named in leave_out"
NEVER = "the first row of periods is below it"


@dataclass
class Reading:
    """What was found: facts, the name of each in messages, what was left out, and problems."""

    facts: list[Fact] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    aside: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    seen: dict[tuple[str, ...], tuple[str, float]] = field(default_factory=dict)
    periods: set[str] = field(default_factory=set)

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What was left out, in the order in which it was found."""
        return tuple(Unread(where, label, count, reason) for (where, label, reason), count in self.aside.items())


@dataclass(frozen=True)
class Table:
    """A sheet whose headings and labels have been found.

    ``blocks`` holds the rows of headings by number, each with its headings by column; ``labels`` is the column of
    the labels; ``left`` has the names of the rows and columns that are to be left out.
    """

    sheet: Sheet
    blocks: Mapping[int, dict[int, Heading]]
    labels: int
    left: frozenset[str]

    def data(self) -> Iterator[tuple[int, int]]:
        """The rows below the first headings, each with the number of the row of headings that holds for it."""
        heads = min(self.blocks)
        for number in range(heads, len(self.sheet.rows)):
            if number in self.blocks:
                heads = number
            else:
                yield number, heads

    def label(self, number: int) -> str:
        """What stands in the column of the labels."""
        return self.sheet.rows[number][self.labels]

    def leaves_out(self, *names: str) -> bool:
        """Whether one of these names is to be left out."""
        return any(_key(name) in self.left for name in names if name)


def read_wide(sheet: Sheet, wide: Wide) -> Reading:
    """The facts of the mapped rows in the columns that are headed by periods.

    A row of headings holds for the rows below it, so that a sheet may have several blocks. The labels are in the
    column left of the first period in which most names of the mapping are found. One cell is one fact, which notes
    its address; every other figure of the sheet is in ``unread``, or among the problems.
    """
    reading = Reading(problems=wide.problems())
    wide = wide.sound()
    rows = wide.rows(reading.problems)
    table = _table_of(sheet, rows, wide, reading.problems)
    if table is None:
        return reading
    placed = _place(table, rows, reading.problems)
    for number, heads in table.data():
        _read_row(table, number, heads, placed.get(number), wide, reading)
    reading.problems += wide.unused(reading.periods)
    for number in range(min(table.blocks)):
        figures = sum(_is_figure(cell) for cell in sheet.rows[number])
        if figures:
            reading.aside[sheet.row(number), table.label(number), NEVER] += figures
    if wide.unmapped == "refuse":
        mapped = {_key(str(label)) for label in wide.mapping}
        reading.problems += [
            f"{one.where} {one.label!r}, {one.figures} figure{'s' if one.figures > 1 else ''}: {one.reason}. "
            "Name it in leave_out, or give unmapped='leave out'."
            for one in reading.unread
            if one.reason == NO_PERIOD or (one.reason == NOT_MAPPED and _key(one.label) not in mapped)
        ]
    return reading


def _table_of(sheet: Sheet, rows: Mapping[str | int, Row], wide: Wide, problems: list[str]) -> Table | None:
    """Where the headings and labels are, or None after noting why that cannot be said."""
    mapped = {_key(label) for label in wide.mapping if isinstance(label, str)}
    blocks: dict[int, dict[int, Heading]] = {}
    above: dict[int, str] = {}
    for number, cells in enumerate(sheet.rows):
        filled = {at: cell for at, cell in enumerate(cells) if cell}
        named = number + sheet.first in wide.mapping or any(_key(cell) in mapped for cell in filled.values())
        found = {} if named else read_headings(filled, above, wide.fiscal_year_end, strict=bool(blocks))
        if found:
            blocks[number] = found
        above = {} if named else filled
    if not blocks:
        problems.append("no row names periods, as in '1Q24', 'Q1 2024', 'FY2024', '9M24' or '2024-03-31'.")
        return None
    first = min(min(headings) for headings in blocks.values())
    if first == 0:
        problems.append("the first period is in the first column. Put the labels of the rows to the left of it.")
        return None
    counts = [sum(_key(cells[at]) in mapped for cells in sheet.rows) for at in range(first)]
    table = Table(sheet, blocks, counts.index(max(counts)), frozenset())
    return Table(sheet, blocks, table.labels, _names_left_out(table, wide.leave_out, problems))


def _names_left_out(table: Table, wanted: Sequence[str], problems: list[str]) -> frozenset[str]:
    """The names in ``leave_out``: a label, the text of a heading, or a row or column as messages call it."""
    sheet = table.sheet
    shown = {table.label(number): "" for number, _ in table.data()}
    shown |= {cell: "" for number in table.blocks for cell in sheet.rows[number]}
    places = [sheet.row(number) for number in range(len(sheet.rows))]
    places += [sheet.column(number) for number in range(len(sheet.rows[0]))]
    known = {_key(name) for name in (*shown, *places)}
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    problems += [
        f"leave_out names {name!r}, which is no row or column. {did_you_mean(name, filter(None, shown))}"
        for name in names
        if _key(name) not in known
    ]
    return frozenset(_key(name) for name in names)


def _place(table: Table, rows: Mapping[str | int, Row], problems: list[str]) -> dict[int, Row]:
    """Which row of the sheet each entry of the mapping means: the one with that label that has figures."""
    found: dict[str, list[int]] = {}
    labels: dict[str, str] = {}
    numbers: list[int] = []
    for number, heads in table.data():
        numbers.append(number)
        labels.setdefault(_key(table.label(number)), table.label(number))
        cells = table.sheet.rows[number]
        if any(cells[at] for at in table.blocks[heads]):
            found.setdefault(_key(table.label(number)), []).append(number)
    placed: dict[int, Row] = {}
    for label, row in rows.items():
        places = [label - table.sheet.first] if isinstance(label, int) else found.get(_key(label), [])
        if len(places) > 1:
            where = ", ".join(table.sheet.row(place) for place in places)
            number = places[0] + table.sheet.first
            problems.append(f"{label!r} is the label of {where}. Name one by its number: {{{number}: '{row.line}'}}.")
        elif not places and _key(str(label)) in labels:
            problems.append(f"{label!r} of the mapping is a row without figures. Take it out of the mapping.")
        elif not places:
            near = did_you_mean(str(label), filter(None, labels.values()))
            problems.append(f"{label!r} of the mapping is not a row of the sheet. {near}")
        elif places[0] not in numbers or places[0] in placed:
            why = "is mapped twice" if places[0] in placed else "is no row below the headings"
            problems.append(f"{table.sheet.row(places[0])} {why}. Correct the mapping.")
        else:
            placed[places[0]] = row
    return placed


def _read_row(table: Table, number: int, heads: int, row: Row | None, wide: Wide, reading: Reading) -> None:
    """The facts of one row; every other figure of it is left out for a reason."""
    sheet, label, where = table.sheet, table.label(number), table.sheet.row(number)
    for at, cell in enumerate(sheet.rows[number]):
        if at == table.labels or not cell:
            continue
        heading, head, column = table.blocks[heads].get(at), sheet.rows[heads][at], sheet.column(at)
        if table.leaves_out(head, column):
            aside = (column, head, NAMED)
        elif heading is None:
            aside = (column, head, NO_PERIOD)
        elif heading.is_estimate:
            aside = (column, head, f"marked '{heading.state}': not a reported figure")
        elif table.leaves_out(label, where):
            aside = (where, label, NAMED)
        elif row is None:
            aside = (where, label, NOT_MAPPED)
        elif is_blank(cell):
            reading.aside[where, label, f"'{cell}' says that there is no figure"] += 1
            continue
        else:
            _read_cell(table, (number, at), heading, row, wide, reading)
            raise_if_hopeless(reading.problems, sheet.name)
            continue
        if _is_figure(cell):
            reading.aside[aside] += 1


def _read_cell(table: Table, place: tuple[int, int], heading: Heading, row: Row, wide: Wide, reading: Reading) -> None:
    """The fact of one cell, or a problem."""
    sheet, (number, at) = table.sheet, place
    where, column = sheet.row(number), sheet.column(at)
    name = f"{where} {table.label(number)!r}, {column}" + (f" {heading.text!r}" if sheet.lettered else "")
    wanted = row.basis or (wide.basis if wide.basis == "point" or not heading.basis else "")
    try:
        period, basis = heading.period(wanted)
    except FactsError as error:
        problem = f"{column} {heading.text!r}: {error}" if sheet.lettered else f"{column}: {error}"
        reading.problems += [problem] if problem not in reading.problems else []
        return
    reading.periods |= {period, heading.text}
    try:
        end = parse_period(period, basis, fiscal_year_end=wide.fiscal_year_end).last_day
        published = wide.published_on(period, heading.text, end)
        value, rounding = parse_number(sheet.rows[number][at]).to(row.unit, row.currency)
    except ForecastError as error:
        reading.problems.append(f"{name}: {error}")
        return
    key = (row.line, row.unit, period, basis)
    value = row.sign * value + 0.0
    if key in reading.seen:
        first, other = reading.seen[key]
        if other == value:
            reading.aside[where, table.label(number), f"the same figure as in {first}"] += 1
        else:
            reading.problems.append(
                f"{name}: {row.line} {period} ({basis}) is {value:g} here and {other:g} in {first}. "
                "Name one of the two rows or columns in leave_out."
            )
        return
    reading.seen[key] = (f"{where}, {column}", value)
    note = f"{where}, {column}"
    if wide.assumes(period, heading.text):
        note += f"; taken to be published {wide.published_after} days after the period's end"
    reading.names.append(name)
    reading.facts.append(
        Fact(
            period, basis, row.line, "", value, row.unit, row.currency, published, wide.source or sheet.name,
            wide.confidence, rounding, "", note,
        )
    )  # fmt: skip


def _is_figure(cell: str) -> bool:
    """Whether a cell can be read as a number."""
    try:
        parse_number(cell)
    except FactsError:
        return False
    return True


def _key(label: str) -> str:
    """A label without regard to capitals and spaces."""
    return " ".join(unicodedata.normalize("NFKC", label).split()).casefold()
