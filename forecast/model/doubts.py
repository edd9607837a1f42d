"""What to doubt about a history and a model together: formulas that do not hold in it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from forecast.distributions import Array
from forecast.financials import History
from forecast.lines import Identity

DIGITS = 6
"""Decimals up to which figures are taken for rounded ones."""

WIDE = 3.5
"""Standard errors beyond which a difference is no error of the figures, as in reconciling."""

CLOSE = 1e-6
"""The part of the sizes that are added up which is never told."""


def broken(identities: Iterable[Identity], history: History) -> tuple[str, ...]:
    """Linear formulas that do not hold in the history, one sentence each: a table may say what does not add up.

    With every figure known in quarter t the gap is ``line[t] - constant - sum(factor * name[t - lag])``. It is told
    where it is larger than what rounding and errors allow: half of the last decimal of each column, times its factor,
    plus 3.5 standard errors of the figures taken as independent, plus a millionth of the sizes added up.
    """
    found = []
    for identity in identities:
        parts = ((identity.line, 0, -1.0), *identity.terms)
        if not all(name in history.lines for name, _, _ in parts):
            continue
        reads = [(history.values(name), history.errors(name), lag, factor) for name, lag, factor in parts]
        left, nothing = reads[0][0], np.zeros(len(history.quarters))
        right = identity.constant + sum(
            (factor * _earlier(values, lag) for values, _, lag, factor in reads[1:]), nothing
        )
        sizes = sum((np.abs(factor * _earlier(values, lag)) for values, _, lag, factor in reads), nothing)
        variance = sum(((factor * _earlier(errors, lag)) ** 2 for _, errors, lag, factor in reads), nothing)
        rounding = sum(abs(factor) * _half(values) for values, _, _, factor in reads)
        allowed = rounding + WIDE * np.sqrt(variance) + CLOSE * sizes
        gaps = np.abs(left - right)
        wrong = np.flatnonzero(gaps > allowed)
        if wrong.size:
            worst = int(wrong[np.argmax(gaps[wrong])])
            known = int(np.isfinite(gaps).sum())
            found.append(
                f"'{identity.text}' does not hold in {wrong.size} of {known} quarters of the history: "
                f"'{identity.line}' is {left[worst]:.6g} in {history.quarters[worst]}, the formula gives "
                f"{right[worst]:.6g}. Simulated quarters follow the formula: correct the figures, or let reconcile "
                "weigh them."
            )
    return tuple(found)


def _earlier(values: Array, lag: int) -> Array:
    """What a line was ``lag`` quarters ago; NaN where the history does not go back."""
    return np.concatenate([np.full(min(lag, len(values)), np.nan), values[: max(len(values) - lag, 0)]])


def _half(values: Array) -> float:
    """Half of the last decimal that a column is written with."""
    known = values[np.isfinite(values)]
    close = 1e-9 * max(1.0, float(np.max(np.abs(known), initial=0.0)))
    digits = (one for one in range(DIGITS) if np.allclose(known, np.round(known, one), rtol=0.0, atol=close))
    return float(0.5 * 10.0 ** -next(digits, DIGITS))
