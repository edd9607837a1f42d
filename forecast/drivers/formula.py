"""Formula: an accounting identity in plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from forecast.dimensions import Dimension
from forecast.distributions import Array
from forecast.drivers.stating import line_of
from forecast.errors import ModelError
from forecast.lines import KINDS, Identity, Line
from forecast.model import Expression, Fit, Noise, Now, Parameter, Past, Units, parse
from forecast.specification import fields_of


@dataclass(frozen=True, slots=True, init=False)
class Formula:
    """A line computed from others, ``Formula("gross_profit = revenue - cost")``.

    Lags are written ``cash[-1]`` and read the history where they reach back to it. The formula holds on
    every path and quarter exactly, and, where it is linear, binds the history as well. ``kind`` is "stock"
    when the line reads its own past (``cash = cash[-1] + cash_flow``) and "flow" otherwise, unless given. Sides in
    different units are refused when the model is built (docs/units.md); ``unit`` "million a year" makes it annualised.
    """

    formula: str
    kind: str | None = None
    currency: str | None = None
    unit: str | None = None
    expression: Expression = field(init=False, compare=False, repr=False)

    def __init__(
        self, formula: str, *, kind: str | None = None, currency: str | None = None, unit: str | None = None
    ) -> None:
        expression = parse(formula)
        own = any(name == expression.line for name, _ in expression.reads)
        kind = kind or ("stock" if own else "flow")
        if kind not in KINDS:
            raise ModelError(f"the formula {formula!r} has the kind {kind!r}; use one of {', '.join(KINDS)}.")
        object.__setattr__(self, "formula", expression.text)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "currency", currency)
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "expression", expression)

    @property
    def line(self) -> str:
        """The left-hand side."""
        return self.expression.line

    def spec(self) -> object:
        """What stands for it in a YAML file: the formula alone, if that says it all."""
        if self == Formula(self.formula):
            return self.formula
        return {"Formula": fields_of(self)}

    def describe(self) -> Line:
        """A flow or a stock; annualised where the unit is "a year"."""
        return line_of(self, self.kind or "flow")

    def parameters(self) -> tuple[Parameter, ...]:
        """None."""
        return ()

    def reads(self) -> tuple[tuple[str, int], ...]:
        """The lines and lags on the right-hand side."""
        return self.expression.reads

    def noises(self) -> tuple[Noise, ...]:
        """None: an identity is exact."""
        return ()

    def records(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def last(self, own: Mapping[str, Array]) -> Array | None:
        """What the history says."""
        return None

    def identity(self) -> Identity | None:
        """The linear identity, if it is one."""
        return self.expression.identity

    def measures(self, units: Units) -> Dimension:
        """What the right-hand side comes to."""
        return units.formula(self.expression)

    def calibrate(self, past: Past) -> Fit:
        """Nothing to learn."""
        return Fit()

    @property
    def carries(self) -> frozenset[tuple[str, int]]:
        """The reads that cannot fail on a path without the formula's own number failing there as well."""
        return self.expression.carries

    def step(self, now: Now) -> Array:
        """One quarter on; an impossible number is left to the engine, which refuses it and says where."""
        return np.asarray(self.expression.rule(now.value))
