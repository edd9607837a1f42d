"""Doubts about distributed quarters: each is told where it is, and nowhere else."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress

import forecast as fc

RNG = np.random.default_rng(3)
INDICATOR = 50 + np.cumsum(RNG.normal(1.0, 2.0, 60))
SUMS = INDICATOR.reshape(15, 4).sum(axis=1)
RELATED = 2.0 * SUMS + RNG.normal(0.0, 3.0, 15)


def told(low, indicator=None, **options):
    return fc.disaggregate(low, indicator, per=4, **options).warnings


def test_a_series_that_explains_the_line_over_many_periods_is_not_doubted():
    assert told(RELATED, INDICATOR, rho=0.5) == ()


def test_a_series_that_has_nothing_to_do_with_the_line_is_doubted_by_the_f_test():
    # with rho = 0 the sums of quarters have equal variances and the regression is ordinary least squares
    low = np.random.default_rng(8).permutation(15) + 100.0
    chance = linregress(SUMS, low).pvalue
    assert chance > 0.05
    assert told(low, INDICATOR, rho=0.0) == (
        f"over 15 periods 'indicator' explains the line no better than chance would (p = {chance:.2f}): the quarters "
        "follow what may have nothing to do with them. Give another series, more periods, or none with "
        "method='fernandez'.",
    )


def test_one_that_explains_it_just_well_enough_is_not():
    noise = np.random.default_rng(1).normal(0.0, 1.0, 15)
    for scale in (1.0, 3.0, 10.0, 30.0, 100.0, 300.0):
        low = 500 + SUMS + scale * noise
        said = any("no better than chance" in one for one in told(low, INDICATOR, rho=0.0))
        assert said == (linregress(SUMS, low).pvalue > 0.05)


def test_years_and_halves_together_are_no_reason_that_a_series_explains():
    # with rho = 0 a period of n quarters has n times the variance: least squares of quarterly means with weights n
    quarters = pd.period_range("2010Q1", periods=36, freq="Q")
    line, series = np.random.default_rng(4).normal((100, 50), 1.0, size=(36, 2)).T
    ends = [*range(0, 24, 4), *range(24, 37, 2)]
    low = {}
    for first, last in pairwise(ends):
        year, half = quarters[first].year, 1 if quarters[first].quarter == 1 else 2
        low[str(year) if last - first == 4 else f"{year}H{half}"] = line[first:last].sum()
    found = fc.disaggregate(pd.Series(low), pd.Series(series, index=quarters, name="ad"), rho=0.0)
    sizes = np.diff(ends)
    y, x = (np.add.reduceat(one, ends[:-1]) / sizes for one in (line, series))
    slope, start = np.polyfit(x, y, 1, w=np.sqrt(sizes))
    left = np.sum(sizes * (y - start - slope * x) ** 2) / (len(y) - 2)
    around = np.sum(sizes * (y - np.average(y, weights=sizes)) ** 2) / (len(y) - 1)
    assert found.adjusted_r_squared == pytest.approx(1 - left / around, rel=1e-9)
    assert any("'ad' explains the line no better than chance" in one for one in found.warnings)


@pytest.mark.parametrize("method", ["chow_lin", "denton_cholette"])
def test_a_series_that_is_flat_within_periods_is_doubted(method):
    options = {"rho": 0.5} if method == "chow_lin" else {}
    (said,) = told(RELATED, np.repeat(SUMS / 4, 4), method=method, **options)
    assert said.startswith("'indicator' does not change within any known period")


def test_quarters_that_are_given_need_no_change_within_them():
    quarters = pd.period_range("2020Q1", periods=12, freq="Q").astype(str)
    low = pd.Series(np.arange(10.0, 22.0), index=quarters)
    assert fc.disaggregate(low, pd.Series(np.arange(12.0), index=quarters) ** 2, rho=0.5).warnings == ()


@pytest.mark.parametrize(("lower", "even"), [(0.0, True), (-0.2, False)])
def test_rho_at_its_lower_bound_is_told(lower, even):
    low = RELATED + 40.0 * (-1.0) ** np.arange(15)  # residuals that alternate
    found = fc.disaggregate(low, INDICATOR, per=4, rho_bounds=(lower, 0.9))
    assert found.rho == lower
    (said,) = [one for one in found.warnings if one.startswith("rho is")]
    assert "the lower bound of its range" in said
    assert ("spread evenly" in said) == even


def test_rho_at_its_upper_bound_is_told():
    found = fc.disaggregate(RELATED, INDICATOR, per=4, estimation="min_rss", rho_bounds=(0.0, 0.5))
    assert found.rho == 0.5
    assert any("the upper bound of its range" in one for one in found.warnings)


def test_errors_of_few_degrees_of_freedom_are_doubted():
    # chi-square: the 2.5 % quantile is 1.6899 with 7 degrees and 2.1797 with 8; sqrt(7 / 1.6899) = 2.035 > 2 > 1.916
    def few(count):
        found = fc.disaggregate(RELATED[:count], INDICATOR[: 4 * count], per=4, rho=0.5)
        return found.degrees, [one for one in found.warnings if "degrees of freedom" in one]

    assert few(10) == (8, [])
    degrees, (said,) = few(9)
    assert degrees == 7
    # Student's 97.5 % quantile with 7 degrees is 2.3646
    assert said == (
        "9 known periods for 2 coefficients leave 7 degrees of freedom: the true sigma may be 2 times as large, and "
        "95 % intervals are 2.36 standard errors to each side, not 2. Give more periods."
    )


def test_periods_that_are_explained_exactly_have_no_errors_and_say_so():
    (said,) = told(3.0 * SUMS, INDICATOR)
    assert said.startswith("the indicators explain every period exactly, so the errors are 0")


def test_quarters_below_zero_are_counted_where_no_period_is():
    # the smoothest way from a year of 1 up to one of 100 dips below zero first
    found = fc.disaggregate([1.0, 100.0, 1.0], per=4, method="denton_cholette")
    below = int((found.values < 0).sum())
    assert below > 0
    (said,) = found.warnings
    assert said.startswith(
        f"{below} quarters are below zero though no period is, the lowest {found.values.min():.4g} in "
    )
    assert fc.disaggregate([-1.0, 100.0, 1.0], per=4, method="denton_cholette").warnings == ()


def test_they_are_printed_and_shown():
    found = fc.disaggregate(3.0 * SUMS, INDICATOR, per=4)
    assert str(found).endswith(f"Warnings:\n  - {found.warnings[0]}")
    assert f"<li>{found.warnings[0]}</li>" in found._repr_html_()
