"""Arithmetic on whole paths: compiled formulas, which write over the arrays that they have made themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from forecast.distributions import Array

Look: TypeAlias = Callable[[str, int], Array]
"""Gives a line at a lag: ``look("cash", 1)``."""

Rule: TypeAlias = Callable[[Look], "Array | float"]

OPERATIONS: dict[str, np.ufunc] = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a formula may call, with how many numbers it is of."""

    ufunc: np.ufunc
    least: int
    most: float


FUNCTIONS = {
    "max": Function(np.maximum, 2, float("inf")),
    "min": Function(np.minimum, 2, float("inf")),
    "exp": Function(np.exp, 1, 1),
    "log": Function(np.log, 1, 1),
    "abs": Function(np.absolute, 1, 1),
    "sqrt": Function(np.sqrt, 1, 1),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a formula: its rule, whether that makes a new array, and its number where it is one."""

    rule: Rule
    fresh: bool = False
    number: np.float64 | None = None


def onto(operation: np.ufunc, fresh: Any, other: Any) -> Array:
    """``operation(fresh, other)``, written over ``fresh``, which nobody else holds, unless it is a number."""
    out = fresh if type(fresh) is np.ndarray and fresh.ndim else None
    found: Array = operation(fresh, other, out=out)
    return found


def constant(number: float) -> Step:
    """A number."""
    fixed = np.float64(number)
    return Step(lambda look: fixed, number=fixed)


def read(line: str, lag: int) -> Step:
    """A line at a lag."""
    return Step(lambda look: look(line, lag))


def negated(inner: Step) -> Step:
    """``-a``."""
    if inner.number is not None:
        return constant(-inner.number)
    rule = inner.rule
    return Step(lambda look: -rule(look), fresh=True)


def combined(operation: np.ufunc, left: Step, right: Step) -> Step:
    """Two parts joined, written over one that the formula itself has made where there is one.

    Numbers are worked out once. Memory that is written over saves the machine a trip to fresh memory; the operations
    and their order stay those of the text, so every bit does as well. A part that is the same on all paths is a
    number, which cannot be written over.
    """
    a, b, number = left.rule, right.rule, right.number
    if left.number is not None and number is not None:
        with np.errstate(all="ignore"):
            return constant(operation(left.number, number))
    if left.fresh:

        def over_left(look: Look) -> Any:
            x: Any = a(look)
            y: Any = b(look) if number is None else number
            return operation(x, y, out=x) if type(x) is np.ndarray and x.ndim else operation(x, y)

        return Step(over_left, fresh=True)
    if right.fresh:

        def over_right(look: Look) -> Any:
            x: Any = a(look)
            y: Any = b(look)
            return operation(x, y, out=y) if type(y) is np.ndarray and y.ndim else operation(x, y)

        return Step(over_right, fresh=True)
    return Step(lambda look: operation(a(look), b(look)), fresh=True)


def called(name: str, arguments: Sequence[Step]) -> Step:
    """A function of one part, or the largest or smallest of several."""
    ufunc = FUNCTIONS[name].ufunc
    first, *others = arguments
    for other in others:
        first = combined(ufunc, first, other)
    if others:
        return first
    inner = first.rule
    if first.number is not None:
        with np.errstate(all="ignore"):
            return constant(ufunc(first.number))

    def over(look: Look) -> Any:
        x: Any = inner(look)
        return ufunc(x, out=x) if first.fresh and type(x) is np.ndarray and x.ndim else ufunc(x)

    return Step(over, fresh=True)
