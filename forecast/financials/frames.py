"""Frames: histories made from tables, and shown as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import FactsError, ForecastError, ReconcileError
from forecast.financials.accounts import Accounts
from forecast.financials.facts import Financials, raise_problems
from forecast.financials.history import SIGNS, History, LineHistory
from forecast.lines import Line
from forecast.magnitude import CURE, too_large
from forecast.notebook import counted, listed, tabled
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def period_index(quarters: Sequence[Quarter], fiscal_year_end: int) -> pd.PeriodIndex:
    """The quarters as pandas periods of a fiscal year that ends in this month."""
    import pandas as pd

    frequency = f"Q-{MONTHS[fiscal_year_end - 1]}"
    return pd.PeriodIndex([str(quarter) for quarter in quarters], freq=frequency)


def history_of(frame: pd.DataFrame, accounts: Accounts | None = None, *, currency: str | None = None) -> History:
    """See ``History.from_frame``."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise FactsError(f"a history cannot be read from a {type(frame).__name__}. Give a DataFrame.")
    problems: list[str] = []
    quarters, fiscal_year_end = _quarters_of(frame.index, problems)
    columns = [str(name) for name in frame.columns]
    if not columns or not len(frame):
        problems.append("the table is empty. Give one column a line and one row a quarter.")
    stated: object = accounts
    if stated is not None and not isinstance(stated, Accounts):
        problems.append(f"the accounts are a {type(stated).__name__}. Give the model, or leave them out.")
    problems += [
        f"the column '{name}' is there twice. Keep one of them."
        for name in sorted({name for name in columns if columns.count(name) > 1})
    ]
    entries = [
        _entry(columns[number], frame.iloc[:, number].tolist(), frame.index, currency, problems)
        for number in range(len(columns))
    ]
    raise_problems(problems, "the table")
    known = {entry.line.name: entry for entry in entries if entry}
    if accounts is not None:
        known = _filled(known, accounts, len(quarters))
    return History(quarters, tuple(known.values()), fiscal_year_end=fiscal_year_end)


def _filled(known: dict[str, LineHistory], accounts: Accounts, count: int) -> dict[str, LineHistory]:
    """The lines, and what identities make of them: ``line[t] = constant + sum(factor * term[t - lag])``.

    Repeated until nothing more is found, since a formula may read another's line; figures that are given stay.
    """
    values = {name: entry.values.copy() for name, entry in known.items()}
    for identity in accounts.identities:
        values.setdefault(identity.line, np.full(count, np.nan))
    growing = True
    while growing:
        before = sum(int(np.isfinite(each).sum()) for each in values.values())
        for identity in accounts.identities:
            own = values[identity.line]
            if not all(name in values for name, _, _ in identity.terms):
                continue
            for place in np.flatnonzero(np.isnan(own)):
                reads = [(values[name], place - lag, factor) for name, lag, factor in identity.terms]
                if all(at >= 0 for _, at, _ in reads):
                    own[place] = identity.constant + sum(factor * each[at] for each, at, factor in reads)
        growing = sum(int(np.isfinite(each).sum()) for each in values.values()) > before
    found = dict(known)
    for name, filled in values.items():
        old = np.full(count, np.nan) if name not in known else known[name].values
        fresh = np.isnan(old) & np.isfinite(filled)
        if not fresh.any():
            continue
        marks = ("missing",) * count if name not in known else known[name].marks
        line = accounts.lines[name] if name not in known else known[name].line
        sure = np.isfinite(filled)
        covariance = np.where(np.outer(sure, sure), 0.0, np.nan)
        derived = tuple("derived" if new else mark for new, mark in zip(fresh, marks, strict=True))
        found[name] = LineHistory(line, filled, covariance, derived)
    return found


def _quarters_of(index: pd.Index[Any], problems: list[str]) -> tuple[tuple[Quarter, ...], int]:
    """The quarters of an index and the month in which the fiscal year ends."""
    import pandas as pd

    fiscal_year_end, labels = 12, list(index)
    if isinstance(index, pd.PeriodIndex):
        frequency = index.freqstr
        if not frequency.startswith("Q"):
            problems.append(f"the index has the frequency '{frequency}'. Use quarters: frame.index.asfreq('Q').")
            return (), fiscal_year_end
        fiscal_year_end = MONTHS.index(frequency.partition("-")[2] or "DEC") + 1
        labels = [f"{year}Q{number}" for year, number in zip(index.qyear, index.quarter, strict=True)]
    elif isinstance(index, pd.DatetimeIndex):
        problems.append("the index holds dates. Make them quarters: frame.index = frame.index.to_period('Q').")
        return (), fiscal_year_end
    quarters: list[Quarter] = []
    for label in labels:
        try:
            quarters.append(Quarter.parse(label))
        except ForecastError as error:
            problems.append(f"index: {error}")
    for before, after in pairwise(quarters):
        if after == before:
            problems.append(f"the quarter {after} is there twice. Keep one row.")
        elif after < before:
            problems.append(f"the quarter {after} follows {before}. Sort the rows: frame.sort_index().")
        elif after - before > 1:
            problems.append(
                f"the quarters between {before} and {after} are not there. "
                "Add rows for them, with NaN for what is not known."
            )
    return tuple(quarters), fiscal_year_end


def _entry(
    name: str, cells: list[Any], index: pd.Index[Any], currency: str | None, problems: list[str]
) -> LineHistory | None:
    """One column as a line, or None after noting what is wrong with it."""
    import pandas as pd

    before = len(problems)
    values = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        if cell is None or cell is pd.NA:
            continue
        if isinstance(cell, bool | np.bool_ | str) or not isinstance(cell, int | float | np.number):
            problems.append(f"'{name}' at {index[place]} is {cell!r}. Give numbers, and NaN for what is missing.")
        elif math.isinf(cell):
            problems.append(f"'{name}' at {index[place]} is infinite. Give a number, or NaN if it is missing.")
        elif too_large(cell):
            problems.append(f"'{name}' at {index[place]} is {cell:g}; {CURE}.")
        else:
            values[place] = float(cell)
    line = None
    try:
        line = Line(name, currency=currency)
    except ForecastError as error:
        problems.append(f"column: {error}")
    if line is None or len(problems) > before:
        return None
    known = np.isfinite(values)
    covariance = np.where(np.outer(known, known), 0.0, np.nan)
    return LineHistory(line, values, covariance, tuple("reported" if one else "missing" for one in known))


def text_table(history: History, last: int, lines: Sequence[str]) -> str:
    """The last quarters of some lines, one row a line; figures of 100 and more are rounded to units."""
    if last < 1:
        raise ReconcileError(f"a table of the last {last} quarters is empty. Give 1 or more.")
    quarters = history.quarters[-last:]
    rows = [["", *(str(quarter) for quarter in quarters)]]
    for name in lines:
        entry = history.entry(name)
        pairs = zip(entry.values[-last:], entry.marks[-last:], strict=True)
        rows.append([name, *(_figure(float(value), mark) for value, mark in pairs)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    justified = (str.ljust, *[str.rjust] * len(quarters))
    padded = [
        [justify(cell, width) for justify, cell, width in zip(justified, row, widths, strict=True)] for row in rows
    ]
    return "\n".join("  ".join(row).rstrip() for row in padded)


def html_table(history: History, last: int = 8) -> str:
    """The same for notebooks: the last quarters of every line, and what the signs mean."""
    quarters = history.quarters[-last:]
    until = "" if history.as_of is None else f", as known on {history.as_of}"
    wrong = f", {counted(len(history.contradictions), 'contradiction')}" if history.contradictions else ""
    heading = (
        f"{counted(len(history.entries), 'line')}, {history.quarters[0]} to {history.last}{until}{wrong}; the last "
        f"{counted(len(quarters), 'quarter')}. * derived, ~ estimated, - missing"
    )
    rows = (
        (
            entry.line.name,
            *(
                _figure(float(value), mark)
                for value, mark in zip(entry.values[-last:], entry.marks[-last:], strict=True)
            ),
        )
        for entry in history.entries
    )
    table = tabled(heading, ["line", *map(str, quarters)], rows, words=False)
    return table + (listed("Warnings:", history.warnings) if history.warnings else "")


def html_facts(financials: Financials) -> str:
    """Facts for notebooks, a row a line: how many, from which sources, and the one that was published last."""
    rows = []
    for line in financials.lines:
        facts = [fact for fact in financials.facts if fact.line == line]
        newest = max(facts, key=lambda fact: fact.published)
        value = f"{newest.value:,.6g} {newest.unit} {newest.currency}".strip()
        sources = len({fact.source for fact in facts})
        rows.append(
            (line, str(len(facts)), str(sources), f"{newest.period} ({newest.basis}): {value}", str(newest.published))
        )
    hidden = "" if financials.hidden_after is None else f", as known on {financials.hidden_after}"
    heading = f"{counted(len(financials.facts), 'fact')} on {counted(len(rows), 'line')}{hidden}"
    return tabled(heading, ["line", "facts", "sources", "published last", "on"], rows)


def _figure(value: float, mark: str) -> str:
    """A figure with the sign of its mark, in a place that the unmarked ones leave blank."""
    if mark == "missing":
        return "- "
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3
    # adding zero to the rounded value turns -0.0 into 0.0
    return f"{round(value, digits) + 0.0:,.{digits}f}{SIGNS[mark] or ' '}"
