"""Coverage: what is known of each line and quarter, and which further figures would decide the rest."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

import numpy as np

from forecast.cautions import warned
from forecast.errors import ReconcileError, did_you_mean
from forecast.financials.balance import _marks
from forecast.financials.cells import Cell
from forecast.financials.history import MARKS, History
from forecast.financials.observations import Observation
from forecast.financials.system import Array
from forecast.financials.trail import Trail
from forecast.fingerprints import Fingerprinted
from forecast.notebook import listed
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

SIGN = {"reported": "R", "derived": "D", "estimated": "~", "missing": "."}
LEGEND = ", ".join(f"{sign} {mark}" for mark, sign in SIGN.items())
COMPLETE = "Every figure is reported or derived."
RELATIONS = {"value": "{}", "share": "{} as a share of {}", "growth": "growth of {}"}
PERIODS = {"half": "half-year {}", "annual": "year {}", "ytd": "year to date {}"}
# Translucent backgrounds: the text keeps the page's own colour, dark or light.
TINTS = {"reported": "0,128,64,.28", "derived": "0,110,220,.24", "estimated": "235,150,0,.34", "missing": "0,0,0,0"}
WIDTH = 100  # characters of a printed row, about
TIE = 1e-9  # quarters that would remove the same variance but for this part are taken in the order of time
TOGETHER = 60  # columns of the covariance solved at a time: more no longer fit into the processor's cache


@dataclass(frozen=True, slots=True)
class Fill:
    """Figures of one line that would decide some of its quarters: as many as ``chosen`` of ``among``.

    ``Coverage.needed`` names ``chosen``. ``decides`` are the quarters that stay estimated for want of these figures
    alone, ``known`` the facts that tie them, ``instead`` the lines that would do as well, each with its identity.
    """

    chosen: tuple[Quarter, ...]
    among: tuple[Quarter, ...]
    decides: tuple[Quarter, ...]
    known: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    def __str__(self) -> str:
        count, free = len(self.chosen), len(self.chosen) < len(self.among)
        subject = f"Any {count} of {spans(self.among)}" if free else spans(self.chosen)
        if free and count == 1:
            subject = f"One of {spans(self.among, 'or')}"
        if self.alone:
            text = f"{subject} {'needs a figure' if count == 1 else 'need a figure each'}"
        elif free and self.decides == self.among:
            text = f"{subject} would decide {'both' if len(self.among) == 2 else f'all {len(self.among)}'}"
        else:
            text = f"{subject} would decide {spans(self.decides)}"
        text += f" (known: {', '.join(self.known)})" if self.known else ""
        same = "the same quarter" if len(self.among) == 1 else "the same quarters"
        return text + "".join(f", or {same} of {one}" for one in self.instead)

    @property
    def alone(self) -> bool:
        """Whether each figure decides its own quarter only."""
        return len(self.decides) == len(self.chosen)


@dataclass(frozen=True, eq=False)
class LineCoverage:
    """What is known of one line in each of n quarters, and what would decide the others.

    ``relative_errors`` (n,) are the standard errors as parts of the absolute values: NaN where missing, infinite
    for an uncertain zero. ``fills`` are for the estimated quarters; a missing one needs a figure of its own.
    """

    line: str
    quarters: tuple[Quarter, ...]
    marks: tuple[str, ...]
    relative_errors: Array
    fills: tuple[Fill, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many quarters have each mark."""
        return {mark: self.marks.count(mark) for mark in MARKS}

    def marked(self, mark: str) -> tuple[Quarter, ...]:
        """The quarters with this mark."""
        return tuple(quarter for quarter, own in zip(self.quarters, self.marks, strict=True) if own == mark)

    @property
    def gaps(self) -> tuple[tuple[Quarter, Quarter], ...]:
        """The stretches of missing quarters: first and last of each."""
        return stretches(self.marked("missing"))

    def fill(self, quarter: Quarter) -> str:
        """In words, what would decide a quarter; empty where it is known."""
        mark = self.marks[quarter - self.quarters[0]]
        if mark != "estimated":
            return f"{quarter} needs a figure" if mark == "missing" else ""
        return "; ".join(str(fill) for fill in [one for one in self.fills if quarter in one.decides] or self.fills)

    def __str__(self) -> str:
        estimated, missing = self.counts["estimated"], self.counts["missing"]
        sentences = [str(fill) for fill in self.fills if not fill.alone]
        alone = sorted((fill for fill in self.fills if fill.alone), key=attrgetter("instead"))
        for instead, fills in groupby(alone, attrgetter("instead")):
            quarters = tuple(sorted(quarter for fill in fills for quarter in fill.chosen))
            sentences.append(str(Fill(quarters, quarters, quarters, (), instead)))
        if self.gaps:
            each = "this quarter; it needs a figure" if missing == 1 else "these quarters; each needs one"
            sentences.append(f"{spans(self.marked('missing'))}: no figure touches {each}")
        start = f"{self.line}: {estimated} of {len(self.quarters)} quarters estimated, {missing} missing"
        return " ".join(f"{sentence}." for sentence in [start, *sentences])


@dataclass(frozen=True, eq=False)
class Coverage(Fingerprinted):
    """What is known of every line and quarter, and what would decide the rest; ``warnings`` are the history's."""

    quarters: tuple[Quarter, ...]
    entries: tuple[LineCoverage, ...]
    warnings: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The names of the lines."""
        return tuple(entry.line for entry in self.entries)

    @property
    def complete(self) -> bool:
        """Whether every figure is reported or derived."""
        return not {"estimated", "missing"} & {mark for entry in self.entries for mark in entry.marks}

    def line(self, line: str) -> LineCoverage:
        """All about one line; an unknown name is refused with the nearest."""
        if line not in self.lines:
            raise ReconcileError(f"'{line}' is not a line of this history. {did_you_mean(line, self.lines)}")
        return self.entries[self.lines.index(line)]

    def needed(self, line: str) -> tuple[Quarter, ...]:
        """The quarters whose figures would leave nothing of a line estimated or missing, in order: see ``coverage``."""
        chosen = {quarter for fill in self.line(line).fills for quarter in fill.chosen}
        return tuple(sorted({*self.line(line).marked("missing"), *chosen}))

    def to_frame(self) -> pd.DataFrame:
        """Tidy, one row a line and quarter: mark, relative error, and in words what would fill it."""
        import pandas as pd

        rows = [
            (entry.line, str(quarter), mark, error, entry.fill(quarter))
            for entry in self.entries
            for quarter, mark, error in zip(self.quarters, entry.marks, entry.relative_errors.tolist(), strict=True)
        ]
        return pd.DataFrame(rows, columns=["line", "quarter", "mark", "relative_error", "fill"])

    def table(self, last: int | None = None) -> str:
        """One sign a quarter: lines in rows, the (last) quarters in columns by fiscal year, with the legend."""
        if last is not None and last < 1:
            raise ReconcileError(f"a table of the last {last} quarters is empty. Give 1 or more.")
        quarters = self.quarters if last is None else self.quarters[-last:]
        years = range(quarters[0].year, quarters[-1].year + 1)
        side = max(len(name) for name in ("", *self.lines))
        broad = max((WIDTH - side) // 6, 1)
        blocks = [LEGEND]
        for some in (years[start : start + broad] for start in range(0, len(years), broad)):
            rows = [["", *(f"{year:04d}" for year in some)], ["", *["1234"] * len(some)]]
            for entry in self.entries:
                signs = {quarter: SIGN[entry.marks[quarter - self.quarters[0]]] for quarter in quarters}
                own = ["".join(signs.get(Quarter(4 * year + place), " ") for place in range(4)) for year in some]
                rows.append([entry.line, *own])
            blocks.append("\n".join("  ".join([row[0].ljust(side), *row[1:]]).rstrip() for row in rows))
        return "\n\n".join(blocks)

    @property
    def _heading(self) -> str:
        """How many figures have each mark."""
        counts = ", ".join(f"{sum(entry.counts[mark] for entry in self.entries)} {mark}" for mark in MARKS)
        return f"{len(self.entries)} lines, {self.quarters[0]} to {self.quarters[-1]}: {counts}"

    @property
    def _sentences(self) -> list[str]:
        """What it would take to know the lines that are not known throughout."""
        return [str(entry) for entry in self.entries if {"estimated", "missing"} & {*entry.marks}] or [COMPLETE]

    def __str__(self) -> str:
        return "\n\n".join([self._heading, self.table(), warned("\n".join(self._sentences), self.warnings)])

    def _repr_html_(self) -> str:
        """The same as an HTML table, and a list of sentences; signs and not only colours tell the marks apart."""
        years = [(year, len(list(some))) for year, some in groupby(self.quarters, attrgetter("year"))]
        top = "".join(f'<th scope="colgroup" colspan="{count}">{year}</th>' for year, count in years)
        below = "".join(f'<th scope="col" aria-label="{one}">{one.number}</th>' for one in self.quarters)
        words = "".join(f"<li>{html.escape(one)}</li>" for one in self._sentences)
        tints = "".join(f".forecast-coverage td.{mark}{{background:rgba({TINTS[mark]})}}" for mark in MARKS)
        return (
            "<style>.forecast-coverage td,.forecast-coverage th{color:inherit;padding:0 .35em}"
            ".forecast-coverage caption{text-align:left}.forecast-coverage td{font-family:monospace;text-align:center}"
            f".forecast-coverage th[scope=row]{{text-align:left}}{tints}</style>"
            '<div class="forecast-coverage" role="region" aria-label="coverage" tabindex="0" style="overflow-x:auto">'
            f"<table><caption>{html.escape(self._heading)}. {html.escape(LEGEND)}</caption>"
            f'<thead><tr><th scope="col" rowspan="2">line</th>{top}</tr>'
            f"<tr>{below}</tr></thead><tbody>{''.join(_html_row(entry) for entry in self.entries)}</tbody></table>"
            f"<ul>{words}</ul></div>" + (listed("Warnings:", self.warnings) if self.warnings else "")
        )


def _html_row(entry: LineCoverage) -> str:
    """One line: each cell with its sign, its mark for screen readers, and its error on pointing at it."""
    cells = ""
    for quarter, mark, error in zip(entry.quarters, entry.marks, entry.relative_errors.tolist(), strict=True):
        known = f", standard error {100 * error:.2g} % of the value" if math.isfinite(error) else ""
        cells += f'<td class="{mark}" aria-label="{mark}" title="{quarter}: {mark}{known}">{SIGN[mark]}</td>'
    return f'<tr><th scope="row">{html.escape(entry.line)}</th>{cells}</tr>'


def spans(quarters: Sequence[Quarter], joined: str = "and") -> str:
    """Quarters in order of time, in words: '2014Q1 to 2020Q4, 2022Q1 and 2022Q3'."""
    parts: list[str] = []
    for first, last in stretches(quarters):
        parts += [str(first), str(last)][: last - first + 1] if last - first < 2 else [f"{first} to {last}"]
    return f" {joined} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def stretches(quarters: Sequence[Quarter]) -> tuple[tuple[Quarter, Quarter], ...]:
    """Quarters in order of time, as first and last of each unbroken stretch."""
    known = set(quarters)
    starts = [quarter for quarter in quarters if quarter + -1 not in known]
    return tuple(zip(starts, [quarter for quarter in quarters if quarter + 1 not in known], strict=True))


@dataclass(frozen=True, eq=False)
class _Belief:
    """Some estimated cells of a solved balance, in typical levels of their lines.

    ``values`` (n,), ``full`` (n, n) their covariance, ``weak`` (n, n) that under the weakened prior.
    """

    values: Array
    full: Array
    weak: Array

    def part(self, places: Sequence[int]) -> _Belief:
        """The same of some cells only."""
        return _Belief(self.values[list(places)], *(one[np.ix_(places, places)] for one in (self.full, self.weak)))

    def given(self, places: Sequence[int]) -> _Belief:
        """After the exact figures of these cells: ``V - V e e' V / (e' V e)`` for each in turn."""
        left = [self.full, self.weak]
        for place in places:
            for number, old in enumerate(left):
                own = old[:, place]
                left[number] = old - np.outer(own, own / own[place]) if own[place] > 0 else old.copy()
                left[number][place, :] = left[number][:, place] = 0.0
        return _Belief(self.values, left[0], left[1])

    @cached_property
    def undecided(self) -> list[int]:
        """The cells that reconciliation would mark as estimated."""
        errors, weaker = (np.sqrt(np.maximum(np.diag(one), 0.0)) for one in (self.full, self.weak))
        marks = _marks(self.values, errors, weaker, np.zeros(self.values.size, dtype=np.bool_))
        return [place for place, mark in enumerate(marks) if mark != "derived"]


def coverage(history: History) -> Coverage:
    """What is known of every line and quarter, and which further figures would decide the rest.

    A missing quarter lies outside the span of its line's facts and needs a figure of its own. For the estimated
    ones of a line, let V be their joint covariance under the weakened prior, given all facts and identities. A cell
    is decided by the rule that gives the marks (``balance.reconcile``: 'derived'). Until all are, the figure is
    added that removes most of the variance of the undecided ones U (a pivoted Cholesky decomposition of V)::

        q = argmax_j  sum(V[i, j]**2 for i in U) / V[j, j]     j in U, the earliest of equals
        V = V - V[:, q] V[q, :] / V[q, q]

    That is greedy. Where facts tie quarters by sums alone, every order takes as many figures as there are free
    quarters, so the number is the smallest possible; where it is precision that lacks, another set may be smaller.
    Figures that the others make needless are left out again, and each is swapped for every undecided quarter
    that does as well, which gives "any 3 of ...".

    The figures are taken as exact, and each line alone: a figure of one line may decide quarters of others too.
    Typical levels and changes stay as they are; new figures move both, and a quarter near the border of the rule
    may then stay estimated. A history that was not reconciled from facts has no covariances under the weakened
    prior; there every estimated quarter is said to need a figure of its own.
    """
    entries = []
    for entry in history.entries:
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(entry.errors == 0.0, 0.0, entry.errors / np.abs(entry.values))
        relative.setflags(write=False)
        entries.append(LineCoverage(entry.line.name, history.quarters, entry.marks, relative, ()))
    cells = [(entry.line, quarter) for entry in entries for quarter in entry.marked("estimated")]
    fills = {line: [Fill((one,), (one,), (one,)) for _, one in own] for line, own in groupby(cells, itemgetter(0))}
    if history.trail is not None and cells:
        fills = _fills(cells, history.trail)
    filled = tuple(replace(entry, fills=tuple(fills.get(entry.line, ()))) for entry in entries)
    return Coverage(history.quarters, filled, history.warnings)


def _fills(cells: Sequence[Cell], trail: Trail) -> dict[str, list[Fill]]:
    """The fills of every line, in order of time; ``cells`` are the estimated ones."""
    columns = [trail.balance.place[cell] for cell in cells]
    parts = [columns[start : start + TOGETHER] for start in range(0, len(columns), TOGETHER)]
    full_spread, weak_spread = (
        np.hstack([solved.covariance(part)[columns] for part in parts]) for solved in (trail.solved, trail.fitted)
    )
    belief = _Belief(trail.fitted.values[columns], full_spread, weak_spread)
    places = {cell: place for place, cell in enumerate(cells)}
    partners = _partners(trail, places, belief)
    fills: dict[str, list[Fill]] = {}
    for name, some in groupby(cells, itemgetter(0)):
        own = list(some)
        observations = [one for one in trail.observations if one.line == name]
        fills[name] = []
        for groups in _groups(belief.part([places[cell] for cell in own])):
            chosen, among, decides = (tuple(own[place][1] for place in group) for group in groups)
            common = [partners.get((name, quarter), ()) for quarter in among]
            instead = tuple(text for text in common[0] if all(text in others for others in common))
            known = _known(observations, set(among)) if len(decides) > len(chosen) else ()
            fills[name].append(Fill(chosen, among, decides, known, instead))
        fills[name].sort(key=attrgetter("among"))
    return fills


def _partners(trail: Trail, places: Mapping[Cell, int], belief: _Belief) -> dict[Cell, tuple[str, ...]]:
    """Of an estimated cell, the lines of which an identity makes the same quarter decide it, each with the identity."""
    found: dict[Cell, tuple[str, ...]] = {}
    for constraint in trail.balance.layout.constraints:
        pair = [cell for cell, _ in constraint.factors if cell in places]
        if len(pair) != 2 or pair[0][1] != pair[1][1]:
            continue
        both = belief.part([places[cell] for cell in pair])
        for place, other in ((0, 1), (1, 0)):
            if not both.given([other]).undecided:
                text = f"{pair[other][0]} ({constraint.identity.text})"
                found[pair[place]] = (*found.get(pair[place], ()), text)
    return found


def _groups(belief: _Belief) -> Iterator[tuple[list[int], list[int], list[int]]]:
    """The cells chosen, in groups that can be swapped: (chosen, any of which as many will do, decided by them)."""
    rests = _chosen(belief)
    swaps = {
        one: {other for other in rest.undecided if not rest.given([other]).undecided} for one, rest in rests.items()
    }
    while swaps:
        group = [min(swaps)]
        reach = set(swaps[group[0]])
        while more := [place for place in swaps if place not in group and swaps[place] & reach]:
            group += more
            reach = reach.union(*(swaps[place] for place in more))
        outside = reach - set(group)
        # A ring of sums: leaving out any one of it is as good as leaving out any other.
        free = len(group) == 1 or (len(outside) == 1 and all(outside <= swaps[place] for place in group))
        among = reach if free else set(group)
        decides, elsewhere = set(among), set[int]()
        for place, rest in rests.items():
            (decides if place in group else elsewhere).update(rest.undecided)
        yield sorted(group), sorted(among), sorted(among | decides - elsewhere)
        swaps = {place: others for place, others in swaps.items() if place not in group}


def _chosen(belief: _Belief) -> dict[int, _Belief]:
    """The greedy set of cells that decides all but for the needless, each with the belief once the others are known."""
    chosen: list[int] = []
    rest = belief
    while places := rest.undecided:
        block = rest.part(places).weak
        removed = (block**2).sum(axis=0) / np.maximum(np.diag(block), np.finfo(np.float64).tiny)
        chosen.append(places[int(np.argmax(removed >= (1.0 - TIE) * removed.max()))])
        rest = rest.given(chosen[-1:])
    while True:
        rests = {place: belief.given([other for other in chosen if other != place]) for place in chosen}
        needless = [place for place, without in rests.items() if not without.undecided]
        if not needless:
            return rests
        chosen.remove(needless[-1])


def _known(observations: Sequence[Observation], among: set[Quarter]) -> tuple[str, ...]:
    """The facts of a line about all these quarters together: the shortest periods, figures before shares and growth."""
    found: list[tuple[tuple[int, int], str]] = []
    for one in observations:
        covers = any(among <= dict(weights).keys() for weights in (one.now, one.ago)[: 1 + (one.relation == "growth")])
        if covers and one.facts and not one.parts and one.relation in RELATIONS:
            period = PERIODS.get(one.facts[0].basis, "{}").format(one.facts[0].period)
            rank = (len(one.now), list(RELATIONS).index(one.relation))
            found.append((rank, RELATIONS[one.relation].format(period, one.base)))
    best = min((rank for rank, _ in found), default=None)
    return tuple(dict.fromkeys(text for rank, text in found if rank == best))
