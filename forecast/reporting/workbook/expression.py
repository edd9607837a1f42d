"""Formulas of lines as formulas of cells."""

from __future__ import annotations

import ast
from collections.abc import Callable

NAMES = {"max": "MAX", "min": "MIN", "exp": "EXP", "log": "LN", "abs": "ABS", "sqrt": "SQRT"}
SIGNS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("-", 1),
    ast.Mult: ("*", 2),
    ast.Div: ("/", 2),
}
WHOLE = 9
"""Binds tighter than any sign."""


def as_cells(text: str, look: Callable[[str, int], str]) -> str:
    """The right-hand side of a checked formula, ``"a = b - cash[-1]"``, with cells: ``look("cash", 1)`` is one."""
    tree = ast.parse(text.partition("=")[2].strip(), mode="eval")
    return _written(tree.body, look)[0]


def number(value: float) -> str:
    """A number with all its digits, in brackets where it is negative."""
    said = repr(float(value)).upper()
    return f"({said})" if value < 0 else said


def _written(node: ast.expr, look: Callable[[str, int], str]) -> tuple[str, int]:
    """The text of a node, and how tightly it binds."""
    if isinstance(node, ast.BinOp):
        sign, strength = SIGNS[type(node.op)]
        left, right = _written(node.left, look), _written(node.right, look)
        return f"{_bound(left, strength)}{sign}{_bound(right, strength + 1)}", strength
    if isinstance(node, ast.UnaryOp):
        inner = _bound(_written(node.operand, look), WHOLE)
        return (f"(-{inner})" if isinstance(node.op, ast.USub) else inner), WHOLE
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        inside = ",".join(_written(argument, look)[0] for argument in node.args)
        return f"{NAMES[node.func.id]}({inside})", WHOLE
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return number(node.value), WHOLE
    if isinstance(node, ast.Subscript):
        return look(ast.unparse(node.value), -int(ast.literal_eval(node.slice))), WHOLE
    return look(ast.unparse(node), 0), WHOLE


def _bound(written: tuple[str, int], needed: int) -> str:
    text, strength = written
    return text if strength >= needed else f"({text})"
