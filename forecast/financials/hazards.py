"""What to doubt about distributed quarters: indicators that say little, few periods, quarters below zero."""

from __future__ import annotations

import math

import numpy as np

from forecast.financials.alignment import Aligned
from forecast.financials.benchmarking import Fit

LEVEL = 0.05
"""How often an indicator without any bearing on the line passes as one that has, were rho known.

It is estimated, so that over 8 periods some 8 in 100 pass, and 20 in 100 where line and indicator both wander as walks.
"""

TWICE = 2.0
"""Errors that may be this many times as large as they say (97.5 %) are doubted: of fewer than 8 degrees of freedom."""

ROUNDING = 1e-9
"""A quarter below zero by this part of the largest period is rounding."""

CONSTANT = "constant"
"""What ``Aligned.with_constant`` calls its column."""


def hazards(aligned: Aligned, fit: Fit, bounds: tuple[float, float]) -> tuple[str, ...]:
    """Warnings about quarters made of periods, one sentence each.

    - an indicator that is the same in all quarters of each known period tells them not apart
    - F = ((m - 1) / (1 - R) - (m - k)) / (k - 1), R the adjusted R-squared of the regression with a constant, is below
      its 95 % quantile with k - 1 and m - k degrees of freedom: the indicators explain no more than chance would
    - rho at a bound: at 0 what is left of a period is spread evenly within it, at the upper one the disturbances
      are all but a walk
    - the true sigma is below sigma sqrt(d / q), q the 2.5 % quantile of chi-square with d degrees (97.5 %); doubted
      where that is more than ``TWICE`` sigma
    - periods that are all explained exactly: the errors are 0, which no estimate is
    - quarters below zero where no period is
    """
    return (*_flat(aligned), *_regressed(aligned, fit, bounds), *_negative(aligned, fit))


def _flat(aligned: Aligned) -> list[str]:
    known = [
        list(places) for value, places in zip(aligned.benchmarks, aligned.covered, strict=True) if math.isfinite(value)
    ]
    if all(len(places) == 1 for places in known):
        return []
    found = []
    for name, column in zip(aligned.names, aligned.indicators.T, strict=True):
        if name != CONSTANT and all(np.ptp(column[places]) == 0 for places in known):
            found.append(
                f"'{name}' does not change within any known period, so it says nothing about how a period divides into "
                "quarters. Give a series that is measured by quarter, or none."
            )
    return found


def _regressed(aligned: Aligned, fit: Fit, bounds: tuple[float, float]) -> list[str]:
    """Doubts about a regression; none of Denton-Cholette, which estimates nothing."""
    from scipy.stats import chi2, f, t

    degrees, used = fit.degrees, len(fit.coefficients)
    if not used:
        return []
    if fit.sigma == 0.0:
        return [
            "the indicators explain every period exactly, so the errors are 0 and say nothing. Check that no indicator "
            "is made from the line itself."
        ]
    found = []
    names = [f"'{name}'" for name in aligned.names if name != CONSTANT]
    if CONSTANT in aligned.names and names and math.isfinite(fit.adjusted_r_squared):
        ratio = ((degrees + used - 1) / (1.0 - fit.adjusted_r_squared) - degrees) / (used - 1)
        chance = float(f.sf(ratio, used - 1, degrees))
        if chance > LEVEL:
            few = (
                f"over {degrees + used} periods {' and '.join(names)} explain{'s' if len(names) == 1 else ''} the line"
            )
            found.append(
                f"{few} no better than chance would (p = {chance:.2f}): the quarters follow what may have nothing to "
                "do with them. Give another series, more periods, or none with method='fernandez'."
            )
    if fit.rho_at_bound:
        even = "what the indicators leave of a period is spread evenly within it and may jump between periods; "
        side = "lower" if fit.rho == bounds[0] else "upper"
        what = even if fit.rho == 0.0 else "" if side == "lower" else "line and indicators drift apart for good; "
        found.append(
            f"rho is {fit.rho:.4g}, the {side} bound of its range, and the likelihood would go further: "
            f"{what}compare method='fernandez', or give rho."
        )
    wider = math.sqrt(degrees / float(chi2.ppf(0.025, degrees)))
    if wider > TWICE:
        found.append(
            f"{degrees + used} known periods for {used} coefficient{'s' if used > 1 else ''} leave "
            f"{degrees} degree{'s' if degrees > 1 else ''} of freedom: the true sigma may be {wider:.2g} times as "
            f"large, and 95 % intervals are {float(t.ppf(0.975, degrees)):.3g} standard errors to each side, not 2. "
            "Give more periods."
        )
    return found


def _negative(aligned: Aligned, fit: Fit) -> list[str]:
    known = aligned.benchmarks[np.isfinite(aligned.benchmarks)]
    if (known < 0).any():
        return []
    below = np.flatnonzero(fit.estimates < -ROUNDING * float(known.max()))
    if not below.size:
        return []
    worst = int(below[np.argmin(fit.estimates[below])])
    count = "1 quarter is" if below.size == 1 else f"{below.size} quarters are"
    return [
        f"{count} below zero though no period is, the lowest {fit.estimates[worst]:.4g} in {aligned.quarters[worst]}. "
        "Give the halves that are known, or an indicator that moves as the periods do."
    ]
