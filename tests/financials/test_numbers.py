"""Numbers as printed: their value, the rounding of their digits, and what is refused as ambiguous."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import FactsError
from forecast.financials.numbers import is_blank, parse_number
from forecast.financials.reading import read_financials

ANY = "Write it as in '1543.5', '(87)', '15.4亿', '1.2 billion', '12.3%' or '570..710'."
COMMAS = "Write a decimal point, and commas only between groups of three digits, as in '1,543.5'."
QUALIFIER = "Write the number alone, and 'about', 'more than' or 'less than' as the qualifier."


@pytest.mark.parametrize(
    ("text", "value", "rounding", "unit"),
    [
        ("1,543.0", "1543", "0.05", ""),
        ("1543", "1543", "0.5", ""),
        ("12,345,678", "12345678", "0.5", ""),
        ("1 543", "1543", "0.5", ""),
        ("1\u00a0543.25", "1543.25", "0.005", ""),
        ("(123)", "-123", "0.5", ""),
        ("−5", "-5", "0.5", ""),
        ("–5", "-5", "0.5", ""),
        ("+59.46%", "59.46", "0.005", "percent"),
        ("１，５４３．５", "1543.5", "0.05", ""),
        ("（８７）", "-87", "0.5", ""),
        ("15.4亿", "15.4", "0.05", "亿"),
        ("15.4億", "15.4", "0.05", "亿"),
        ("3858万", "3858", "0.5", "万"),
        ("1.5万亿", "1.5", "0.05", "trillion"),
        ("1.2 billion", "1.2", "0.05", "billion"),
        ("4.3bn", "4.3", "0.05", "billion"),
        ("12m", "12", "0.5", "million"),
        ("850 thousand", "850", "0.5", "thousand"),
        ("850k", "850", "0.5", "thousand"),
        ("23.4%", "23.4", "0.05", "percent"),
        ("23.40 percent", "23.40", "0.005", "percent"),
        ("(12.3%)", "-12.3", "0.05", "percent"),
        ("(12.3)%", "-12.3", "0.05", "percent"),
        ("1.5e3", "1500", "50", ""),
        ("0", "0", "0.5", ""),
        (".5", "0.5", "0.05", ""),
        ("570..710", "640", "70", ""),
        ("570-710", "640", "70", ""),
        ("570 – 710", "640", "70", ""),
        ("570 to 710 million", "640", "70", "million"),
        ("5.7亿~7.1亿", "6.4", "0.7", "亿"),
        ("5.7～7.1亿", "6.4", "0.7", "亿"),
        ("5至7亿", "6", "1", "亿"),
        ("12-15%", "13.5", "1.5", "percent"),
        ("(710)-(570)", "-640", "70", ""),
        ("(570)-(710)", "-640", "70", ""),
        ("-5..3", "-1", "4", ""),
    ],
)  # fmt: skip
def test_what_is_understood(text, value, rounding, unit):
    printed = parse_number(text)
    assert (printed.value, printed.rounding, printed.unit) == (Decimal(value), Decimal(rounding), unit)


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        *[(text, COMMAS) for text in ("1.543,0", "1,54", "15,4亿", "1,234,56", "1.543.000")],
        *[(text, QUALIFIER) for text in ("about 5", "约15.4亿", "~5", ">240", "more than 240")],
        *[(text, ANY) for text in ("", "-", "abc", "5.", "5-", "--5", "-(5)", "(5", "5)", "1_000")],
        *[(text, ANY) for text in ("0x10", "nan", "inf", "1e999", "1/2")],
        *[(text, ANY) for text in ("0,543", "1 2", "1,234*", "5 (1)", "1.2x", "12pp", "万", "3亿5000万")],
        # A year, a date, a difference, a fall, a scale on one side only.
        *[(text, ANY) for text in ("2023-2024", "2024-03-31", "5-3", "-5-3", "-5--3", "710-570", "5.7亿~7.1", "5%-7")],
        *[(f"12{mark}", f"Remove the mark '{mark}'.") for mark in "²①½"],
    ],
)  # fmt: skip
def test_what_is_refused(text, cure):
    with pytest.raises(FactsError) as refusal:
        parse_number(text)
    assert str(refusal.value) == f"{text!r} is not a number that can be read in one way. {cure}"


def test_a_long_text_is_refused_without_being_printed_whole():
    with pytest.raises(FactsError) as refusal:
        parse_number("1" * 10_000)
    assert str(refusal.value) == (
        "'11111111111111111111'... has 10000 characters and is not a number. Write digits and a point."
    )


@pytest.mark.parametrize(
    ("text", "unit", "value", "rounding"),
    [
        ("15.4亿", "million", 1540.0, 5.0),
        ("15.4亿", "one", 1.54e9, 5e6),
        ("15.4亿", "亿", 15.4, 0.05),
        ("3858万", "million", 38.58, 0.005),
        ("1.2 billion", "million", 1200.0, 50.0),
        ("12m", "thousand", 12000.0, 500.0),
        ("850 thousand", "million", 0.85, 0.0005),
        ("5.7亿~7.1亿", "million", 640.0, 70.0),
        ("1543.0", "billion", 1543.0, 0.05),
        ("1.2m", "count", 1.2e6, 5e4),
        ("1.2亿", "million_shares", 120.0, 5.0),
        ("23.4%", "percent_of:revenue", 23.4, 0.05),
        ("23.4%", "ratio_of:revenue", 0.234, 0.0005),
        ("-3.5%", "percent_growth", -3.5, 0.05),
    ],
)  # fmt: skip
def test_in_the_unit_of_a_fact(text, unit, value, rounding):
    assert parse_number(text).to(unit) == (value, rounding)


@pytest.mark.parametrize(
    ("text", "unit", "currency", "problem"),
    [
        ("15.4亿", "percent_of:revenue", "",
         "the scale '亿' does not fit the unit 'percent_of:revenue'. "
         "Write the number without it, or correct the unit."),
        ("1.2m", "CNY_per_USD", "",
         "the scale 'million' does not fit the unit 'CNY_per_USD'. Write the number without it, or correct the unit."),
        ("23%", "million", "CNY",
         "a percentage does not fit the unit 'million'. "
         "Use a unit of shares or growth, as in 'percent_of:revenue' or 'percent_growth'."),
        ("$5", "million", "CNY",
         "the number is printed in USD or HKD or SGD or AUD or CAD or NZD or TWD, and the currency is 'CNY'. "
         "Correct one."),
        ("5亿美元", "million", "",
         "the number is printed in USD, and the currency is missing. Correct one."),
    ],
)  # fmt: skip
def test_contradictions_of_number_and_unit(text, unit, currency, problem):
    with pytest.raises(FactsError) as refusal:
        parse_number(text).to(unit, currency)
    assert str(refusal.value) == problem


def test_signs_of_currency_that_agree():
    assert parse_number("$1,234.5").to("million", "USD") == (1234.5, 0.05)
    assert parse_number("15.4亿元").to("million", "CNY") == (1540.0, 5.0)
    assert parse_number("($5m)").to("thousand", "USD") == (-5000.0, 500.0)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3))
def test_every_printing_of_a_number_is_that_number(number):
    plain = parse_number(f"{number:f}")
    assert (plain.value, plain.rounding) == (number, Decimal("0.0005"))
    loss = f"({abs(number):,f})" if number < 0 else f"{number:,f}"
    for text in (f"{number:,f}", f"{number:,f}".replace(",", " "), f"{number:,f}".replace("-", "−"), loss):
        assert parse_number(text) == plain
    wide = f"{number:f}".translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    assert parse_number(wide) == plain


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.sampled_from(["..", "~", "至", " to ", "–", " - "]))
def test_a_range_covers_exactly_its_two_ends(low, width, sign):
    if 1900 <= low <= 2099 and 1900 <= low + width <= 2099:
        return
    printed = parse_number(f"{low}{sign}{low + width}")
    assert (printed.value - printed.rounding, printed.value + printed.rounding) == (low, low + width)


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_refused(text):
    try:
        printed = parse_number(text)
    except FactsError:
        return
    assert printed.value.is_finite()
    assert printed.rounding > 0


def test_what_stands_for_no_figure():
    assert all(is_blank(text) for text in ("", "-", "–", "n.a.", "N/A", "#N/A", " nm "))
    assert not any(is_blank(text) for text in ("0", "#REF!", "x"))


COLUMNS = "period,basis,item,segment,value,unit,currency,published,source,confidence\n"


def read_row(tmp_path, value, unit, currency="CNY"):
    path = tmp_path / "facts.csv"
    row = f"2024,annual,revenue,,{value},{unit},{currency},2025-04-30,S1,high\n"
    path.write_text(COLUMNS + row, encoding="utf-8")
    return read_financials(path).facts[0]


@pytest.mark.parametrize(
    ("cell", "unit", "value", "rounding"),
    [
        ("15.4亿", "million", 1540.0, 5.0),
        ("15.4", "亿", 15.4, 0.05),
        ("3858万", "million", 38.58, 0.005),
        ("570..710", "million", 640.0, 70.0),
        ("5.7亿~7.1亿", "million", 640.0, 70.0),
        ("(87)", "million", -87.0, 0.5),
        ("59.46%", "percent_growth", 59.46, 0.005),
    ],
)  # fmt: skip
def test_a_table_of_facts_may_hold_figures_as_printed(tmp_path, cell, unit, value, rounding):
    fact = read_row(tmp_path, cell, unit)
    assert (fact.value, fact.rounding, fact.unit) == (value, rounding, unit)


@pytest.mark.parametrize(
    ("cell", "unit", "problem"),
    [
        ("15.4亿", "percent_of:revenue",
         "the value '15.4亿': the scale '亿' does not fit the unit 'percent_of:revenue'. "
         "Write the number without it, or correct the unit."),
        ("15.4亿美元", "million",
         "the value '15.4亿美元': the number is printed in USD, and the currency is 'CNY'. Correct one."),
        ("about 5", "million",
         "the value 'about 5' is not a number. Write digits and a point only, as in '1543.5'."),
        ('"15,4亿"', "million",
         "the value '15,4亿' is not a number. Write digits and a point only, as in '1543.5'."),
        ("15.4亿", "milion", "the value '15.4亿': the unit 'milion' is not known. Did you mean 'million'?"),
    ],
)  # fmt: skip
def test_figures_that_a_table_of_facts_refuses(tmp_path, cell, unit, problem):
    with pytest.raises(FactsError) as refusal:
        read_row(tmp_path, cell, unit)
    assert str(refusal.value) == f"the facts in facts.csv: 1 problem\n  - row 2: {problem}"
