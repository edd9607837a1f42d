"""What the package relies on: the contracts, the names it imports, and the numbers, by hand."""

import numpy as np
import pandas as pd
import pytest
from forecast_downstream_example import MedianStep, Seats, Toward, answer

import forecast as fc

CERTAIN = fc.Model(
    Seats("seats", start=100, added=30, churn=0.1),
    fc.drivers.Path("price", 2.0, kind="rate"),
    fc.drivers.Formula("revenue = seats * price"),
)


def test_the_driver_takes_its_steps() -> None:
    company = fc.calibrate(CERTAIN, first="2026Q1")
    runs = fc.simulate(company, fc.Scenario("base"), until="2026Q3", paths=2, seed=0)
    # 100 * 0.9 + 30 = 120, 120 * 0.9 + 30 = 138, 138 * 0.9 + 30 = 154.2; at a price of 2
    np.testing.assert_allclose(runs.values("seats"), np.tile(np.array([[120.0], [138.0], [154.2]]), 2))
    np.testing.assert_allclose(runs.values("revenue")[:, 0], np.array([240.0, 276.0, 308.4]))


def test_the_model_with_the_driver_is_read_back_from_its_file() -> None:
    assert fc.read_model(CERTAIN.to_yaml(), drivers=[Seats]) == CERTAIN


def test_the_shock_draws_a_line_and_a_parameter() -> None:
    company = fc.calibrate(CERTAIN, first="2026Q1")
    scenarios = [
        fc.Scenario("dearer", Toward("price", 4.0, start="2026Q2", ramp=2)),
        fc.Scenario("nobody leaves", Toward("seats.churn", 0.0, start="2026Q2")),
    ]
    runs = fc.simulate(company, scenarios, until="2026Q3", paths=2, seed=0)
    # half of the way from 2 to 4, then all of it
    np.testing.assert_allclose(runs.values("price", "dearer")[:, 0], np.array([2.0, 3.0, 4.0]))
    # 120, then 30 more a quarter
    np.testing.assert_allclose(runs.values("seats", "nobody leaves")[:, 0], np.array([120.0, 150.0, 180.0]))


def test_the_scenario_with_the_shock_is_read_back_from_its_file() -> None:
    scenarios = fc.Scenarios(fc.Scenario("dearer", Toward("price", 4.0, start="2026Q2", ramp=2)))
    assert fc.read_scenarios(fc.scenarios_to_yaml(scenarios), shocks=[Toward]) == scenarios


def test_the_forecaster_moves_by_the_median_change() -> None:
    series = pd.Series([10.0, 11.0, 13.0, 20.0], index=pd.period_range("2025Q1", periods=4, freq="Q"), name="rent")
    prediction = fc.predict(series, 3, forecaster=MedianStep(), seed=7, paths=4_000)
    # changes 1, 2, 7: the median is 2
    middle = prediction.paths.mean(axis=1)
    # errors of one step have the root mean square of -1, 0, 5; the mean of 4,000 sums of h of them is off by less
    # than 5 standard errors, but once in 1.7 million times
    error = np.sqrt(26 / 3) * np.sqrt(np.arange(1, 4) / 4_000)
    assert (np.abs(middle - [22.0, 24.0, 26.0]) < 5 * error).all()


def test_a_wrong_name_is_the_librarys_own_error() -> None:
    with pytest.raises(fc.ForecastError, match="seats"):
        fc.simulate(
            fc.calibrate(CERTAIN, first="2026Q1"),
            fc.Scenario("wrong", Toward("seats.chrun", 0.0)),
            until="2026Q3",
            paths=2,
            seed=0,
        )


def test_the_answer_uses_all_three() -> None:
    told = answer(seed=7, paths=400)
    assert len(told.dates)
    assert told.needed is not None
    assert 0 < told.needed < 1_000
    # 100 * 0.9 + 30 on average, with a standard error of 5 / sqrt(400) = 0.25: within 1.5, six of them
    assert abs(float(np.median(told.seats.loc["2026Q2"])) - 120) < 1.5
