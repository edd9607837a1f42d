"""Lines: the named quantities of a company, and what may be done with each kind."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from forecast.errors import ModelError

KINDS = ("flow", "stock", "rate")
"""A flow is summed over quarters, a stock is read at the quarter's end, a rate is neither."""

MONEY = "million"
"""The unit of a line that states none; the model's own unit takes its place."""

A_YEAR = " a year"
"""How a unit says that its figure is annualised: ``million a year``."""

FRACTIONS = ("rate", "share", "drift", "conversion")
"""What drivers record as a fraction; a record of another name is a number, such as a count."""

NAME = re.compile(r"^[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """One named quantity: ``advertising_revenue``, a flow in millions of CNY per quarter.

    A ``unit`` that ends in "a year" is an annualised figure, such as ARR. What units go together: docs/units.md.
    """

    name: str
    kind: str = "flow"
    unit: str = MONEY
    currency: str | None = None

    @property
    def amount(self) -> str:
        """What it is an amount of, in words: 'million CNY', 'million CNY a year', 'CNY per USD'.

        >>> Line("arr", "stock", "million a year", "USD").amount
        'million USD a year'
        """
        yearly = A_YEAR if self.unit.endswith(A_YEAR) else ""
        words = (self.unit.removesuffix(A_YEAR).replace("_", " "), self.currency or "")
        return " ".join(word for word in words if word) + yearly

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in KINDS:
            raise ModelError(f"line '{self.name}' has the kind {self.kind!r}; use one of {', '.join(KINDS)}.")


def check_name(name: str) -> str:
    """Return a line name that is snake_case and a Python identifier, or refuse it."""
    if not isinstance(name, str) or not NAME.match(name) or keyword.iskeyword(name):
        raise ModelError(
            f"{name!r} is not a line name. Use lower-case letters, digits and underscores, as in 'advertising_revenue'."
        )
    return name


@dataclass(frozen=True, slots=True)
class Identity:
    """A linear accounting identity: ``line[t] = constant + sum(factor * name[t - lag])``.

    ``terms`` holds ``(name, lag, factor)``: ``gross_profit = revenue - cost`` has
    ``(("revenue", 0, 1.0), ("cost", 0, -1.0))``, and ``cash = cash[-1] + cash_flow`` has
    ``(("cash", 1, 1.0), ("cash_flow", 0, 1.0))``.
    """

    line: str
    terms: tuple[tuple[str, int, float], ...]
    constant: float = 0.0

    @property
    def text(self) -> str:
        """The identity as it would be written.

        >>> Identity("gross_profit", (("revenue", 0, 1.0), ("cost", 0, -1.0))).text
        'gross_profit = revenue - cost'
        """
        text = f"{self.line} ="
        for name, lag, factor in self.terms:
            sign = " -" if factor < 0 else " +" if not text.endswith("=") else ""
            size = "" if abs(factor) == 1.0 else f"{abs(factor):g} * "
            text += f"{sign} {size}{name}" + (f"[-{lag}]" if lag else "")
        if self.constant:
            text += f" {'-' if self.constant < 0 else '+'} {abs(self.constant):g}"
        return text
