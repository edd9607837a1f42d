"""What to doubt about weighted paths: a view that leans on few of them, an earlier view that holds no more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.analysis.view import View
from forecast.distributions import Array
from forecast.notebook import counted
from forecast.simulation.doubts import FEW

MUCH = 2.0
"""Paths whose weights a view raises by less than this factor do not lean on it."""

ROUNDING = 1e-9
"""How far, by its size, a view may be off that was met: of probabilities of 0 and 1 there is no sampling error."""


def leaning(views: Sequence[View], numbers: Sequence[Array], prior: Array, weights: Array) -> list[str]:
    """Views of a probability that raise the weights of fewer than ``FEW`` paths ``MUCH``-fold or more.

    The paths that a view raises are those that meet it, or those that do not where it lowers the probability. With the
    weights p before they are worth ``(sum p)**2 / sum p**2`` equal ones: what a forecast says of the future given the
    view rests on these alone, however many effective paths there are in all.
    """
    found = []
    for view, x in zip(views, numbers, strict=True):
        before, after = view.seen(x, prior), view.seen(x, weights)
        if view.probability is None or not 0 < before < 1:
            continue
        met = view.met(x)
        raised, times = (met, after / before) if after > before else (~met, (1 - after) / (1 - before))
        share = prior[raised]
        worth = float(share.sum() ** 2 / np.sum(share**2))
        if times >= MUCH and worth < FEW:
            needed = int(np.ceil(len(prior) * FEW / worth / 1000)) * 1000
            found.append(
                f"'{view}' counts {counted(round(worth), 'path')} {times:.1f} times as much as "
                "before: what is said of the future in which it holds rests on them alone. "
                f"Simulate {needed:,} paths, or state a view nearer to the model."
            )
    return found


def outdated(views: Sequence[View], numbers: Sequence[Array], weights: Array) -> list[str]:
    """Views of an earlier call of which the weights now miss what was wanted by more than a standard error.

    That is ``sqrt(sum w**2 (f - mean f)**2)`` of what the view asks f to be in the mean, with the weights as they are;
    a range holds wherever it is kept.
    """
    found = []
    for view, x in zip(views, numbers, strict=True):
        for place, (about, low, high) in enumerate(view.conditions(x)):
            now = float(weights @ about)
            error = float(np.sqrt(np.sum(weights**2 * (about - now) ** 2)))
            slack = error + ROUNDING * max(1.0, abs(now))
            if low - slack <= now <= high + slack:
                continue
            seen = f"sd {view.told(float(np.sqrt(now)))}" if place else view.told(now)
            found.append(
                f"the earlier view '{view}' holds no more: the weighted paths now say {seen}. Give all views in one "
                "call."
            )
            break
    return found
