"""Dimensions: what a number is an amount of, so that money, ratios, flows and stocks are not mixed up.

A dimension says three things, each of which may be unknown:

- **what**: money in a currency and a scale (million CNY), or a ratio. A ratio is money over money: a pure number in
  one currency (a share, a margin), an exchange rate in two (CNY per USD).
- **time**, of money only: a *flow* of a quarter, a *stock* at a quarter's end, or *annualised*, a level that is a rate
  a year (ARR). It is a set of readings: a line of kind "stock" may be annualised unless it says what it is, or is a
  formula that brings its own past forward.
- **opening**: whether a level is that of an earlier quarter.

What is unknown is never refused. A bare number takes the unit of the other side. The rules:

1. *Sums* have one unit on both sides: not two currencies, not two scales, not a ratio and money, not two times. A
   ratio and a ratio may be added. Two exceptions, for accounts. *Roll-forward*: where the result is a stock, in max
   and min, and where the sum is multiplied or divided, the stock of an earlier quarter plus flows is a stock, beside
   which others may stand: ``cash = cash[-1] + cash_flow``, ``share * (deferred[-1] + billings)``. What a line's own
   past changes by is a flow, never another level, but for an annualised line, which changes by annualised figures as
   well. *Change*: stocks of several quarters that cancel line by line are a flow, ``debt - debt[-1]``, and as well a
   stock.
2. *A number times money* is money. A rate a quarter, or a number of quarters, makes a flow of a stock and a stock of a
   flow (``0.01 * cash[-1]``, ``0.5 * revenue`` as receivables), so the product may be either. An annualised figure
   times at most a quarter may be a flow (``arr / 4``, ``(arr + arr[-1]) / 8``), a flow times 4 or more annualised;
   other numbers do not make a quarterly figure of ARR. A number other than 2, 3, 4, 8 and their inverses may be an
   exchange rate: the currency is unknown afterwards. A power of ten may be a change of scale.
3. *A ratio times money* is money, with the time of rule 2, but an annualised figure stays annualised. An exchange rate
   converts and keeps the time; a difference of exchange rates, ``debt[-1] * (usd_cny - usd_cny[-1])``, may make a flow
   of a stock. After a rate that does not say of what, the currency is unknown.
4. *Money over money* is a ratio; of two scales it is unknown. A stock that states neither currency nor unit may be a
   number of heads, so money over it is unknown, and it over money. A level over a level is in no case an amount of a
   quarter, so that its quarters do not add up.
5. *Money times money*, a number over money, and a number times or over a ratio are unknown: one of them must be a
   price, a count or an amount that nobody declared.
6. *max, min* want one unit on both sides, but may bound a flow by a stock (``min(debt[-1], cash_flow)``); ``abs`` keeps
   it; ``exp``, ``log`` and ``sqrt`` give an unknown.
7. *Comparisons* are as max and min: a condition may ask whether cash is below what a quarter spends, or a year.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from forecast.lines import A_YEAR, Line

FLOW, STOCK, ANNUALISED = "flow", "stock", "annualised"
LEVELS = frozenset((STOCK, ANNUALISED))
ANY = frozenset((FLOW, STOCK, ANNUALISED))
CHANGE = frozenset((FLOW,))
"""The times of an exchange rate that is a sum or difference of several."""

SCALES = ("one", "thousand", "ten_thousand", "million", "hundred_million", "billion", "trillion")
SPELLINGS = {"k": "thousand", "mn": "million", "bn": "billion", "千": "thousand", "万": "ten_thousand"} | {
    "百万": "million",
    "亿": "hundred_million",
    "十亿": "billion",
    "万亿": "trillion",
}
RATIOS = ("share", "ratio", "fraction", "percent", "%")
"""Units that make a line a rate, whatever its driver takes it for; so does an exchange rate."""

PURE = (*RATIOS, "number")
UNSAID = ("rate", "million", "")
"""Units of a rate that do not say of what it is one."""

PLAIN = frozenset((2.0, 3.0, 4.0, 8.0))
"""Numbers that, like their inverses, are not taken for an exchange rate."""

EXCHANGE = re.compile(r"([A-Z]{3})_per_([A-Z]{3})")

Currencies = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a number is an amount of.

    ``degree`` is 1 for money, 0 for a ratio, None where nobody knows. ``currencies`` are powers: ``(("CNY", 1),)`` is
    yuan, ``(("CNY", 1), ("USD", -1))`` yuan per dollar, ``()`` a pure number, None unknown. ``number`` is that of a
    bare number. ``stated`` says that a currency or unit was, rather than the model's being taken.
    """

    degree: int | None = None
    currencies: Currencies | None = None
    scale: str | None = None
    times: frozenset[str] = ANY
    opening: bool = False
    stated: bool = False
    number: float | None = None

    @property
    def is_level(self) -> bool:
        """Whether it can only be a stock or annualised."""
        return self.degree == 1 and self.times <= LEVELS

    @property
    def is_unsummed(self) -> bool:
        """Whether quarters of it do not add up: a ratio, or a level over a level."""
        return self.degree == 0 or (self.degree is None and self.times == LEVELS)

    @property
    def yearly(self) -> str:
        """What ``unit`` would say that it is annualised.

        >>> dimension_of(Line("arr", "stock", "bn", "USD")).yearly
        'billion a year'
        """
        return f"{self.scale or 'million'}{A_YEAR}"

    def __str__(self) -> str:
        if self.number is not None:
            return f"the number {self.number:g}"
        if self.degree is None:
            return "of unknown unit"
        over = [code for code, power in self.currencies or () if power < 0]
        top = [code for code, power in self.currencies or () if power > 0]
        if self.degree == 0:
            return f"an exchange rate, {' '.join(top)} per {' '.join(over)}" if over or top else "a ratio"
        words = [(self.scale or "money").replace("_", " "), " ".join(top) or "of unknown currency"]
        what = " ".join(word for word in words if word) + (f" per {' '.join(over)}" if over else "")
        return f"{what}{_TIMES.get(self.times, '')}"


_TIMES = {
    frozenset((FLOW,)): " a quarter",
    frozenset((STOCK,)): " at a quarter's end",
    frozenset((ANNUALISED,)): " annualised",
    LEVELS: " at a quarter's end",
}

UNKNOWN = Dimension()
RATIO = Dimension(0, ())
OVER_LEVEL = Dimension(times=LEVELS)
"""A level over a level of which nobody knows the units: a ratio or so much a head, no amount of a quarter."""


def bare(number: float) -> Dimension:
    """A number in a formula, which takes the unit of the other side."""
    return Dimension(number=number)


def dimension_of(line: Line, *, unit: str = "million", stated: bool = False) -> Dimension:
    """What a line is described as; ``unit`` is the model's, which is a scale of money whatever it is called.

    >>> str(dimension_of(Line("arr", "stock", "million a year", "USD")))
    'million USD annualised'
    >>> str(dimension_of(Line("usd_cny", "rate", "CNY_per_USD")))
    'an exchange rate, CNY per USD'
    """
    yearly = line.unit.endswith(A_YEAR)
    said = line.unit.removesuffix(A_YEAR)
    if line.kind == "rate":
        if (pair := EXCHANGE.fullmatch(said)) is not None:
            return Dimension(0, _powers({pair[1]: 1, pair[2]: -1} if pair[1] != pair[2] else {}))
        return RATIO if said in PURE else Dimension(0) if said in UNSAID else UNKNOWN
    if said in RATIOS:
        return RATIO
    scale = SPELLINGS.get(said, said)
    if scale not in SCALES and said != unit:
        return UNKNOWN
    times = frozenset((ANNUALISED,)) if yearly else frozenset((FLOW,)) if line.kind == "flow" else LEVELS
    return Dimension(1, None if line.currency is None else ((line.currency, 1),), scale, times, stated=stated or yearly)


def is_ratio(unit: str) -> bool:
    """Whether a unit says that its line is a ratio or an exchange rate.

    >>> is_ratio("share"), is_ratio("CNY_per_USD"), is_ratio("million")
    (True, True, False)
    """
    return unit in RATIOS or EXCHANGE.fullmatch(unit) is not None


def labelled(line: Line, what: Dimension) -> Line:
    """The line with the unit of a ratio where it calls itself money, and is a ratio by its formula.

    So has a flow that is a level over a level, which is no money of a quarter, whatever the levels count.
    """
    if line.kind == "rate" or not what.is_unsummed or (what.degree is None and line.kind != "flow"):
        return line
    top = [code for code, power in what.currencies or () if power == 1]
    over = [code for code, power in what.currencies or () if power == -1]
    pair = len(top) == len(over) == 1 and len(what.currencies or ()) == 2
    return replace(line, unit=f"{top[0]}_per_{over[0]}" if pair else "ratio", currency=None)


def product(left: Dimension, right: Dimension) -> Dimension:
    """Rules 2, 3 and 5."""
    if left.number is not None and right.number is not None:
        return bare(left.number * right.number)
    if right.number is not None:
        return _times_number(left, right.number)
    if left.number is not None:
        return _times_number(right, left.number)
    if left.degree == 0 and right.degree == 0:
        return Dimension(0, _joined(left.currencies, right.currencies, 1))
    if {left.degree, right.degree} == {0, 1}:
        money, ratio = (left, right) if left.degree == 1 else (right, left)
        return _times_ratio(money, ratio, 1)
    return UNKNOWN


def quotient(left: Dimension, right: Dimension) -> Dimension:
    """Rules 2 to 5."""
    if right.number is not None:
        if right.number == 0:
            return UNKNOWN
        return bare(left.number / right.number) if left.number is not None else _times_number(left, 1 / right.number)
    if left.degree == 0 and right.degree == 0:
        return Dimension(0, _joined(left.currencies, right.currencies, -1))
    if left.degree == 1 and right.degree == 0:
        return _times_ratio(left, right, -1)
    if left.degree == 1 and right.degree == 1:
        counted = any(STOCK in side.times and not side.stated for side in (left, right))
        scaled = left.scale is None or right.scale is None or left.scale != right.scale
        if counted or scaled:
            return OVER_LEVEL if left.is_level and right.is_level else UNKNOWN
        return Dimension(0, _joined(left.currencies, right.currencies, -1))
    return UNKNOWN


def _times_number(money: Dimension, number: float) -> Dimension:
    size = abs(number)
    if (size == 1 and money.number is None) or (money == OVER_LEVEL and size > 0):
        return money
    if money.degree != 1 or size == 0 or not math.isfinite(size):
        return UNKNOWN
    times = _per_quarter(money.times)
    if ANNUALISED in money.times and size <= 0.25:
        times |= {FLOW}
    if FLOW in money.times and size >= 4:
        times |= {ANNUALISED}
    plain = size in PLAIN or 1 / size in PLAIN
    tenfold = math.isclose(math.log10(size), round(math.log10(size)), abs_tol=1e-12)
    return replace(
        money,
        currencies=money.currencies if plain else None,
        scale=None if tenfold else money.scale,
        times=times,
        opening=False,
    )


def _times_ratio(money: Dimension, ratio: Dimension, sign: int) -> Dimension:
    times = money.times if ratio.currencies and ratio.times != CHANGE else _per_quarter(money.times)
    return replace(money, currencies=_joined(money.currencies, ratio.currencies, sign), times=times, opening=False)


def _per_quarter(times: frozenset[str]) -> frozenset[str]:
    """What a rate a quarter or a number of quarters may make of it."""
    return times | {FLOW, STOCK} if times & {FLOW, STOCK} else times


def _joined(left: Currencies | None, right: Currencies | None, sign: int) -> Currencies | None:
    if left is None or right is None:
        return None
    powers = dict(left)
    for code, power in right:
        powers[code] = powers.get(code, 0) + sign * power
    return _powers(powers)


def _powers(powers: dict[str, int]) -> Currencies:
    return tuple(sorted((code, power) for code, power in powers.items() if power))
