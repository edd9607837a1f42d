"""The dimension of a formula, worked out part by part; sides that do not go together are told in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

from forecast.dimensions import (
    ANNUALISED,
    ANY,
    CHANGE,
    FLOW,
    LEVELS,
    OVER_LEVEL,
    STOCK,
    UNKNOWN,
    Dimension,
    bare,
    product,
    quotient,
)
from forecast.formulas import Expression, parse, reads
from forecast.lines import Identity

READ = re.compile(r"([a-z][a-z0-9_]*)(\[-\d+\])?")
"""A line, perhaps with a lag."""

Of: TypeAlias = Callable[[str, int], Dimension]
"""Gives the dimension of a line at a lag: ``of("cash", 1)``."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a formula, its dimension, and how often it holds each level (None: not a sum of them)."""

    node: ast.expr
    what: Dimension
    levels: Mapping[str, float] | None = None

    @property
    def text(self) -> str:
        """The part as it is written."""
        return ast.unparse(self.node)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a formula comes to, and one sentence for each pair of sides that do not go together."""

    what: Dimension
    problems: tuple[str, ...]


def measured(
    expression: Expression,
    of: Of,
    *,
    rolling: bool = False,
    openings: Collection[str] = frozenset(),
    scaled: bool = False,
) -> Measured:
    """The dimension of the right-hand side; ``rolling`` where it may be a stock brought forward by flows.

    ``openings`` are lines that are the line's own past by another name, ``opening = cash[-1]``; ``scaled`` is as in
    ``rolls``.
    """
    brought = frozenset(openings) if rolling and rolls(expression, openings, scaled=scaled) else None
    walk = _Walk(of, [], rolling=rolling, line=expression.line, brought=brought, scaled=scaled)
    part = walk.part(_tree(expression.text))
    kept = isinstance(_tree(expression.text), ast.Subscript)
    return Measured(replace(part.what, opening=part.what.opening and kept), tuple(walk.problems))


def compared(left: Expression, right: Expression, of: Of) -> tuple[str, ...]:
    """What does not go together in a comparison of two sides, or within one."""
    walk = _Walk(of, [], rolling=True, loose=True, comparing=True)
    walk.sum([walk.part(_tree(side.text)) for side in (left, right)])
    return tuple(walk.problems)


def rolls(expression: Expression, openings: Collection[str] = frozenset(), *, scaled: bool = False) -> bool:
    """Whether the line's own past is a term of it as it stands, as in ``cash = cash[-1] + cash_flow``.

    ``scaled`` takes its past times something for that as well, ``arr = arr[-1] * (1 - churn) + new_arr``: what an
    annualised line keeps and what it loses are both annualised.
    """
    return _holds(_tree(expression.text), expression.line, openings, scaled)


def opens(expression: Expression) -> str | None:
    """The line of which another one is an earlier quarter and no more, ``opening = cash[-1]``."""
    return expression.reads[0][0] if isinstance(_tree(expression.text), ast.Subscript) else None


def fraction(expression: Expression) -> tuple[Identity, Identity] | None:
    """The two sides of a formula that is one linear sum over another, ``margin = (revenue - cost) / revenue``."""
    tree = _tree(expression.text)
    if not (isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div)):
        return None
    top, below = (parse(f"{expression.line} = {ast.unparse(side)}").identity for side in (tree.left, tree.right))
    return None if top is None or below is None else (top, below)


@lru_cache(maxsize=1024)
def _tree(text: str) -> ast.expr:
    """The right-hand side of a text that ``parse`` has checked."""
    return ast.parse(text.partition(" = ")[2], mode="eval").body


def _holds(node: ast.expr, line: str, openings: Collection[str], scaled: bool) -> bool:
    """Whether a term of a sum is the line's own past."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name) and node.value.id == line
    if isinstance(node, ast.Name):
        return node.id in openings
    below: Sequence[ast.expr] = ()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        below = (node.left, node.right)
    elif isinstance(node, ast.BinOp) and scaled:
        below = (node.left,) if isinstance(node.op, ast.Div) else (node.left, node.right)
    elif isinstance(node, ast.UnaryOp):
        below = (node.operand,)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("max", "min", "abs"):
        below = node.args
    return any(_holds(part, line, openings, scaled) for part in below)


@dataclass(slots=True)
class _Walk:
    """One walk over a formula of a ``line``.

    ``loose`` is where a flow may stand beside a stock, ``comparing`` where an annualised figure may as well, and
    ``brought`` holds the names of the line's own past, None where it is no term, ``scaled`` or as it stands. ``factor``
    is where a sum is multiplied or divided, so that a stock may be brought forward there, but no annualised figure.
    """

    of: Of
    problems: list[str]
    rolling: bool = False
    loose: bool = False
    comparing: bool = False
    line: str = ""
    brought: frozenset[str] | None = None
    scaled: bool = False
    factor: bool = False

    def part(self, node: ast.expr) -> Part:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            return replace(self.sum(self._terms(node, 1.0)), node=node)
        if isinstance(node, ast.BinOp):
            inner = replace(self, brought=None, rolling=True, factor=self.factor or not self.rolling)
            left, right = inner.part(node.left), inner.part(node.right)
            divided = isinstance(node.op, ast.Div)
            what = quotient(left.what, right.what) if divided else product(left.what, right.what)
            return Part(node, what, _scaled(left, right, divided))
        if isinstance(node, ast.UnaryOp):
            return replace(_signed(self.part(node.operand), -1.0 if isinstance(node.op, ast.USub) else 1.0), node=node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return Part(node, self._called(node.func.id, node.args))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return Part(node, bare(float(node.value)), {})
        ((name, lag),) = reads(node)
        what = self.of(name, lag)
        return Part(node, what, {name: 1.0} if what.is_level else {})

    def _terms(self, node: ast.expr, sign: float) -> list[Part]:
        """The terms of a sum, each with its sign."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            other = sign if isinstance(node.op, ast.Add) else -sign
            return self._terms(node.left, sign) + self._terms(node.right, other)
        return [_signed(self.part(node), sign)]

    def _called(self, name: str, arguments: Sequence[ast.expr]) -> Dimension:
        if name not in ("max", "min"):
            what = self.part(arguments[0]).what
            return what if name == "abs" and what.number is None else UNKNOWN
        inner = replace(self, rolling=True, loose=True, brought=None)
        strict = replace(self, rolling=True, loose=False)
        what = inner.sum([strict.part(argument) for argument in arguments]).what
        return replace(what, times=what.times | {FLOW}, number=None) if STOCK in what.times else what

    def sum(self, parts: Sequence[Part]) -> Part:
        """What parts that must have one unit come to (rule 1)."""
        node = parts[0].node
        known = [part for part in parts if part.what.degree is not None]
        if not known:
            numbers = [part.what.number for part in parts if part.what.number is not None]
            if len(numbers) == len(parts):
                return Part(node, bare(sum(numbers)), {})
            unsummed = all(part.what == OVER_LEVEL or part.what.number is not None for part in parts)
            return Part(node, OVER_LEVEL if unsummed else UNKNOWN, {})
        first = next((part for part in known if part.what.degree == 1), known[0])
        for part in known:
            if part.what.degree != first.what.degree:
                self._refuse(first, part, f"multiply '{part.text}' by the money that it is a part of")
        if first.what.degree == 0:
            kept = len({part.what.currencies for part in known}) == 1 and len(known) == len(parts)
            bared = all(part.what.degree == 0 or part.what.number is not None for part in parts)
            what = first.what if kept or (bared and first.what.currencies == ()) else Dimension(0)
            # what an exchange rate has moved by in a quarter is no longer a price: it makes a flow of a stock
            return Part(node, replace(what, times=CHANGE) if what.currencies and len(parts) > 1 else what, {})
        money = [part for part in known if part.what.degree == 1]
        currency = self._agreed(money, "currencies")
        scale = self._agreed(money, "scale")
        times, opening = self._times(money, blank=any(_blank(part) for part in parts))
        stated = any(part.what.stated for part in money)
        return Part(node, Dimension(1, currency, scale, times, opening, stated), _added(parts))

    def _agreed(self, money: Sequence[Part], which: str) -> Any:
        """The one currency or scale of several parts: what most of them have, each of the others being refused."""
        told = [part for part in money if getattr(part.what, which) is not None]
        if not told:
            return None
        said = [getattr(part.what, which) for part in told]
        most = max(said, key=said.count)
        first = told[said.index(most)]
        for part, its in zip(told, said, strict=True):
            if its != most:
                cure = _conversion(first, part) if which == "currencies" else "bring both to one scale"
                self._refuse(first, part, cure)
        return most

    def _times(self, money: Sequence[Part], *, blank: bool) -> tuple[frozenset[str], bool]:
        """The time of a sum, and whether it holds a level of an earlier quarter.

        Beside a ``blank``, a term that nobody knows, levels may always be a change.
        """
        if self.brought is not None:
            own = [part for part in money if part.what.is_level and self._is_own(part)]
            if own:
                return self._carried(own, [part for part in money if part not in own], blank=blank), True
        levels = [part for part in money if part.what.is_level]
        net = _added(levels)
        if levels and (blank or (net is not None and not any(net.values()))):
            change = frozenset().union(*(part.what.times for part in levels)) | {FLOW}
            money = [replace(part, what=replace(part.what, times=change)) if part in levels else part for part in money]
        openings = [part for part in money if self._is_opening(part)]
        if any(map(_is_stock, openings)) and any(not part.what.is_level for part in money):
            # what is brought forward by flows is a level of this quarter's end, as other levels are
            openings += [part for part in money if _is_stock(part) and part not in openings]
        others = [part for part in money if part not in openings]
        opened, rest = self._met(openings), self._met(others)
        opening = any(part.what.opening for part in levels)
        if not openings or not others:
            return (opened if openings else rest), opening
        if opened & rest and not rest & {FLOW}:
            return opened & rest, opening
        if FLOW in rest:
            return opened, opening
        self._refuse(openings[0], others[0], self._time_cure(openings[0], others[0]))
        return opened, opening

    def _is_opening(self, part: Part) -> bool:
        level = self.rolling and part.what.is_level and part.what.opening
        return level and not (self.factor and part.what.times == {ANNUALISED})

    def _is_own(self, part: Part) -> bool:
        return self.brought is not None and _holds(part.node, self.line, self.brought, self.scaled)

    def _carried(self, carried: Sequence[Part], rest: Sequence[Part], *, blank: bool) -> frozenset[str]:
        """The time of a line's own past and the rest of its sum.

        ``x = x[-1] + rest`` says that the rest is what x changes by in a quarter: a flow. An annualised line changes
        by annualised figures as well, such as the ARR won and lost in a quarter.
        """
        own = self._met(carried)
        if ANNUALISED in own:
            rest = [_changing(part) for part in rest]
        found = len(self.problems)
        change, _ = replace(self, brought=None)._times(rest, blank=blank) if rest else (own | {FLOW}, False)
        if FLOW not in change and len(self.problems) == found:
            wrong = next(part for part in rest if FLOW not in part.what.times)
            self._refuse(carried[0], wrong, _change_cure(carried[0], wrong, self.line))
        return own

    def _met(self, parts: Sequence[Part]) -> frozenset[str]:
        """The times that all parts may have; the first of those that has none in common with another is refused."""
        met, last = ANY, None
        for part in parts:
            times = part.what.times
            if met & times:
                last = part if last is None or met & times != met else last
                met &= times
            elif self.comparing and FLOW not in met | times:
                met = LEVELS
            elif self.loose and _bounds(met, times):
                met = frozenset((FLOW, STOCK))
            else:
                assert last is not None
                self._refuse(last, part, self._time_cure(last, part))
                return met
        return met

    def _time_cure(self, one: Part, other: Part) -> str:
        yearly = next((part for part in (one, other) if part.what.times == {ANNUALISED}), None)
        if yearly is not None:
            there = other if yearly is one else one
            if there.what.opening:
                return _change_cure(there, yearly)
            if FLOW in there.what.times:
                own = STOCK in there.what.times and any(name == self.line for name, _ in reads(there.node))
                too = f", or {_annualised_too(there, self.line)}" if own else ""
                return f"divide '{yearly.text}' by 4 first{too}"
            return f"they are never one sum; {_annualised_too(there)}"
        level = one if one.what.is_level else other
        plain = READ.fullmatch(level.text)
        if plain is None:
            return "a stock is no part of a quarter's flow"
        if plain[2]:
            return "give the formula kind='stock' if it is the stock brought forward, or take the change"
        return f"add its change, {plain[1]} - {plain[1]}[-1], or divide it by 4 if it is annualised"

    def _refuse(self, one: Part, other: Part, cure: str) -> None:
        sentence = f"'{one.text}' is {one.what}, '{other.text}' is {other.what}; {cure}."
        if sentence not in self.problems:
            self.problems.append(sentence)


def _is_stock(part: Part) -> bool:
    """Whether it is a level that need not be annualised."""
    return part.what.is_level and STOCK in part.what.times


def _bounds(one: frozenset[str], other: frozenset[str]) -> bool:
    return (FLOW in one and STOCK in other) or (FLOW in other and STOCK in one)


def _changing(part: Part) -> Part:
    """A part of the change of an annualised line, where annualised figures are flows."""
    times = part.what.times
    return replace(part, what=replace(part.what, times=times | {FLOW})) if ANNUALISED in times else part


def _change_cure(level: Part, wrong: Part, line: str = "") -> str:
    """What to write instead of a level that is added to one of an earlier quarter."""
    yearly = ANNUALISED in level.what.times
    cure = f"{'an annualised figure' if yearly else 'a stock'} changes by flows: write "
    plain = READ.fullmatch(wrong.text)
    change = f"the change, {plain[1]} - {plain[1]}[-1]" if plain else f"the change of {wrong.text}"
    if yearly or ANNUALISED not in wrong.what.times:
        return cure + change
    if STOCK in wrong.what.times:
        return f"{cure}{change}, or {wrong.text} / 4 if that is annualised"
    return f"{cure}{wrong.text} / 4, or {_annualised_too(level, line)}"


def _annualised_too(part: Part, line: str = "") -> str:
    """The advice for a side that was taken for no annualised figure because it does not say that it is one."""
    plain = READ.fullmatch(part.text)
    name = line or (plain[1] if plain else part.text)
    return f"give '{name}' unit='{part.what.yearly}' if it is annualised as well"


def _conversion(first: Part, other: Part) -> str:
    codes = [part.what.currencies or () for part in (first, other)]
    if all(len(found) == 1 and found[0][1] == 1 for found in codes):
        rate = f"{codes[0][0][0]}_per_{codes[1][0][0]}"
        return f"multiply '{other.text}' by an exchange rate first, a Path or Rate with unit='{rate}'"
    return "convert one of them with an exchange rate, the right way round"


def _blank(part: Part) -> bool:
    return part.what.degree is None and part.what.number is None


def _signed(part: Part, sign: float) -> Part:
    what = part.what if part.what.number is None else bare(sign * part.what.number)
    levels = None if part.levels is None else {name: sign * share for name, share in part.levels.items()}
    return replace(part, what=what, levels=levels)


def _scaled(left: Part, right: Part, divided: bool) -> Mapping[str, float] | None:
    """The levels in a product with a number."""
    if right.what.number is not None and left.levels is not None and (right.what.number or not divided):
        factor = 1 / right.what.number if divided else right.what.number
        return {name: factor * share for name, share in left.levels.items()}
    if left.what.number is not None and not divided and right.levels is not None:
        return {name: left.what.number * share for name, share in right.levels.items()}
    return None


def _added(parts: Iterable[Part]) -> Mapping[str, float] | None:
    found: dict[str, float] = {}
    for part in parts:
        if part.levels is None:
            return None
        for name, share in part.levels.items():
            found[name] = found.get(name, 0.0) + share
    return {name: share if abs(share) > 1e-12 else 0.0 for name, share in found.items()}
