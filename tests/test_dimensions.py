"""The algebra of units, rule by rule."""

import pytest

from forecast.dimensions import (
    ANNUALISED,
    ANY,
    FLOW,
    LEVELS,
    RATIO,
    STOCK,
    UNKNOWN,
    Dimension,
    bare,
    dimension_of,
    product,
    quotient,
)
from forecast.lines import Line

REVENUE = dimension_of(Line("revenue", "flow", "million", "CNY"))
LICENCES = dimension_of(Line("licences", "flow", "million", "USD"))
DEBT = dimension_of(Line("debt", "stock", "million", "CNY"))
ARR = dimension_of(Line("arr", "stock", "million a year", "CNY"))
USD_CNY = dimension_of(Line("usd_cny", "rate", "CNY_per_USD"))
SOME = dimension_of(Line("some", "rate", "rate"))
FEES = dimension_of(Line("fees", "flow", "thousand", "CNY"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (Line("a", "flow", "million", "CNY"), "million CNY a quarter"),
        (Line("a", "stock", "ten_thousand", "CNY"), "ten thousand CNY at a quarter's end"),
        (Line("a", "stock", "billion a year", "USD"), "billion USD annualised"),
        (Line("a", "flow", "bn", "USD"), "billion USD a quarter"),
        (Line("a", "rate", "CNY_per_USD"), "an exchange rate, CNY per USD"),
        (Line("a", "rate", "CNY_per_CNY"), "a ratio"),
        (Line("a", "rate", "share"), "a ratio"),
        (Line("a", "rate"), "a ratio"),
        (Line("a", "rate", "USD_per_barrel"), "of unknown unit"),
        (Line("a", "stock", "people"), "of unknown unit"),
    ],
)
def test_what_a_line_is_described_as(line, told):
    assert str(dimension_of(line)) == told


def test_the_unit_of_the_model_is_money_whatever_it_is_called():
    assert str(dimension_of(Line("a", "flow", "lakh", "INR"), unit="lakh")) == "lakh INR a quarter"
    assert dimension_of(Line("a", "flow", "lakh", "INR")) == UNKNOWN


def test_numbers_are_numbers():
    assert product(bare(2), bare(3)) == bare(6)
    assert quotient(bare(1), bare(4)) == bare(0.25)
    assert quotient(bare(1), bare(0)) == quotient(REVENUE, bare(0)) == UNKNOWN
    assert str(bare(0.5)) == "the number 0.5"


@pytest.mark.parametrize(
    ("money", "number", "times"),
    [
        (REVENUE, 1, {FLOW}),
        (REVENUE, -1, {FLOW}),
        (REVENUE, 0.5, {FLOW, STOCK}),
        (REVENUE, 3.9, {FLOW, STOCK}),
        (REVENUE, 4, {FLOW, STOCK, ANNUALISED}),
        (ARR, 0.25, {ANNUALISED, FLOW}),
        (ARR, -0.125, {ANNUALISED, FLOW}),
        (ARR, 0.26, {ANNUALISED}),
        (ARR, 4, {ANNUALISED}),
        (DEBT, 0.5, {STOCK, ANNUALISED, FLOW}),
    ],
)
def test_what_a_number_makes_of_the_time(money, number, times):
    assert product(money, bare(number)).times == product(bare(number), money).times == times
    assert quotient(money, bare(1 / number)).times == times


@pytest.mark.parametrize(("number", "kept"), [(2, True), (0.125, True), (0.3, False), (7.2, False), (-4, True)])
def test_a_number_may_be_an_exchange_rate(number, kept):
    assert (product(LICENCES, bare(number)).currencies == (("USD", 1),)) is kept


@pytest.mark.parametrize(("number", "scale"), [(1000, None), (0.001, None), (10, None), (20, "thousand")])
def test_a_power_of_ten_may_be_a_change_of_scale(number, scale):
    assert product(FEES, bare(number)).scale == scale


def test_exchange_rates_convert_and_keep_the_time():
    assert product(LICENCES, USD_CNY) == product(USD_CNY, LICENCES) == REVENUE
    assert quotient(REVENUE, USD_CNY) == LICENCES
    assert str(quotient(LICENCES, USD_CNY)) == "million USD per CNY a quarter"
    assert quotient(product(REVENUE, USD_CNY), USD_CNY) == REVENUE
    assert quotient(USD_CNY, USD_CNY) == RATIO


def test_ratios_of_money():
    assert quotient(REVENUE, REVENUE) == RATIO
    assert str(quotient(LICENCES, REVENUE)) == "an exchange rate, USD per CNY"
    assert quotient(REVENUE, FEES) == UNKNOWN
    assert quotient(REVENUE, DEBT) == quotient(DEBT, REVENUE) == UNKNOWN
    stated = dimension_of(Line("debt", "stock", "million", "CNY"), stated=True)
    assert quotient(REVENUE, stated) == RATIO
    assert quotient(ARR, REVENUE) == RATIO


def test_a_ratio_times_money():
    assert product(RATIO, REVENUE).times == {FLOW, STOCK}
    assert product(RATIO, ARR).times == {ANNUALISED}
    assert product(DEBT, RATIO).times == ANY
    assert product(REVENUE, RATIO).currencies == (("CNY", 1),)
    assert product(REVENUE, SOME).currencies is None


def test_what_nobody_knows():
    for left, right in [(REVENUE, REVENUE), (REVENUE, UNKNOWN), (bare(2), RATIO), (RATIO, bare(2)), (bare(0), REVENUE)]:
        assert product(left, right) == UNKNOWN
    for left, right in [(bare(1), REVENUE), (bare(1), RATIO), (RATIO, REVENUE), (UNKNOWN, REVENUE), (RATIO, bare(2))]:
        assert quotient(left, right) == UNKNOWN


def test_levels_are_levels():
    assert DEBT.is_level
    assert ARR.is_level
    assert DEBT.times == LEVELS
    assert not REVENUE.is_level
    assert not Dimension(0, ()).is_level
