"""The seasonal naive forecast: by hand, and the variances of the published table."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.forecasters import SeasonalNaive


def test_it_repeats_the_last_year():
    values = np.array([5.0, 1.0, 2.0, 3.0, 7.0, 2.0, 2.0, 5.0])
    form = SeasonalNaive().fit(values, horizon=6, season=4)
    assert form.mean.tolist() == [7.0, 2.0, 2.0, 5.0, 7.0, 2.0]
    assert form.residuals.tolist() == [2.0, 1.0, 0.0, 2.0]


@pytest.mark.parametrize("season", [1, 2, 4])
def test_the_variance_grows_by_years(season):
    # Hyndman and Athanasopoulos 2021, table 5.2: sigma * sqrt(k + 1), k = (h - 1) // m
    form = SeasonalNaive().fit(np.random.default_rng(1).normal(size=16), horizon=9, season=season)
    years = np.arange(9) // season + 1
    np.testing.assert_allclose(form.spread(), form.scale * np.sqrt(years), rtol=1e-12)


def test_on_logs_the_median_repeats():
    values = 100 * 1.02 ** np.arange(9)
    form = SeasonalNaive(log=True).fit(values, horizon=4, season=4)
    np.testing.assert_allclose(form.quantile(0.5), values[-4:], rtol=1e-12)
