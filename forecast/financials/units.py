"""Units: what the number in a fact measures, and by what it is multiplied to become comparable."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forecast.errors import FactsError, ModelError, did_you_mean
from forecast.lines import check_name

MONEY = {"one": 1e-6, "thousand": 1e-3, "million": 1.0, "billion": 1e3}
"""Units of money, and the factor to millions."""

STOCKS = ("count", "million_shares")
"""Units of things that are counted at a moment; they are never converted."""

RELATIVE = {
    "percent_of": ("share", 0.01),
    "ratio_of": ("share", 1.0),
    "points_growth_of": ("points", 0.01),
}
"""Units written ``name:line``: the relation they state and the factor to a plain ratio."""

EXAMPLES = (
    *MONEY,
    *STOCKS,
    "percent_growth",
    "million_change",
    "percent_of:revenue",
    "ratio_of:revenue",
    "points_growth_of:revenue",
    "CNY_per_USD",
    "CNY_per_share",
)

EXCHANGE_RATE = re.compile(r"^[A-Z]{3}_per_[A-Z]{3}$")
PER_SHARE = re.compile(r"^[A-Z]{3}_per_share$")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as written, and what it means.

    ``relation`` is what the number states: ``value`` (a level), ``share`` (of the line ``base``),
    ``growth`` (on a year ago, relative), ``change`` (on a year ago, absolute), ``points`` (change of the
    share in ``base`` on a year ago) or ``none`` (kept, but not reconciled). ``factor`` converts the
    printed number to millions, or to a plain ratio. ``dimension`` is ``money``, ``ratio``, or the unit
    itself for rates and counts; one line has one dimension.
    """

    text: str
    relation: str
    factor: float
    dimension: str
    base: str | None = None

    @property
    def is_rate(self) -> bool:
        """Whether it is the price of one currency in another."""
        return EXCHANGE_RATE.match(self.text) is not None


def parse_unit(text: str) -> Unit:
    """Read a unit as written in a fact; an unknown one is refused with the nearest known one.

    >>> parse_unit("billion").factor
    1000.0
    >>> parse_unit("percent_of:revenue").base
    'revenue'
    """
    if text in MONEY:
        return Unit(text, "value", MONEY[text], "money")
    if text in STOCKS or EXCHANGE_RATE.match(text):
        return Unit(text, "value", 1.0, text)
    if PER_SHARE.match(text):
        return Unit(text, "none", 1.0, text)
    if text == "percent_growth":
        return Unit(text, "growth", 0.01, "ratio")
    if text == "million_change":
        return Unit(text, "change", 1.0, "money")
    name, colon, base = text.partition(":")
    if colon and name in RELATIVE:
        relation, factor = RELATIVE[name]
        return Unit(text, relation, factor, "ratio", _base_name(text, base))
    raise FactsError(f"the unit {text!r} is not known. {did_you_mean(text, EXAMPLES)}")


def _base_name(text: str, base: str) -> str:
    """The line after the colon of a relative unit."""
    try:
        return check_name(base)
    except ModelError as error:
        raise FactsError(f"the unit {text!r} names no line: {error}") from None
