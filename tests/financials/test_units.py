"""Units of money as people write them, and what to write instead of an unclear one."""

from __future__ import annotations

import pytest

from forecast.errors import FactsError
from forecast.financials import read_financials
from forecast.financials.units import MONEY, SPELLINGS, UNCLEAR, parse_unit

HEADER = "period,basis,item,segment,value,unit,currency,published,source,confidence\n"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("one", 1), ("thousand", 1e3), ("k", 1e3), ("千", 1e3),
        ("ten_thousand", 1e4), ("万", 1e4), ("萬", 1e4),
        ("million", 1e6), ("mn", 1e6), ("百万", 1e6), ("百萬", 1e6),
        ("hundred_million", 1e8), ("亿", 1e8), ("億", 1e8),
        ("billion", 1e9), ("bn", 1e9), ("十亿", 1e9), ("十億", 1e9),
        ("trillion", 1e12), ("万亿", 1e12), ("萬億", 1e12),
    ],
)  # fmt: skip
def test_scales_of_money(text, units):
    unit = parse_unit(text)
    assert unit.factor == pytest.approx(units / 1e6, rel=1e-15)
    assert (unit.text, unit.relation, unit.dimension) == (text, "value", "money")


def test_every_spelling_leads_to_a_unit_and_none_is_unclear():
    assert set(SPELLINGS.values()) <= set(MONEY)
    assert not set(UNCLEAR) & (set(SPELLINGS) | set(MONEY))


OWN_COLUMN = ", and the currency, as in 'CNY', in its own column."
OF_WHAT = "Say of what: 'percent_of:revenue' is a share, 'percent_growth' is growth on a year ago."
TWO = "It stands for thousand in some tables and for million in others. Write 'thousand' or 'million'."


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("m", TWO),
        ("M", TWO),
        ("b", "Write 'billion'."),
        ("Mio", "Write 'million'."),
        ("MM", "It stands for million in some tables and for a length in others. Write 'million'."),
        ("兆", "It stands for a million in some places and for a million millions in others. "
               "Write 'million' or 'trillion'."),
        ("%", OF_WHAT),
        ("percent", OF_WHAT),
        ("Million", "Write 'million'."),
        ("BN", "Write 'bn'."),
        ("millions", "Did you mean 'million'?"),
        ("hundred million", "Did you mean 'hundred_million'?"),
        ("亿元", "Write the unit '亿'" + OWN_COLUMN),
        ("百万元", "Write the unit '百万'" + OWN_COLUMN),
        ("元", "Write the unit 'one'" + OWN_COLUMN),
        ("CNY", "Write the unit 'one'" + OWN_COLUMN),
        ("USD million", "Write the unit 'million'" + OWN_COLUMN),
        ("million_USD", "Write the unit 'million'" + OWN_COLUMN),
        ("US$ bn", "Write the unit 'bn'" + OWN_COLUMN),
    ],
)  # fmt: skip
def test_near_misses(text, hint):
    with pytest.raises(FactsError) as refusal:
        parse_unit(text)
    assert str(refusal.value) == f"the unit {text!r} is not known. {hint}"


def test_relative_units_are_as_before():
    assert (parse_unit("percent_of:revenue").factor, parse_unit("percent_of:revenue").base) == (0.01, "revenue")
    assert parse_unit("points_growth_of:revenue").relation == "points"
    assert parse_unit("percent_growth").relation == "growth"
    assert (parse_unit("million_change").relation, parse_unit("million_change").factor) == ("change", 1.0)


def test_printed_digits_keep_their_rounding_on_reading(tmp_path):
    path = tmp_path / "facts.csv"
    rows = ["2024,annual,research_and_development,,15.4,亿,CNY", "2024Q1,quarter,revenue,,132700,万,CNY"]
    path.write_text(HEADER + "".join(f"{row},2025-04-26,S1,high\n" for row in rows), encoding="utf-8")
    financials = read_financials(path)
    year, quarter = sorted(financials.facts, key=lambda one: one.period)
    # 15.4 hundred millions are 1,540 +- 5 millions; 132,700 ten thousands are 1,327 +- 0.005 millions
    assert (year.value * year.measure.factor, year.rounding * year.measure.factor) == pytest.approx((1540.0, 5.0))
    assert (quarter.value * quarter.measure.factor, quarter.rounding * quarter.measure.factor) == pytest.approx(
        (1327.0, 0.005)
    )
    history = read_financials(path).reconcile()
    assert history.values("research_and_development").sum() == pytest.approx(1540.0)
    assert history.values("revenue")[0] == pytest.approx(1327.0)
