"""Numbers as printed: ``1,543.0``, ``(87)``, ``15.4亿`` or ``570..710``, with the rounding that their digits state."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from forecast.errors import FactsError
from forecast.financials.units import Unit, parse_unit

POWERS = {"thousand": 3, "万": 4, "million": 6, "千万": 7, "亿": 8, "billion": 9, "trillion": 12}
"""Words of scale, and the power of ten by which they multiply."""

SPELLINGS = {
    "thousand": ("k", "千"),
    "万": ("萬",),
    "million": ("millions", "m", "mm", "mn", "mln", "mio", "百万", "百萬"),
    "千万": ("千萬",),
    "亿": ("億",),
    "billion": ("billions", "b", "bn", "bln", "十亿", "十億"),
    "trillion": ("tn", "trn", "万亿", "萬億"),
    "percent": ("%", "per cent", "pct"),
}
"""Other spellings of words of scale."""

WORDS = {word: word for word in (*POWERS, "percent")} | {
    spelling: word for word, spellings in SPELLINGS.items() for spelling in spellings
}

CURRENCIES = {
    "US$": ("USD",),
    "HK$": ("HKD",),
    "$": ("USD", "HKD", "SGD", "AUD", "CAD", "NZD", "TWD"),
    "RMB": ("CNY",),
    "¥": ("CNY", "JPY"),
    "€": ("EUR",),
    "£": ("GBP",),
    "美元": ("USD",),
    "港元": ("HKD",),
    "元": ("CNY", "HKD", "TWD"),
}
"""Signs of currencies, and the currencies for which they stand."""

BLANKS = frozenset(
    (
        "",
        *[
            "-",
            "--",
            "–",
            "—",
            "−",
            "n.a.",
            "n.a",
            "n/a",
            "#n/a",
            "na",
            "nm",
            "n.m.",
            "n.m",
            "nan",
            "none",
            "null",
            "…",
            "...",
        ],
    )
)
"""How a sheet prints that there is no figure. A dash may also mean nil; nothing is guessed, so it is no figure."""

LONGEST = 60
SIGN = "|".join(re.escape(sign) for sign in CURRENCIES)
SCALE = "|".join(sorted((re.escape(word) for word in WORDS), key=len, reverse=True))
ONE = re.compile(
    rf"^(?P<open>\(\s*)?(?P<sign>[+-])?\s*(?P<before>{SIGN})?\s*(?P<late>[+-])?"
    r"(?P<digits>[0-9](?:[0-9 ,]*[0-9])?(?:\.[0-9]+)?|\.[0-9]+)(?P<power>e[+-]?[0-9]{1,2})?"
    rf"\s*(?P<scale>{SCALE})?\s*(?P<after>{SIGN})?(?P<close>\s*\))?\s*(?P<percent>%)?$",
    re.IGNORECASE,
)
GROUPED = re.compile(r"^[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+)(?:\.[0-9]+)?$")
RANGE = re.compile(r"\s*(?:\.\.+|~|至|–|—|\bto\b)\s*|(?<=[^\s(+$€£¥-])\s*-\s*", re.IGNORECASE)
YEAR = re.compile(r"^(?:19|20)[0-9]{2}$")


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed: ``value`` +- ``rounding`` in ``unit``.

    ``unit`` is the scale printed beside the digits (``亿``, ``billion``), ``percent``, or empty where none is.
    ``currencies`` are those for which a printed sign stands, empty where there is no sign.
    """

    value: Decimal
    rounding: Decimal
    unit: str = ""
    currencies: tuple[str, ...] = ()

    def to(self, unit: str, currency: str = "") -> tuple[float, float]:
        """Value and rounding in the unit of a fact.

        ``value * (size of the printed scale / size of the unit)``, in exact decimals: ``15.4亿`` is 1540 +- 5 in
        ``million``. Without a printed scale the number is in the unit already. A percent sign needs a unit of
        shares or growth; a word of scale needs one of money or of things counted; a sign of currency needs one of
        its currencies. A contradiction is a ``FactsError``.

        >>> parse_number("15.4亿").to("million")
        (1540.0, 5.0)
        """
        measure = parse_unit(unit)
        if self.currencies and currency not in self.currencies:
            stated = f"'{currency}'" if currency else "missing"
            raise FactsError(
                f"the number is printed in {' or '.join(self.currencies)}, and the currency is {stated}. Correct one."
            )
        factor = Decimal(1) if not self.unit else _factor(self.unit, measure)
        return float(self.value * factor), float(self.rounding * factor)


def parse_number(text: str) -> Printed:
    """Read a number as people print it, with half a unit of the last printed digit as rounding.

    Understood: groups of three by commas or spaces (``1,543.0``), losses in parentheses or with any minus sign,
    full-width digits, words of scale (``15.4亿``, ``3858万``, ``1.2 billion``, ``12m``), a percent sign, a sign of
    currency, and ranges (``570..710``, ``570-710``, ``5.7亿~7.1亿``). A range is its middle, ``(low + high) / 2``,
    with half its width, ``(high - low) / 2``, as rounding; a scale or percent sign after the second number
    holds for both. What can be read in two ways is refused: decimal commas, notes and superscripts beside the
    digits, ranges that fall, two years.

    >>> parse_number("(1,543.0)")
    Printed(value=Decimal('-1543.0'), rounding=Decimal('0.05'), unit='', currencies=())
    >>> parse_number("12-15%")
    Printed(value=Decimal('13.5'), rounding=Decimal('1.5'), unit='percent', currencies=())
    """
    plain = _plain(text)
    single = _one(plain, text)
    if single is not None:
        return single
    ranges = [both for low, sign, high in _splits(plain) if (both := _range(low, sign, high, text)) is not None]
    if len(ranges) == 1:
        return ranges[0]
    raise FactsError(f"{text!r} is not a number that can be read in one way. {_cure(plain)}")


def is_blank(text: str) -> bool:
    """Whether a cell says that there is no figure: empty, a dash, ``n.a.``."""
    return text.strip().lower() in BLANKS


def _plain(text: str) -> str:
    """The text with one kind of digits, minus signs and spaces; superscripts and fractions are refused."""
    if len(text) > LONGEST:
        raise FactsError(f"{text[:20]!r}... has {len(text)} characters and is not a number. Write digits and a point.")
    marks = [character for character in text if unicodedata.category(character) in ("No", "Nl", "Lm", "Lo")]
    marks = [mark for mark in marks if unicodedata.normalize("NFKC", mark) != mark]
    if marks:
        raise FactsError(f"{text!r} is not a number that can be read in one way. Remove the mark {marks[0]!r}.")
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("﹣", "-")
    plain = " ".join(plain.split())
    # An en dash before the first digit can only be a minus sign.
    return re.sub(r"^(\(?)\s*–\s*(?=[0-9.])", r"\1-", plain)


def _one(plain: str, text: str) -> Printed | None:
    """A single number, or None if it is none."""
    match = ONE.match(plain)
    if match is None:
        return None
    digits, power = match["digits"], match["power"] or ""
    negatives = [match["open"], match["sign"] == "-", match["late"] == "-"]
    if bool(match["open"]) != bool(match["close"]) or (match["open"] and match["sign"]):
        return None
    if (match["sign"] and match["late"]) or (match["open"] and match["late"]) or (match["scale"] and power):
        return None
    if ("," in digits or " " in digits) and not GROUPED.match(digits):
        return None
    if match["before"] and match["after"]:
        return None
    scale = match["scale"] or ""
    if match["percent"] and scale:
        return None
    unit = "percent" if match["percent"] else WORDS.get(scale.lower(), "")
    number = Decimal(re.sub("[ ,]", "", digits) + power)
    half = Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)
    sign = (match["before"] or match["after"] or "").upper()
    return Printed(-number if any(negatives) else number, half, unit, CURRENCIES.get(sign, ()))


def _splits(plain: str) -> Iterator[tuple[str, str, str]]:
    """Every way to cut the text in two at a sign of range: before it, the sign, after it."""
    for match in RANGE.finditer(plain):
        low, high = plain[: match.start()], plain[match.end() :]
        if low and high:
            yield low, match[0].strip(), high


def _range(low: str, sign: str, high: str, text: str) -> Printed | None:
    """The middle of a range with half its width, or None if it is none."""
    if YEAR.match(low) and YEAR.match(high):
        return None
    first, last = _one(low, text), _one(high, text)
    if first is None or last is None or (first.unit and first.unit != last.unit):
        return None
    if first.currencies and last.currencies and first.currencies != last.currencies:
        return None
    if sign == "-" and (low.startswith("-") or (first.value < 0) != (last.value < 0)):
        return None  # a difference as well as a range
    down = last.value < first.value
    if last.value == first.value or (down and not (first.value < 0 and last.value < 0)):
        return None
    middle, half = (first.value + last.value) / 2, abs(last.value - first.value) / 2
    return Printed(middle, half, last.unit, first.currencies or last.currencies)


def _cure(plain: str) -> str:
    """What to write instead."""
    if re.search(r"[0-9],[0-9]{1,2}(?![0-9])|[0-9]\.[0-9]{3}[.,]", plain):
        return "Write a decimal point, and commas only between groups of three digits, as in '1,543.5'."
    if re.search(r"^(?:about|around|approx|ca\.?|约|~|>|<|over|more than|less than|up to|超|逾)", plain, re.IGNORECASE):
        return "Write the number alone, and 'about', 'more than' or 'less than' as the qualifier."
    return "Write it as in '1543.5', '(87)', '15.4亿', '1.2 billion', '12.3%' or '570..710'."


def _factor(printed: str, measure: Unit) -> Decimal:
    """By what a number in the printed unit is multiplied to be in the unit of the fact."""
    size = Decimal(str(measure.factor))
    if printed == "percent":
        if measure.dimension != "ratio":
            raise FactsError(
                f"a percentage does not fit the unit '{measure.text}'. "
                "Use a unit of shares or growth, as in 'percent_of:revenue' or 'percent_growth'."
            )
        return Decimal("0.01") / size
    power = Decimal(10) ** POWERS[printed]
    if measure.dimension == "money":
        return power / (size * 10**6)
    if measure.text in ("count", "million_shares"):
        return power / (1 if measure.text == "count" else 10**6)
    raise FactsError(
        f"the scale '{printed}' does not fit the unit '{measure.text}'. "
        "Write the number without it, or correct the unit."
    )
