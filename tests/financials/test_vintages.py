"""What was said of one figure and when: revisions, repetitions, contradictions of one day, and the triangle."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from forecast.errors import FactsError, ReconcileError

from .reported import fact, reported

FIRST, SECOND, THIRD = "2024-05-01", "2024-08-01", "2025-03-01"


def said(value, published, *, basis="quarter", period="2024Q1", **options):
    return fact("revenue", period, value, basis, published=published, source=f"S{published}{value}", **options)


def aside(history):
    return [str(one) for one in history.set_aside]


def test_the_final_figure_replaces_the_preliminary_one():
    facts = reported(said("1200", FIRST), said("1210", SECOND))
    history = facts.reconcile()
    assert history.values("revenue") == pytest.approx([1210], rel=1e-9)
    assert history.contradictions == ()
    assert aside(history) == [
        "revenue 2024Q1 (quarter) 1200 million CNY from S2024-05-011200: "
        "revised on 2024-08-01 to 1210 million CNY (S2024-08-011210)"
    ]


def test_the_day_before_the_revision_shows_the_first_figure():
    facts = reported(said("1200", FIRST), said("1210", SECOND))
    history = facts.as_of("2024-07-31").reconcile()
    assert history.values("revenue") == pytest.approx([1200], rel=1e-9)
    assert history.set_aside == ()
    assert facts.as_of(SECOND).reconcile().values("revenue") == pytest.approx([1210], rel=1e-9)


def test_the_last_of_several_revisions_is_named():
    history = reported(said("1200", FIRST), said("1210", SECOND), said("1220", THIRD)).reconcile()
    assert history.values("revenue") == pytest.approx([1220], rel=1e-9)
    assert (
        sorted(one.reason for one in history.set_aside)
        == ["revised on 2025-03-01 to 1220 million CNY (S2025-03-011220)"] * 2
    )


@pytest.mark.parametrize(
    ("first", "later", "unit"),
    [("1203.4", "1.20", "billion"), ("1203.4", "1.2", "billion"), ("1200.4", "1200", "million")],
)
def test_a_repetition_with_fewer_digits_revises_nothing(first, later, unit):
    history = reported(said(first, FIRST), said(later, SECOND, unit=unit)).reconcile()
    assert history.set_aside == ()
    assert history.contradictions == ()


def test_just_within_and_just_beyond_both_roundings():
    # 1200 +- 0.5 and 1201.0 +- 0.05: 1.0 apart against 0.55. 1200.5 is 0.5 apart.
    assert len(reported(said("1200", FIRST), said("1201.0", SECOND)).reconcile().set_aside) == 1
    assert reported(said("1200", FIRST), said("1200.5", SECOND)).reconcile().set_aside == ()


@pytest.mark.parametrize("other", ["1204", "1210", "1300", "12000"])
def test_two_statements_of_one_day_contradict_each_other(other):
    # Nothing tells which is right: the middle, both named, and an error that reaches both.
    history = reported(said("1200", FIRST), said(other, FIRST)).reconcile()
    assert history.set_aside == ()
    assert {one.fact.value for one in history.contradictions} == {1200, float(other)}
    assert history.values("revenue") == pytest.approx([(1200 + float(other)) / 2], rel=1e-6)
    assert 5 * history.errors("revenue")[0] > (float(other) - 1200) / 2


def test_a_less_trusted_later_text_revises_nothing():
    history = reported(said("1200", FIRST), said("1210", SECOND, confidence="low")).reconcile()
    assert history.set_aside == ()
    # Weights 1 / 0.0833 and 1 / (6.05**2 + 0.0833): the first counts 440 times as much.
    assert history.values("revenue") == pytest.approx([1200], abs=0.05)


def test_a_forecast_range_ends_with_the_figure():
    history = reported(
        said("1000", FIRST, rounding=100, qualifier="forecast"), said("1080", SECOND, confidence="low")
    ).reconcile()
    assert history.values("revenue") == pytest.approx([1080], rel=1e-9)
    assert aside(history) == [
        "revenue 2024Q1 (quarter) 1000 million CNY from S2024-05-011000: "
        "revised on 2024-08-01 to 1080 million CNY (S2024-08-011080)"
    ]


def test_a_later_forecast_revises_no_figure():
    history = reported(said("1080", FIRST), said("900", SECOND, qualifier="forecast", rounding=100)).reconcile()
    assert history.set_aside == ()
    assert history.values("revenue") == pytest.approx([1080], abs=0.1)


def test_a_later_forecast_replaces_an_earlier_one():
    history = reported(
        said("300", "2024-01-10", qualifier="forecast"), said("400", "2024-02-10", qualifier="forecast"),
        fact("other", "2024Q1", "1", published=FIRST),
    ).reconcile()  # fmt: skip
    assert history.values("revenue") == pytest.approx([400], rel=1e-9)


def test_a_later_bound_that_the_figure_keeps_revises_nothing():
    history = reported(said("300", FIRST), said("240", SECOND, qualifier="more than")).reconcile()
    assert history.set_aside == ()
    assert history.values("revenue") == pytest.approx([300], abs=0.05)


def test_the_first_quarter_and_the_year_to_date_of_it_are_one_figure():
    history = reported(said("1200", FIRST, basis="ytd"), said("1210", SECOND)).reconcile()
    assert history.values("revenue") == pytest.approx([1210], rel=1e-9)
    assert history.contradictions == ()


def test_the_year_and_the_year_to_date_of_its_fourth_quarter_are_one_figure():
    history = reported(
        said("4000", THIRD, basis="annual", period="2024"), said("4100", "2025-04-01", basis="ytd", period="2024Q4")
    ).reconcile()
    assert history.values("revenue").sum() == pytest.approx(4100, rel=1e-6)
    assert history.contradictions == ()


def test_other_periods_bases_and_relations_are_other_figures():
    history = reported(
        said("1200", FIRST), said("2500", SECOND, basis="ytd", period="2024Q2"), said("1300", SECOND, period="2024Q2"),
        said("20.0", THIRD, unit="percent_growth"),
    ).reconcile()  # fmt: skip
    assert history.set_aside == ()
    assert history.contradictions == ()


def test_another_currency_is_no_revision():
    with pytest.raises(ReconcileError) as refusal:
        reported(said("1200", FIRST), said("170", SECOND, currency="USD")).reconcile()
    assert str(refusal.value) == (
        "the facts do not fit each other\n"
        "  - line 'revenue' is reported in two currencies: revenue 2024Q1 (quarter) 1200 million CNY from "
        "S2024-05-011200; revenue 2024Q1 (quarter) 170 million USD from S2024-08-01170. "
        "Convert them to one, or give them different items.\n"
        "  - revenue 2024Q1 (quarter) 170 million USD from S2024-08-01170: the line 'revenue' is in CNY. "
        "Convert it, or correct the currency."
    )


def test_binary_numbers_of_two_units_are_equal():
    # 4.35 * 100 is 434.99999999999994 in binary; without rounding there is nothing else between them.
    history = reported(
        said("4.35", FIRST, unit="hundred_million", rounding=0, currency="CNY"), said("435", SECOND, rounding=0)
    ).reconcile()
    assert history.set_aside == ()


def test_the_triangle():
    triangle = reported(
        said("1200", FIRST), said("1210", SECOND), said("1.30", SECOND, unit="billion", period="2024Q2"),
        said("2500", SECOND, basis="ytd", period="2024Q2"), said("5000", THIRD, basis="annual", period="2024"),
        said("1210", THIRD), said("10.0", THIRD, unit="percent_growth"), fact("cost", "2024Q1", "700"),
    ).vintages("revenue")  # fmt: skip
    assert list(triangle.columns) == [dt.date.fromisoformat(day) for day in (FIRST, SECOND, THIRD)]
    assert triangle.columns.name == "published"
    assert list(triangle.index.names) == ["period", "basis"]
    assert list(triangle.index) == [("2024Q1", "quarter"), ("2024Q2", "quarter"), ("2024Q2", "ytd"), ("2024", "annual")]
    nan = np.nan
    np.testing.assert_array_equal(
        triangle.to_numpy(), [[1200, 1210, 1210], [nan, 1300, nan], [nan, 2500, nan], [nan, nan, 5000]]
    )
    np.testing.assert_array_equal(triangle.ffill(axis=1).iloc[1], [nan, 1300, 1300])


def test_the_triangle_of_a_date_hides_what_came_later():
    facts = reported(said("1200", FIRST), said("1210", SECOND)).as_of("2024-07-31")
    np.testing.assert_array_equal(facts.vintages("revenue").to_numpy(), [[1200]])


def test_of_one_day_the_most_trusted_figure_is_shown():
    facts = reported(
        said("1200.5", FIRST, confidence="low"), said("1210", FIRST), said("1190", FIRST, confidence="medium")
    )
    np.testing.assert_array_equal(facts.vintages("revenue").to_numpy(), [[1210]])


def test_of_one_day_the_figure_with_the_most_digits_is_shown():
    np.testing.assert_array_equal(
        reported(said("1200", FIRST), said("1200.4", FIRST)).vintages("revenue").to_numpy(), [[1200.4]]
    )


def test_most_digits_are_counted_in_millions():
    # 1.54 billion is +- 5 million, 1543 million +- 0.5.
    facts = reported(said("1.54", FIRST, unit="billion"), said("1543", FIRST))
    np.testing.assert_array_equal(facts.vintages("revenue").to_numpy(), [[1543]])


def test_a_line_without_levels():
    facts = reported(fact("revenue", "2024Q1", "1200"), fact("cost", "2024Q1", "5.0", unit="percent_growth"))
    with pytest.raises(FactsError) as refusal:
        facts.vintages("revenu")
    assert str(refusal.value) == "no figure of the line 'revenu' is reported. Did you mean 'revenue'?"
    with pytest.raises(FactsError) as refusal:
        facts.vintages("cost")
    assert str(refusal.value) == "no figure of the line 'cost' is reported. Known: 'revenue'."
