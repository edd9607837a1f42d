"""What must hold for every forecaster, whichever it is. A new one is added to ``FORECASTERS``."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from forecast.errors import CalibrationError, HistoryTooShortError, ModelError
from forecast.forecasters import (
    ARIMA,
    ETS,
    AveragedSmoothing,
    Combination,
    Forecaster,
    MovingAverage,
    ProphetForecaster,
    RandomWalk,
    Regression,
    SeasonalNaive,
    Structural,
    Theta,
)

FORECASTERS = [
    RandomWalk(),
    RandomWalk(drift=1.0, log=False, seasonal=True),
    Theta(),
    Theta(theta=2.0, seasonal=False),
    ETS(),
    ETS(trend="auto", log=False),
    ETS(trend="none", seasonal=True),
    AveragedSmoothing(),
    AveragedSmoothing(log=False, seasonal=False),
    ARIMA(),
    ARIMA(differences=1, drift=True, log=False),
    ARIMA(differences=0, seasonal=False),
    Structural(),
    Structural(seasonal=True, log=False),
    MovingAverage(),
    MovingAverage(window=8, log=False),
    SeasonalNaive(),
    SeasonalNaive(log="auto"),
    Combination(),
    Combination((RandomWalk(), Theta(), MovingAverage()), weights="evidence"),
    Combination((RandomWalk(), ETS(trend="none"), Theta()), weights=(2.0, 1.0, 1.0)),
    Regression(),
    Regression(pool=((3.0, 4, 6, 5, 7, 8, 9, 9, 12, 11), (-1.0, 2, 1, 0, 3, 5)), pool_points=400),
    ProphetForecaster(origins=3),
]
QUICK = [f for f in FORECASTERS if not isinstance(f, ProphetForecaster)]


def histories() -> dict[str, np.ndarray]:
    """Histories of 20 quarters that companies have; the numbers are arbitrary."""
    rng = np.random.default_rng(3)
    t = np.arange(20)
    growth = 100 * 1.03**t * (1 + 0.1 * np.sin(t * np.pi / 2)) * np.exp(rng.normal(0, 0.03, 20))
    jump = growth.copy()
    jump[12] *= 4
    return {
        "growth": growth,
        "negative": -50 + 3 * rng.normal(size=20),
        "crossing zero": 40 - 5.0 * t + 3 * rng.normal(size=20),
        "jump": jump,
        "constant": np.full(20, 7.25),
        "zero": np.zeros(20),
        "straight": 10.0 + 2.0 * t,
        "exponential": 10.0 * 1.2**t,
    }


@pytest.mark.parametrize("forecaster", FORECASTERS, ids=str)
def test_forecasters_are_plain_and_frozen(forecaster):
    assert isinstance(forecaster, Forecaster)
    assert dataclasses.replace(forecaster) == forecaster
    plain = (int, float, str, bool, tuple, type(None))
    assert all(isinstance(getattr(forecaster, f.name), plain) for f in dataclasses.fields(forecaster))
    with pytest.raises(dataclasses.FrozenInstanceError):
        forecaster.name = "other"


@pytest.mark.parametrize("case", histories())
@pytest.mark.parametrize("forecaster", QUICK, ids=str)
def test_the_form_is_sound_on_every_history(forecaster, case):
    values = histories()[case]
    form = forecaster.fit(values, horizon=6, season=4)
    assert form.mean.shape == (6,)
    assert form.response.shape == (6, 6)
    assert not np.any(np.triu(form.response, 1))
    assert form.scale > 0
    assert np.all(form.spread() > 0)
    assert form.points == 20
    assert 3 <= form.residuals.size <= 20
    paths = form.paths(np.random.default_rng(0).normal(size=(6, 50)))
    assert np.all(np.isfinite(paths))
    reach = 20 * (np.ptp(values) + 0.02 * np.abs(values).max() + 1e-9)
    assert np.all(np.abs(form.quantile(0.5) - values[-1]) < reach)
    assert np.all(np.diff([form.quantile(p) for p in (0.1, 0.5, 0.9)], axis=0) > 0)


@pytest.mark.parametrize("forecaster", QUICK, ids=str)
def test_a_constant_history_stays_where_it_is(forecaster):
    form = forecaster.fit(np.full(20, 7.25), horizon=4, season=4)
    np.testing.assert_allclose(form.quantile(0.5), 7.25, rtol=1e-6)
    assert np.all(form.quantile(0.95) > 7.25)


@pytest.mark.parametrize("forecaster", QUICK, ids=str)
@pytest.mark.parametrize("case", ["growth", "crossing zero", "jump"])
def test_a_thousand_times_the_history_is_a_thousand_times_the_paths(forecaster, case):
    values = histories()[case]
    errors = np.random.default_rng(1).normal(size=(5, 20))
    small = forecaster.fit(values, horizon=5, season=4).paths(errors)
    large = forecaster.fit(1000 * values, horizon=5, season=4).paths(errors)
    np.testing.assert_allclose(large, 1000 * small, rtol=1e-4, atol=1e-3 * np.abs(values).max())


@pytest.mark.parametrize("forecaster", FORECASTERS, ids=str)
def test_a_fit_sees_nothing_later_changes_nothing_and_repeats(forecaster):
    values = histories()["growth"]
    longer = np.append(values, [1e9, -1e9])
    seen = longer[:20]
    first = forecaster.fit(seen, horizon=3, season=4)
    assert np.array_equal(seen, values)
    longer[20:] = 0.0
    assert forecaster.fit(seen, horizon=3, season=4) == first


@pytest.mark.parametrize("season", [1, 2, 4, 12])
@pytest.mark.parametrize("forecaster", QUICK, ids=str)
def test_the_fewest_observations_are_enough_and_one_fewer_is_refused(forecaster, season):
    least = forecaster.minimum(season)
    values = 50 + np.random.default_rng(5).normal(size=40).cumsum()
    form = forecaster.fit(values[:least], horizon=2, season=season)
    assert form.points == least
    with pytest.raises(HistoryTooShortError) as caught:
        forecaster.fit(values[: least - 1], horizon=2, season=season)
    assert str(caught.value) == (
        f"{forecaster.name} cannot be fitted:\n"
        f"  - {forecaster.name} needs {least} observations and saw {least - 1}; "
        "give a longer history or another forecaster."
    )


@pytest.mark.parametrize("forecaster", FORECASTERS, ids=str)
def test_everything_wrong_is_told_at_once(forecaster):
    values = histories()["growth"]
    values[[2, 5]] = np.nan, np.inf
    with pytest.raises(CalibrationError) as caught:
        forecaster.fit(values, horizon=0, season=2.5)
    assert str(caught.value) == (
        f"{forecaster.name} cannot be fitted:\n"
        "  - 2 of 20 values are missing or infinite, at position 2, 5; fill them or start the history after them.\n"
        "  - horizon is 0; it must be a whole number from 1.\n"
        "  - season is 2.5; it must be a whole number from 1."
    )
    assert not isinstance(caught.value, HistoryTooShortError)


def test_a_table_is_not_a_history():
    with pytest.raises(CalibrationError) as caught:
        RandomWalk().fit(np.zeros((5, 2)), horizon=1, season=4)
    assert str(caught.value) == (
        "RandomWalk cannot be fitted:\n  - the history has the shape (5, 2); give one value a period, shape (n,)."
    )


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: RandomWalk(drift=2, log="never"),
            "RandomWalk cannot be made:\n"
            "  - drift is 2; it must be a number from 0 to 1.\n"
            "  - log is 'never'; it must be True, False or 'auto'.",
        ),
        (
            lambda: Theta(theta=0.5),
            "Theta cannot be made:\n  - theta is 0.5; it must be None or a number from 1.",
        ),
        (
            lambda: ETS(trend="linear"),
            "ETS cannot be made:\n  - trend is 'linear'; it must be 'damped', 'none' or 'auto'.",
        ),
        (
            lambda: Combination((RandomWalk(),), weights=(1.0, 2.0)),
            "Combination cannot be made:\n"
            "  - weights is (1.0, 2.0); it must be None, 'evidence' or 1 numbers above 0, one a member.",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(make, text):
    with pytest.raises(ModelError) as caught:
        make()
    assert str(caught.value) == text


def test_logs_of_a_loss_are_refused():
    with pytest.raises(CalibrationError) as caught:
        RandomWalk(log=True).fit(np.array([3.0, 2.0, 1.0, -1.0, 2.0]), horizon=1, season=4)
    assert str(caught.value) == (
        "RandomWalk was asked for logs, but the value at position 3 is -1. Use log='auto' or log=False."
    )


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (100 * 1.05 ** np.arange(12), "log"),
        (1.0 * 2.0 ** np.arange(12), "log"),  # doubling each quarter is steady
        (np.array([1.0, 9.0, 0.5, 12.0, 2.0, 0.2, 8.0, 1.0, 15.0, 0.4]), "identity"),  # hovers near zero
        (np.append(100 + np.arange(11.0), 1.0), "identity"),  # collapses to one hundredth
        (np.array([5.0, 4.0, -3.0, 2.0, 6.0, 5.0]), "identity"),
    ],
)
def test_logs_are_chosen_for_steady_growth_only(values, scale):
    assert RandomWalk().fit(values, horizon=1, season=4).transformation == scale
