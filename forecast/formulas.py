"""Formulas: plain arithmetic over lines, parsed by Python's own parser and checked node by node."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from forecast.distributions import Array
from forecast.errors import FormulaError, ModelError
from forecast.lines import Identity, check_name

Look: TypeAlias = Callable[[str, int], Array]
"""Gives a line at a lag: ``look("cash", 1)``."""

Rule: TypeAlias = Callable[[Look], "Array | float"]

LONGEST = 4_000
DEEPEST = 60
FURTHEST = 40
"""Quarters of the longest lag."""

CONSTANT = ("", 0)
"""Where the constant of a linear expression stands among its factors."""

FORBIDDEN = {
    ast.Call: "a call",
    ast.Attribute: "an attribute",
    ast.Lambda: "a lambda",
    ast.Compare: "a comparison",
    ast.IfExp: "a condition",
    ast.BoolOp: "a boolean operation",
    ast.NamedExpr: "an assignment inside",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "a string",
    ast.Await: "an await",
}

OPERATORS: dict[type[ast.operator], Callable[[Rule, Rule], Rule]] = {
    ast.Add: lambda a, b: lambda look: a(look) + b(look),
    ast.Sub: lambda a, b: lambda look: a(look) - b(look),
    ast.Mult: lambda a, b: lambda look: a(look) * b(look),
    ast.Div: lambda a, b: lambda look: a(look) / b(look),
}


@dataclass(frozen=True, slots=True)
class Expression:
    """The checked right-hand side of a formula."""

    line: str
    text: str
    reads: tuple[tuple[str, int], ...]
    identity: Identity | None
    rule: Rule


def parse(formula: str, *, recorded: bool = False) -> Expression:
    """Read ``"gross_profit = revenue - cost"``.

    Allowed are lines, numbers, ``+ - * /``, brackets and lags such as ``cash[-1]`` (one quarter earlier); with
    ``recorded`` also what drivers record, such as ``drama_revenue.conversion``. Anything else is refused by name;
    nothing of the text is ever evaluated as Python.
    """
    if not isinstance(formula, str) or formula.count("=") != 1 or len(formula) > LONGEST:
        raise FormulaError(
            f"formula {str(formula)[:80]!r} is not of the form 'line = expression' "
            f"(one equals sign, at most {LONGEST} characters)."
        )
    left, right = (side.strip() for side in formula.split("="))
    try:
        line = check_name(left)
    except ModelError as problem:
        raise FormulaError(f"formula {formula!r}: {problem.heading}") from None
    try:
        tree = ast.parse(right, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(f"formula {formula!r}: {right!r} is not arithmetic over lines.") from None
    problems: list[str] = []
    _inspect(tree.body, right, problems, 0, recorded)
    if problems:
        raise FormulaError(
            f"formula {formula!r} may hold lines, numbers, + - * / and lags such as cash[-1] only",
            dict.fromkeys(problems),
        )
    reads = tuple(dict.fromkeys(_reads(tree.body)))
    if (line, 0) in reads:
        raise FormulaError(f"formula {formula!r} defines '{line}' by itself; write {line}[-1] for the quarter before.")
    terms = _linear(tree.body)
    identity = None
    if terms is not None and all(math.isfinite(factor) for factor in terms.values()):
        constant = terms.pop(CONSTANT, 0.0)
        identity = Identity(line, tuple((name, lag, factor) for (name, lag), factor in terms.items()), constant)
    return Expression(line, f"{line} = {ast.unparse(tree.body)}", reads, identity, _compile(tree.body))


def _inspect(node: ast.expr, text: str, problems: list[str], depth: int, recorded: bool) -> None:
    """Note everything in the tree that is not arithmetic over lines; ``text`` is what was parsed."""
    said = ast.get_source_segment(text, node) or ""
    if depth > DEEPEST:
        problems.append(f"it is nested more than {DEEPEST} deep; split it into lines of their own.")
    elif isinstance(node, ast.BinOp):
        if type(node.op) not in OPERATORS:
            problems.append(f"{said[:60]!r} uses an operator other than + - * /.")
        _inspect(node.left, text, problems, depth + 1, recorded)
        _inspect(node.right, text, problems, depth + 1, recorded)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        _inspect(node.operand, text, problems, depth + 1, recorded)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float) or not _finite(node.value):
            problems.append(f"{said[:60]!r} is not a finite number.")
    elif isinstance(node, ast.Subscript):
        name = _name(node.value, recorded)
        if name is None or _lag(node) is None:
            problems.append(
                f"{said[:60]!r} is not a lag of 1 to {FURTHEST} quarters; write cash[-1] for one quarter earlier."
            )
        else:
            _inspect_name(name, problems)
    elif (name := _name(node, recorded)) is not None:
        _inspect_name(name, problems)
    else:
        what = next((name for kind, name in FORBIDDEN.items() if isinstance(node, kind)), "not arithmetic")
        problems.append(f"{said[:60]!r} is {what}.")


def _inspect_name(name: str, problems: list[str]) -> None:
    for part in name.split("."):
        try:
            check_name(part)
        except ModelError as problem:
            problems.append(problem.heading)


def _name(node: ast.expr, recorded: bool = True) -> str | None:
    """``cash``, or where allowed ``drama_revenue.conversion``; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if recorded and isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return None


def _finite(number: float) -> bool:
    try:
        return math.isfinite(float(number))
    except OverflowError:
        return False


def _lag(node: ast.Subscript) -> int | None:
    index = node.slice
    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub) and isinstance(index.operand, ast.Constant):
        quarters = index.operand.value
        if isinstance(quarters, int) and not isinstance(quarters, bool) and 1 <= quarters <= FURTHEST:
            return quarters
    return None


def _reads(node: ast.expr) -> list[tuple[str, int]]:
    if (name := _name(node)) is not None:
        return [(name, 0)]
    if isinstance(node, ast.Subscript) and (name := _name(node.value)) is not None:
        return [(name, _lag(node) or 0)]
    if isinstance(node, ast.BinOp):
        return _reads(node.left) + _reads(node.right)
    if isinstance(node, ast.UnaryOp):
        return _reads(node.operand)
    return []


def _compile(node: ast.expr) -> Rule:
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](_compile(node.left), _compile(node.right))
    if isinstance(node, ast.UnaryOp):
        inner = _compile(node.operand)
        return (lambda look: -inner(look)) if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        number = np.float64(node.value)
        return lambda look: number
    ((name, lag),) = _reads(node)
    return lambda look: look(name, lag)


def _linear(node: ast.expr) -> dict[tuple[str, int], float] | None:
    """Factors by (line, lag), the constant under CONSTANT; None when the expression is not linear."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return {CONSTANT: float(node.value)}
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return {_reads(node)[0]: 1.0}
    if isinstance(node, ast.UnaryOp):
        inner = _linear(node.operand)
        sign = -1.0 if isinstance(node.op, ast.USub) else 1.0
        return None if inner is None else {key: sign * factor for key, factor in inner.items()}
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _linear(node.left), _linear(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Add | ast.Sub):
        sign = 1.0 if isinstance(node.op, ast.Add) else -1.0
        return {key: left.get(key, 0.0) + sign * right.get(key, 0.0) for key in left | right}
    if set(right) == {CONSTANT}:
        number = right[CONSTANT]
        if isinstance(node.op, ast.Div):
            return None if number == 0 else {key: factor / number for key, factor in left.items()}
        return {key: factor * number for key, factor in left.items()}
    if isinstance(node.op, ast.Mult) and set(left) == {CONSTANT}:
        return {key: factor * left[CONSTANT] for key, factor in right.items()}
    return None
