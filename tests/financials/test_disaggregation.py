"""Disaggregation against printed results, an independent program, hand-worked cases, and by property."""

import contextlib
import dataclasses
import io
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecast.errors import FactsError
from forecast.financials.benchmarking import prior_rows
from forecast.financials.disaggregation import METHODS, disaggregate


def figures(text):
    return np.array([float(cell) for cell in text.split()])


# Exports (quarters, million francs) and sales (years, an index) of the Swiss chemical and pharmaceutical industry:
# the example of Sax and Steiner (2013), "Temporal Disaggregation of Time Series", The R Journal 5(2), 80-87, and of
# the R package tempdisagg, as its data set swisspharma holds them. Sources there: Swiss Federal Customs
# Administration; Swiss Federal Statistical Office. Text form: github.com/jstephenj14/timedisagg, tests/sample_data.csv.
EXPORTS = figures("""
1432.639 1456.891 1342.562 1539.394 1535.754 1578.458 1574.724 1652.171 2047.834 2117.971 1925.926 1798.19 1818.817
1808.225 1649.206 1799.665 1985.753 2064.663 1856.387 1919.087 2015.152 2116.601 1972.348 1988.729 2164.848 2183.019
2004.491 2085.436 2202.925 2282.391 2125.113 2186.072 2529.957 2367.435 2235.741 2321.548 2720.669 2670.062 2581.773
2646.937 2823.649 2707.124 2532.887 2811.364 2841.249 2913.913 2801.485 2942.39 3242.56 3119.363 3034.631 3293.243
3602.49 3686.38 3379.88 3400.273 3630.32 3719.56 3406.022 3413.13 3778.9 3710.48 3412.83 3687.54 4042.417303
4009.614623 3756.136689 4055.832443 4518.584577 4660.644869 4128.378015 4504.609013 5036.659935 4703.117577
4256.36086 4425.559008 4948.707775 4851.943712 4503.009732 4801.228707 5779.277272 5390.734441 4924.00438
5163.534928 5840.851625 5829.176033 5289.828428 5388.432524 6399.483857 5807.346502 5511.128339 5773.876175
6294.915624 6144.047411 5862.777268 5741.106939 6663.527695 6612.185181 6289.160672 6389.031424 7200.851514
7763.252997 7080.846031 7602.474452 8239.402691 8080.526921 7498.393184 7483.922855 8270.329031 8245.308586
8248.545286 9226.608573 9536.765299 8855.509808 8834.653149 8664.748315 10882.19288 10907.33786 9999.504424
10043.50812 11502.0402 12079.12506 11078.31185 10284.11037 11901.4543 11307.19518 10817.80768 11167.18279 13163.2205
12555.26673 12060.28028 11823.15714 13649.13869 14133.58838 13426.01664 13629.2385 16001.98277 15575.65693
15380.19906 16017.03272 17806.37026 17470.47327 17047.23377 16486.83099 18353.92067 19438.27243 18150.49471
15975.5917 17768.97811 17793.12728 18236.99913 17972.13962 19915.79514 19482.48 18484.649 18026.46869 19687.521
18913.06608
""")
SALES = figures("""
136.7023291 151.0560737 156.182411 157.2076785 162.3340158 168.4856206 183.8646327 186.2569234 195.4843306
214.2809009 229.3181571 232.3939595 237.5202969 257.3421346 281.9485538 293.5682518 305.1659254 325.4875128
344.4064317 382.7916524 400 421.5981665 461.9405478 473.7623034 513.5972306 533.6563298 618.6818566 663.6035086
691.3092341 731.743848 777.2968505 854.6949846 1004.930973 1000.371339 1045.639301 988.3096761
""")
# What tempdisagg's vignette prints for predict(td(sales.a ~ 1, to = "quarterly", method = "denton-cholette")).
PRINTED_SALES = figures("""
33.38718 33.70254 34.33326 35.27935 36.54080 37.53466 38.26095 38.71966 38.91079 39.04117 39.11079 39.11966 39.06777
39.14067 39.33837 39.66086 40.10814 40.47720 40.76803 40.98064 41.11502 41.57133 42.34956 43.44971 44.87179 45.87837
46.46945 46.64503 46.40512 46.37280 46.54807 46.93094 47.52140 48.29746 49.25911 50.40636 51.73921 53.00475 54.20300
55.33394 56.39759 57.19583 57.72866 57.99608 57.99809 58.03906 58.11897 58.23784 58.39565 58.85255 59.60852 60.66357
62.01770 63.48649 65.06993 66.76802 68.58076 70.06841 71.23096 72.06842 72.58078 73.11024 73.65679 74.22044 74.80119
75.62961 76.70569 78.02943 79.60084 80.93782 82.04037 82.90848 83.54216 84.81941 86.74023 89.30463 92.51260 95.06991
96.97657 98.23257 98.83791 99.54488 100.35349 101.26372 102.27559 103.92992 106.22671 109.16595 112.74765 115.27533
116.74897 117.16859 116.53417 117.04297 118.69497 121.49019 125.42861 128.19226 129.78113 130.19523 129.43456
130.72210 134.05785 139.44181 146.87399 152.96545 157.71619 161.12623 163.19556 165.10542 166.85581 168.44673
169.87819 171.63042 173.70342 176.09721 178.81176 181.54727 184.30371 187.08111 189.87944 192.77669 195.77283
198.86789 202.06184 207.98419 216.63492 228.01404 242.12154 251.40903 255.87648 255.52392 250.35133 248.17889
249.00662 252.83450 259.66255 263.09267 263.12489 259.75919 252.99558 247.92287 244.54106 242.85016
""")
# Annual figures from 1977 and a quarterly indicator, from the tests of JDemetra+ (ChowLinTest, PCRA and IND_PCR).
CONSUMPTION = figures("""
16094.34042 16368.12021 15233.88966 15370.77955 15683.67074 16407.23161 16876.56839 17424.12796 18206.35593
19340.58648 19555.69917 19916.36579 20482.17633 21100.69323 22038.76268
""")
INDICATOR = figures("""
103.29532 102.75762 101.91172 102.58308 103.07061 102.87651 104.22476 95.163725 95.500964 94.947974 94.477737
93.422194 94.20844 91.778527 92.600797 92.313678 91.358591 92.104858 90.402934 91.4894 90.6345 92.098056 91.939821
92.283861 92.091555 91.701768 92.288204 91.592825 91.216143 91.431754 90.986469 91.359825 91.535054 91.736206
93.27483 94.382133 95.025179 97.090378 96.715138 98.10199 99.148287 99.172499 100.04511 99.498929 99.061791
99.666563 99.600238 100.33003 100.71723 101.44431 101.94025 102.34955 102.13386 103.151 105.14168 105.66517
108.35956 107.9938 109.07239 109.41624
""")


def annual(values, first="1975", **options):
    return pd.Series(values, index=pd.period_range(first, periods=len(values), freq="Y"), **options)


def quarterly(values, first="1972Q1", **options):
    return pd.Series(values, index=pd.period_range(first, periods=len(values), freq="Q"), **options)


SALES_A, EXPORTS_Q = annual(SALES, name="sales"), quarterly(EXPORTS, name="exports")


def assert_digits(value, printed, digits):
    """Equal when written with this many significant digits, as the source prints it."""
    assert f"{value:.{digits}g}" == f"{float(printed):.{digits}g}"


class TestPrinted:
    def test_chow_lin_of_the_vignette(self):
        # vignette "Introduction" of tempdisagg, summary(td(sales.a ~ exports.q)), to all its digits
        found = disaggregate(SALES_A, EXPORTS_Q)
        for place, row in enumerate((("1.241e+01", "1.493e+00"), ("1.339e-02", "1.672e-04"))):
            assert_digits(found.coefficients["estimate"].iloc[place], row[0], 4)
            assert_digits(found.coefficients["standard_error"].iloc[place], row[1], 4)
        ratios = found.coefficients["estimate"] / found.coefficients["standard_error"]
        assert [f"{ratio:.3f}" for ratio in ratios] == ["8.311", "80.111"]
        quartiles = np.quantile(found.residuals, (0, 0.25, 0.5, 0.75, 1))
        assert [f"{value:.3f}" for value in quartiles] == ["-77.892", "-7.711", "-4.628", "9.647", "36.448"]
        assert f"{found.adjusted_r_squared:.4f}" == "0.9946"
        assert found.rho == 0
        assert found.rho_at_bound
        assert len(found.values) == 158

    def test_a_negative_rho_of_the_vignette(self):
        # the same with truncated.rho = -1
        found = disaggregate(SALES_A, EXPORTS_Q, rho_bounds=(-0.999, 0.999))
        assert found.rho < 0
        assert not found.rho_at_bound
        assert [f"{value:.5f}" for value in found.coefficients["estimate"]] == ["12.31579", "0.01341"]

    def test_extrapolated_quarters_without_a_constant(self):
        # printed by the README of github.com/jstephenj14/timedisagg for sales.a ~ 0 + exports.q, chow-lin-maxlog
        found = disaggregate(SALES_A, EXPORTS_Q, constant=False)
        # to one unit of the last of its eight digits, as the likelihood is too flat to give rho more exactly
        printed = [21.656879, 22.219737, 20.855413, 23.937916, 24.229008]
        np.testing.assert_allclose(found.values.iloc[:5], printed, rtol=0, atol=1.5e-6)

    def test_denton_cholette_of_the_vignette(self):
        found = disaggregate(SALES_A, method="denton_cholette")
        np.testing.assert_allclose(found.values, PRINTED_SALES, rtol=0, atol=0.5e-5 + 1e-9)
        assert str(found.values.index[-1]) == "2010Q4"

    def test_proportional_denton_of_the_imf(self):
        # Bloem, Dippelsman and Maehle (2001), Quarterly National Accounts Manual, IMF, chapter 6, as the tests of
        # statsmodels (tsa/interp) quote it. The second quarter of its second year is printed as 1042.9, where the
        # method gives 1042.85; rounded as the others, the four would not add up.
        indicator = [98.2, 100.8, 102.2, 100.8, 99.0, 101.6, 102.7, 101.5, 100.5, 103.0, 103.5, 101.5]
        printed = [969.8, 998.4, 1018.3, 1013.4, 1007.2, 1042.9, 1060.3, 1051.0, 1040.6, 1066.5, 1071.7, 1051.0]
        found = disaggregate([4000, 4161.4], indicator, per=4, method="denton_cholette")
        np.testing.assert_allclose(np.delete(found.values, 5).round(1), np.delete(printed, 5), rtol=0, atol=1e-9)
        assert found.values[5] == pytest.approx(printed[5], abs=0.06)

    def test_proportional_denton_of_stata(self):
        # the quarters that Stata's denton command gives, as the tests of statsmodels (tsa/interp) print them
        printed = figures("""
        64.334796 127.80616 187.82379 120.03526 56.563894 105.97568 147.50144 89.958987 40.547201 74.445963
        108.34473 76.66211 42.763347 94.14664 153.41596 109.67405 58.290761 122.62556 190.41409 128.66959""")
        found = disaggregate([500, 400, 300, 400, 500], [50, 100, 150, 100] * 5, per=4, method="denton_cholette")
        np.testing.assert_allclose(found.values, printed, rtol=5e-8)


class TestIndependentProgram:
    # Computed once with gretl 2022c, function tdisagg (Cottrell and Lucchetti), on the figures above.
    PLACES = (0, 1, 2, 3, 30, 59)

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({}, (4026.653858, 4011.096561, 3994.165481, 4062.42452, 4366.148599, 5541.859613)),
            (
                {"estimation": "min_rss"},
                (4024.34838, 4010.924686, 3995.46398, 4063.603398, 4366.238861, 5543.816947),
            ),
            ({"method": "fernandez"}, (4023.809426, 4010.88376, 3995.770138, 4063.877096, 4366.261053, 5544.299357)),
            (
                {"method": "denton_cholette"},
                (4017.917449, 4009.593521, 4001.496659, 4065.33279, 4365.867274, 5542.942758),
            ),
            (
                {"method": "denton_cholette", "criterion": "additive"},
                (3991.114183, 4003.828206, 4029.485751, 4069.91228, 4374.373154, 5558.484245),
            ),
            ({"aggregation": "last"}, (16241.78751, 16156.03642, 16032.3957, 16094.34042, 17234.40861, 22038.76268)),
        ],
    )
    def test_quarters(self, options, expected):
        found = disaggregate(CONSUMPTION, INDICATOR, per=4, **options)
        np.testing.assert_allclose(found.values.iloc[list(self.PLACES)], expected, rtol=1e-8)

    @pytest.mark.parametrize(
        ("options", "rho", "log_likelihood", "squares", "estimates", "errors"),
        [
            ({}, 0.994778, "-112.086", "51927.5", ("-239.57", "47.420"), ("1261.1", "10.683")),
            ({"estimation": "min_rss"}, 0.999, "-112.517", "48666.4", ("-201.28", "46.913"), ("1738.9", "10.359")),
            ({"method": "fernandez"}, None, "-109.592", "47943.3", ("-809.11", "46.787"), ("1057.6", "10.281")),
        ],
    )
    def test_estimates(self, options, rho, log_likelihood, squares, estimates, errors):
        found = disaggregate(CONSUMPTION, INDICATOR, per=4, **options)
        assert math.isnan(found.rho) if rho is None else found.rho == pytest.approx(rho, abs=5e-7)
        assert_digits(found.log_likelihood, log_likelihood, 6)
        assert_digits(found.sigma**2 * found.degrees, squares, 6)
        for place in (0, 1):
            assert_digits(found.coefficients["estimate"].iloc[place], estimates[place], 5)
            assert_digits(found.coefficients["standard_error"].iloc[place], errors[place], 5)


def covariance_of(method, rho, count):
    """Q by its definition: the disturbances as sums of innovations, one column an innovation."""
    made = np.zeros((count, count))
    for t in range(count):
        if method == "chow_lin":
            made[t] = rho * made[t - 1] if t else 0
            made[t, t] = 1 if t else 1 / math.sqrt(1 - rho**2)
        else:
            step = made[t - 1] - (made[t - 2] if t > 1 else 0) if t else np.zeros(count)
            made[t] = (made[t - 1] if t else 0) + (rho if method == "litterman" else 0) * step
            made[t, t] += 1
    return made @ made.T


class TestFormulas:
    """The equations of Chow and Lin (1971) as they are printed, with plain inverses, on a random problem."""

    @pytest.mark.parametrize(("method", "rho"), [("chow_lin", 0.7), ("fernandez", 0.0), ("litterman", 0.4)])
    @pytest.mark.parametrize("aggregation", ["sum", "mean", "last", "first"])
    def test_every_number(self, method, rho, aggregation):
        random = np.random.default_rng(3)
        x = np.column_stack((np.ones(30), random.normal(10, 2, 30).cumsum()))
        y = random.normal(50, 9, 7)
        weights = {"sum": np.ones(4), "mean": np.ones(4) / 4, "last": np.eye(4)[3], "first": np.eye(4)[0]}
        c = np.hstack((np.kron(np.eye(7), weights[aggregation]), np.zeros((7, 2))))
        q = covariance_of(method, rho, 30)
        v = c @ q @ c.T
        inverse, cx = np.linalg.inv(v), c @ x
        spread = np.linalg.inv(cx.T @ inverse @ cx)
        beta = spread @ cx.T @ inverse @ y
        left = y - cx @ beta
        squares = left @ inverse @ left
        gain = q @ c.T @ inverse
        beyond = x - gain @ cx
        covariance = squares / 5 * (q - gain @ c @ q + beyond @ spread @ beyond.T)

        options = {} if method == "fernandez" else {"rho": rho}
        found = disaggregate(y, x[:, 1], per=4, method=method, aggregation=aggregation, **options)
        np.testing.assert_allclose(found.coefficients["estimate"], beta, rtol=1e-8)
        np.testing.assert_allclose(
            found.coefficients["standard_error"], np.sqrt(np.diag(spread) * squares / 5), rtol=1e-8
        )
        np.testing.assert_allclose(found.values, x @ beta + gain @ left, rtol=1e-8)
        np.testing.assert_allclose(found.standard_errors**2, np.diag(covariance), rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(found.residuals, left, rtol=1e-6, atol=1e-8)
        expected = stats.multivariate_normal(mean=cx @ beta, cov=v * squares / 7).logpdf(y)
        assert found.log_likelihood == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize("method", ["chow_lin", "litterman"])
    def test_rho_is_where_the_likelihood_is_highest(self, method):
        def likelihood(rho):
            return disaggregate(CONSUMPTION, INDICATOR, per=4, method=method, rho=rho).log_likelihood

        found = disaggregate(CONSUMPTION, INDICATOR, per=4, method=method)
        assert found.log_likelihood >= max(likelihood(rho) for rho in np.linspace(0, 0.999, 41))
        assert found.log_likelihood == pytest.approx(likelihood(found.rho), rel=1e-12)
        assert likelihood(found.rho) >= max(likelihood(found.rho - 1e-3), likelihood(found.rho + 1e-3))


class TestByHand:
    def test_least_movement_of_two_halves(self):
        # x = (1 - a, 1 + a, 3 - a, 3 + a) by symmetry; 8 a^2 + (2 - 2 a)^2 is least at a = 1/3
        found = disaggregate([2, 6], per=2, method="denton_cholette")
        np.testing.assert_allclose(found.values, (2 / 3, 4 / 3, 8 / 3, 10 / 3), rtol=1e-12)
        assert found.standard_errors.isna().all()
        assert found.coefficients.empty
        assert math.isnan(found.rho)
        assert math.isnan(found.log_likelihood)

    def test_second_differences_keep_a_line(self):
        # 1, 2, 3, ... has no second difference, so its sums return it, beyond the last of them too
        found = disaggregate([3, 7, 11], [1] * 8, per=2, method="denton_cholette", differences=2)
        np.testing.assert_allclose(found.values, np.arange(1, 9), rtol=1e-12)

    def test_independent_disturbances(self):
        # CX = (4, 12): beta = (4 * 10 + 12 * 26) / 160 = 2.2, residuals 1.2 and -0.4, halved between the quarters;
        # squares = (1.44 + 0.16) / 2 = 0.8, one degree of freedom; beta's error sqrt(0.8 / 80) = 0.1; a quarter's
        # variance is 0.8 (1/2 + 1/80) = 0.41, as X - L C X is -1 or 1; log|V| = log 4
        found = disaggregate([10, 26], [1, 3, 5, 7], per=2, constant=False, rho=0.0)
        np.testing.assert_allclose(found.values, (2.8, 7.2, 10.8, 15.2), rtol=1e-12)
        np.testing.assert_allclose(found.standard_errors, math.sqrt(0.41), rtol=1e-12)
        np.testing.assert_allclose(found.residuals, (1.2, -0.4), rtol=1e-12)
        assert found.coefficients.loc["indicator"].tolist() == pytest.approx([2.2, 0.1], rel=1e-12)
        assert found.sigma == pytest.approx(math.sqrt(0.8), rel=1e-12)
        assert found.log_likelihood == pytest.approx(-(1 + math.log(2 * math.pi * 0.4)) - math.log(4) / 2, rel=1e-12)
        assert found.rho == 0
        assert not found.rho_at_bound

    def test_denton_beyond_the_last_year_keeps_the_last_ratio(self):
        found = disaggregate([100, 130], [8, 9, 7, 11, 9, 10, 8, 12, 10, 20], per=4, method="denton_cholette")
        ratio = found.values[7] / 12
        np.testing.assert_allclose(found.values[8:], (10 * ratio, 20 * ratio), rtol=1e-10)

    def test_text(self):
        text = str(disaggregate([10, 26], [1, 3, 5, 7, 9], per=2, constant=False, rho=0.0))
        assert text.partition("\nWarnings:")[0] == (
            "5 quarters (4 distributed, 1 extrapolated) from 2 periods, chow_lin\n"
            "  indicator: 2.2 ± 0.1\n"
            "  rho 0, sigma 0.89443, log-likelihood -2.61473, adjusted R-squared 0.9875, 1 degrees of freedom"
        )
        text = str(disaggregate([2, 6], per=2, method="denton_cholette"))
        assert text == "4 quarters (4 distributed) from 2 periods, denton_cholette"


class TestPriorRows:
    @pytest.mark.parametrize(
        ("method", "rho"), [("chow_lin", 0.0), ("chow_lin", 0.8), ("chow_lin", -0.5), ("litterman", 0.6)]
    )
    @pytest.mark.parametrize("count", [1, 2, 9])
    def test_square_root_of_the_information(self, method, rho, count):
        assert_information(prior_rows(count, method, rho), covariance_of(method, rho, count))

    def test_a_random_walk_has_the_covariance_of_the_earlier_quarter(self):
        covariance = np.minimum.outer(np.arange(1, 8), np.arange(1, 8))
        assert_information(prior_rows(7, "fernandez", 0.0), covariance)

    def test_an_autoregression_has_powers_of_rho(self):
        apart = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
        assert_information(prior_rows(8, "chow_lin", 0.9), 0.9**apart / (1 - 0.81))

    def test_rows(self):
        assert prior_rows(3, "chow_lin", 0.6) == [((0, 0.8),), ((0, -0.6), (1, 1.0)), ((1, -0.6), (2, 1.0))]
        assert prior_rows(2, "fernandez") == [((0, 1.0),), ((0, -1.0), (1, 1.0))]
        assert prior_rows(0, "fernandez") == []

    def test_wrong_calls(self):
        with pytest.raises(FactsError) as caught:
            prior_rows(3, "chowlin", 0.5)
        assert str(caught.value) == "the method 'chowlin' has no disturbances. Did you mean 'chow_lin'?"
        with pytest.raises(FactsError) as caught:
            prior_rows(3, "chow_lin", 1.0)
        assert str(caught.value) == ("rho is 1.0. Give a number between -1 and 1; the walk with rho 1 is 'fernandez'.")


def assert_information(rows, covariance):
    root = np.zeros((len(rows), len(rows)))
    for number, row in enumerate(rows):
        assert [index for index, _ in row] == sorted({index for index, _ in row})
        for index, weight in row:
            root[number, index] = weight
    np.testing.assert_allclose(root.T @ root @ covariance, np.eye(len(rows)), atol=1e-9)


@st.composite
def problems(draw):
    """Years and an indicator, longer than they need, of any sign and size."""
    count, beyond = draw(st.integers(4, 9)), draw(st.integers(0, 5))
    seed = draw(st.integers(0, 10**6))
    random = np.random.default_rng(seed)
    size = 10.0 ** draw(st.integers(-3, 6))
    indicator = random.uniform(5, 20, 4 * count + beyond) * random.choice((-1, 1))
    return size * random.normal(3, 5, count), indicator


class TestProperties:
    @given(problems(), st.sampled_from(METHODS), st.sampled_from(["sum", "mean", "last", "first"]))
    @settings(max_examples=40, deadline=None)
    def test_the_periods_are_returned(self, problem, method, aggregation):
        low, indicator = problem
        found = disaggregate(low, indicator, per=4, method=method, aggregation=aggregation)
        years = found.values.to_numpy()[: 4 * len(low)].reshape(-1, 4)
        picked = {"sum": years.sum(1), "mean": years.mean(1), "last": years[:, 3], "first": years[:, 0]}[aggregation]
        np.testing.assert_allclose(picked, low, rtol=1e-8, atol=1e-9 * np.abs(low).max())

    @given(problems(), st.floats(1e-3, 1e3))
    @settings(max_examples=15, deadline=None)
    def test_units_do_not_matter(self, problem, unit):
        low, indicator = problem
        one, other = (
            disaggregate(low, indicator, per=4, rho=0.5),
            disaggregate(unit * low, indicator * 7, per=4, rho=0.5),
        )
        np.testing.assert_allclose(other.values, unit * one.values, rtol=1e-7, atol=1e-7 * unit * np.abs(low).max())
        np.testing.assert_allclose(other.standard_errors, unit * one.standard_errors, rtol=1e-6)

    @given(problems(), st.floats(0.01, 50))
    @settings(max_examples=15, deadline=None)
    def test_what_is_proportional_to_the_indicator_is_reproduced(self, problem, ratio):
        _, indicator = problem
        count = len(indicator) // 4
        low = ratio * indicator[: 4 * count].reshape(-1, 4).sum(1)
        for method in METHODS:
            found = disaggregate(low, indicator, per=4, method=method, constant=False)
            np.testing.assert_allclose(found.values, ratio * indicator, rtol=1e-8)
            if method != "denton_cholette":
                assert found.sigma == 0
                assert found.log_likelihood == math.inf
                assert not found.rho_at_bound

    @given(problems())
    @settings(max_examples=15, deadline=None)
    def test_a_walk_around_a_constant_is_least_movement(self, problem):
        low, _ = problem
        walk = disaggregate(low, per=4, method="fernandez")
        least = disaggregate(low, per=4, method="denton_cholette")
        np.testing.assert_allclose(walk.values, least.values, rtol=1e-7, atol=1e-7 * np.abs(low).max())

    @given(problems())
    @settings(max_examples=15, deadline=None)
    def test_litterman_without_autocorrelation_is_fernandez(self, problem):
        low, indicator = problem
        one = disaggregate(low, indicator, per=4, method="fernandez")
        other = disaggregate(low, indicator, per=4, method="litterman", rho=0.0)
        np.testing.assert_allclose(other.values, one.values, rtol=1e-10, atol=1e-9 * np.abs(low).max())
        np.testing.assert_allclose(other.standard_errors, one.standard_errors, rtol=1e-9)
        assert other.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-12)

    @given(problems(), st.floats(-100, 100))
    @settings(max_examples=15, deadline=None)
    def test_the_level_of_the_indicator_does_not_matter_to_additive_denton(self, problem, level):
        low, indicator = problem
        one = disaggregate(low, indicator, per=4, method="denton_cholette", criterion="additive")
        other = disaggregate(low, indicator + level, per=4, method="denton_cholette", criterion="additive")
        np.testing.assert_allclose(other.values, one.values, rtol=1e-7, atol=1e-7 * (np.abs(low).max() + 100))

    @given(problems(), st.sampled_from(METHODS), st.integers(0, 3))
    @settings(max_examples=15, deadline=None)
    def test_a_missing_period_is_as_one_that_is_not_there(self, problem, method, hole):
        low, indicator = problem
        if len(low) == 4:
            return
        labelled = annual(low, "2000")
        quarters = quarterly(indicator, "2000Q1")
        missing = labelled.copy()
        missing.iloc[hole] = np.nan
        one = disaggregate(missing, quarters, method=method)
        other = disaggregate(labelled.drop(labelled.index[hole]), quarters, method=method)
        np.testing.assert_allclose(one.values, other.values, rtol=1e-12)
        np.testing.assert_array_equal(one.standard_errors, other.standard_errors)
        assert math.isnan(one.residuals.iloc[hole])


class TestCoverage:
    def simulated(self, seed, runs, **options):
        """How often a 90 % interval of one quarter, another one each run, holds the quarter that was summed away."""
        random = np.random.default_rng(seed)
        inside = 0
        for run in range(runs):
            indicator = 10 + random.normal(0, 1, 44).cumsum()
            disturbance = np.zeros(44)
            disturbance[0] = random.normal() / math.sqrt(1 - 0.49)
            for t in range(1, 44):
                disturbance[t] = 0.7 * disturbance[t - 1] + random.normal()
            truth = 5 + 2 * indicator + disturbance
            found = disaggregate(truth[:40].reshape(-1, 4).sum(1), indicator, per=4, **options)
            width = stats.t.ppf(0.95, found.degrees) * found.standard_errors[run % 44]
            inside += abs(found.values[run % 44] - truth[run % 44]) <= width
        return inside / runs

    def test_with_the_true_rho(self):
        # 880 independent quarters: standard deviation 0.0101, so another seed leaves +-0.033 once in 900 times
        assert self.simulated(1, 880, rho=0.7) == pytest.approx(0.90, abs=0.033)

    def test_with_an_estimated_rho(self):
        # ten years say little of rho: it is often estimated as 0, which spreads the quarters too widely. Of 1,500
        # other runs 0.946 were inside; of 110, fewer than 0.88 are with another seed about once in 400 times
        assert self.simulated(2, 110) >= 0.88


class TestLabels:
    def test_years_of_a_fiscal_year_that_ends_in_june(self):
        low = pd.Series([2.0, 6.0], index=pd.period_range("2023", periods=2, freq="Y-JUN"), name="sales")
        found = disaggregate(low, method="denton_cholette")
        assert found.values.index.freqstr == "Q-JUN"
        assert [f"{label.qyear}Q{label.quarter}" for label in found.values.index[[0, -1]]] == ["2023Q1", "2024Q4"]
        assert found.values.name == "sales"

    def test_years_halves_and_quarters_together(self):
        low = pd.Series([8.0, 5.0, 3.0], index=["2022", "2023H2", "2024Q1"])
        found = disaggregate(low, method="denton_cholette")
        assert [str(label) for label in found.values.index[[0, -1]]] == ["2022Q1", "2024Q1"]
        assert found.values["2022"].sum() == pytest.approx(8)
        assert found.values["2023Q3":"2023Q4"].sum() == pytest.approx(5)
        assert found.values["2024Q1"] == pytest.approx(3)
        assert found.marks.tolist() == ["distributed"] * 4 + ["interpolated"] * 2 + ["distributed"] * 2 + ["given"]

    def test_a_year_and_its_first_half(self):
        low = pd.Series([10.0, 4.0], index=["2024", "2024H1"])
        found = disaggregate(low, method="denton_cholette")
        assert found.values["2024Q3":"2024Q4"].sum() == pytest.approx(6)

    def test_extrapolated_at_both_ends(self):
        found = disaggregate(SALES_A.loc["1980":"1999"], EXPORTS_Q, rho=0.5)
        assert found.marks["1979Q4"] == found.marks["2000Q1"] == "extrapolated"
        assert found.marks["1980Q1"] == found.marks["1999Q4"] == "distributed"
        errors = found.standard_errors
        assert errors["1979Q4"] > errors["1980Q1"]
        assert errors["2000Q1"] > errors["1999Q4"]

    def test_a_stock_is_given_at_the_end_of_its_year(self):
        found = disaggregate(annual([3.0, 5.0, 9.0]), method="fernandez", aggregation="last")
        between = ["interpolated"] * 3 + ["given"]
        assert found.marks.tolist() == ["extrapolated"] * 3 + ["given"] + 2 * between
        np.testing.assert_allclose(found.standard_errors[found.marks == "given"], 0, atol=1e-12)
        assert (found.standard_errors[found.marks != "given"] > 0.1).all()

    def test_a_missing_year_beyond_the_indicators(self):
        low = annual([10.0, 26.0, 30.0, np.nan], "2020")
        found = disaggregate(low, quarterly(np.arange(1.0, 15.0), "2020Q1"), rho=0.0)
        assert found.marks.tolist() == ["distributed"] * 12 + ["extrapolated"] * 2
        assert math.isnan(found.residuals["2023"])

    def test_several_indicators(self):
        table = pd.DataFrame({"exports": EXPORTS_Q, "trend": np.arange(158.0)})
        found = disaggregate(SALES_A, table, rho=0.0)
        assert list(found.coefficients.index) == ["constant", "exports", "trend"]

    def test_the_result_cannot_be_changed(self):
        found = disaggregate([2, 6], per=2, method="denton_cholette")
        with pytest.raises(dataclasses.FrozenInstanceError):
            found.method = "chow_lin"
        with pytest.raises(ValueError, match="read-only"):
            found.fit.estimates[0] = 1
        copied = found.values
        copied[0] = 99.0
        assert found.values[0] == pytest.approx(2 / 3)


def test_the_example_of_the_page_prints_what_stands_beside_it():
    page = (Path(__file__).parents[2] / "docs" / "disaggregation.md").read_text(encoding="utf-8")
    code, expected = re.findall(r"```(?:python|text)\n(.*?)```", page, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert printed.getvalue() == expected


def text_of(*args, **options):
    with pytest.raises(FactsError) as caught:
        disaggregate(*args, **options)
    return str(caught.value)


class TestErrors:
    def test_every_wrong_choice_at_once(self):
        text = text_of(
            [1, 2], method="chow-lin", aggregation="avg", criterion="prop", estimation="ml", rho=2, rho_bounds=(1, 0),
            differences=3,
        )  # fmt: skip
        assert text == (
            "the disaggregation: 8 problems\n"
            "  - the method 'chow-lin' is not known. Did you mean 'chow_lin'?\n"
            "  - the aggregation 'avg' is not known. Known: 'first', 'last', 'mean', 'sum'.\n"
            "  - the estimation 'ml' is not known. Known: 'max_likelihood', 'min_rss'.\n"
            "  - the criterion 'prop' is not known. Known: 'additive', 'proportional'.\n"
            "  - rho is 2. Give a number between -1 and 1, or leave it out to have it estimated.\n"
            "  - rho_bounds is (1, 0). Give two numbers between -1 and 1, the lower one first.\n"
            "  - differences is 3. Give 1 (keep the level) or 2 (keep the slope).\n"
            "  - per is None. Say how many quarters a period of the array has: 4 for years, 2 for halves."
        )

    def test_cells_and_labels(self):
        low = pd.Series([1.0, "a", math.inf], index=["2024", "2024-H2", "2024"])
        quarters = pd.Series([1.0, None, True], index=["2024Q1", "2024Q3", "2024q4"])
        assert text_of(low, quarters) == (
            "the disaggregation: 8 problems\n"
            "  - the label '2024-H2' is not a period. Write '2024', '2024H1' or '2024Q1'.\n"
            "  - the period 2024 is there twice. Keep one.\n"
            "  - 'the figure' at 2024-H2 is 'a'. Give numbers.\n"
            "  - 'the figure' at 2024 is infinite. Give a number.\n"
            "  - indicators: '2024q4' is not a quarter. Write '2024Q4'.\n"
            "  - the indicators go from 2024Q1 to 2024Q3. Give every quarter once, in order.\n"
            "  - 'indicator' at 2024Q3 is missing. An indicator needs every quarter.\n"
            "  - 'indicator' at 2024q4 is True. Give numbers."
        )

    def test_dates_months_and_nothing(self):
        dates = pd.Series([1.0], index=pd.to_datetime(["2024-12-31"]))
        assert text_of(dates) == (
            "the disaggregation: 1 problem\n"
            "  - the figures are labelled by dates. Make them periods: series.index.to_period('Y')."
        )
        months = pd.Series([1.0], index=pd.period_range("2024-01", periods=1, freq="M"))
        assert text_of(months) == (
            "the disaggregation: 1 problem\n"
            "  - the periods of the figures have the frequency 'M'. Give years or quarters."
        )
        assert text_of(pd.Series([], dtype=float)) == (
            "the disaggregation: 1 problem\n  - there are no figures. Give one figure a period."
        )
        assert text_of(7.0) == (
            "the disaggregation: 1 problem\n  - the figures are of the type float. Give a Series, or a list of numbers."
        )

    def test_labels_on_one_side_only(self):
        assert text_of(annual([1.0, 2.0, 3.0]), [1.0] * 12, per=4) == (
            "the disaggregation: 2 problems\n"
            "  - 'per' is for plain arrays; the labels of the series say how long each period is.\n"
            "  - the figures have labels and the indicators have none. Give both as a Series or both as arrays."
        )
        assert text_of([1.0, 2.0, 3.0], quarterly([1.0] * 12), per=4) == (
            "the disaggregation: 1 problem\n"
            "  - the indicators have labels and the figures have none. Give both as a Series or both as arrays."
        )

    def test_indicators_too_short(self):
        assert text_of([1.0, 2.0, 3.0], [1.0] * 11, per=4) == (
            "the disaggregation: 1 problem\n"
            "  - the indicators have 11 quarters and 3 periods of 4 need 12. Give a row for every quarter."
        )
        assert text_of(annual([1.0, 2.0, 3.0]), quarterly([1.0] * 10, "1975Q2")) == (
            "the disaggregation: 2 problems\n"
            "  - the period 1975 needs the quarters 1975Q1, which the indicators do not have. "
            "Add them, or make the figure NaN.\n"
            "  - the period 1977 needs the quarters 1977Q4, which the indicators do not have. "
            "Add them, or make the figure NaN."
        )

    def test_two_fiscal_years(self):
        indicator = pd.Series(np.arange(8.0), index=pd.period_range("2023Q1", periods=8, freq="Q-JUN"))
        assert text_of(annual([1.0, 2.0], "2023"), indicator) == (
            "the disaggregation: 1 problem\n"
            "  - the fiscal years of the figures end in DEC, those of the indicators in JUN. "
            "Label both by the same fiscal year."
        )

    def test_denton_with_two_indicators_or_a_zero(self):
        low, table = annual([1.0, 2.0]), pd.DataFrame({"a": quarterly([1.0] * 8, "1975Q1"), "b": 2.0})
        assert text_of(low, table, method="denton_cholette") == (
            "the disaggregation: 1 problem\n"
            "  - 'denton_cholette' follows one indicator and 2 are given: a, b. Choose one, or use 'chow_lin'."
        )
        zero = quarterly([1.0, 0.0, 1, 1, 1, 0, 1, 1], "1975Q1", name="sales")
        assert text_of(low, zero, method="denton_cholette", rho=0.5) == (
            "the disaggregation: 2 problems\n"
            "  - rho is given, and 'denton_cholette' has none. Use 'litterman' or 'chow_lin', or leave rho out.\n"
            "  - 'sales' is zero at 1975Q2, 1976Q2, and nothing is proportional to zero. Use criterion='additive'."
        )

    def test_too_little_to_go_by(self):
        assert text_of(annual([1.0, np.nan, 2.0]), quarterly(np.arange(12.0), "1975Q1")) == (
            "the disaggregation: 1 problem\n"
            "  - 2 known periods are too few for 2 coefficients. Give 3 or more, or use 'denton_cholette'."
        )
        assert text_of([np.nan], per=4, method="denton_cholette") == (
            "the disaggregation: 1 problem\n  - none of the periods is known. Give one figure or more."
        )
        assert text_of([5.0], per=4, method="denton_cholette", differences=2) == (
            "the disaggregation: 1 problem\n"
            "  - 1 known period does not determine the quarters with differences=2. Give more, or differences=1."
        )
        assert text_of([5.0, 6.0], per=4, constant=False) == (
            "the disaggregation: 1 problem\n"
            "  - there is neither an indicator nor a constant. Give indicators, or constant=True."
        )

    def test_an_indicator_whose_quarters_cancel(self):
        low, zigzag = annual([4.0, 6.0, 8.0]), quarterly([1.0, -1.0] * 6, "1975Q1", name="swing")
        said = "the disaggregation: 1 problem\n  - 'swing' comes to zero in every known period: its quarters cancel, "
        assert text_of(low, zigzag) == (
            said + "and say nothing of the level. Leave it out, or use 'denton_cholette' with criterion='additive'."
        )
        assert text_of(low, zigzag, method="denton_cholette") == (
            said + "and nothing is proportional to zero. Use criterion='additive'."
        )
        found = disaggregate(low, zigzag, method="denton_cholette", criterion="additive").values
        np.testing.assert_allclose(found.to_numpy().reshape(3, 4).sum(axis=1), [4.0, 6.0, 8.0])

    def test_figures_and_indicators_that_follow_from_others(self):
        low = pd.Series([4.0, 6.0, 10.0, 5.0], index=["2024H1", "2024H2", "2024", "2025"])
        assert text_of(low, method="denton_cholette") == (
            "the disaggregation: 1 problem\n  - the period 2024 follows from those before it. Leave it out, or them."
        )
        table = pd.DataFrame({"a": EXPORTS_Q, "b": 3 * EXPORTS_Q - 2})
        assert text_of(SALES_A, table) == (
            "the disaggregation: 1 problem\n"
            "  - over the known periods 'b' is a multiple or a sum of 'constant', 'a'. Leave it out."
        )
        assert text_of(SALES_A, 0 * EXPORTS_Q) == (
            "the disaggregation: 1 problem\n  - over the known periods 'exports' is zero. Leave it out."
        )
