"""Rolling origins: no peeking, same bits, panels of every shape, and nothing dropped in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import SimulationError
from forecast.forecasters import ETS, Combination, RandomWalk, SeasonalNaive, Theta

PERIODS = pd.period_range("2016Q1", periods=30, freq="Q")
WALK = RandomWalk(drift=0.0, log=False, seasonal=False)


def panel(count: int = 6) -> pd.DataFrame:
    random = np.random.default_rng(0)
    season = 0.1 * np.tile([0, 1, 0, -1], 8)[:30]
    return pd.DataFrame(
        {f"c{i}": 100 * np.exp(random.normal(0.02, 0.05, 30).cumsum() + season) for i in range(count)}, index=PERIODS
    )


def test_errors_worked_by_hand():
    series = pd.Series(np.arange(12.0) ** 2, index=pd.period_range("2020Q1", periods=12, freq="Q"), name="squares")
    result = fc.backtest(series, WALK, horizon=2, seed=1, origins=2, paths=4001)
    rows = result.steps[result.steps["forecaster"] == "RandomWalk"]
    assert rows["origin"].tolist() == ["2022Q1", "2022Q1", "2022Q2", "2022Q2"]
    assert rows["place"].tolist() == [9, 9, 10, 10]
    assert rows["period"].tolist() == ["2022Q2", "2022Q3", "2022Q3", "2022Q4"]
    # from 64: 81 and 100; from 81: 100 and 121. The median of 4,001 paths lies within 5 se of the last value
    np.testing.assert_allclose(rows["actual"], [81, 100, 100, 121])
    np.testing.assert_allclose(rows["actual"] - rows["error"], [64, 64, 81, 81], atol=5 * 1.2533 * 25 / 4001**0.5)
    # mean change on the year of the first nine squares: (16, 24, 32, 40, 48)
    assert rows["scale"].tolist()[:2] == [32.0, 32.0]


def test_no_forecast_sees_what_came_later():
    wide = panel()
    wild = wide.copy()
    wild.iloc[26:] *= 50
    options = {"horizon": 4, "seed": 3, "origins": 1}
    before = fc.backtest(wide, Combination(), **options)
    after = fc.backtest(wild, Combination(), **options)
    np.testing.assert_array_equal(before.steps["median"], after.steps["median"])
    assert not np.array_equal(before.steps["error"], after.steps["error"])


def test_the_same_bits_for_any_number_of_workers_and_shape_of_frame():
    wide = panel()
    long = wide.reset_index(names="ds").melt("ds", var_name="unique_id", value_name="y")
    options = {"horizon": 3, "seed": 3, "origins": 3, "paths": 200}
    alone = fc.backtest(wide, [Combination(), Theta()], **options)
    both = fc.backtest(long, [Combination(), Theta()], **options, jobs=2)
    pd.testing.assert_frame_equal(alone.steps, both.steps)
    pd.testing.assert_frame_equal(alone.energy, both.energy)


def test_what_cannot_be_forecast_is_listed_and_all_are_judged_on_the_same():
    wide = panel()
    wide.iloc[:22, 1] = np.nan  # begins late: 8 values, 4 to compare
    wide.iloc[:17, 2] = np.nan  # 13 values: origins after 8 and 9
    result = fc.backtest(wide, [Combination(), ETS(seasonal=True)], horizon=4, seed=1, origins=3, paths=100)
    late = result.left_out[result.left_out["series"] == "c1"]
    assert set(late["forecaster"]) == {"Combination", "ETS", "SeasonalNaive"}
    assert set(late["reason"]) == {"8 values; 8 for the first fit and 4 to compare are needed."}
    short = result.left_out[result.left_out["series"] == "c2"]
    assert short["forecaster"].tolist() == ["ETS", "ETS"]
    assert short["origin"].tolist() == [
        str(PERIODS[24]),
        str(PERIODS[25]),
    ]  # the last of 8 and of 9 values from the 17th
    assert "needs 11 observations and saw 8" in short["reason"].iloc[0]
    assert set(result.common()["series"]) == {"c0", "c3", "c4", "c5"}
    assert result.scores()["forecasts"].tolist() == [4 * 3 * 4] * 3
    assert "left out (left_out says why)" in repr(result)


def test_the_leaderboard_compares_with_the_reference():
    result = fc.backtest(panel(), [Combination(), WALK], horizon=4, seed=1, origins=4, paths=300)
    table = result.leaderboard()
    assert table["crps"].is_monotonic_increasing
    assert table.loc["SeasonalNaive", ["skill", "low", "high"]].tolist() == [0.0, 0.0, 0.0]
    assert table.loc["SeasonalNaive", "owa"] == pytest.approx(1.0)
    rows = result.steps.assign(scaled=result.steps["crps"] / result.steps["scale"])
    means = rows.groupby("forecaster")["scaled"].mean()
    assert table.loc["Combination", "crps"] == pytest.approx(means["Combination"])
    assert table.loc["Combination", "skill"] == pytest.approx(1 - means["Combination"] / means["SeasonalNaive"])
    assert (table["low"] <= table["skill"]).all()
    assert (table["skill"] <= table["high"]).all()


def test_a_calibrated_forecaster_covers_what_it_says():
    # 40 plain walks, the right model: 40 x 8 origins x 2 steps. The share covered has a standard error of at most
    # 2.5 % (origins overlap little with one-step errors); four of them.
    random = np.random.default_rng(4)
    walks = pd.DataFrame(
        random.normal(size=(80, 40)).cumsum(axis=0), index=pd.period_range("2000Q1", periods=80, freq="Q")
    )
    walks.columns = [f"w{i}" for i in range(40)]
    result = fc.backtest(walks, WALK, horizon=2, seed=2)
    found = result.coverage().loc["RandomWalk"]
    assert found["covered80"].to_numpy() == pytest.approx(0.8, abs=0.1)
    assert found["covered95"].to_numpy() == pytest.approx(0.95, abs=0.05)


def test_one_series_is_tested_by_diebold_and_mariano():
    result = fc.backtest(panel()["c0"], [Combination()], horizon=2, seed=1, origins=12, paths=200)
    assert result.test("Combination", "SeasonalNaive").forecasts == 12
    with pytest.raises(SimulationError, match="'Theta' was not backtested; there are Combination, SeasonalNaive"):
        result.test("Theta", "Combination")


def test_the_plot_shows_one_curve_a_forecaster():
    found = fc.backtest(panel(), horizon=2, seed=1, origins=2, paths=100)
    axes = found.plot()
    assert [line.get_label() for line in axes.get_lines()] == ["calibrated", "Combination", "SeasonalNaive"]
    for line in axes.get_lines():
        assert np.all(np.diff(line.get_ydata()) >= 0)
        assert line.get_ydata()[-1] == 1.0
    pit = found.common().loc[found.common()["forecaster"] == "SeasonalNaive", "pit"]
    assert axes.get_lines()[2].get_ydata()[50] == pytest.approx(((pit >= 0.25) & (pit <= 0.75)).mean())


def test_bad_requests_say_everything_at_once():
    with pytest.raises(SimulationError) as caught:
        fc.backtest(panel(), horizon=0, seed=-1, paths=True)
    assert str(caught.value) == (
        "the backtest cannot be made:\n"
        "  - seed is -1; it must be a whole number from 0.\n"
        "  - horizon is 0; it must be a whole number from 1.\n"
        "  - paths is True; it must be a whole number from 1."
    )
    with pytest.raises(SimulationError, match=r"pass objects, such as ETS\(\)"):
        fc.backtest(panel(), ETS, horizon=2, seed=1)
    with pytest.raises(SimulationError, match=r"scores were asked by 'month'"):
        fc.backtest(panel(), horizon=2, seed=1, origins=1).scores("month")


def test_holes_are_refused_by_the_name_of_the_series():
    wide = panel(2)
    wide.iloc[10, 1] = np.nan
    with pytest.raises(SimulationError) as caught:
        fc.backtest(wide, horizon=2, seed=1)
    assert str(caught.value) == (
        "the series cannot be backtested:\n"
        "  - 'c1': the value is missing or infinite in 2018Q3; fill it or start after it."
    )


def test_two_settings_of_a_forecaster_are_told_apart():
    result = fc.backtest(panel(1), [RandomWalk(), RandomWalk(drift=0.0)], horizon=2, seed=1, origins=1, paths=50)
    assert result.forecasters[0].startswith("RandomWalk(drift=0.5")
    assert result.forecasters[2] == SeasonalNaive().name
