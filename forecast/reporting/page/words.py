"""Words of the report: shares, differences, bounds and shocks as text."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import numpy as np

from forecast.analysis import Goal
from forecast.scenario import When


def percent(share: float) -> str:
    """A share with one decimal: ``49.3%``."""
    return f"{share:.1%}"


def wanted(share: float) -> str:
    """A probability as somebody states it: ``80%``."""
    return f"{100 * share:g}%"


def wish(goal: Goal) -> str:
    """What must hold as a clause: ``net_profit over the trailing year is at least 0``."""
    return goal.condition.replace(" >= ", " is at least ").replace(" <= ", " is at most ")


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
