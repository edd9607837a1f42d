"""Words of the report: shares, differences, bounds and shocks as text."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import numpy as np

from forecast.analysis import Goal, Goals
from forecast.scenario import When


def percent(share: float) -> str:
    """A share with one decimal: ``49.3%``."""
    return f"{share:.1%}"


def wanted(share: float) -> str:
    """A probability as somebody states it: ``80%``."""
    return f"{100 * share:g}%"


def wish(goals: Goals) -> str:
    """What must hold as a clause; of several with a date of its own where that is not the common one.

    ``net_profit over the trailing year is at least 0 and cash over the quarter is always at least 0``.
    """
    told = []
    for goal in goals.parts:
        own = goal.by if goal.by != goals.by else None
        told.append(_clause(goal) + ("" if own is None else f" {_until(goal)} {own}"))
    return " and ".join(told)


def due(goals: Goals, by: object) -> str:
    """The same with every date: ``... is at least 0 by 2027Q4``; what must always hold does so up to its date."""
    several = len(goals.parts) > 1
    alike = len({(goal.by or goals.by, goal.always) for goal in goals.parts}) == 1
    if not several or alike:
        told = f"{wish(goals)} {_until(goals.parts[0])} {by}"
    else:
        told = " and ".join(alone(goal, by) for goal in goals.parts)
    return f"{told}, on the same path," if several else told


def alone(goal: Goal, by: object) -> str:
    """One of several goals with its date."""
    return f"{_clause(goal)} {_until(goal)} {goal.by or by}"


def _until(goal: Goal) -> str:
    return "up to" if goal.always else "by"


def _clause(goal: Goal) -> str:
    told = goal.condition.removesuffix(", always")
    is_now = " is always " if goal.always else " is "
    return told.replace(" >= ", f"{is_now}at least ").replace(" <= ", f"{is_now}at most ")


def points(difference: float) -> str:
    """A difference of two shares in percentage points with its sign: ``+40.3``."""
    text = f"{100 * difference:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def number(value: float) -> str:
    """Four significant digits; an infinite bound lies beyond the range searched."""
    return "beyond the range" if np.isinf(value) else "-" if np.isnan(value) else f"{value:,.4g}"


def shock_in_words(shock: Any) -> str:
    """``Scale selling.target: size 0.9, start 2026Q3``: what it is and every field that is not left out."""
    if isinstance(shock, When):
        inner = "; ".join(shock_in_words(one) for one in shock.shocks)
        until = f" until {shock.until}" if shock.until is not None else ""
        return f"when {shock.condition}{until}: {inner}"
    name = f"{type(shock).__name__} {shock.target}"
    if not is_dataclass(shock):
        return name
    said = [
        f"{one.name} {getattr(shock, one.name)}"
        for one in fields(shock)
        if one.name != "target" and (one.default is MISSING or getattr(shock, one.name) != one.default)
    ]
    return f"{name}: {', '.join(said)}" if said else name
