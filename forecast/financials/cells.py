"""Cells: which quarter of which line is an unknown, and how large it typically is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, median
from typing import TYPE_CHECKING, TypeAlias

from forecast.financials.facts import SetAside
from forecast.financials.observations import Observation
from forecast.financials.taxonomy import Mapping as Taxonomy
from forecast.lines import Identity, Line
from forecast.timeline import Quarter, quarters_between

if TYPE_CHECKING:
    from forecast.financials.prior import Habits

SMOOTHNESS = 0.15
"""Least standard deviation of a quarter's change under the prior, relative to the line's typical level."""

NORMAL_MEDIAN = 0.6745
"""The median of |z| for a standard normal z."""

Cell: TypeAlias = tuple[str, Quarter]
Rule: TypeAlias = tuple[Identity, Taxonomy | None]
"""An identity, and the mapping whose dates limit it."""

NO_LEVEL = "no fact or identity gives the level of '{}', of which only ratios and changes are reported"


@dataclass(frozen=True, slots=True)
class Constraint:
    """An identity at one quarter: ``sum(factor * cell) = constant``."""

    identity: Identity
    quarter: Quarter
    factors: tuple[tuple[Cell, float], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The unknowns, line by line and quarter by quarter, and the identities among them.

    ``levels`` is the typical size of a line's quarterly figure, ``changes`` the standard deviation of its
    quarterly change under the prior, relative to that size. ``habits`` are those of lines whose facts have told them.
    """

    cells: tuple[Cell, ...]
    constraints: tuple[Constraint, ...]
    levels: Mapping[str, float]
    changes: Mapping[str, float]
    habits: Mapping[str, Habits] = field(default_factory=dict)

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """From the first quarter that has a cell to the last."""
        ordinals = [quarter for _, quarter in self.cells]
        return quarters_between(min(ordinals), max(ordinals))


def lay_out(
    lines: Mapping[str, Line],
    observations: Sequence[Observation],
    identities: Sequence[Identity],
    mappings: Sequence[Taxonomy] = (),
) -> tuple[Layout | None, list[Observation], list[SetAside]]:
    """The cells, the observations that can be used, and the facts that cannot.

    A line has cells from the first to the last quarter that one of its facts touches. Where an identity
    has exactly one line without a cell, that cell is added, because the others determine it; where a total
    goes on longer than its parts, so do they; this is repeated until nothing changes. A line of which only
    ratios or changes are known has no level: its facts are set aside, and the layout is made anew without
    them. ``mappings`` are identities in their own quarters only. None when no cell is left.
    """
    rules = [(identity, None) for identity in identities] + [(one.identity, one) for one in mappings]
    usable = list(observations)
    aside: list[SetAside] = []
    while usable:
        cells = _cells(lines, usable, rules)
        constraints = [
            constraint
            for constraint in _constraints(rules, usable)
            if all(cell in cells for cell, _ in constraint.factors)
        ]
        anchored = _anchored(usable, constraints)
        loose = [one for one in usable if not {name for name, _ in one.cells} <= anchored]
        if not loose:
            order = {name: place for place, name in enumerate(lines)}
            ordered = tuple(sorted(cells, key=lambda cell: (order[cell[0]], cell[1])))
            levels = typical_levels(usable, constraints)
            layout = Layout(ordered, tuple(constraints), levels, typical_changes(usable, levels))
            return layout, usable, aside
        for one in loose:
            name = next(name for name, _ in one.cells if name not in anchored)
            aside += [SetAside(fact, NO_LEVEL.format(name)) for fact in one.facts]
        usable = [one for one in usable if one not in loose]
    return None, [], aside


def _cells(lines: Mapping[str, Line], observations: Sequence[Observation], rules: Sequence[Rule]) -> set[Cell]:
    """The cells of every line's span, and those that identities add."""
    touched: dict[str, list[Quarter]] = {}
    for one in observations:
        for name, quarter in one.cells:
            touched.setdefault(name, []).append(quarter)
    cells = {
        (name, quarter)
        for name, quarters in touched.items()
        for quarter in quarters_between(min(quarters), max(quarters))
    }
    possible = _constraints(rules, observations)
    grown = True
    while grown:
        grown = _grow_determined(lines, possible, cells) or _grow_split(possible, cells)
    return cells


def _grow_determined(lines: Mapping[str, Line], possible: Sequence[Constraint], cells: set[Cell]) -> bool:
    """Add every cell that is the only unknown of an identity; whether there were any."""
    before = len(cells)
    grown = True
    while grown:
        grown = False
        # Chains through lags run in both directions of time, so each pass goes there and back.
        for constraint in (*possible, *reversed(possible)):
            missing = [cell for cell, _ in constraint.factors if cell not in cells]
            if len(missing) == 1 and missing[0][0] in lines:
                cells.add(missing[0])
                grown = True
    return len(cells) > before


def _grow_split(possible: Sequence[Constraint], cells: set[Cell]) -> bool:
    """Go on with the parts of a total that is known one quarter longer than they are; whether there were any.

    A company that joins two segments still reports their sum. Their last split is carried on as an
    estimate, by the prior, and the sum is kept.
    """
    for constraint in possible:
        quarter = constraint.quarter
        missing = [cell for cell, _ in constraint.factors if cell not in cells]
        whole = (constraint.identity.line, quarter) in cells
        followed = all(when == quarter and (name, when + -1) in cells for name, when in missing)
        if len(missing) > 1 and whole and followed:
            cells.update(missing)
            return True
    return False


def _constraints(rules: Sequence[Rule], observations: Iterable[Observation]) -> list[Constraint]:
    """Every rule at every quarter of its own from the first to the last that a fact touches, in time order.

    An identity that two rules state, a model and a mapping, is one constraint.
    """
    touched = [quarter for one in observations for _, quarter in one.cells]
    found: dict[tuple[frozenset[tuple[Cell, float]], float], Constraint] = {}
    for quarter in quarters_between(min(touched), max(touched)):
        for identity, mapping in rules:
            factors = _factors(identity, quarter)
            if factors and (mapping is None or mapping.holds(quarter)):
                found.setdefault((frozenset(factors), identity.constant), Constraint(identity, quarter, factors))
    return list(found.values())


def _factors(identity: Identity, quarter: Quarter) -> tuple[tuple[Cell, float], ...]:
    """``line[t] - sum(factor * name[t - lag])`` as factors of cells, those of one cell added up."""
    factors: dict[Cell, float] = {(identity.line, quarter): 1.0}
    for name, lag, factor in identity.terms:
        cell = (name, quarter + -lag)
        factors[cell] = factors.get(cell, 0.0) - factor
    return tuple((cell, factor) for cell, factor in factors.items() if factor != 0.0)


def _anchored(observations: Sequence[Observation], constraints: Sequence[Constraint]) -> set[str]:
    """The lines whose level something states: a figure, a share of an anchored line, or an identity."""
    anchored = {one.line for one in observations if one.relation == "value"}
    before = -1
    while len(anchored) > before:
        before = len(anchored)
        for one in observations:
            if one.relation == "share" and one.base in anchored:
                anchored.add(one.line)
            elif one.relation == "share" and one.line in anchored and one.base and one.value != 0.0:
                anchored.add(one.base)
            elif one.relation == "split":
                names = [one.line, *(part.name for part in one.parts if part.share != 0.0)]
                open_names = [name for name in names if name not in anchored]
                anchored |= set(open_names) if len(open_names) == 1 else set()
        for constraint in constraints:
            loose: dict[str, float] = {}
            for (name, _), factor in constraint.factors:
                if name not in anchored:
                    loose[name] = loose.get(name, 0.0) + factor
            # x[t] - x[t-1] = flow says nothing about the level of x: its factors cancel.
            if len(loose) == 1 and next(iter(loose.values())) != 0.0:
                anchored |= loose.keys()
    return anchored


def typical_levels(observations: Sequence[Observation], constraints: Sequence[Constraint]) -> dict[str, float]:
    """The typical size of a line's quarterly figure, always positive.

    The median of |value| / quarters over the figures of the line; for lines without figures, that of a
    line of which it is a share times the share; else the largest term of an identity.
    """
    sizes: dict[str, list[float]] = {}
    for one in observations:
        if one.relation == "value":
            sizes.setdefault(one.line, []).append(abs(one.value) / sum(weight for _, weight in one.now))
    levels = {name: _middle(values) for name, values in sizes.items()}
    for one in observations:
        if one.relation == "value" and levels[one.line] == 0.0:
            levels[one.line] = max(one.error, 0.0) or 1.0
    before = -1
    while len(levels) > before:
        before = len(levels)
        for one in observations:
            if one.relation == "split":
                _level_of_split(one, levels)
            if one.relation != "share" or one.base is None:
                continue
            if one.line not in levels and one.base in levels:
                levels[one.line] = (abs(one.value) or one.error or 1.0) * levels[one.base]
            elif one.base not in levels and one.line in levels and one.value != 0.0:
                levels[one.base] = levels[one.line] / abs(one.value)
        for constraint in constraints:
            unknown = {name for (name, _), _ in constraint.factors if name not in levels}
            if len(unknown) == 1:
                name = unknown.pop()
                others = [abs(factor) * levels[other] for (other, _), factor in constraint.factors if other != name]
                own = max(abs(factor) for (other, _), factor in constraint.factors if other == name)
                levels[name] = max([*others, abs(constraint.identity.constant)]) / own or 1.0
    return levels


def _level_of_split(one: Observation, levels: dict[str, float]) -> None:
    """Add the typical level of the one line of a split that has none."""
    unknown = [part for part in one.parts if part.name not in levels and part.share != 0.0]
    known = sum(abs(part.share) * levels[part.name] for part in one.parts if part.name in levels)
    if one.line not in levels and not unknown and known > 0:
        levels[one.line] = known
    elif one.line in levels and len(unknown) == 1:
        levels[unknown[0].name] = levels[one.line] / abs(unknown[0].share)


def _middle(sizes: Sequence[float]) -> float:
    """The median, or the mean when the median is zero."""
    return median(sizes) or fmean(sizes)


def typical_changes(observations: Sequence[Observation], levels: Mapping[str, float]) -> dict[str, float]:
    """The standard deviation of a line's quarterly change, relative to its typical level.

    The figures of a line are taken from the shortest period to the longest, leaving out those that
    overlap one already taken. Between the means of consecutive ones, d apart and m quarters from
    middle to middle, a random walk of this standard deviation s gives ``|d| / sqrt(m)`` the median
    ``NORMAL_MEDIAN * s``, roughly. At least SMOOTHNESS, so that no line is believed to be steadier.
    """
    figures: dict[str, list[Observation]] = {}
    for one in observations:
        if one.relation == "value":
            figures.setdefault(one.line, []).append(one)
    changes = dict.fromkeys(levels, SMOOTHNESS)
    for name, ones in figures.items():
        taken: set[Quarter] = set()
        means: list[tuple[float, float]] = []
        for one in sorted(ones, key=lambda one: len(one.now)):
            quarters = {quarter for quarter, _ in one.now}
            if quarters & taken:
                continue
            taken |= quarters
            total = sum(weight for _, weight in one.now)
            middle = sum(weight * quarter.ordinal for quarter, weight in one.now) / total
            means.append((middle, one.value / total))
        means.sort()
        steps = [abs(after - before) / (end - start) ** 0.5 for (start, before), (end, after) in pairwise(means)]
        if steps:
            changes[name] = max(SMOOTHNESS, median(steps) / NORMAL_MEDIAN / levels[name])
    return changes
