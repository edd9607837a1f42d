"""Units: what the number in a fact measures, and by what it is multiplied to become comparable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from forecast.errors import FactsError, ModelError, did_you_mean
from forecast.lines import check_name

MONEY = {
    "one": 1e-6,
    "thousand": 1e-3,
    "ten_thousand": 1e-2,
    "million": 1.0,
    "hundred_million": 1e2,
    "billion": 1e3,
    "trillion": 1e6,
}
"""Units of money, and the factor to millions; a billion is a thousand millions."""

SPELLINGS = {
    "k": "thousand",
    "mn": "million",
    "bn": "billion",
    "千": "thousand",
    "万": "ten_thousand",
    "萬": "ten_thousand",
    "百万": "million",
    "百萬": "million",
    "亿": "hundred_million",
    "億": "hundred_million",
    "十亿": "billion",
    "十億": "billion",
    "万亿": "trillion",
    "萬億": "trillion",
}
"""Other spellings of units of money, each with one meaning."""

UNCLEAR = {
    "m": "It stands for thousand in some tables and for million in others. Write 'thousand' or 'million'.",
    "mm": "It stands for million in some tables and for a length in others. Write 'million'.",
    "b": "Write 'billion'.",
    "mio": "Write 'million'.",
    "mln": "Write 'million'.",
    "bln": "Write 'billion'.",
    "mrd": "Write 'billion'.",
    "兆": "It stands for a million in some places and for a million millions in others. Write 'million' or 'trillion'.",
    "%": "Say of what: 'percent_of:revenue' is a share, 'percent_growth' is growth on a year ago.",
    "percent": "Say of what: 'percent_of:revenue' is a share, 'percent_growth' is growth on a year ago.",
}
"""What to write instead of units that have two meanings, or that people use and this library does not."""

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
CURRENCY_WORD = re.compile(r"RMB|US\$|(?<![A-Z])[A-Z]{3}(?![A-Z])|[$€£¥元]")
"""A currency that somebody wrote into the unit."""


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


@lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit:
    """Read a unit as written in a fact; an unknown one is refused with the nearest known one.

    >>> parse_unit("billion").factor
    1000.0
    >>> parse_unit("亿").factor
    100.0
    >>> parse_unit("percent_of:revenue").base
    'revenue'
    """
    money = SPELLINGS.get(text, text)
    if money in MONEY:
        return Unit(text, "value", MONEY[money], "money")
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
    raise FactsError(f"the unit {text!r} is not known. {_hint(text)}")


def _hint(text: str) -> str:
    """What to write instead of an unknown unit."""
    small = text.strip().lower()
    if small in UNCLEAR:
        return UNCLEAR[small]
    if small in MONEY or small in SPELLINGS:
        return f"Write '{small}'."
    written = CURRENCY_WORD.search(text)
    scale = (CURRENCY_WORD.sub("", text).strip(" _.").lower() or "one") if written else ""
    if scale in MONEY or scale in SPELLINGS:
        return f"Write the unit '{scale}', and the currency, as in 'CNY', in its own column."
    return did_you_mean(text, EXAMPLES)


def _base_name(text: str, base: str) -> str:
    """The line after the colon of a relative unit."""
    try:
        return check_name(base)
    except ModelError as error:
        raise FactsError(f"the unit {text!r} names no line: {error}") from None
