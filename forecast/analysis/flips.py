"""Flips: the smallest move of one parameter, alone, that turns a conclusion round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecast.errors import SimulationError
from forecast.model import Parameter

FURTHEST = 3
"""Normal scores from the median that are searched, each way: 1 in 740 lies beyond on one side."""

STEPS = 12
"""Bisections of one normal score: to a four-thousandth."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A parameter known to be at ``value``, the others as they are, and the probability of the goal there, ``share``.

    Where it ``turns`` the conclusion round, this is the place nearest to its median that does; else the one, of those
    tried, with the probability nearest to the one wanted. ``away`` is how far that is from the median in normal scores
    (1.28 is the 90 % quantile), and ``quantile`` the same as a share of its distribution. Turning at 0 says that
    knowing the parameter to be at its median is enough.
    """

    parameter: Parameter
    value: float
    away: float
    quantile: float
    share: float
    turns: bool


def nearest_flip(
    parameter: Parameter, share_at: Callable[[float], float | None], wanted: float, holds: bool
) -> Flip | None:
    """The flip of one parameter within ``FURTHEST`` normal scores of its median; None where it can be nowhere.

    ``share_at`` gives the probability of the goal with the parameter at a value on all paths, None where it cannot be
    there. The conclusion ``holds`` where the probability is at least ``wanted``. Each side is walked in
    steps of one normal score z, with the value F^-1(Phi(z)), to the first that turns it round, and bisected from
    there; a turn that comes and goes between two steps is not noticed.
    """
    from scipy import special

    estimate = parameter.estimate
    assert estimate is not None
    tried: list[Flip] = []

    def turned(score: float) -> bool:
        """Whether the conclusion turns at a normal score; what was found is noted."""
        quantile = float(special.ndtr(score))
        value = float(estimate.ppf(np.asarray([quantile]))[0])
        share = share_at(value)
        if share is None:
            return False
        tried.append(Flip(parameter, value, score, quantile, share, (share >= wanted) is not holds))
        return tried[-1].turns

    if not turned(0.0):
        for side in (-1.0, 1.0):
            for step in range(1, FURTHEST + 1):
                if turned(side * step):
                    near, far = side * (step - 1), side * step
                    for _ in range(STEPS):
                        middle = 0.5 * (near + far)
                        near, far = (near, middle) if turned(middle) else (middle, far)
                    break
    turning = [flip for flip in tried if flip.turns]
    if turning:
        return min(turning, key=lambda flip: abs(flip.away))
    return min(tried, key=lambda flip: abs(flip.share - wanted), default=None)


def refusing(share_at: Callable[[float], float]) -> Callable[[float], float | None]:
    """The same, with None where the simulation is refused, as outside a domain that shocks leave."""

    def asked(value: float) -> float | None:
        try:
            return share_at(value)
        except SimulationError:
            return None

    return asked
