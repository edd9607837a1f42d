"""Conversion between currencies: worked by hand, laws that hold for any numbers, and the reference company."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import FactsError
from forecast.financials import Financials, History, LineHistory, read_financials
from forecast.financials.currency import UNEVEN, convert, convert_history, currency_problems
from forecast.financials.rates import ExchangeRate, Rates
from forecast.lines import Identity, Line
from forecast.timeline import Quarter

from .reported import fact, reported

KUNLUN = Path(__file__).parents[2] / "data" / "kunlun"
CURE = (
    "Add the rates (a fact in the unit of the pair, with the basis 'quarter' for an average and 'point' for the rate "
    "at a moment), or give them: rates=Rates.from_frame(frame)"
)
ASIDE = ", or leave these facts out: gaps='set aside'"
NO_CURRENCY = History.from_frame(pd.DataFrame({"revenue": [1.0]}, ["2024Q1"]))
YEAR = ("2024Q1", "2024Q2", "2024Q3", "2024Q4")


def averages(*values, pair="CNY_per_USD", first="2024Q1", published=None):
    """A table of the averages of consecutive quarters, taken as exact."""
    quarters = [Quarter.parse(first) + step for step in range(len(values))]
    days = [quarter.last_day() for quarter in quarters]
    return Rates(
        tuple(
            ExchangeRate(pair, "average", day, value, day if published is None else published)
            for day, value in zip(days, values, strict=True)
        )
    )


def ends(value, day, pair="CNY_per_USD"):
    return Rates((ExchangeRate(pair, "end", dt.date.fromisoformat(day), value, dt.date.fromisoformat(day)),))


def dollars(line, period, value, basis="quarter", unit="million", **options):
    return fact(line, period, value, basis, unit, **{"currency": "USD", **options})


def only(financials):
    (one,) = financials.facts
    return one


# Levels


def test_a_quarter_is_converted_at_its_average():
    printed = dollars("revenue", "2024Q1", "100", published="2024-04-20")
    rates = averages(7.1, published=dt.date(2024, 5, 2))
    converted = only(convert(reported(printed), "CNY", rates=rates))
    # 100 * 7.1; the half of the last digit, 0.5, becomes 3.55; public with the later of the two
    assert converted == replace(
        printed,
        value=pytest.approx(710.0),
        rounding=pytest.approx(3.55),
        currency="CNY",
        published=dt.date(2024, 5, 2),
        note="100 million USD at 7.1 CNY_per_USD",
    )


def test_a_year_is_converted_at_the_mean_of_its_averages_and_says_how_rough_that_is():
    rates = averages(7.0, 7.1, 7.2, 7.3)
    converted = only(convert(reported(dollars("revenue", "2024", "400", "annual")), "CNY", rates=rates))
    # mean 7.15; S**2 = (0.15**2 + 0.05**2 + 0.05**2 + 0.15**2) / 3 = 0.05 / 3; the rate is off by 0.25 * S / 2
    assert converted.value == pytest.approx(400 * 7.15)
    # 3 * (400 * 0.25 * S / 2)**2 = 3 * 2500 * 0.05 / 3 = 125, and the rounding is 0.5 * 7.15
    assert converted.rounding == pytest.approx(math.sqrt(125 + (0.5 * 7.15) ** 2))


@pytest.mark.parametrize(
    ("period", "basis", "rate"),
    [("2024Q3", "ytd", 7.1), ("2024H1", "half", 7.05), ("2024H2", "half", 7.25), ("2024Q1", "ytd", 7.0)],
)
def test_other_bases_take_the_quarters_that_they_cover(period, basis, rate):
    rates = averages(7.0, 7.1, 7.2, 7.3)
    converted = only(convert(reported(dollars("revenue", period, "100", basis)), "CNY", rates=rates))
    assert converted.value == pytest.approx(100 * rate)


def test_a_stock_is_converted_at_the_rate_of_its_day():
    rates = averages(7.1, 7.1).joined(ends(7.2, "2024-03-31")).joined(ends(7.25, "2024-06-13"))
    facts = reported(dollars("arr", "2024Q1", "120", "point"), dollars("arr", "2024-06-13", "200", "point"))
    values = {one.period: one.value for one in convert(facts, "CNY", rates=rates).facts}
    assert values == pytest.approx({"2024Q1": 864.0, "2024-06-13": 1450.0})


def test_a_rate_s_own_error_is_added():
    day = dt.date(2024, 3, 31)
    rates = Rates((ExchangeRate("CNY_per_USD", "average", day, 7.0, day, error=0.1),))
    converted = only(convert(reported(dollars("revenue", "2024Q1", "100")), "CNY", rates=rates))
    # rounding 0.5 * 7; the rate is off by 0.1, the figure by 10: as a half-width sqrt(3) * 10
    assert converted.rounding == pytest.approx(math.sqrt(3.5**2 + 3 * 100))


def test_fiscal_years_align_by_days():
    # With fiscal years that end in June, 2024Q1 is July to September 2023: calendar 2023Q3.
    facts = Financials((dollars("revenue", "2024Q1", "100"),), fiscal_year_end=6)
    assert only(convert(facts, "CNY", rates=averages(7.0, first="2023Q3"))).value == pytest.approx(700.0)
    own = Rates.from_frame(pd.DataFrame({"quarter": ["2024Q1"], "CNY_per_USD_average": [7.0]}), fiscal_year_end=6)
    assert own == averages(7.0, first="2023Q3")


def test_figures_per_share_change_their_unit():
    facts = reported(
        fact("eps", "2024Q1", "2", unit="USD_per_share"), fact("book_value", "2024Q1", "30", "point", "USD_per_share")
    )
    rates = averages(7.0).joined(ends(7.5, "2024-03-31"))
    found = {one.line: (one.value, one.unit, one.note) for one in convert(facts, "CNY", rates=rates).facts}
    assert found == {
        "eps": (14.0, "CNY_per_share", "2 USD_per_share at 7 CNY_per_USD"),
        "book_value": (225.0, "CNY_per_share", "30 USD_per_share at 7.5 CNY_per_USD"),
    }


def test_scales_are_kept():
    converted = only(convert(reported(dollars("revenue", "2024Q1", "1.5", unit="亿")), "CNY", rates=averages(7.0)))
    assert (converted.value, converted.unit, converted.rounding) == (pytest.approx(10.5), "亿", pytest.approx(0.35))


# Growth, shares, changes


def test_growth_is_another_number_in_another_currency():
    printed = dollars("revenue", "2024Q1", "10", unit="percent_growth", rounding=0.5)
    rates = averages(6.0).joined(averages(7.2, first="2025Q1"))
    converted = only(convert(reported(replace(printed, period="2025Q1")), "CNY", rates=rates))
    # 100 USD at 6 were 600 CNY; 110 USD at 7.2 are 792 CNY: + 32 %. The rounding grows by 7.2 / 6.
    assert (converted.value, converted.rounding) == (pytest.approx(32.0), pytest.approx(0.6))
    assert (converted.unit, converted.currency) == ("percent_growth", "CNY")
    assert converted.note == "10 percent_growth USD at 7.2 CNY_per_USD, a year ago 6 CNY_per_USD"


def test_growth_keeps_the_error_of_its_qualifier():
    # "about 20 %" is known to 2 % of 20, that is 0.4 points; in a currency that fell by a sixth it is 0 %, and
    # 2 % of nothing would be no error at all. Its standard error is 0.4 * 6 / 7.2 = 1/3, as a half-width sqrt(3) / 3.
    printed = dollars("revenue", "2025Q1", "20", unit="percent_growth", rounding=0.0, qualifier="about")
    rates = averages(7.2).joined(averages(6.0, first="2025Q1"))
    converted = only(convert(reported(printed), "CNY", rates=rates))
    assert (converted.value, converted.rounding) == (pytest.approx(0.0, abs=1e-9), pytest.approx(math.sqrt(3) / 3))


def test_growth_of_a_stock_takes_the_rates_of_both_days():
    rates = ends(7.0, "2023-02-28").joined(ends(7.7, "2024-02-29")).joined(ends(8.0, "2024-12-31"))
    rates = rates.joined(ends(6.4, "2023-12-31"))
    facts = reported(
        dollars("arr", "2024-02-29", "0", "point", "percent_growth"),
        dollars("cash", "2024Q4", "0", "point", "percent_growth"),
    )
    values = {one.line: one.value for one in convert(facts, "CNY", rates=rates).facts}
    assert values == pytest.approx({"arr": 10.0, "cash": 25.0})


def test_the_error_of_growth_over_years_comes_from_both_profiles():
    printed = dollars("revenue", "2025", "0", "annual", "percent_growth", rounding=0.0)
    rates = averages(7.0, 7.1, 7.2, 7.3, 7.15, 7.15, 7.15, 7.15)
    converted = only(convert(reported(printed), "CNY", rates=rates))
    # only 2024 has a spread: its mean is off by 0.25 * sqrt(0.05 / 3) / 2 of 7.15
    assert converted.value == pytest.approx(0.0, abs=1e-9)
    assert converted.rounding == pytest.approx(100 * math.sqrt(3) * 0.25 * math.sqrt(0.05 / 3) / 2 / 7.15)


def test_what_has_no_currency_or_is_in_it_already_stays():
    facts = reported(
        fact("revenue", "2024Q1", "700"),
        fact("revenue", "2024Q1", "5", unit="percent_growth"),
        fact("cost", "2024Q1", "40", unit="percent_of:revenue"),
        fact("cost", "2024Q1", "-2", unit="points_growth_of:revenue"),
        fact("users", "2024Q1", "5000", "point", "count"),
        fact("users", "2024Q1", "3", "point", "percent_growth"),
        fact("shares", "2024Q1", "100", "point", "million_shares"),
        fact("usd_cny", "2024Q1", "7.1", unit="CNY_per_USD"),
        fact("usd_cny", "2024Q1", "1.5", unit="percent_growth"),
    )
    assert convert(facts, "CNY") == facts
    in_dollars = convert(facts, "USD", gaps="set aside")
    assert {(one.line, one.unit) for one in facts.facts} - {(one.line, one.unit) for one in in_dollars.facts} == {
        ("revenue", "percent_growth")  # the rate of 2023Q1 is missing
    }


def test_a_growth_rate_without_currency_takes_that_of_its_line_or_of_its_base():
    facts = reported(
        dollars("revenue", "2024Q1", "100"),
        fact("revenue", "2025Q1", "10", unit="percent_growth"),
        fact("cost", "2024Q1", "40", unit="percent_of:revenue"),
        fact("cost", "2025Q1", "10", unit="percent_growth"),
    )
    rates = averages(6.0).joined(averages(7.2, first="2025Q1"))
    grown = [one for one in convert(facts, "CNY", rates=rates).facts if one.unit == "percent_growth"]
    assert [one.value for one in grown] == pytest.approx([32.0, 32.0])
    assert {one.currency for one in grown} == {"CNY"}


def test_changes_are_set_aside_with_the_reason():
    facts = reported(dollars("revenue", "2024Q1", "100"), dollars("revenue", "2024Q1", "5", unit="million_change"))
    converted = convert(facts, "CNY", rates=averages(7.0))
    assert [one.unit for one in converted.facts] == ["million"]
    assert [str(one) for one in converted.set_aside] == [
        "revenue 2024Q1 (quarter) 5 million_change USD from S1: "
        "a change in another currency needs both levels. Give the two levels as facts"
    ]


# Inverse and cross rates


def test_the_inverse_pair_serves_when_the_pair_is_missing():
    rates = averages(0.125, pair="USD_per_CNY")
    converted = only(convert(reported(dollars("revenue", "2024Q1", "100")), "CNY", rates=rates))
    assert (converted.value, converted.note) == (800.0, "100 million USD at 8 CNY_per_USD (1 / USD_per_CNY)")


@pytest.mark.parametrize(
    ("first", "second", "via"),
    [
        (("CNY_per_EUR", 8.0), ("EUR_per_USD", 0.9), "CNY_per_EUR * EUR_per_USD"),
        (("CNY_per_EUR", 8.0), ("USD_per_EUR", 1 / 0.9), "CNY_per_EUR * 1 / USD_per_EUR"),
        (("EUR_per_CNY", 0.125), ("USD_per_EUR", 1 / 0.9), "1 / EUR_per_CNY * 1 / USD_per_EUR"),
    ],
)
def test_a_cross_rate_goes_through_one_common_currency(first, second, via):
    rates = averages(first[1], pair=first[0]).joined(averages(second[1], pair=second[0]))
    converted = only(convert(reported(dollars("revenue", "2024Q1", "100")), "CNY", rates=rates))
    assert converted.value == pytest.approx(720.0)
    assert converted.note == f"100 million USD at 7.2 CNY_per_USD ({via})"


def test_the_rate_that_was_public_first_is_taken_and_among_those_the_direct_one():
    day, later = dt.date(2024, 3, 31), dt.date(2024, 6, 1)
    direct, inverse = averages(7.2), averages(0.125, pair="USD_per_CNY")
    assert direct.joined(inverse).find("CNY_per_USD", "average", day).value == 7.2
    direct = averages(7.2, published=later)
    assert direct.joined(inverse).find("CNY_per_USD", "average", day).value == 8.0
    assert direct.joined(inverse).as_of("2024-05-31").find("CNY_per_USD", "average", day).value == 8.0
    assert direct.find("CNY_per_USD", "end", day) is None
    assert direct.find("CNY_per_EUR", "average", day) is None


def test_errors_of_inverse_and_cross_rates_are_relative():
    day = dt.date(2024, 3, 31)
    rates = Rates(
        (
            ExchangeRate("CNY_per_EUR", "end", day, 8.0, day, error=0.08 * 3),  # 3 %
            ExchangeRate("USD_per_EUR", "end", day, 1.25, day, error=0.0125 * 4),  # 4 %
        )
    )
    assert rates.find("EUR_per_USD", "end", day).error == pytest.approx(0.8 * 0.04)
    assert rates.find("CNY_per_USD", "end", day).error == pytest.approx(6.4 * 0.05)


# Gaps


def test_every_gap_is_listed_at_once():
    facts = reported(
        dollars("revenue", "2024", "400", "annual"),
        dollars("cost", "2024Q2", "60"),
        dollars("arr", "2024Q1", "120", "point"),
        dollars("arr", "2024-06-13", "140", "point"),
        fact("profit", "2024Q1", "5", currency="EUR"),
        fact("margin", "2024Q1", "5", unit="percent_growth"),
    )
    with pytest.raises(FactsError) as refusal:
        convert(facts, "CNY", rates=averages(7.0, 7.1).joined(averages(7.3, first="2024Q4")).as_of("2024-05-01"))
    assert str(refusal.value) == (
        f"the facts cannot all be put into CNY. {CURE}{ASIDE}: 7 problems\n"
        "  - no CNY_per_EUR averaged over 2024Q1, which 1 figure of 'profit' needs.\n"
        "  - no CNY_per_USD at the end of 2024-06-13, which 1 figure of 'arr' needs.\n"
        "  - no CNY_per_USD at the end of 2024Q1, which 1 figure of 'arr' needs.\n"
        "  - no CNY_per_USD averaged over 2024Q2, which 2 figures of 'revenue', 'cost' need.\n"
        "  - no CNY_per_USD averaged over 2024Q3, which 1 figure of 'revenue' needs.\n"
        "  - no CNY_per_USD averaged over 2024Q4, which 1 figure of 'revenue' needs.\n"
        "  - margin 2024Q1 (quarter) 5 percent_growth from S1: "
        "neither it nor its line says one currency. State it in the column 'currency'."
    )


def test_gaps_can_be_set_aside_with_their_reasons():
    facts = reported(dollars("revenue", "2024Q1", "100"), dollars("revenue", "2024H1", "220", "half"))
    converted = convert(facts, "CNY", rates=averages(7.0), gaps="set aside")
    assert [(one.period, one.value) for one in converted.facts] == [("2024Q1", 700.0)]
    assert [str(one) for one in converted.set_aside] == [
        "revenue 2024H1 (half) 220 million USD from S1: the rates have no CNY_per_USD averaged over 2024Q2"
    ]


def test_two_currencies_in_a_line_leave_its_growth_open():
    facts = reported(
        dollars("revenue", "2024Q1", "100"),
        fact("revenue", "2024Q1", "700", source="S2"),
        fact("revenue", "2025Q1", "10", unit="percent_growth"),
    )
    with pytest.raises(FactsError) as refusal:
        convert(facts, "CNY", rates=averages(7.0))
    assert refusal.value.problems == (
        "revenue 2025Q1 (quarter) 10 percent_growth from S1: "
        "neither it nor its line says one currency. State it in the column 'currency'.",
    )


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda facts: convert(facts, "usd"), "the currency 'usd' is not a three-letter code. Write it as in 'CNY'."),
        (
            lambda facts: convert(facts, "CNY", gaps="set asid"),
            "gaps='set asid' is not known. Did you mean 'set aside'?",
        ),
        (
            lambda facts: convert_history(NO_CURRENCY, "CNY", None),
            "the table of rates is an object of the type NoneType, not Rates; "
            "make one: Rates.of(financials), Rates.from_frame(frame).",
        ),
    ],
)  # fmt: skip
def test_wrong_calls(call, text):
    with pytest.raises(FactsError) as refusal:
        call(reported(dollars("revenue", "2024Q1", "100")))
    assert str(refusal.value) == text


# No peeking


def test_rates_that_were_not_public_are_not_used():
    facts = reported(dollars("revenue", "2024Q1", "100", published="2024-04-20"))
    rates = averages(7.1, published=dt.date(2024, 5, 2))
    assert convert(facts.as_of("2024-05-02"), "CNY", rates=rates).facts[0].value == pytest.approx(710.0)
    with pytest.raises(FactsError) as refusal:
        convert(facts.as_of("2024-05-01"), "CNY", rates=rates)
    assert refusal.value.problems == ("no CNY_per_USD averaged over 2024Q1, which 1 figure of 'revenue' needs.",)


def test_a_company_s_forecast_is_public_with_the_rates_and_its_last_version_stands():
    early = dollars("revenue", "2024Q1", "90", published="2024-01-10", qualifier="forecast")
    late = dollars("revenue", "2024Q1", "95", published="2024-02-10", qualifier="forecast")
    converted = convert(reported(late, early), "CNY", rates=averages(7.0))
    assert [(one.value, one.published) for one in converted.facts] == [(665.0, dt.date(2024, 3, 31))]
    assert [str(one) for one in converted.set_aside] == [
        "revenue 2024Q1 (quarter) 90 million USD from S1: printed anew on 2024-02-10, before its rates were public"
    ]


QUARTERS = ("2023Q1", "2023Q2", "2024Q1", "2024Q2")
published = st.integers(0, 60).map(lambda days: (dt.date(2024, 7, 1) + dt.timedelta(days)).isoformat())
pairs = st.sampled_from(["CNY_per_USD", "USD_per_CNY", "CNY_per_EUR", "EUR_per_USD"])
rate_facts = st.builds(
    lambda pair, quarter, day: fact(pair.lower(), quarter, "2", unit=pair, published=day),
    pairs, st.sampled_from(QUARTERS), published,
)  # fmt: skip
money_facts = st.builds(
    lambda quarter, day, unit, source: dollars("revenue", quarter, "50", unit=unit, published=day, source=source),
    st.sampled_from(QUARTERS), published, st.sampled_from(["million", "percent_growth"]), st.sampled_from(["S1", "S2"]),
)  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=80)
@given(
    st.lists(rate_facts, max_size=8, unique_by=str),
    st.lists(money_facts, min_size=1, max_size=6, unique_by=lambda one: (str(one), one.published)),
    published,
)
def test_converting_and_hiding_commute(rates, figures, day):
    facts = reported(*rates, *figures)
    whole = convert(facts, "CNY", gaps="set aside").as_of(day)
    assert whole.facts == convert(facts.as_of(day), "CNY", gaps="set aside").facts


# Laws

positive = st.floats(0.01, 1e4)


def rounded(low, high):
    """Figures as companies print them: 0 or at least 1e-9 in size."""
    return st.floats(low, high).map(lambda number: round(number, 9))


four = st.lists(st.floats(0.5, 2.0), min_size=4, max_size=4)


@settings(deadline=None, derandomize=True)
@given(positive, rounded(-1e5, 1e5), rounded(-90.0, 500.0))
def test_there_and_back_is_the_same_figure(rate, value, growth):
    rates = averages(rate).joined(averages(1.5 * rate, first="2025Q1"))
    level = replace(dollars("revenue", "2025Q1", "1"), value=value)
    grown = replace(dollars("revenue", "2025Q1", "1", unit="percent_growth"), value=growth)
    back = convert(convert(reported(level, grown), "CNY", rates=rates), "USD", rates=rates)
    for one in back.facts:
        before = level if one.unit == "million" else grown
        assert one.value == pytest.approx(before.value, rel=1e-9, abs=1e-9)
        assert one.rounding == pytest.approx(before.rounding, rel=1e-6)
        assert one.currency == "USD"


@settings(deadline=None, derandomize=True)
@given(four)
def test_there_and_back_over_a_year_is_within_the_stated_error(values):
    rates = averages(*values)
    printed = dollars("revenue", "2024", "100", "annual", rounding=0.0)
    back = only(convert(convert(reported(printed), "CNY", rates=rates), "USD", rates=rates))
    # With relative spreads c of f and d of 1 / f: back / 100 - 1 = -cov(f, 1 / f) <= c * d * back / 100, and the
    # standard error is at least back * 0.25 * hypot(c, d) / sqrt(3) >= back * 0.25 * sqrt(2 / 3) * sqrt(c * d).
    spreads = [np.std(one) / np.mean(one) for one in (np.array(values), 1 / np.array(values))]
    error = back.rounding / math.sqrt(3)
    assert abs(back.value - 100) <= error * math.sqrt(spreads[0] * spreads[1]) / (UNEVEN * math.sqrt(2 / 3)) + 1e-9


@settings(deadline=None, derandomize=True)
@given(four, four)
def test_converting_and_summing_quarters_commute_within_the_stated_error(flows, values):
    rates = averages(*values)
    texts = [dollars("revenue", quarter, "1", rounding=0.0) for quarter in YEAR]
    quarters = [replace(one, value=flow) for one, flow in zip(texts, flows, strict=True)]
    year = replace(dollars("revenue", "2024", "1", "annual", rounding=0.0), value=math.fsum(flows))
    apart = math.fsum(one.value for one in convert(reported(*quarters), "CNY", rates=rates).facts)
    whole = only(convert(reported(year), "CNY", rates=rates))
    # Cauchy-Schwarz: off by at most sqrt(n - 1) standard errors, when the flows are as uneven as assumed
    uneven = np.std(flows) / np.mean(flows)
    assert abs(whole.value - apart) <= uneven / UNEVEN * math.sqrt(3) * whole.rounding / math.sqrt(3) + 1e-9


@settings(deadline=None, derandomize=True, max_examples=30)
@given(rounded(-100, 100), four)
def test_even_quarters_add_up_exactly(flow, values):
    rates = averages(*values)
    quarters = [replace(dollars("revenue", quarter, "1"), value=flow) for quarter in YEAR]
    year = replace(dollars("revenue", "2024", "1", "annual"), value=4 * flow)
    apart = math.fsum(one.value for one in convert(reported(*quarters), "CNY", rates=rates).facts)
    assert only(convert(reported(year), "CNY", rates=rates)).value == pytest.approx(apart, rel=1e-12, abs=1e-9)


def test_the_stated_error_of_a_year_is_that_of_uneven_quarters():
    # 20,000 years whose quarters deviate by 25 % in the mean square: the root mean square of what is off estimates
    # the standard error within 1.5 % at 3 standard deviations (1 / sqrt(2 * 20000) each): false alarms below 0.3 %.
    rates = np.array([7.0, 7.3, 7.1, 6.9])
    draws = np.random.default_rng(3).normal(size=(20_000, 4))
    uneven = draws - draws.mean(axis=1, keepdims=True)
    uneven *= UNEVEN / np.sqrt(np.mean(uneven**2, axis=1, keepdims=True))
    off = (100 / 4 * (1 + uneven)) @ rates - 100 * rates.mean()
    year = dollars("revenue", "2024", "100", "annual", rounding=0.0)
    converted = only(convert(reported(year), "CNY", rates=averages(*rates)))
    assert np.sqrt(np.mean(off**2)) == pytest.approx(converted.rounding / math.sqrt(3), rel=0.015)


# The table of rates


def test_tables_of_both_shapes_say_the_same():
    nan = float("nan")
    long = pd.DataFrame(
        {
            "quarter": ["2024Q1", "2024Q2", "2024Q1"],
            "pair": ["CNY_per_USD", "CNY_per_USD", "CNY_per_EUR"],
            "average": [7.1, 7.2, 7.8],
            "end": [7.15, nan, nan],
        }
    )
    index = pd.period_range("2024Q1", periods=2, freq="Q", name="quarter")
    wide = pd.DataFrame(
        {"CNY_per_USD_average": [7.1, 7.2], "CNY_per_USD_end": [7.15, pd.NA], "CNY_per_EUR_average": [7.8, None]}, index
    )
    first, second = dt.date(2024, 3, 31), dt.date(2024, 6, 30)
    by_hand = Rates(
        (
            ExchangeRate("CNY_per_USD", "average", first, 7.1, first),
            ExchangeRate("CNY_per_USD", "average", second, 7.2, second),
            ExchangeRate("CNY_per_USD", "end", first, 7.15, first),
            ExchangeRate("CNY_per_EUR", "average", first, 7.8, first),
        )
    )
    assert Rates.from_frame(long) == Rates.from_frame(wide) == by_hand


def test_a_table_by_date_gives_rates_at_a_moment():
    frame = pd.DataFrame(
        {"date": ["2024-06-13"], "CNY_per_USD_end": ["7.25"], "published": ["2024-06-14"], "source": ["a bank"]}
    )
    day = dt.date(2024, 6, 13)
    assert Rates.from_frame(frame).entries == (
        ExchangeRate("CNY_per_USD", "end", day, 7.25, dt.date(2024, 6, 14), 0.0, "a bank"),
    )


@pytest.mark.parametrize(
    ("columns", "problems"),
    [
        ({"quarter": ["2024-Q1", "2024Q2"], "CNY_per_USD_average": [7.1, "seven"]},
         ["row 0: '2024-Q1' is not a quarter. Write '2024Q1'.",
          "row 1: 'CNY_per_USD_average' is 'seven'. Give a number, and NaN for what is missing."]),
        ({"quarter": ["2024Q1"], "CNY_per_USD": [7.1]},
         ["the column 'CNY_per_USD' may hold averages or rates at a moment. "
          "Name it 'CNY_per_USD_average' or 'CNY_per_USD_end'."]),
        ({"quarter": ["2024Q1"], "pair": ["CNY_per_USD"], "avrage": [7.1]},
         ["the column 'avrage' is not known. Did you mean 'average'?"]),
        ({"quarter": ["2024Q1"], "average": [7.1]},
         ["the column 'pair' is missing. Add it, with entries as 'CNY_per_USD'."]),
        ({"CNY_per_USD_end": [7.1]},
         ["the rows need a column 'quarter' or a column 'date', and not both. Add one, or remove one."]),
        ({"quarter": ["2024Q1"]},
         ["no column holds rates. Name them 'average' and 'end', or as in 'CNY_per_USD_average'."]),
        ({"date": ["2024-03-31"], "CNY_per_USD_average": [7.1]},
         ["row 0: 'CNY_per_USD_average' gives an average for a date. Label the row with its quarter instead."]),
        ({"quarter": ["2024Q1"], "pair": ["USDCNY"], "end": [7.1]},
         ["the pair 'USDCNY' does not name two currencies. Write it as in 'CNY_per_USD'."]),
        ({"quarter": ["2024Q1"], "CNY_per_USD_end": [-7.1]},
         ["CNY_per_USD, the rate on 2024-03-31, is -7.1. A rate is a number above 0; leave out what is missing."]),
        ({"quarter": ["2024Q1"], "CNY_per_USD_average": [7.1], "published": ["2024-03-01"]},
         ["CNY_per_USD, the average of the quarter to 2024-03-31, was published on 2024-03-01, "
          "before its period ended. Correct the date."]),
        ({"quarter": ["2024Q1", "2024Q1"], "CNY_per_USD_average": [7.1, 7.2]},
         ["CNY_per_USD, the average of the quarter to 2024-03-31, is 7.1 and 7.2. "
          "Keep one of them, as in Rates.from_facts(those to use)."]),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_read(columns, problems):
    with pytest.raises(FactsError) as refusal:
        Rates.from_frame(pd.DataFrame(columns))
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    assert str(refusal.value) == "\n  - ".join([f"the exchange rates: {count}", *problems])


def test_rates_come_from_facts_of_a_quarter_or_a_moment():
    facts = reported(
        fact("usd_cny", "2024Q1", "7.10", unit="CNY_per_USD", published="2024-04-05"),
        fact("usd_cny", "2024Q1", "7.20", "point", "CNY_per_USD", published="2024-04-01"),
        fact("usd_cny", "2024", "7.15", "annual", "CNY_per_USD"),
        fact("usd_cny", "2031Q4", "7.5", unit="CNY_per_USD", qualifier="forecast"),
    )
    day = dt.date(2024, 3, 31)
    error = pytest.approx(0.005 / math.sqrt(3))
    assert Rates.of(facts).entries == (
        ExchangeRate("CNY_per_USD", "average", day, 7.1, dt.date(2024, 4, 5), error, "S1"),
        ExchangeRate("CNY_per_USD", "end", day, 7.2, dt.date(2024, 4, 1), error, "S1"),
    )


def test_facts_that_agree_within_their_rounding_are_one_rate_and_others_are_refused():
    fine = fact("usd_cny", "2024Q1", "7.1615", unit="CNY_per_USD", source="S2", published="2030-02-01")
    rough = fact("usd_cny", "2024Q1", "7.16", unit="CNY_per_USD", source="S3")
    found = Rates.of(reported(fine, rough)).find("CNY_per_USD", "average", dt.date(2024, 3, 31))
    assert (found.value, found.sources) == (7.16, ("S3",))  # the one that was public first
    with pytest.raises(FactsError) as refusal:
        Rates.of(reported(fine, replace(rough, value=7.17)))
    assert str(refusal.value) == (
        "the exchange rates: 1 problem\n"
        "  - CNY_per_USD, the average of the quarter to 2024-03-31, is 7.1615 from S2 and 7.17 from S3. "
        "Keep one of them, as in Rates.from_facts(those to use)."
    )


# Histories


def history(*entries):
    return History((Quarter.parse("2024Q1"), Quarter.parse("2024Q2")), entries)


def test_a_history_is_converted_quarter_by_quarter():
    nan = float("nan")
    given_ = history(
        LineHistory(Line("revenue", currency="USD"), [100, 200], [[4, 1], [1, 9]], ("reported", "estimated"), 10.0),
        LineHistory(Line("cash", "stock", currency="USD"), [50, nan], [[1, nan], [nan, nan]], ("derived", "missing")),
        LineHistory(Line("usd_cny", "rate", "CNY_per_USD"), [7.0, 8.0], np.zeros((2, 2)), ("reported", "reported")),
        LineHistory(Line("cost", currency="CNY"), [1, 2], np.zeros((2, 2)), ("reported", "reported")),
    )
    rates = averages(7.0, 8.0).joined(ends(7.5, "2024-03-31"))
    converted = convert_history(given_, "CNY", rates)
    assert converted.values("revenue") == pytest.approx([700, 1600])
    assert converted.covariance("revenue") == pytest.approx(np.array([[4 * 49, 56], [56, 9 * 64]]))
    assert converted.marks("revenue") == ("derived", "estimated")
    assert converted.entry("revenue").wander == pytest.approx(10 * math.sqrt((49 + 64) / 2))
    assert converted.values("cash") == pytest.approx([375, nan], nan_ok=True)
    assert converted.errors("cash") == pytest.approx([7.5, nan], nan_ok=True)
    assert [converted.line(name).currency for name in converted.lines] == ["CNY", "CNY", None, "CNY"]
    assert converted.entries[2:] == given_.entries[2:]


def test_the_error_of_a_rate_is_added_to_each_quarter():
    day = dt.date(2024, 3, 31)
    rates = Rates((ExchangeRate("CNY_per_USD", "average", day, 7.0, day, error=0.1),))
    one = LineHistory(Line("revenue", currency="USD"), [100.0], [[4.0]], ("reported",))
    converted = convert_history(History((Quarter.parse("2024Q1"),), (one,)), "CNY", rates)
    assert converted.covariance("revenue") == pytest.approx(np.array([[4 * 49 + 100.0]]))


def test_gaps_of_a_history_are_listed_at_once():
    given_ = history(
        LineHistory(Line("revenue", currency="USD"), [100, 200], np.zeros((2, 2)), ("reported", "reported")),
        LineHistory(Line("cash", "stock", currency="USD"), [50, 60], np.zeros((2, 2)), ("reported", "reported")),
    )
    with pytest.raises(FactsError) as refusal:
        convert_history(replace(given_, as_of=dt.date(2024, 5, 1)), "CNY", averages(7.0, 7.1))
    assert str(refusal.value) == (
        f"the history cannot be put into CNY. {CURE}: 3 problems\n"
        "  - no CNY_per_USD at the end of 2024Q1, which 1 figure of 'cash' needs.\n"
        "  - no CNY_per_USD at the end of 2024Q2, which 1 figure of 'cash' needs.\n"
        "  - no CNY_per_USD averaged over 2024Q2, which 1 figure of 'revenue' needs."
    )


def test_a_history_without_currency_is_refused():
    with pytest.raises(FactsError) as refusal:
        convert_history(NO_CURRENCY, "CNY", averages(7.0))
    assert str(refusal.value) == (
        "no line of this history has a currency. State it where the history is made: currency='CNY'."
    )


def test_identities_among_flows_hold_after_conversion():
    frame = pd.DataFrame({"revenue": [10.0, 12.0], "cost": [4.0, 5.0], "profit": [6.0, 7.0]}, ["2024Q1", "2024Q2"])
    converted = convert_history(History.from_frame(frame, currency="USD"), "CNY", averages(7.0, 8.0))
    assert converted.values("profit") == pytest.approx(converted.values("revenue") - converted.values("cost"))
    assert converted.values("profit") == pytest.approx([42.0, 56.0])


# Identities


def test_an_identity_adds_one_currency():
    lines = {
        one.name: one
        for one in (
            Line("revenue", currency="CNY"),
            Line("china_revenue", currency="CNY"),
            Line("opera_revenue", currency="USD"),
            Line("users", "stock", "count"),
            Line("other"),
        )
    }
    mixed = Identity("revenue", (("china_revenue", 0, 1.0), ("opera_revenue", 0, 1.0)))
    fine = Identity("revenue", (("china_revenue", 0, 1.0), ("other", 0, 1.0), ("users", 1, 2.0), ("unknown", 0, 1.0)))
    assert currency_problems(lines, [fine]) == []
    assert currency_problems(lines, [fine, mixed]) == [
        "'revenue = china_revenue + opera_revenue' adds currencies: 'revenue' is in CNY, 'china_revenue' is in CNY, "
        "'opera_revenue' is in USD. Convert the facts first, as in facts.in_currency('CNY')."
    ]
    parts = Identity("other", (("china_revenue", 0, 1.0), ("opera_revenue", 0, -1.0)))
    assert currency_problems(lines, [parts]) == [
        "'other = china_revenue - opera_revenue' adds currencies: 'china_revenue' is in CNY, "
        "'opera_revenue' is in USD. Convert the facts first, as in facts.in_currency('CNY')."
    ]


# The reference company


def test_kunlun_has_averages_only_so_its_run_rates_cannot_be_converted():
    with pytest.raises(FactsError) as refusal:
        convert(read_financials(KUNLUN), "CNY")
    assert str(refusal.value) == (
        f"the facts cannot all be put into CNY. {CURE}{ASIDE}: 2 problems\n"
        "  - no CNY_per_USD at the end of 2025Q1, which 10 figures of 'drama_arr', 'mureka_arr', "
        "'drama_monthly_gross_revenue', ... need.\n"
        "  - no CNY_per_USD at the end of 2025Q2, which 4 figures of 'drama_arr', 'drama_monthly_gross_revenue' need."
    )


def test_the_revenue_of_opera_is_converted_at_the_averages_of_fx_csv():
    facts = read_financials(KUNLUN)
    converted = convert(facts, "CNY", gaps="set aside")
    assert len(converted.facts) + len(converted.set_aside) == len(facts.facts)
    assert {one.fact.line for one in converted.set_aside} == {
        "drama_arr", "mureka_arr", "drama_monthly_gross_revenue", "mureka_monthly_gross_revenue",
    }  # fmt: skip
    opera = {
        (one.period, one.basis): one for one in converted.facts if one.line == "opera_revenue" and one.unit == "million"
    }
    assert opera["2024Q3", "quarter"].value == pytest.approx(123.2 * 7.1615)
    assert opera["2024Q3", "quarter"].note == "123.2 million USD at 7.1615 CNY_per_USD (S106)"
    assert opera["2025Q2", "ytd"].value == pytest.approx(286 * (7.2728 + 7.2313) / 2)
    mean = (6.8398 + 7.0115 + 7.2443 + 7.2233) / 4
    assert opera["2023", "annual"].value == pytest.approx(397 * mean)
    untouched = [
        one for one in facts.facts if one.line not in {one.line for one in facts.facts if one.currency == "USD"}
    ]
    assert set(untouched) <= set(converted.facts)


def test_opera_reconciles_to_the_same_history_before_and_after_conversion():
    facts = read_financials(KUNLUN)
    opera = replace(facts, facts=tuple(one for one in facts.facts if one.line in ("opera_revenue", "usd_cny")))
    before = convert_history(opera.reconcile(), "CNY", Rates.of(opera))
    after = convert(opera, "CNY").reconcile()
    assert before.quarters == after.quarters
    one, other = before.values("opera_revenue"), after.values("opera_revenue")
    known = np.isfinite(one)
    assert np.array_equal(known, np.isfinite(other))
    for name in ("2019Q2", "2022Q2", "2023Q2", "2023Q4", "2024Q2", "2024Q3"):  # reported quarters
        place = before.quarters.index(Quarter.parse(name))
        assert one[place] == pytest.approx(other[place], rel=1e-4)
    both = np.hypot(before.errors("opera_revenue"), after.errors("opera_revenue"))
    # one route assumes smooth dollars, the other smooth yuan; they differ by less than their errors
    assert np.all(np.abs(one - other)[known] <= both[known])


def test_the_example_of_the_docs_prints_what_it_says(monkeypatch, capsys):
    monkeypatch.chdir(KUNLUN.parents[1])
    blocks = re.findall(r"```(python|text)\n(.*?)```", Path("docs/currency.md").read_text(encoding="utf-8"), re.DOTALL)
    (_, code), (_, printed) = blocks
    exec(code, {})
    assert capsys.readouterr().out == printed
