"""PRIM: a box in parameter space where a mean is high, peeled slowly and pasted back (bump hunting)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array

PEEL = 0.05
"""Share of the points inside that one peel, or one paste, takes away or gives back."""

SMALLEST = 0.02
"""Peeling ends at this share of all points."""

Side = tuple[int, int]
"""A column, and -1 for its lower bound or +1 for its upper one."""

Edges = dict[Side, float]
"""A box: the value of each bound; points on a bound lie inside."""


@dataclass(frozen=True, slots=True)
class Step:
    """A box on the way of peeling, with its mass, its density (mean inside) and its coverage of the whole."""

    edges: Edges
    mass: float
    density: float
    coverage: float


def inside(points: Array, edges: Edges) -> NDArray[np.bool_]:
    """Which points lie in a box, shape (points,); ``points`` has shape (points, columns)."""
    there = np.ones(len(points), dtype=bool)
    for (column, side), edge in edges.items():
        values = points[:, column]
        there &= values <= edge if side > 0 else values >= edge
    return there


def measured(points: Array, labels: Array, weights: Array, edges: Edges) -> Step:
    """A box on points: mass is its share of the weights, density the share of labels inside, coverage of all labels."""
    there = inside(points, edges)
    mass = float(weights[there].sum() / weights.sum())
    found, every = float((weights * labels)[there].sum()), float((weights * labels).sum())
    return Step(dict(edges), mass, found / float(weights[there].sum()) if mass > 0 else 0.0, found / every)


def peeled(points: Array, labels: Array, weights: Array, sides: Iterable[Side]) -> list[Step]:
    """Boxes from all points to the smallest one; each cuts off the 5 % whose loss raises the density most.

    Friedman and Fisher (1999, "Bump hunting in high-dimensional data", Statistics and Computing 9, sections 8 and 9),
    with the mean of the remaining box as the objective. Only ``sides`` are cut.
    """
    columns = [[side for side in sides if side[1] == sign] for sign in (-1, 1)]
    edges: Edges = {}
    rows = np.arange(len(points))
    trail = [measured(points, labels, weights, edges)]
    while len(rows) * (1 - PEEL) >= max(SMALLEST * len(points), 1 / PEEL):
        best: tuple[float, Side, float] | None = None
        share, told = weights[rows], (weights * labels)[rows]
        for sign, each in zip((-1, 1), columns, strict=True):
            if not each:
                continue
            values = points[rows][:, np.array([column for column, _ in each])]
            cut = PEEL if sign < 0 else 1 - PEEL
            ends = np.quantile(values, cut, axis=0, method="higher" if sign < 0 else "lower")
            kept = values >= ends if sign < 0 else values <= ends
            left = share @ kept
            density = np.where(kept.all(axis=0) | (left == 0), -np.inf, (told @ kept) / np.maximum(left, 1e-300))
            place = int(np.argmax(density))
            if density[place] > -np.inf and (best is None or density[place] > best[0]):
                best = float(density[place]), each[place], float(ends[place])
        if best is None:
            break
        edges[best[1]] = best[2]
        rows = rows[inside(points[rows], {best[1]: best[2]})]
        trail.append(measured(points, labels, weights, edges))
    return trail


def pasted(points: Array, labels: Array, weights: Array, edges: Edges) -> Edges:
    """The box with bounds moved out again, by 5 % of its points at a time, as long as that raises its density."""
    edges = dict(edges)
    now = measured(points, labels, weights, edges)
    while edges:
        tried = []
        for side, edge in edges.items():
            others = inside(points, {other: value for other, value in edges.items() if other != side})
            beyond = points[others, side[0]]
            beyond = np.sort(side[1] * beyond[side[1] * beyond > side[1] * edge])
            if len(beyond):
                step = min(int(np.ceil(PEEL * inside(points, edges).sum())), len(beyond))
                wider = {**edges, side: float(side[1] * beyond[step - 1])}
                tried.append(measured(points, labels, weights, wider))
        best = max(tried, key=lambda step: step.density, default=None)
        if best is None or best.density <= now.density:
            break
        edges, now = best.edges, best
    return edges


def rarity(share: float, rate: float, count: float) -> float:
    """How likely a share at least this high is among ``count`` points if each is labelled with probability ``rate``.

    P(B >= share * count) for B binomial(count, rate), as an incomplete beta function, so that an effective count need
    not be whole.
    """
    from scipy import special

    hits = share * count
    if hits <= 0:
        return 1.0
    return float(special.betainc(hits, count - hits + 1.0, rate))
