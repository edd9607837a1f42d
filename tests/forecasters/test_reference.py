"""Reference classes: the shipped table, interpolation by hand, the choice of a class, and the forecaster on it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecast.errors import CalibrationError
from forecast.forecasters import Combination, ReferenceClass, ReferenceGrowth, reference_class
from forecast.forecasters.reference import read_classes, spread_of_a_quarter

LEVELS = np.array([0.1, 0.5, 0.9])
BY_HAND = ReferenceClass(
    (0, np.inf), (0, 0.1), np.array([1.0]), np.array([200.0]), LEVELS, np.array([[-0.1, 0.05, 0.15]]), "made up"
)


def test_the_table_is_in_order():
    classes = read_classes()
    assert len(classes) > 15
    for one in classes:
        assert np.all(np.diff(one.quantiles, axis=1) >= 0)
        assert np.all(one.counts >= 40)
        # growth averaged over more years spreads less
        assert np.all(np.diff([one.spread(int(year)) for year in one.years]) < 0.02)
    assert 0.05 < spread_of_a_quarter() < 0.25


def test_fast_growth_fades():
    # the oldest finding about growth: that of fast growers regresses to that of all
    fast = reference_class(growth=0.4)
    assert fast.growth[0] == 0.25
    assert 0.0 < fast.quantile(0.5, years=3) < 0.25
    assert fast.quantile(0.5) > reference_class(growth=0.05).quantile(0.5)


def test_quantiles_and_shares_by_hand():
    assert BY_HAND.quantile(0.5) == pytest.approx(np.expm1(0.05))
    z = stats.norm.ppf(0.7) / stats.norm.ppf(0.9)
    assert BY_HAND.quantile(0.7) == pytest.approx(np.expm1(0.05 + 0.1 * z))
    beyond = stats.norm.ppf(0.99) / stats.norm.ppf(0.9)  # the slope of the last stretch goes on
    assert BY_HAND.quantile(0.99) == pytest.approx(np.expm1(0.05 + 0.1 * beyond))
    assert BY_HAND.share_faster(float(np.expm1(0.15))) == pytest.approx(0.1)
    assert BY_HAND.spread() == pytest.approx(0.25 / (2 * stats.norm.ppf(0.9)))
    assert BY_HAND.describe(float(np.expm1(0.15)), years=1) == (
        "In 10% of 200 comparable cases revenue grew by more than 16% a year over the next year (made up)."
    )


def test_a_share_undoes_its_quantile():
    one = reference_class(revenue=8_000, growth=0.15)
    for years in (1, 2, 3):
        for p in (0.02, 0.3, 0.8):
            assert one.share_faster(one.quantile(p, years=years), years=years) == pytest.approx(1 - p)


def test_the_class_is_the_narrowest_that_fits():
    assert reference_class().size == (0, np.inf)
    assert reference_class(revenue=500).size == (0, 1000)
    assert reference_class(growth=-0.2).growth == (-np.inf, 0)
    both = reference_class(revenue=6_000, growth=0.05)
    assert (both.size, both.growth) == ((5_000, 20_000), (0, 0.1))


def test_questions_that_have_no_answer_are_refused():
    with pytest.raises(CalibrationError, match="7 years were asked for; the table knows 1, 2, 3"):
        reference_class().quantile(0.5, years=7)
    with pytest.raises(CalibrationError, match="give a rate above -1"):
        reference_class().share_faster(-1.5)
    with pytest.raises(CalibrationError, match="revenue is nan"):
        reference_class(revenue=float("nan"))


def test_one_year_of_years_by_hand():
    # two years: growth 20 % observed once, counts 1 of 3; the class of companies that grew by 10 to 25 %
    form = ReferenceGrowth().fit(np.array([100.0, 120.0]), horizon=2, season=1)
    typical = np.log1p(reference_class(growth=0.2).quantile(0.5))
    g = (np.log(1.2) + 2 * typical) / 3
    np.testing.assert_allclose(form.mean, np.log(120) + g * np.array([1, 2]), rtol=1e-12)
    spread = reference_class(growth=0.2).spread()
    np.testing.assert_allclose(form.spread(), spread * np.sqrt([1, 2]), rtol=1e-12)


def test_a_growth_at_the_edge_of_a_class_is_in_one_class_whatever_the_rounding():
    edge = reference_class(growth=0.1)
    assert edge.growth[0] == 0.1
    for near in (np.nextafter(0.1, 0), np.nextafter(0.1, 1), np.expm1(np.log(88) - np.log(80)), 88 / 80 - 1):
        assert reference_class(growth=float(near)).growth == edge.growth
    assert reference_class(growth=0.0999).growth[1] == 0.1


def test_quarters_repeat_the_season_of_the_last_year():
    values = np.array([80.0, 100.0, 90.0, 130.0, 88.0])
    form = ReferenceGrowth(revenue=800).fit(values, horizon=4, season=4)
    g = (0.25 * np.log(1.1) + 2 * np.log1p(reference_class(revenue=800, growth=0.1).quantile(0.5))) / 2.25
    np.testing.assert_allclose(form.mean, np.log([100, 90, 130, 88]) + g, rtol=1e-12)


def test_one_value_is_wide_and_says_so():
    form = Combination().fit(np.array([50.0]), horizon=4, season=4)
    assert "ReferenceGrowth(companies' median growth" in form.name
    low, high = form.quantile(0.1), form.quantile(0.9)
    assert np.all(high / low > 1.2)


def test_losses_have_no_growth():
    with pytest.raises(CalibrationError, match="the value at position 1 is -3"):
        ReferenceGrowth().fit(np.array([5.0, -3.0]), horizon=1, season=4)
