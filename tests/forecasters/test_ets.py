"""Exponential smoothing: published fits, R's numbers, closed forms of the variance, and its fallbacks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.forecasters import ETS
from forecast.forecasters import ets as module
from forecast.forecasters.ets import Smoothing

# Saudi oil production 1996 to 2007, Hyndman and Athanasopoulos, Forecasting: principles and practice (2014), ch. 7.1
OIL = np.array([446.6565, 454.4733, 455.663, 423.6322, 456.2713, 440.5881])
OIL = np.append(OIL, [425.3325, 485.1494, 506.0482, 526.792, 514.2689, 494.211])
# R's forecast package: parameters, last state and results of ets() on fpp2 data, published with statsmodels'
# tests (fit_ets_results_*.json); the simulation is driven by the errors below.
R_ERRORS = np.array([1.76405235, 0.40015721, 0.97873798, 2.2408932])
R_CASES = {
    "ETS(A,N,N)": (
        Smoothing(0.99989996),
        [542.34121919],
        [542.34121919, 542.34121919, 542.34121919, 542.34121919],
        [544.10527154, 544.50525228, 545.48395023, 547.72474552],
    ),
    "ETS(A,Ad,N)": (
        Smoothing(0.99989969, beta=0.11886985, phi=0.80000197, trend=True),
        [542.341751, 3.76297155],
        [545.35213563, 547.76044926, 549.68710489, 551.22843318],
        [547.11618798, 550.09223639, 553.1698472, 557.1828509],
    ),
    "ETS(A,N,A)": (
        Smoothing(0.54216695, gamma=0.39203017, season=4),
        [57.60683119, 17.72231639, -7.43956343, 4.60337919, 8.29613786],
        [75.32914757, 50.16726775, 62.21021038, 65.90296904],
        [77.09319992, 51.52383584, 64.36231125, 69.84786452],
    ),
    "ETS(A,Ad,A)": (
        Smoothing(0.35445427, beta=0.03200749, gamma=0.39993387, phi=0.97999997, trend=True, season=4),
        [62.00340579, 0.70652496, 13.38188051, -11.75693566, -0.07474503, 3.58786407],
        [76.07768073, 51.61741109, 63.96457729, 68.27886241],
        [77.84173308, 52.69817782, 65.83254104, 71.8520429],
    ),
}


def quarters(n: int, seed: int = 1) -> np.ndarray:
    """Growing, seasonal, noisy values."""
    t = np.arange(n)
    return 100 + 2 * t + 15 * np.sin(np.pi * t / 2) + np.random.default_rng(seed).normal(0, 3, n)


def test_simple_smoothing_as_published():
    # The book's fit: alpha 0.892, first forecast 496.493543, as quoted in statsmodels' tests
    form = ETS(trend="none", log=False).fit(OIL, horizon=3, season=1)
    assert form.name == "ETS(A,N,N)"
    np.testing.assert_allclose(form.mean, 496.4935, atol=0.02)
    assert form.response[1, 0] == pytest.approx(0.891998, abs=2e-4)


@pytest.mark.parametrize("name", R_CASES)
def test_forecasts_and_simulated_paths_are_those_of_r(name):
    model, state, forecast, simulation = R_CASES[name]
    assert model.name == name
    means = model.forecast(np.array(state), 4)
    np.testing.assert_allclose(means, forecast, atol=2e-7)
    weights = model.weights(4)
    path = means + [sum(weights[h - j] * R_ERRORS[j] for j in range(h + 1)) for h in range(4)]
    np.testing.assert_allclose(path, simulation, atol=2e-7)


def test_weights_of_simple_smoothing_are_alpha():
    assert Smoothing(0.3).weights(5).tolist() == [1.0, 0.3, 0.3, 0.3, 0.3]


def test_weights_in_closed_form():
    # Hyndman et al. 2008, Table 6.1: c_j = alpha + beta * (phi + ... + phi**j) + gamma * [j is a multiple of m]
    model = Smoothing(0.4, beta=0.1, gamma=0.2, phi=0.9, trend=True, season=4)
    expected = [
        1.0 if j == 0 else 0.4 + 0.1 * sum(0.9**i for i in range(1, j + 1)) + 0.2 * (j % 4 == 0) for j in range(13)
    ]
    np.testing.assert_allclose(model.weights(13), expected, rtol=1e-13)


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("season", [1, 4])
def test_spread_is_the_published_variance_as_statsmodels_has_it(trend, season):
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    # Hyndman et al. 2008, Table 6.2, evaluated by statsmodels for its own fit
    seasonal = {"seasonal": "add", "seasonal_periods": season} if season > 1 else {}
    result = ETSModel(pd.Series(quarters(28)), trend="add" if trend else None, damped_trend=trend, **seasonal).fit(
        disp=False
    )
    variance = result.get_prediction(start=28, end=39).forecast_variance
    values = dict(zip(result.model.param_names, result.params, strict=True))
    model = Smoothing(
        values["smoothing_level"],
        beta=values.get("smoothing_trend", 0.0),
        gamma=values.get("smoothing_seasonal", 0.0),
        phi=values.get("damping_trend", 1.0),
        trend=trend,
        season=season,
    )
    ours = np.cumsum(model.weights(12) ** 2)
    np.testing.assert_allclose(ours, np.asarray(variance) / result.mse, rtol=1e-8)
    form = ETS("damped" if trend else "none", seasonal=season > 1, log=False).fit(
        quarters(28), horizon=12, season=season
    )
    np.testing.assert_allclose(form.mean, result.forecast(12), rtol=0.02)


def test_logs_are_the_same_model_of_the_logs():
    values = quarters(24)
    plain = ETS(log=False).fit(np.log(values), horizon=5, season=4)
    logs = ETS(log=True).fit(values, horizon=5, season=4)
    np.testing.assert_allclose(logs.mean, plain.mean, rtol=1e-6)
    np.testing.assert_allclose(logs.quantile(0.5), np.exp(logs.mean), rtol=1e-12)


@pytest.mark.parametrize(
    ("forecaster", "points", "name"),
    [
        (ETS(log=False, seasonal=False), 7, "ETS(A,N,N)"),
        (ETS(log=False, seasonal=False), 13, "ETS(A,N,N)"),
        (ETS(log=False, seasonal=False), 14, "ETS(A,Ad,N)"),
        (ETS(log=False), 12, "ETS(A,N,N) seasonally adjusted"),
        (ETS(log=False), 14, "ETS(A,Ad,N) seasonally adjusted"),
        (ETS(log=False, seasonal=True), 17, "ETS(A,N,A)"),
        (ETS(log=False, seasonal=True), 18, "ETS(A,Ad,A)"),
    ],
)
def test_short_histories_get_the_model_they_can_carry(forecaster, points, name):
    assert forecaster.fit(quarters(points), horizon=2, season=4).name == name


def test_a_seasonal_history_is_forecast_with_its_season():
    effects = np.array([0.0, 15.0, 0.0, -15.0])
    for forecaster in (ETS(log=False), ETS(log=False, seasonal=True)):
        form = forecaster.fit(quarters(28), horizon=8, season=4)
        for year in (form.mean[:4], form.mean[4:]):
            # an effect is a mean of seven values with noise of sd 3: 4.9 sd are 5.6; 2 more for the damped slope
            assert np.all(np.abs(year - year.mean() - 2 * (np.arange(4) - 1.5) - effects) < 7.6)


def test_a_fit_that_does_not_converge_is_replaced_and_said(monkeypatch):
    monkeypatch.setattr(module, "_estimate", lambda *candidate: None)
    form = ETS(log=False).fit(OIL, horizon=2, season=1)
    assert form.name == "ETS(A,N,N) on a grid"
    # the published optimum is alpha = 0.892 and 496.49; the grid has 0.90 next to it
    assert form.response[1, 0] == pytest.approx(0.9, abs=1e-9)
    assert form.mean[0] == pytest.approx(496.49, abs=0.5)


def test_no_warning_and_no_wild_number_from_hard_histories():
    for values in (np.array([1.0] * 9 + [50.0]), np.array([0.0, 1.0] * 8), 1e-9 * quarters(16), 1e12 * quarters(16)):
        form = ETS().fit(values, horizon=8, season=4)
        assert np.all(np.abs(form.quantile(0.5)) < 10 * np.abs(values).max() + 1e-12)
