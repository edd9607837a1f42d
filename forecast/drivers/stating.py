"""How drivers read what users state: parameters, loadings on common factors, and starting values."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from forecast.distributions import Array, Distribution, fixed, lognormal, normal
from forecast.errors import (
    CalibrationError,
    DistributionError,
    HistoryTooShortError,
    ModelError,
    Problems,
    did_you_mean,
)
from forecast.financials import History
from forecast.lines import A_YEAR, MONEY, Line, check_name
from forecast.model import Now, Past, as_assumption, check_shared

LEAST_SEEN = 0.25
"""However little the facts show, a spread is at most doubled: below this the estimate is not to be believed."""


def settle(driver: Any, *stated: str) -> None:
    """Check the line names and read the named parameter fields of a new driver, with every problem at once."""
    problems = Problems()
    optional = {field.name for field in dataclasses.fields(driver) if field.default is None}
    for name in ("line", "of", "fx"):
        if hasattr(driver, name) and not (name in optional and getattr(driver, name) is None):
            try:
                check_name(getattr(driver, name))
            except ModelError as problem:
                problems.add(problem.heading)
    for name in stated:
        value = getattr(driver, name)
        if value is not None or name not in optional:
            try:
                object.__setattr__(driver, name, as_assumption(value))
            except (DistributionError, ModelError) as problem:
                problems.add(f"{name}: {problem}")
    if hasattr(driver, "shared"):
        try:
            object.__setattr__(driver, "shared", check_shared(driver.shared))
        except (ModelError, TypeError, ValueError) as problem:
            problems.add(f"shared: {problem}")
    if not problems.found:
        try:
            driver.parameters()
        except (DistributionError, ModelError) as problem:
            problems.add(str(problem))
    problems.raise_if_any(ModelError, f"the driver {type(driver).__name__} of {driver.line!r} cannot be read")


def line_of(driver: Any, kind: str) -> Line:
    """The driver's line of that kind, in the unit and currency that it states; what is "a year" is a stock."""
    unit = driver.unit or MONEY
    return Line(driver.line, "stock" if unit.endswith(A_YEAR) else kind, unit, driver.currency)


def start_of(driver: Any, past: Past) -> Distribution:
    """The line's last value as a distribution: exact where reported, normal where it carries an error."""
    known = past.opening(driver.line)
    if known is None:
        raise CalibrationError(
            f"'{driver.line}' ({type(driver).__name__}) has no value in the last quarter of the history. "
            f"Give 'start', or calibrate(..., opening={{'{driver.line}': ...}})."
        )
    value, error = known
    return fixed(value) if not error > 0 else normal(value, error)


FEW = 6
"""Changes below which a spread is told to rest on few."""


def history_of(driver: Any, past: Past, needed: int) -> Array:
    """The line's last unbroken run of known quarters, or a refusal that says how many are needed."""
    if past.history is None:
        raise CalibrationError(
            f"'{driver.line}' ({type(driver).__name__}) has parameters to fit but there is no history. State them."
        )
    if driver.line not in past.history.lines:
        raise CalibrationError(
            f"'{driver.line}' ({type(driver).__name__}) is not in the history. "
            f"{did_you_mean(driver.line, past.history.lines)} Add facts for it, or model it as a Path."
        )
    values = unbroken(past.history, driver.line)
    if len(values) < needed:
        raise HistoryTooShortError(
            f"'{driver.line}' ({type(driver).__name__}) needs {needed} quarters in a row up to "
            f"{past.history.last}; the history has {len(values)}. State its parameters, or use another driver."
        )
    return values


def unbroken(history: History, line: str) -> Array:
    """The values of the last quarters that have no gap, oldest first; empty when the last one is missing."""
    if line not in history.lines:
        return np.empty(0)
    values = history.values(line)
    missing = np.flatnonzero(np.isnan(values))
    return values[missing[-1] + 1 :] if len(missing) else values


def widening(history: History, line: str, quarters: int) -> float:
    """What the spread of estimated quarters is multiplied by: 1 where all are known, at most 2.

    Quarters that the history only estimates look smoother than they were: their changes show the part
    ``History.seen`` of the true variance, so the spread is divided by its root.
    """
    return 1 / math.sqrt(max(history.seen(line, quarters), LEAST_SEEN))


def kept_part(now: Now) -> Array:
    """``2**(-1 / half_life)``, the part of a distance that is left a quarter later.

    Worked out again only when the parameter has moved: the same array means the same numbers.
    """
    half_life = now.parameter("half_life")
    if now.recall("half_life") is not half_life:
        now.keep("half_life", half_life)
        now.keep("kept_part", np.exp2(-1.0 / half_life))
    part = now.recall("kept_part")
    assert part is not None
    return part


def shrunk_mean(sample: Array, prior_mean: float, prior_sd: float, *, wider: float = 1.0) -> Distribution:
    """Posterior of a mean under a normal prior.

    Precisions add: ``1/sd**2 = 1/prior_sd**2 + n/s**2``, and the mean is weighted by them, with s the
    sample standard deviation times ``wider`` (Gelman et al. 2013, Bayesian Data Analysis, eq. 2.11 and
    2.12). Fewer than two numbers leave the prior.
    """
    n = len(sample)
    spread = wider * float(np.std(sample, ddof=1)) if n > 1 else 0.0
    if n < 2:
        return normal(prior_mean, prior_sd)
    weight = n / max(spread**2, 1e-12)
    prior = 1 / prior_sd**2
    mean = (prior * prior_mean + weight * float(np.mean(sample))) / (prior + weight)
    return normal(mean, max(math.sqrt(1 / (prior + weight)), 1e-9))


def spread_of(sample: Array, floor: float, *, wider: float = 1.0) -> Distribution:
    """A standard deviation and its own uncertainty: lognormal around ``wider`` times the sample's.

    Its sigma is ``1 / sqrt(2 * (n - 1))``, the delta-method error of the log of a normal sample's standard deviation.
    """
    n = len(sample)
    found = max(wider * float(np.std(sample, ddof=1)) if n > 1 else floor, floor)
    return lognormal(found, 1 / math.sqrt(2 * max(n - 1, 2)))


def floored(sample: Array, floor: float, what: str) -> tuple[str, ...]:
    """The warnings about a spread that comes from few changes, or from changes so alike that ``floor`` stands in."""
    found = []
    spread = float(np.std(sample, ddof=1)) if len(sample) > 1 else floor
    if spread < floor:
        found.append(
            f"its {len(sample)} {what} differ by a standard deviation of only {spread:.2g}; the smallest spread of the "
            f"driver, {floor:g}, stands in for theirs."
        )
    if len(sample) < FEW:
        found.append(f"its spread rests on only {len(sample)} {what}.")
    return tuple(found)
