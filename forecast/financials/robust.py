"""Robust fitting: which facts a balance can believe together, found from coarse to fine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.financials.cells import Cell
from forecast.financials.observations import Observation
from forecast.financials.prior import WEAKER, prior_steps
from forecast.financials.system import Array, sparse_rows

if TYPE_CHECKING:
    from forecast.financials.fitting import Balance, Equations, Fit

FLOORS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002)
"""Standard errors, in typical levels of a line and quarter, that every fact is given at least, one after another."""

DOUBT = {"high": 1.0, "medium": 1.5, "low": 3.0}
"""Factor on the floor by confidence: of two facts that exclude each other the less trusted one gives way."""

COARSE = 0.1
"""From this floor on, three passes are made; below it two."""

CALM = 16.0
"""Factor on the variance of the prior while facts are judged: a change of four typical ones is nothing strange."""

TOLERATED = 3.0
"""A residual of up to this many of its standard errors keeps its full weight."""

BELIEVED = 4.0
"""A doubted fact is taken back when what the others imply lies within this many standard errors of it."""

STRICT = 4.0
"""Factor on the variance of the prior of a line whose own quarters tell how it moves, when a lone fact is judged."""

MOST_GROUPS = 20
"""Groups of doubted facts that are tried; beyond it the rest stays doubted, and named."""

OUT = 1e-12
"""The weight of a fact that is left out."""

FINE_PASSES = 3
LAST_PASSES = 8
ROUNDS = 3
SETTLED = 1e-8


def fit_robustly(balance: Balance, equations: Equations, plain: Fit, start: Array) -> Fit:
    """The fit in which the facts that the others refuse have next to no weight.

    Printed digits make facts so precise that a wrong one bends everything around it before it is seen to be wrong.
    So facts are judged from coarse to fine: each is first given an error of half its line's level per quarter, where
    only gross mistakes stand out and the course of a line (the prior) has a say; the floor then falls step by step to
    nothing. At each step a residual of r standard errors has the weight ``1 / (1 + (r / c)**2)**2`` (Geman and
    McClure 1985), c = TOLERATED: graduated non-convexity (Blake and Zisserman 1987, "Visual Reconstruction", ch. 7)
    in the size of the errors. At the end the weight is 1 up to c and ``(c / r)**4`` beyond it, with the prior
    weakened: it vanishes, so that one wrong figure stands alone instead of being spread over its neighbours.

    Then every doubted fact is heard again: it is taken back when the others, without the doubted ones, imply
    something within BELIEVED standard errors of it, or when several doubted facts agree with each other and with
    every believed one. For this the prior is strict where a line's own quarters tell how it moves, and weak
    elsewhere. So a jump that two facts report is kept, and so is a lone figure of a new business; a lone figure
    that is out of all proportion for a line that is well known is not, and of two facts that contradict each other
    alone both remain, and are both named.
    """
    values, weights = start, np.ones(len(equations.observations))
    size = np.array([_size(one) for one in equations.observations])
    for floor in FLOORS:
        for _ in range(3 if floor >= COARSE else 2):
            fit, _ = balance.step(equations, values, weights, floor=floor * size, weaker=CALM)
            values, weights = fit.values, (1.0 + (fit.away / TOLERATED) ** 2) ** -2
    for _ in range(FINE_PASSES):
        fit, _ = balance.step(equations, values, weights, weaker=CALM)
        values, weights = fit.values, _weights(fit.away)
    fit = _settled(balance, equations, values, weights)
    judging = _judging(balance)
    for _ in range(ROUNDS):
        weights = _weights(fit.away)
        doubted = [int(number) for number in np.flatnonzero(fit.away > TOLERATED)]
        judge, _ = judging.step(equations, fit.values, weights, weaker=1.0)
        back = [number for number in doubted if _believable(judge, number)]
        back += _agreeing(balance, equations, fit, [number for number in doubted if number not in back])
        if not back:
            break
        weights[back] = 1.0
        fit = balance.settle(equations, fit.values, weights)
        fit = _settled(balance, equations, fit.values, _weights(fit.away))
    return _undecided(balance, judging, equations, fit)


def _undecided(balance: Balance, judging: Balance, equations: Equations, fit: Fit) -> Fit:
    """The fit in which rivals that nothing else tells apart are all doubted alike.

    Rivals state the same sum, share or growth differently. The weights above decide for one of them even where no
    other fact does; so each group is taken out, and if the rest finds every one of them believable, each gets the
    weight that a residual of half their distance has, and all of them are named.
    """
    weights, open_groups = _weights(fit.away), []
    for rivals in _rivals(equations, fit):
        without = weights.copy()
        without[rivals] = OUT
        judge, _ = judging.step(equations, fit.values, without, weaker=1.0)
        if all(_believable(judge, number) for number in rivals):
            open_groups.append(rivals)
    if not open_groups:
        return fit
    for rivals in open_groups:
        apart = float(np.ptp(fit.target[rivals])) if np.ptp(fit.target[rivals]) else float(fit.away[rivals].max())
        weights[rivals] = _weights(np.maximum(apart / 2.0 / fit.errors[rivals], TOLERATED))
    return balance.settle(equations, fit.values, weights)


def _rivals(equations: Equations, fit: Fit) -> list[list[int]]:
    """Observations that state the same thing differently with the same confidence, where one of them is doubted."""
    stated: dict[tuple[object, ...], list[int]] = {}
    for number, one in enumerate(equations.observations):
        if one.facts and not any(fact.qualifier for fact in one.facts):
            trust = min(DOUBT[fact.confidence] for fact in one.facts)
            stated.setdefault((one.relation, one.line, one.base, one.now, trust), []).append(number)
    found = [numbers for numbers in stated.values() if len(numbers) > 1 and (fit.away[numbers] > TOLERATED).any()]
    return found[:MOST_GROUPS]


def _judging(balance: Balance) -> Balance:
    """The balance under the prior by which single facts are judged: strict for watched lines, weak for others."""
    layout = balance.layout
    others = [name for name in layout.levels if name not in layout.watched]
    known = sparse_rows(prior_steps(layout, layout.watched), len(layout.cells))
    rest = sparse_rows(prior_steps(layout, others), len(layout.cells))
    precision = known.T @ known / STRICT + rest.T @ rest / WEAKER
    return replace(balance, precision=precision.tocsc(), pull=None)


def _agreeing(balance: Balance, equations: Equations, fit: Fit, doubted: Sequence[int]) -> list[int]:
    """Doubted facts that agree with each other, and with every fact that is believed: a jump that several report."""
    found: list[int] = []
    for group in _groups(equations, doubted)[:MOST_GROUPS]:
        weights = _weights(fit.away)
        weights[group] = 1.0
        trial = balance.settle(equations, fit.values, weights)
        believed = fit.away <= TOLERATED
        believed[group] = True
        if (trial.away[believed] <= TOLERATED).all():
            found += group
    return found


def _groups(equations: Equations, doubted: Sequence[int]) -> list[list[int]]:
    """Doubted facts of one line that share a quarter, two or more figures together."""
    groups: list[tuple[set[Cell], list[int]]] = []
    for number in doubted:
        one = equations.observations[number]
        cells = {cell for cell in one.cells if cell[0] == one.line}
        members = [number]
        for other in [entry for entry in groups if entry[0] & cells]:
            groups.remove(other)
            cells, members = cells | other[0], other[1] + members
        groups.append((cells, members))
    return [members for _, members in groups if len(members) > 1]


def _size(one: Observation) -> float:
    """How much of a floor a fact is given: its quarters, and more for one that is trusted less; a mapping has none."""
    if not one.facts:
        return 0.0
    return max(1.0, len(one.now)) * min(DOUBT[fact.confidence] for fact in one.facts)


def _settled(balance: Balance, equations: Equations, values: Array, weights: Array) -> Fit:
    """Reweigh until nothing moves, with the weakened prior."""
    for _ in range(LAST_PASSES):
        fit, moved = balance.step(equations, values, weights)
        if moved < SETTLED:
            break
        values, weights = fit.values, _weights(fit.away)
    return fit


def _weights(away: Array) -> Array:
    """1 up to TOLERATED standard errors, then falling with the fourth power."""
    weights: Array = np.minimum(1.0, TOLERATED / np.maximum(away, TOLERATED)) ** 4
    return weights


def _believable(fit: Fit, number: int) -> bool:
    """Whether the others imply something near a doubted fact."""
    spread = math.sqrt(fit.solved.variance_of(fit.rows[number]))
    return bool(abs(fit.residuals[number]) <= BELIEVED * math.hypot(fit.errors[number], spread))
