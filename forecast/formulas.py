"""Formulas: plain arithmetic over lines, parsed by Python's own parser and checked node by node."""

from __future__ import annotations

import ast
import math
import unicodedata
import warnings
from dataclasses import dataclass

from forecast.arithmetic import FUNCTIONS, OPERATIONS, Look, Rule, Step, called, combined, constant, negated, read
from forecast.errors import FormulaError, ModelError
from forecast.lines import Identity, check_name

__all__ = ["Expression", "Look", "Rule", "parse"]

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

OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}

CARRYING = ("log", "abs", "sqrt")
"""Functions of which a number that is not finite never gives a finite one; ``exp(-inf)`` and ``max(-inf, 0)`` do."""


@dataclass(frozen=True, slots=True)
class Expression:
    """The checked right-hand side of a formula.

    ``carries`` are the reads of which a number that is not finite, on any path, makes the result one as well.
    """

    line: str
    text: str
    reads: tuple[tuple[str, int], ...]
    identity: Identity | None
    rule: Rule
    carries: frozenset[tuple[str, int]] = frozenset()


def parse(formula: str, *, recorded: bool = False) -> Expression:
    """Read ``"gross_profit = revenue - cost"``.

    Allowed are lines, numbers, ``+ - * /``, brackets, lags such as ``cash[-1]`` (one quarter earlier) and the
    functions ``max`` and ``min`` (of two or more), ``exp``, ``log`` (natural), ``abs`` and ``sqrt`` (of one), path by
    path; with ``recorded`` also what drivers record, such as ``drama_revenue.conversion``. A name before a bracket is a
    function, any other a line: a line may be called ``max``. Anything else is refused by name; nothing of the text is
    ever evaluated as Python.
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
    if not right.isascii():
        odd = next(character for character in right if not character.isascii())
        raise FormulaError(
            f"formula {formula!r} holds {odd!r} ({unicodedata.name(odd, 'no letter')}). "
            "Write it with the letters, digits and signs of ASCII; others may only look like them."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's own about spellings such as '1or 2', which is refused below
            tree = ast.parse(right, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(f"formula {formula!r}: {right!r} is not arithmetic over lines.") from None
    problems: list[str] = []
    _inspect(tree.body, right, problems, 0, recorded)
    if problems:
        raise FormulaError(
            f"formula {formula!r} may hold lines, numbers, + - * /, lags such as cash[-1] and the functions "
            f"{', '.join(FUNCTIONS)} only",
            dict.fromkeys(problems),
        )
    found = tuple(dict.fromkeys(reads(tree.body)))
    if (line, 0) in found:
        raise FormulaError(f"formula {formula!r} defines '{line}' by itself; write {line}[-1] for the quarter before.")
    terms = _linear(tree.body)
    identity = None
    if terms is not None and all(math.isfinite(factor) for factor in terms.values()):
        rest = terms.pop(CONSTANT, 0.0)
        identity = Identity(line, tuple((name, lag, factor) for (name, lag), factor in terms.items()), rest)
    text = f"{line} = {ast.unparse(tree.body)}"
    return Expression(line, text, found, identity, _compile(tree.body).rule, _carried(tree.body))


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
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        _inspect_call(node, node.func.id, said, problems)
        for argument in node.args:
            _inspect(argument, text, problems, depth + 1, recorded)
    else:
        what = next((name for kind, name in FORBIDDEN.items() if isinstance(node, kind)), "not arithmetic")
        problems.append(f"{said[:60]!r} is {what}.")


def _inspect_call(node: ast.Call, name: str, said: str, problems: list[str]) -> None:
    least, most = FUNCTIONS[name].least, FUNCTIONS[name].most
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        problems.append(
            f"{said[:60]!r} names or unpacks what {name} is of; write it as in {name}(a{', b' * (least - 1)})."
        )
    elif not least <= len(node.args) <= most:
        wanted = "one" if most == 1 else "two or more"
        problems.append(f"{said[:60]!r} is {name} of {len(node.args)}; it takes {wanted}.")


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


def reads(node: ast.expr) -> list[tuple[str, int]]:
    """The lines and lags in a part of a formula, in the order of the text."""
    if (name := _name(node)) is not None:
        return [(name, 0)]
    if isinstance(node, ast.Subscript) and (name := _name(node.value)) is not None:
        return [(name, _lag(node) or 0)]
    if isinstance(node, ast.BinOp):
        return reads(node.left) + reads(node.right)
    if isinstance(node, ast.UnaryOp):
        return reads(node.operand)
    if isinstance(node, ast.Call):
        return [found for argument in node.args for found in reads(argument)]
    return []


def _carried(node: ast.expr) -> frozenset[tuple[str, int]]:
    """Reads of which a number that is not finite never comes out finite: inf - inf, inf * 0 and inf / inf are NaN."""
    if isinstance(node, ast.UnaryOp):
        return _carried(node.operand)
    if isinstance(node, ast.BinOp):
        left = _carried(node.left)
        return left if isinstance(node.op, ast.Div) else left | _carried(node.right)
    if isinstance(node, ast.Call):
        kept = isinstance(node.func, ast.Name) and node.func.id in CARRYING
        return _carried(node.args[0]) if kept else frozenset()
    return frozenset(reads(node))


def _compile(node: ast.expr) -> Step:
    if isinstance(node, ast.BinOp):
        return combined(OPERATIONS[OPERATORS[type(node.op)]], _compile(node.left), _compile(node.right))
    if isinstance(node, ast.UnaryOp):
        inner = _compile(node.operand)
        return negated(inner) if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return called(node.func.id, [_compile(argument) for argument in node.args])
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return constant(node.value)
    ((name, lag),) = reads(node)
    return read(name, lag)


def _linear(node: ast.expr) -> dict[tuple[str, int], float] | None:
    """Factors by (line, lag), the constant under CONSTANT; None when the expression is not linear."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return {CONSTANT: float(node.value)}
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return {reads(node)[0]: 1.0}
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
