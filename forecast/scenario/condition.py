"""A condition on lines: comparisons of plain arithmetic, joined by "and"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import FormulaError, ScenarioError
from forecast.formulas import LONGEST, Expression, Look, parse

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "<": np.less,
    ">": np.greater,
}


@dataclass(frozen=True, slots=True, init=False)
class Condition:
    """``Condition("cash < 500 and net_profit + net_profit[-1] < 0")``.

    On each side of ``<``, ``<=``, ``>`` or ``>=`` stands what a formula may hold, or a number that a driver records,
    such as ``drama_revenue.conversion``. A number that nobody knows meets no condition.
    """

    text: str
    reads: tuple[tuple[str, int], ...] = field(compare=False, repr=False)
    parts: tuple[tuple[Expression, str, Expression], ...] = field(compare=False, repr=False)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str) or not text.strip():
            raise ScenarioError(f"the condition is {text!r}; write one, as in 'cash < 500'.")
        if len(text) > LONGEST:
            raise ScenarioError(
                f"the condition {text[:60]!r}... has {len(text):,} characters; at most {LONGEST:,} are read. "
                "Give its parts lines of their own, with formulas."
            )
        parts = [_compared(part, text) for part in re.split(r"\s+and\s+", text.strip())]
        said = [f"{_right(left)} {sign} {_right(right)}" for left, sign, right in parts]
        reads = [read for left, _, right in parts for side in (left, right) for read in side.reads]
        if not reads:
            raise ScenarioError(f"the condition {text!r} names no line.")
        object.__setattr__(self, "text", " and ".join(said))
        object.__setattr__(self, "reads", tuple(dict.fromkeys(reads)))
        object.__setattr__(self, "parts", tuple(parts))

    def met(self, look: Look) -> NDArray[np.bool_]:
        """Whether it holds on each path, shape (paths,) or (), given the lines at their lags."""
        held: Any = np.asarray(True)
        with np.errstate(all="ignore"):
            for left, sign, right in self.parts:
                held = held & SIGNS[sign](left.rule(look), right.rule(look))
        return np.asarray(held)

    def __str__(self) -> str:
        return self.text


def _compared(part: str, text: str) -> tuple[Expression, str, Expression]:
    pieces = re.split(r"(<=|>=|<|>)", part)
    if len(pieces) != 3 or "=" in pieces[0] + pieces[2]:
        raise ScenarioError(
            f"the condition {text!r} has a part {part!r}, which is not one comparison; write 'cash < 500', and join "
            "several by 'and'."
        )
    try:
        left, right = (parse(f"condition = {piece}", recorded=True) for piece in (pieces[0], pieces[2]))
    except FormulaError as problem:
        raise ScenarioError(f"the condition {text!r} cannot be read: {problem}") from None
    return left, pieces[1], right


def _right(side: Expression) -> str:
    return side.text.partition(" = ")[2]
