"""Precision: what a printed figure says of the true one, as a centre and a standard error."""

from __future__ import annotations

import math

from forecast.financials.facts import Fact

RELATIVE_ERROR = {"high": 0.0, "medium": 0.001, "low": 0.005}
"""Standard error by confidence, relative to the figure, on top of its rounding."""

QUALIFIER_ERROR = {"": 0.0, "about": 0.02, "more than": 0.05, "less than": 0.05, "forecast": 0.05}
"""Standard error of a qualified figure, relative to it, on top of rounding and confidence."""

EXCESS = {"more than": 0.05, "less than": -0.05}
"""Mean distance of the true figure from a bound, relative to its size: see ``centre``."""


def centre(fact: Fact) -> float:
    """The expected true figure, in the fact's own unit.

    The printed value, except for a bound. "More than 240" names the last round number that was passed: the
    excess is taken as exponential with the mean 5 % of the bound (a judgement), whose standard deviation is 5 %
    too, so it counts as 252 +- 12. "Less than" is its mirror image.
    """
    return fact.value + EXCESS.get(fact.qualifier, 0.0) * abs(fact.value)


def steepness(fact: Fact) -> float:
    """By how much the centre moves when the printed figure rises by one: 1.05 for "more than 240"."""
    return 1.0 + EXCESS.get(fact.qualifier, 0.0) * math.copysign(1.0, fact.value)


def standard_error(fact: Fact) -> float:
    """The standard error of a fact in its own unit.

    ``sqrt(half_width**2 / 3 + (relative * value)**2 + (qualified * value)**2)``: a rounding error is
    uniform on +- half_width, hence of variance half_width**2 / 3; so is a figure within a printed range.
    """
    relative = RELATIVE_ERROR[fact.confidence] * fact.value
    qualified = QUALIFIER_ERROR[fact.qualifier] * fact.value
    return math.hypot(fact.rounding / math.sqrt(3.0), relative, qualified)


def within_bound(fact: Fact, implied: float) -> bool:
    """Whether a figure lies on the side of a bound that the fact allows; no other fact has such a side."""
    if fact.qualifier == "more than":
        return implied >= fact.value
    return fact.qualifier == "less than" and implied <= fact.value
