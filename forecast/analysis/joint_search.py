"""The search for the least joint change: from several starts, checked by random smaller changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.analysis.nearest import ROUGHLY, Space
from forecast.analysis.thresholds import Thresholds
from forecast.distributions import Array
from forecast.simulation.streams import generator

STEPS = 16
"""Bisections of each lever alone."""

CLIMBS = 4
"""Bisections of the probability where the wanted one is out of reach."""

SAME = 0.1
"""Ends of the search closer than this, in standard deviations of each lever, are one."""

TRIES, CLOSER = 64, 0.98
"""Random changes tried, and their size as a part of the answer's."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the search came to; ``anchor`` reaches the goal where anything does."""

    u: Array
    anchor: Array
    feasible: bool
    ends: tuple[float, ...]
    starts: int
    proven: bool
    tried: int
    alone: tuple[float | None, ...]


def search(space: Space) -> Found:
    """The least change that was found, from the medians, each lever's own answer and where all levers help most.

    Where none of these reaches the goal, the probability is climbed first. One lever alone is searched over its whole
    range instead.
    """
    origin = space.inward(np.zeros(len(space.names)))
    singles = [_single(space, place) for place in range(len(space.names))]
    alone = tuple(one for one, _ in singles)
    if space.reaches(origin):
        moved = float(np.sqrt(origin @ origin))
        return Found(origin, origin, True, (moved,), 1, True, 0, alone)
    if len(space.names) == 1 and not len(space.bound):
        value = alone[0]
        best = space.inward((np.array([singles[0][1].best[1] if value is None else value]) - space.today) / space.sd)
        return Found(best, best, value is not None, (float(abs(best[0])),), 1, True, 0, alone)
    corner = space.inward((np.array([one.best[1] for _, one in singles]) - space.today) / space.sd)
    starts = [origin, corner]
    for place, (value, one) in enumerate(singles):
        start = origin.copy()
        start[place] = ((one.best[1] if value is None else value) - space.today[place]) / space.sd[place]
        starts.append(space.inward(start))
    anchor = next((start for start in starts[1:] if space.reaches(start)), None)
    if anchor is None:
        tops = [space.highest(start) for start in (corner, origin)]
        anchor = max([*starts, *tops], key=space.share)
        if not space.reaches(anchor):
            anchor = max(anchor, _likeliest(_rough(space), anchor, origin), key=space.share)
            return Found(anchor, anchor, False, (), len(starts), False, 0, alone)
        starts.append(anchor)
    ends = _ends(space, starts, anchor)
    best = min(ends, key=lambda u: float(u @ u))
    signs = np.sign(corner)
    closer, tried = _closer(space, best, signs)
    if closer is not None:
        starts.append(closer)
        ends.append(space.nearest(closer, closer))
        best = min(ends, key=lambda u: float(u @ u))
        closer, tried = _closer(space, best, signs)
    distances = tuple(float(np.sqrt(end @ end)) for end in _different(ends))
    return Found(best, anchor, True, distances, len(starts), False, tried if closer is None else 0, alone)


def _likeliest(space: Space, best: Array, origin: Array) -> Array:
    """Where the probability is largest, as far as was found: the wanted one is bisected down to what can be reached.

    Where the margin of the path that decides is highest for the wanted probability need not be where most succeed.
    """
    share, beyond = space.share(best), space.chance
    for _ in range(CLIMBS):
        middle = 0.5 * (share + beyond)
        tops = [space.wanting(middle).highest(start) for start in (best, origin)]
        top = max(tops, key=space.share)
        if space.share(top) > share:
            best, share = top, space.share(top)
        if share < middle:
            beyond = middle
    return best


def _rough(space: Space) -> Space:
    """The same with few paths, where there are many."""
    draws = space.question.run.draws
    return space.seeded(draws.seed, ROUGHLY) if draws.paths > 2 * ROUGHLY else space


def _ends(space: Space, starts: Sequence[Array], anchor: Array) -> list[Array]:
    """Where the searches end: first all of them with few paths, then the different ends with all paths."""
    rough = _rough(space)
    if rough is not space and rough.reaches(anchor):
        starts = _different([rough.nearest(start, anchor) for start in starts])
    return [space.nearest(start, anchor) for start in starts]


def _different(ends: Sequence[Array]) -> list[Array]:
    """The ends that differ, the nearest first."""
    found: list[Array] = []
    for end in sorted(ends, key=lambda u: float(u @ u)):
        if all(np.max(np.abs(end - other)) > SAME for other in found):
            found.append(end)
    return found


def _single(space: Space, place: int) -> tuple[float | None, Thresholds]:
    """The value of one lever nearest to today that reaches the goal, the others at their medians, and what was tried.

    The grid is searched outwards from today to both sides, the first step that reaches it is bisected.
    """
    name, today = space.names[place], float(space.today[place])
    others = {other: float(x) for other, x in zip(space.names, space.today, strict=True) if other != name}
    held = space.question.holding(others)
    low, high = (float(today + space.sd[place] * ends[place]) for ends in (space.low, space.high))
    found = held.thresholds(name, low, high, steps=0)
    chance = space.question.goal.probability or 0.0
    start = min(max(today, low), high)
    if held.share(name, start) >= chance:
        return start, found
    answers = []
    for side in (-1, 1):
        fails = start
        beyond = [(float(v), float(p)) for v, p in zip(found.grid, found.shares, strict=True) if side * (v - start) > 0]
        for value, share in sorted(beyond, key=lambda one: side * one[0]):
            if share >= chance:
                works = value
                for _ in range(STEPS):
                    middle = 0.5 * (works + fails)
                    good = held.share(name, middle) >= chance
                    works, fails = (middle, fails) if good else (works, middle)
                answers.append(works)
                break
            fails = value
    return min(answers, key=lambda value: abs(value - today)) if answers else None, found


def _closer(space: Space, best: Array, signs: Array) -> tuple[Array | None, int]:
    """A random smaller change that reaches the goal, if one was met, and how many were tried.

    Directions are random in the quarter of space in which every lever helps; a half of them about the answer's own.
    """
    chance = generator(space.question.run.draws.seed, "least change/closer")
    distance = float(np.sqrt(best @ best))
    tried = 0
    for number in range(TRIES):
        raw = np.abs(chance.standard_normal(len(best))) * signs
        direction = raw if number % 2 else best / max(distance, 1e-300) + 0.5 * raw
        length = float(np.sqrt(direction @ direction))
        if length == 0:
            continue
        point = np.clip(CLOSER * distance * direction / length, space.low, space.high)
        if not space.kept(point) or point @ point >= best @ best:
            continue
        tried += 1
        if space.reaches(point):
            return point, tried
    return None, tried


def search_again(space: Space, seed: int, found: Found) -> float:
    """The distance with another seed, searched from the answer; NaN where the goal is out of reach with it."""
    other = space.seeded(seed)
    if len(space.names) == 1 and not len(space.bound):
        value, _ = _single(other, 0)
        return float("nan") if value is None else abs(value - float(space.today[0])) / float(space.sd[0])
    further = space.inward(1.2 * found.u)
    anchor = next((u for u in (found.anchor, further) if other.reaches(u)), None)
    if anchor is None:
        return float("nan")
    end = other.nearest(found.u, anchor)
    return float(np.sqrt(end @ end))
