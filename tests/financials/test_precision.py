"""Standard errors and centres of printed figures, worked by hand, and what qualified ones do in a balance."""

from __future__ import annotations

import pytest

from forecast.errors import FactsError
from forecast.financials.precision import centre, standard_error, within_bound

from .reported import fact, reported


@pytest.mark.parametrize(
    ("figure", "error"),
    [
        # 0.5 / sqrt(3) for the rounding, and then 0, 0.1 or 0.5 % of 1000, or 2 or 5 % of the figure, in squares.
        (fact("a", "2024Q1", "1000"), 0.288675),
        (fact("a", "2024Q1", "1000.00"), 0.00288675),
        (fact("a", "2024Q1", "1000", confidence="medium"), 1.040833),
        (fact("a", "2024Q1", "1000", confidence="low"), 5.008326),
        (fact("a", "2024Q1", "-1000", confidence="low"), 5.008326),
        (fact("a", "2024Q1", "100", qualifier="about"), 2.020726),
        (fact("a", "2024Q1", "240", qualifier="more than"), 12.003472),
        (fact("a", "2024Q1", "240", qualifier="less than"), 12.003472),
        # 570 to 710: 70 / sqrt(3) = 40.4145; as a forecast 5 % of 640 on top: sqrt(1633.33 + 1024) = 51.5493.
        (fact("a", "2024Q1", "640", rounding=70), 40.414519),
        (fact("a", "2024Q1", "640", rounding=70, qualifier="forecast"), 51.549329),
        (fact("a", "2024Q1", "20.0", unit="percent_growth", qualifier="about", confidence="low"), 0.413320),
        (fact("a", "2024Q1", "7", rounding=0), 0.0),
    ],
)
def test_standard_errors(figure, error):
    assert standard_error(figure) == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize(
    ("qualifier", "value", "expected"),
    [
        ("", "240", 240), ("about", "240", 240), ("forecast", "240", 240),
        ("more than", "240", 252), ("less than", "240", 228),
        ("more than", "-100", -95), ("less than", "-100", -105), ("more than", "0", 0),
    ],
)  # fmt: skip
def test_centres(qualifier, value, expected):
    assert centre(fact("a", "2024Q1", value, qualifier=qualifier)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("qualifier", "implied", "inside"),
    [
        ("more than", 240.0, True), ("more than", 900.0, True), ("more than", 239.9, False),
        ("less than", 240.0, True), ("less than", 10.0, True), ("less than", 240.1, False),
        ("", 240.0, False), ("about", 240.0, False), ("forecast", 240.0, False),
    ],
)  # fmt: skip
def test_the_side_that_a_bound_allows(qualifier, implied, inside):
    assert within_bound(fact("a", "2024Q1", "240", qualifier=qualifier), implied) is inside


def test_a_bound_alone_is_its_mean_and_is_not_called_reported():
    history = reported(fact("a", "2024Q1", "240", qualifier="more than")).reconcile()
    assert history.values("a") == pytest.approx([252], rel=1e-9)
    assert history.errors("a") == pytest.approx([12.003472], rel=1e-5)
    assert history.marks("a") == ("derived",)


def test_a_bound_that_is_kept_is_no_contradiction_and_moves_nothing():
    # 600 is 29 standard errors from 252, on the allowed side.
    history = reported(
        fact("a", "2024Q1", "600"), fact("a", "2024Q1", "240", qualifier="more than", source="S2")
    ).reconcile()
    assert history.contradictions == ()
    # The pull of a downweighted bound: error**2 / (residual / 3)**2 of the residual, below 0.003.
    assert history.values("a") == pytest.approx([600], abs=0.003)


def test_a_bound_is_contradicted_on_its_wrong_side_only_beyond_four_standard_errors():
    def named(value):
        bound = fact("a", "2024Q1", "240", qualifier="more than", source="S2")
        return [one.fact for one in reported(fact("a", "2024Q1", value), bound).reconcile().contradictions]

    # (252 - 215) / 12 = 3.1 and (252 - 180) / 12 = 6.
    assert named("215") == []
    assert [one.qualifier for one in named("180")] == ["more than"]


def test_less_than_is_contradicted_by_more():
    history = reported(
        fact("a", "2024Q1", "320"), fact("a", "2024Q1", "240", qualifier="less than", source="S2")
    ).reconcile()
    (found,) = history.contradictions
    assert found.fact.source == "S2"
    # (320 - 228) / 12.0035 of the fact alone.
    assert found.own_standard_errors == pytest.approx(7.6644, rel=1e-3)


def test_a_forecast_counts_once_its_period_has_ended():
    guess = fact("a", "2024", "640", "annual", published="2024-03-01", rounding=70, qualifier="forecast")
    other = fact("b", "2024Q1", "5", published="2024-04-30")
    later = fact("b", "2024Q4", "6", published="2025-02-01")
    early = reported(guess, other).reconcile()
    assert early.lines == ("b",)
    assert [one.reason for one in early.set_aside] == ["a forecast of a period that had not ended"]
    history = reported(guess, other, later).reconcile()
    assert history.values("a") == pytest.approx([160] * 4, rel=1e-6)
    assert set(history.marks("a")) == {"estimated"}
    assert history.set_aside == ()
    assert reported(guess, other, later).as_of("2024-12-31").reconcile().lines == ("a", "b")
    assert reported(guess, other, later).as_of("2024-12-30").reconcile().lines == ("b",)


def test_a_forecast_of_one_quarter_is_not_called_reported():
    history = reported(
        fact("a", "2024Q1", "640", published="2024-01-15", rounding=7, qualifier="forecast"),
        fact("b", "2024Q1", "5", published="2024-04-30"),
    ).reconcile()
    assert history.marks("a") == ("derived",)


def test_only_a_forecast_may_come_before_its_period_ends():
    with pytest.raises(FactsError) as refusal:
        reported(
            fact("a", "2024Q1", "640", published="2024-01-15", qualifier="forecast"),
            fact("a", "2024Q1", "640", published="2024-01-15", qualifier="about", source="S2"),
            fact("a", "2024Q1", "640", qualifier="over", source="S3"),
        )
    assert str(refusal.value) == (
        "the facts: 2 problems\n"
        "  - a 2024Q1 (quarter) 640 million CNY from S2: published on 2024-01-15, before the period ended on "
        "2024-03-31. Correct the date, or mark the company's own forecast with the qualifier 'forecast'.\n"
        "  - a 2024Q1 (quarter) 640 million CNY from S3: the qualifier 'over' is not known. "
        "Known: '', 'about', 'forecast', 'less than', 'more than'."
    )
