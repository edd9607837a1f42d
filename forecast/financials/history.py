"""History: one value a line and quarter, how it is known, and how precisely."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forecast.cautions import warned
from forecast.errors import ReconcileError, did_you_mean
from forecast.financials.facts import Fact, SetAside, Source
from forecast.financials.precision import centre, standard_error
from forecast.lines import Line
from forecast.magnitude import cleaned
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

    from forecast.financials.accounts import Accounts
    from forecast.financials.coverage import Coverage
    from forecast.financials.explanation import Explanation
    from forecast.financials.rates import Rates
    from forecast.financials.related import Relation
    from forecast.financials.trail import Trail

Array: TypeAlias = NDArray[np.float64]
MARKS = ("reported", "derived", "estimated", "missing")
SIGNS = {"reported": "", "derived": "*", "estimated": "~", "missing": ""}
"""What a printed figure carries after it."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A fact that the others contradict.

    ``implied`` is what the history says, in the fact's own unit; ``standard_errors`` is the distance
    between the two in standard errors of the fact and the history together. ``reading`` says how the fact
    could be meant so that it fits; empty where no such reading was found.
    """

    fact: Fact
    implied: float
    standard_errors: float
    reading: str = ""

    @property
    def own_standard_errors(self) -> float:
        """The distance in standard errors of the fact alone; infinite for a fact without error."""
        error = standard_error(self.fact)
        return abs(centre(self.fact) - self.implied) / error if error > 0 else math.inf

    def __str__(self) -> str:
        text = f"{self.fact}: the history says {self.implied:.6g}, {self.standard_errors:.1f} standard errors away"
        return f"{text}; it would fit as {self.reading}" if self.reading else text


@dataclass(frozen=True, eq=False)
class LineHistory:
    """One line over n quarters: values and errors (n,), marks, covariance (n, n); NaN where missing.

    ``errors`` is the square root of the diagonal of ``covariance``. ``wander`` is the standard deviation of
    a quarter's change that reconciliation assumed where no fact decides it; 0 where it assumed none.
    """

    line: Line
    values: Array
    covariance: Array
    marks: tuple[str, ...]
    wander: float = 0.0

    def __post_init__(self) -> None:
        for name in ("values", "covariance"):
            # Adding zero turns -0.0 into 0.0, which is equal and must hash alike.
            array = np.array(getattr(self, name), dtype=np.float64) + 0.0
            if name == "values":
                array = cleaned(array)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @cached_property
    def errors(self) -> Array:
        """Standard errors, shape (n,)."""
        errors: Array = np.sqrt(np.diag(self.covariance))
        errors.setflags(write=False)
        return errors


@dataclass(frozen=True, eq=False)
class History:
    """Quarterly figures of several lines over the same quarters, without gaps in time.

    A value is ``reported``, ``derived`` (facts and identities alone decide it), ``estimated`` (the prior
    helped) or ``missing`` (NaN). ``relations`` are the fitted ones of lines that follow others. Two
    histories are equal when they say the same.
    """

    quarters: tuple[Quarter, ...]
    entries: tuple[LineHistory, ...]
    as_of: dt.date | None = None
    fiscal_year_end: int = 12
    contradictions: tuple[Contradiction, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    relations: tuple[Relation, ...] = ()
    trail: Trail | None = field(default=None, repr=False)
    sources: tuple[Source, ...] = field(default=(), repr=False)

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, accounts: Accounts | None = None, *, currency: str | None = None
    ) -> History:
        """The history of a clean quarterly table: all figures reported, with no error.

        ``frame`` has quarters as its index (a quarterly ``PeriodIndex``, whose fiscal year is kept, or
        labels as '2024Q1' of calendar years) and one column a line. NaN is missing; gaps, duplicates and
        infinities are refused, all at once. The kind of a line is not known from a table: it is noted as
        a flow, and the model decides.

        A table does not say what adds up. With ``accounts`` (a ``Model``) what its linear formulas give and the table
        lacks is filled in, quarter by quarter, as ``derived``; what the table gives stays as it is, and a company
        calibrated on it warns of formulas that do not hold. A line that reads its own past, as a balance of cash does,
        is filled from the quarters in which the table gives it.
        """
        from forecast.financials.frames import history_of

        return history_of(frame, accounts, currency=currency)

    @property
    def lines(self) -> tuple[str, ...]:
        """The names of the lines."""
        return tuple(entry.line.name for entry in self.entries)

    @property
    def last(self) -> Quarter:
        """The last quarter."""
        return self.quarters[-1]

    def entry(self, line: str) -> LineHistory:
        """All that is known of one line; an unknown name is refused with the nearest."""
        for entry in self.entries:
            if entry.line.name == line:
                return entry
        raise ReconcileError(f"'{line}' is not a line of this history. {did_you_mean(line, self.lines)}")

    def line(self, line: str) -> Line:
        """The name, kind, unit and currency of a line."""
        return self.entry(line).line

    def values(self, line: str) -> Array:
        """The figures, shape (n,), in the unit of the line; NaN where missing."""
        return self.entry(line).values

    def errors(self, line: str) -> Array:
        """Their standard errors, shape (n,); NaN where missing."""
        return self.entry(line).errors

    def marks(self, line: str) -> tuple[str, ...]:
        """How each is known: 'reported', 'derived', 'estimated' or 'missing'."""
        return self.entry(line).marks

    def covariance(self, line: str) -> Array:
        """The covariance of their errors, shape (n, n); rows and columns of missing figures are NaN."""
        return self.entry(line).covariance

    def seen(self, line: str, quarters: int) -> float:
        """The part of the variance of quarterly changes that the facts show, over the last ``quarters``.

        With d a change, v its assumed variance (``wander**2``) and V its variance given the facts, the law
        of total variance says that the estimated changes have the variance ``v - V`` only: their spread
        shows the part ``1 - mean(V) / v`` of the true one. 1 where every quarter is known.
        """
        entry = self.entry(line)
        spread = entry.covariance[-quarters:, -quarters:]
        if entry.wander == 0.0 or len(spread) < 2:
            return 1.0
        variance = np.diag(spread)
        unseen = variance[1:] + variance[:-1] - 2 * np.diag(spread, 1)
        return float(1.0 - np.clip(np.mean(unseen) / entry.wander**2, 0.0, 1.0))

    def explain(self, line: str, quarter: Quarter | str) -> Explanation:
        """Which facts decide a figure, with what weight, from which sources, and how its error arises.

        The estimate is linear in the printed figures; the weights and gains are its exact derivatives, and the
        shares of the error add up to one with those of the prior and of uncertain mappings. Print it for words;
        ``to_frame()`` and ``to_json()`` give the same as a table and as JSON. The mathematics: ``trail.Trail``.
        """
        from forecast.financials.explanation import explain

        return explain(self, line, quarter)

    def in_currency(self, to: str, rates: Rates) -> History:
        """The same history with every amount in ``to``, exact quarter by quarter; see ``currency.convert_history``."""
        from forecast.financials.currency import convert_history

        return convert_history(self, to, rates)

    def coverage(self) -> Coverage:
        """What is missing or only estimated, per line and quarter, and which figures would fill it.

        See ``forecast.financials.coverage.coverage``. Print it for a table; notebooks show it as HTML.
        """
        from forecast.financials.coverage import coverage

        return coverage(self)

    def opening(self, line: str, lag: int = 0) -> float:
        """The figure ``lag`` quarters before the last; NaN where missing or before the first quarter."""
        if lag < 0:
            raise ReconcileError(f"the lag {lag} looks ahead of the history. Give 0 or more.")
        values = self.values(line)
        return float(values[-1 - lag]) if lag < values.size else float("nan")

    def series(self, line: str) -> pd.Series[float]:
        """The figures as a series over a quarterly ``PeriodIndex`` of the company's fiscal year."""
        import pandas as pd

        from forecast.financials.frames import period_index

        index = period_index(self.quarters, self.fiscal_year_end)
        return pd.Series(self.values(line).copy(), index=index, name=line)

    def to_frame(self) -> pd.DataFrame:
        """Tidy: one row a line and quarter, with its value, error and mark."""
        import pandas as pd

        count, labels = len(self.quarters), [str(quarter) for quarter in self.quarters]
        return pd.DataFrame(
            {
                "line": [name for name in self.lines for _ in range(count)],
                "quarter": labels * len(self.entries),
                "value": [value for entry in self.entries for value in entry.values],
                "error": [error for entry in self.entries for error in entry.errors],
                "mark": [mark for entry in self.entries for mark in entry.marks],
            }
        )

    def table(self, last: int = 8, lines: Sequence[str] | None = None) -> str:
        """The last quarters as text: ``*`` marks derived figures, ``~`` estimated ones, ``-`` missing ones."""
        from forecast.financials.frames import text_table

        return text_table(self, last, self.lines if lines is None else lines)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that this history says."""
        digest = hashlib.sha256()
        facts = (self.quarters, self.as_of, self.fiscal_year_end, self.contradictions, self.set_aside)
        digest.update(repr(facts).encode())
        for entry in self.entries:
            digest.update(repr((entry.line, entry.marks, entry.values.shape, entry.wander)).encode())
            for array in (entry.values, entry.covariance):
                digest.update(np.where(np.isnan(array), np.nan, array).tobytes())
        return digest.hexdigest()

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Contradictions, figures that could not be used, and an ill-conditioned balance, one sentence each."""
        from forecast.financials.doubts import doubts

        return doubts(self)

    def __str__(self) -> str:
        heading = f"History of {len(self.lines)} lines, {self.quarters[0]} to {self.quarters[-1]}"
        return warned(f"{heading}\n{self.table()}", self.warnings)

    def _repr_html_(self) -> str:
        from forecast.financials.frames import html_table

        return html_table(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        return self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)
