"""What to doubt about a history: contradictions, figures that could not be used, an ill-conditioned balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecast.financials.history import History

ROUNDED = 1e-6
"""A balance of which rounding still moves a figure by this part of its line's level is called ill-conditioned."""


def doubts(history: History) -> tuple[str, ...]:
    """Warnings about a history, one sentence each."""
    return (*counted(history), *_unsteady(history), *_cancelled(history))


def counted(history: History) -> tuple[str, ...]:
    """How many figures are contradicted and not used; the history names each."""
    found = []
    count = len(history.contradictions)
    if count:
        found.append(f"{_figures(count)} contradicted by the others; history.contradictions names them.")
    unusable = sum(not one.reason.startswith("revised on") for one in history.set_aside)
    if unusable:
        found.append(f"{_figures(unusable)} not used; history.set_aside says why.")
    return tuple(found)


def _unsteady(history: History) -> list[str]:
    """A balance that rounding moves."""
    if history.trail is not None and (drift := history.trail.fitted.drift()) > ROUNDED:
        condition = history.trail.fitted.condition()
        return [
            f"the balance is ill-conditioned (condition number {condition:.0e}): rounding moves figures by up to "
            f"{drift:.0e} of their line's level. Leave out an identity that nearly repeats another, or give figures of "
            "similar size."
        ]
    return []


def _cancelled(history: History) -> list[str]:
    """Lines of which figures are differences of others that nearly cancel.

    The error of such a figure is larger than the figure itself and than the line's median size: one that passes through
    zero on its way is small without being lost.
    """
    found = []
    for entry in history.entries:
        derived = np.array([mark == "derived" for mark in entry.marks])
        sizes = np.abs(entry.values)
        known = sizes[np.isfinite(sizes)]
        level = float(np.median(known)) if known.size else 0.0
        lost = np.flatnonzero(derived & (entry.errors > np.maximum(sizes, level)))
        if lost.size:
            place = int(lost[np.argmax(entry.errors[lost])])
            found.append(
                f"'{entry.line.name}' is a difference of figures that nearly cancel in {lost.size} of "
                f"{len(entry.marks)} quarters: {entry.values[place]:.4g} with a standard error of "
                f"{entry.errors[place]:.2g} in {history.quarters[place]}. Add figures of its own."
            )
    return found


def _figures(count: int) -> str:
    return "1 figure is" if count == 1 else f"{count} figures are"
