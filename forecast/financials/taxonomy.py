"""Taxonomies: how the segments of one breakdown follow from those of another, from when until when."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.errors import FactsError, ForecastError, Problems
from forecast.financials.facts import Fact, raise_problems
from forecast.financials.precision import centre, standard_error
from forecast.lines import Identity, check_name
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

ADDS_UP = 3.0
"""Totals and the sums of their parts agree up to this many standard errors of the difference."""


@dataclass(frozen=True, slots=True)
class Part:
    """``share`` of the line ``name``, known with the standard error ``error`` (both plain ratios)."""

    name: str
    share: float = 1.0
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Mapping:
    """A line of one taxonomy as a sum of shares of another's, in the quarters from ``since`` to ``until``.

    line[t] = sum(share * part[t])        for since <= t <= until, either open when None

    With an ``error`` of a share the equation holds up to ``sqrt(sum((error * part[t])**2))``. Example: from 2025 a
    company prints ``social_revenue`` only, which joins its overseas and domestic parts; until 2017 it counted 60 %
    (+- 10 %) of what is now ``casual_revenue`` among its games.
    """

    line: str
    parts: tuple[Part, ...]
    since: Quarter | None = None
    until: Quarter | None = None
    note: str = ""

    def __post_init__(self) -> None:
        problems = Problems()
        for name in (self.line, *(part.name for part in self.parts)):
            try:
                check_name(name)
            except ForecastError as error:
                problems.add(str(error))
        names = [part.name for part in self.parts]
        if not names:
            problems.add(f"the mapping of '{self.line}' has no parts. Name at least one line.")
        if len(set(names)) < len(names) or self.line in names:
            problems.add(f"the mapping of '{self.line}' names a line twice. Name each part once.")
        for part in self.parts:
            if not math.isfinite(part.share) or not (math.isfinite(part.error) and part.error >= 0):
                problems.add(
                    f"the mapping of '{self.line}': the share {part.share} +- {part.error} of '{part.name}' is not "
                    "a finite number with an error of at least 0."
                )
        dates = [when for when in (self.since, self.until) if when is not None]
        if not all(isinstance(when, Quarter) for when in dates):
            problems.add(f"the mapping of '{self.line}': dates are quarters. Write Quarter.parse('2025Q1').")
        elif len(dates) == 2 and dates[1] < dates[0]:
            problems.add(f"the mapping of '{self.line}' ends in {self.until}, before it begins in {self.since}.")
        problems.raise_if_any(FactsError, "a mapping between taxonomies")

    @property
    def names(self) -> tuple[str, ...]:
        """Every line that it speaks of."""
        return (self.line, *(part.name for part in self.parts))

    @property
    def exact(self) -> bool:
        """Whether every share is known without error; it is then an identity."""
        return all(part.error == 0.0 for part in self.parts)

    @property
    def identity(self) -> Identity:
        """The equation at the shares' central values."""
        return Identity(self.line, tuple((part.name, 0, part.share) for part in self.parts))

    def holds(self, quarter: Quarter) -> bool:
        """Whether the mapping speaks of this quarter."""
        return (self.since is None or self.since <= quarter) and (self.until is None or quarter <= self.until)


def mappings_of(rows: Iterable[Table[str, str]], problems: list[str]) -> tuple[Mapping, ...]:
    """The mappings of the rows of ``taxonomy.csv``: line, part, share, error, since, until, note.

    Rows of one line with the same dates are the parts of one mapping. An empty share is 1, an empty error 0, an
    empty date leaves that side open. What cannot be read is noted in ``problems``.
    """
    grouped: dict[tuple[str, str, str], list[tuple[Part, str]]] = {}
    for number, row in enumerate(rows):
        name = f"taxonomy.csv row {number + 2}"
        try:
            part = Part(row["part"], float(row.get("share") or 1.0), float(row.get("error") or 0.0))
        except ValueError as error:
            problems.append(f"{name}: {error}. Write shares and errors as plain numbers, as in '0.6'.")
            continue
        key = (row["line"], row.get("since", ""), row.get("until", ""))
        grouped.setdefault(key, []).append((part, row.get("note", "")))
    found = []
    for (line, since, until), entries in grouped.items():
        before = len(problems)
        dates = []
        for text in (since, until):
            try:
                dates.append(Quarter.parse(text) if text else None)
            except ForecastError as error:
                problems.append(f"taxonomy.csv: '{line}': {error}")
        first, last = dates if len(problems) == before else (None, None)
        note = next((note for _, note in entries if note), "")
        try:
            mapping = Mapping(line, tuple(part for part, _ in entries), first, last, note)
        except ForecastError as error:
            problems.append(f"taxonomy.csv: '{line}': {error}")
        else:
            found += [mapping] if len(problems) == before else []
    return tuple(found)


def adding_up(facts: Sequence[Fact], mappings: Sequence[Mapping], fiscal_year_end: int) -> pd.DataFrame:
    """Whether the printed parts add up to the printed total: see ``Financials.adds_up``."""
    import pandas as pd

    from forecast.financials.vintages import revised

    levels: dict[tuple[str, str, str], Fact] = {}
    standing, _ = revised([fact for fact in facts if fact.qualifier != "forecast"], fiscal_year_end)
    # Of the figures that stand, the most precise is written last and stays.
    for fact in sorted(standing, key=lambda fact: (-standard_error(fact) * fact.measure.factor, fact.published)):
        if fact.measure.relation == "value":
            levels[fact.line, fact.period, fact.basis] = fact
    raise_problems(_mixed_units(mappings, levels), "totals and parts")
    rows = []
    for mapping in mappings:
        for line, period, basis in sorted(levels):
            if line != mapping.line:
                continue
            quarters = levels[line, period, basis].covers(fiscal_year_end=fiscal_year_end).quarters
            if all(mapping.holds(quarter) for quarter in quarters):
                rows.append(_added(mapping, levels, period, basis))
    columns = ["line", "period", "basis", "total", "parts", "difference", "standard_errors", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def _mixed_units(mappings: Sequence[Mapping], levels: Table[tuple[str, str, str], Fact]) -> list[str]:
    """A sentence for every mapping whose figures have two currencies or two dimensions."""
    problems = []
    for mapping in mappings:
        printed = {
            (fact.currency, fact.measure.dimension): fact for fact in levels.values() if fact.line in mapping.names
        }
        if len(printed) > 1:
            first, second = (printed[key] for key in sorted(printed)[:2])
            problems.append(
                f"the mapping of '{mapping.line}' adds what does not convert: {first}; {second}. Convert them to one."
            )
    return problems


def _added(mapping: Mapping, levels: Table[tuple[str, str, str], Fact], period: str, basis: str) -> tuple[object, ...]:
    """One row of ``adding_up``: a total, the sum of its parts and their distance."""
    total = levels[mapping.line, period, basis]
    factor = total.measure.factor
    whole, variance = centre(total) * factor, (standard_error(total) * factor) ** 2
    missing = [part.name for part in mapping.parts if (part.name, period, basis) not in levels]
    added = 0.0
    for part in mapping.parts:
        fact = levels.get((part.name, period, basis))
        if fact is not None:
            level = centre(fact) * fact.measure.factor
            added += part.share * level
            variance += (part.share * standard_error(fact) * fact.measure.factor) ** 2 + (part.error * level) ** 2
    gap = whole - added
    if missing:
        return (mapping.line, period, basis, whole, *[math.nan] * 3, f"not printed: {', '.join(missing)}")
    away = abs(gap) / math.sqrt(variance) if variance > 0 else (0.0 if gap == 0 else math.inf)
    verdict = "adds up" if away <= ADDS_UP else "does not add up"
    return mapping.line, period, basis, whole, added, gap, away, verdict
