"""Constraints on levers: linear inequalities in plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from forecast.distributions import Array
from forecast.errors import FormulaError, GoalError, Problems, did_you_mean
from forecast.formulas import parse

NAME = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*")
"""A parameter in a text, ``line.parameter``."""


def read_constraints(texts: Sequence[str], names: Sequence[str]) -> tuple[Array, Array]:
    """``matrix @ x >= bound`` for the levers ``names`` in their order, shapes (constraints, levers) and (constraints,).

    Each text is one comparison of linear arithmetic over levers, as in
    ``"research_and_development.growth >= administration.growth - 0.01"``; ``<`` and ``<=`` mean the same.
    """
    problems = Problems()
    rows, bounds = [], []
    if isinstance(texts, str):
        problems.add(f"constraints is {texts!r}; give a list of texts, [{texts!r}].")
        texts = ()
    elif not isinstance(texts, list | tuple):
        problems.add(f"constraints is {texts!r}; give a list of texts, ['selling.target >= 0.3'].")
        texts = ()
    for text in texts:
        row = _row(text, names, problems)
        if row is not None:
            rows.append(row[0])
            bounds.append(row[1])
    problems.raise_if_any(GoalError, "the constraints cannot be read")
    return np.array(rows, dtype=float).reshape(len(rows), len(names)), np.array(bounds, dtype=float)


def _row(text: str, names: Sequence[str], problems: Problems) -> tuple[list[float], float] | None:
    pieces = re.split(r"(<=|>=|<|>)", text) if isinstance(text, str) else []
    if len(pieces) != 3 or "=" in pieces[0] + pieces[2]:
        problems.add(f"{text!r} is not one comparison; write 'selling.target >= 0.3' or 'a.growth - b.growth <= 0.02'.")
        return None
    unknown = [name for name in dict.fromkeys(NAME.findall(text)) if name not in names]
    for name in unknown:
        problems.add(f"{text!r} names '{name}', which is not moved. {did_you_mean(name, names)}")
    if unknown:
        return None
    linear = re.search(r"(?<![\w.])[A-Za-z_]", NAME.sub("", text)) is None  # no name but those of levers
    sides = []
    for piece in (pieces[0], pieces[2]):
        try:
            read = parse("side = " + NAME.sub(lambda found: f"lever_{names.index(found[0])}", piece))
        except FormulaError as problem:
            problems.add(f"{text!r}: {problem}")
            return None
        known = read.identity
        if known is None or not linear or any(lag for _, lag, _ in known.terms):
            problems.add(f"{text!r} is not linear in the levers {', '.join(names)}.")
            return None
        sides.append(known)
    sign = 1.0 if pieces[1][0] == ">" else -1.0
    row = [0.0] * len(names)
    for factor, side in ((sign, sides[0]), (-sign, sides[1])):
        for line, _, weight in side.terms:
            row[int(line.removeprefix("lever_"))] += factor * weight
    return row, sign * (sides[1].constant - sides[0].constant)
