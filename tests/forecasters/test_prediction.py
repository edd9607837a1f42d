"""Predicting a bare series: stamps, refusals, quantiles, probabilities, totals, the plot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecast.errors import HistoryTooShortError, SimulationError
from forecast.forecasters import RandomWalk, predict
from forecast.timeline import Quarter

VALUES = np.array([100.0, 104.0, 103.0, 109.0, 113.0, 112.0, 118.0, 121.0, 126.0, 124.0, 131.0, 134.0])
QUARTERS = [f"{year}Q{number}" for year in (2022, 2023, 2024) for number in (1, 2, 3, 4)]


def series(index=None, values=VALUES) -> pd.Series:
    return pd.Series(values, index=QUARTERS if index is None else index, name="revenue")


STAMPS = {
    "quarters": (pd.period_range("2022Q1", periods=12, freq="Q"), ["2025Q1", "2025Q2"]),
    "fiscal quarters": (pd.period_range("2022Q1", periods=12, freq="Q-SEP"), ["2025Q1", "2025Q2"]),
    "months": (pd.period_range("2023-02", periods=12, freq="M"), ["2024-02", "2024-03"]),
    "fiscal years": (pd.period_range("2010", periods=12, freq="Y-MAR"), ["2022", "2023"]),
    "quarter starts": (pd.date_range("2022-01-01", periods=12, freq="QS"), ["2025-01-01", "2025-04-01"]),
    "quarter ends": (pd.date_range("2022-03-31", periods=12, freq="QE"), ["2025-03-31", "2025-06-30"]),
    "year ending in January": (
        pd.date_range("2022-04-30", periods=12, freq="QE-JAN"),
        ["2025-04-30", "2025-07-31"],
    ),
    "business quarter ends": (
        pd.date_range("2022-03-31", periods=12, freq="BQE"),
        ["2025-03-31", "2025-06-30"],
    ),
    "month ends": (pd.date_range("2023-02-28", periods=12, freq="ME"), ["2024-02-29", "2024-03-31"]),
    "year starts": (pd.date_range("2010-01-01", periods=12, freq="YS"), ["2022-01-01", "2023-01-01"]),
    "with a time zone": (
        pd.date_range("2022-03-31", periods=12, freq="QE", tz="Asia/Shanghai"),
        ["2025-03-31", "2025-06-30"],
    ),
    "dates without a frequency": (
        pd.DatetimeIndex(list(pd.date_range("2022-03-31", periods=12, freq="QE"))),
        ["2025-03-31", "2025-06-30"],
    ),
    "strings": (pd.Index(QUARTERS), ["2025Q1", "2025Q2"]),
    "quarter objects": (pd.Index([Quarter.parse(q) for q in QUARTERS], dtype=object), ["2025Q1", "2025Q2"]),
}


@pytest.mark.parametrize("case", STAMPS)
def test_the_first_forecast_is_the_period_after_the_last_one(case):
    index, expected = STAMPS[case]
    found = predict(series(index.rename("period")), 2, seed=0, paths=10).index
    texts = [str(stamp.date()) if isinstance(stamp, pd.Timestamp) else str(stamp) for stamp in found]
    assert texts == expected
    assert type(found) is type(index)
    assert found.dtype == index.dtype
    assert found.name == "period"
    if isinstance(index, pd.DatetimeIndex):
        assert found.freq == index.freq
    assert list(index.append(found)) == list(pd.Index([*index, *found]))


def test_everything_wrong_with_a_series_is_told_at_once():
    bad = pd.Series(
        [1.0, np.nan, 3.0, np.inf, 5.0], index=["2024Q1", "2024Q2", "2024Q2", "2025Q1", "2024Q4"], name="revenue"
    )
    with pytest.raises(SimulationError) as caught:
        predict(bad, 0, seed=True, paths=0, levels=(0.5, 1.0))
    assert str(caught.value) == (
        "the series cannot be predicted:\n"
        "  - horizon is 0; it must be a whole number from 1.\n"
        "  - paths is 0; it must be a whole number from 1.\n"
        "  - seed is True; it must be a whole number from 0.\n"
        "  - levels are (0.5, 1.0); give probabilities between 0 and 1.\n"
        "  - there is more than one value for 2024Q2; keep one a period.\n"
        "  - 2024Q4 comes after 2025Q1; sort the series, oldest first.\n"
        "  - 1 period is missing between 2024Q2 and 2024Q4; fill the gap or start after it.\n"
        "  - the value is missing in 2024Q2; fill it or start the series after it.\n"
        "  - the value is infinite in 2025Q1; fill it or start the series after it."
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            series(pd.date_range("2022-03-31", periods=13, freq="QE").delete(5)),
            "1 period is missing between 2023-03-31 and 2023-09-30; fill the gap or start after it.",
        ),
        (
            series(pd.period_range("2022Q1", periods=14, freq="Q").delete([5, 6])),
            "2 periods are missing between 2023Q1 and 2023Q4; fill the gap or start after it.",
        ),
        (
            series(pd.RangeIndex(12)),
            "the index is a RangeIndex of int64, which says no periods. Use a PeriodIndex "
            "(pd.period_range('2022Q1', periods=12, freq='Q')), dates, or strings such as '2024Q1'.",
        ),
        (
            series(pd.date_range("2022-01-01", periods=12, freq="D")),
            "the dates do not all stand at the start, or all at the end, of a month: 2022-01-02 00:00:00, "
            "2022-01-03 00:00:00, 2022-01-04 00:00:00, 2022-01-05 00:00:00. "
            "Use series.index.to_period('Q') or strings such as '2024Q1'.",
        ),
        (
            series(pd.date_range("2022-01-01", periods=12, freq="2MS")),
            "the dates are 2 months apart, which is neither months, quarters, half-years nor years. "
            "Give one value a month, quarter, half-year or year.",
        ),
        (
            series(pd.period_range("2022-01-01", periods=12, freq="D")),
            "the periods have the frequency 'D'; "
            "use quarters ('Q-DEC'), months ('M'), half-years ('2Q-DEC') or years ('Y-DEC').",
        ),
        (
            series(["2021-Q4", *QUARTERS[1:]]),
            "'2021-Q4' is not a quarter. Write '2021Q4'.",
        ),
        (
            series(values=np.array(list("abcdefghijkl"))),
            "the values are of the type text; convert them to numbers, e.g. series.astype(float).",
        ),
        ([1.0, 2.0], "a list was given; give a pandas Series with one number a period."),
        (series().iloc[:0], "the series has no values."),
        (pd.Series([], index=pd.PeriodIndex([], freq="Q"), dtype=object), "the series has no values."),
    ],
)
def test_a_series_that_says_something_else_is_refused(given, problem):
    with pytest.raises(SimulationError) as caught:
        predict(given, 4, seed=0)
    assert str(caught.value) == f"the series cannot be predicted:\n  - {problem}"


def test_three_losses_are_too_few_and_three_sales_are_not():
    three = pd.Series([1.0, 2.0, 3.0], index=pd.period_range("2024Q1", periods=3, freq="Q"))
    with pytest.raises(HistoryTooShortError):
        predict(-three, 2)
    assert "ReferenceGrowth" in predict(three, 2).forecaster


def test_joint_paths_need_a_seed_and_zero_is_one():
    without = predict(series(), 2)
    pd.testing.assert_frame_equal(without.quantiles(), predict(series(), 2, seed=4).quantiles())
    with pytest.raises(SimulationError) as caught:
        without.total(0.5)
    assert str(caught.value) == "joint paths are random, so they need a seed. Write predict(..., seed=7)."
    same, again, other = (predict(series(), 2, seed=seed, paths=20).paths for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(same, again)
    assert not np.allclose(same, other)


def test_marginals_do_not_depend_on_the_seed_and_are_the_form():
    first, second = (predict(series(), 3, seed=seed, paths=20) for seed in (1, 2))
    pd.testing.assert_frame_equal(first.quantiles(), second.quantiles())
    pd.testing.assert_frame_equal(first.to_frame(), second.to_frame())
    np.testing.assert_array_equal(first.quantile(0.3), first.form.quantile(0.3))
    assert first.quantiles((0.1, 0.9)).columns.tolist() == [0.1, 0.9]
    assert first.to_frame().columns.tolist() == ["mean", "q05", "q10", "q25", "q50", "q75", "q90", "q95"]
    assert first.points == 12
    assert first.forecaster == "Combination(RandomWalk, Theta, AveragedSmoothing)"


def test_probabilities_undo_quantiles():
    for log in (True, False):
        found = predict(series(), 3, seed=1, paths=10, forecaster=RandomWalk(log=log))
        level = float(found.quantile(0.3).iloc[1])
        assert found.probability(at_least=level).iloc[1] == pytest.approx(0.7, abs=1e-12)
    on_logs = predict(series(), 3, seed=1, paths=10, forecaster=RandomWalk(log=True))
    assert on_logs.probability(at_least=-5).tolist() == [1.0, 1.0, 1.0]


def test_mean_on_logs_is_that_of_the_lognormal():
    found = predict(series(), 3, seed=1, paths=10, forecaster=RandomWalk(log=True))
    expected = stats.lognorm.mean(found.form.spread(), scale=np.exp(found.form.mean))
    np.testing.assert_allclose(found.mean, expected, rtol=1e-12)


def test_total_is_that_of_joint_paths():
    # The total of a linear form is normal with sd = scale * |column sums of response|. With 20,000 paths the sample
    # quantile at 0.9 has sd 0.0121 * sd of the total (density 0.1755): 4.9 of them fail once in a million.
    found = predict(series(), 4, seed=3, paths=20_000, forecaster=RandomWalk(log=False))
    sd = found.form.scale * np.sqrt(np.sum(found.form.response.sum(axis=0) ** 2))
    exact = stats.norm.ppf(0.9, found.form.mean.sum(), sd)
    tolerance = 4.9 * sd * (0.9 * 0.1 / 20_000) ** 0.5 / 0.1755
    assert abs(found.total(0.9) - exact) < tolerance
    assert found.total(0.9) < found.quantile(0.9).sum()  # sums of quantiles are too wide
    assert found.total_probability(at_least=found.total(0.25)) == pytest.approx(0.75, abs=1e-3)


def test_plot_draws_history_and_fan():
    found = predict(series(), 4, seed=3, paths=10)
    axes = found.plot()
    assert axes.get_title() == "revenue: Combination(RandomWalk, Theta, AveragedSmoothing), 12 observations"
    assert axes.lines[0].get_ydata().tolist() == VALUES.tolist()
    assert axes.lines[1].get_xdata().tolist() == [11, 12, 13, 14, 15]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["90%", "80%", "50%", "history", "median"]
    assert found.plot(axes) is axes
    lower, upper = (found.quantile(p).iloc[-1] for p in (0.05, 0.95))
    widest = axes.collections[0].get_paths()[0].vertices
    assert (widest[:, 1][widest[:, 0] == 15].min(), widest[:, 1][widest[:, 0] == 15].max()) == (lower, upper)


def test_the_text_says_what_made_it():
    text = repr(predict(series(), 2, seed=3, paths=10))
    assert text.startswith(
        "Prediction of 2025Q1 to 2025Q2 by Combination(RandomWalk, Theta, AveragedSmoothing) "
        "from 12 observations, 10 paths, seed 3\n"
    )


@pytest.mark.parametrize(
    ("index", "following"),
    [
        (pd.date_range("2018-06-30", periods=10, freq="6ME"), ["2023-06-30", "2023-12-31"]),
        (pd.date_range("2018-01-01", periods=10, freq="6MS"), ["2023-01-01", "2023-07-01"]),
        (pd.period_range("2018Q1", periods=10, freq="2Q"), ["2023Q1", "2023Q3"]),
        (pd.period_range("2018-01", periods=10, freq="6M"), ["2023-01", "2023-07"]),
        (pd.period_range("2018-09", periods=10, freq="Y-SEP"), ["2028", "2029"]),
        (pd.date_range("2018-01-31", periods=10, freq="BQE"), ["2020-09-30", "2020-12-31"]),
        (pd.date_range("2018-02-01", periods=10, freq="QS-FEB"), ["2020-08-01", "2020-11-01"]),
    ],
    ids=str,
)
def test_half_years_and_fiscal_years_go_on_in_their_own_index(index, following):
    values = pd.Series(np.linspace(10.0, 19.0, 10), index=index)
    ahead = predict(values, 2).index
    assert type(ahead) is type(index)
    assert [str(label)[:10] for label in ahead] == following


def test_half_years_have_a_season_of_two():
    values = pd.Series(np.tile([10.0, 20.0], 8), index=pd.date_range("2016-06-30", periods=16, freq="6ME"))
    prediction = predict(values, 4)
    assert prediction.season == 2
    np.testing.assert_allclose(prediction.quantile(0.5), [10, 20, 10, 20], rtol=0.02)


@pytest.mark.parametrize(
    ("index", "after"),
    [
        (pd.period_range("2024Q4", periods=1, freq="Q"), "2025Q1"),
        (pd.period_range("2024", periods=1, freq="Y"), "2025"),
        (pd.DatetimeIndex(["2024-12-31"], freq="YE"), "2025-12-31 00:00:00"),
        (pd.DatetimeIndex(["2024-10-01"], freq="QS"), "2025-01-01 00:00:00"),
        (["2024Q4"], "2025Q1"),
    ],
)
def test_one_value_is_enough_where_its_period_is_known(index, after):
    found = predict(pd.Series([100.0], index=index), 1)
    assert str(found.index[0]) == after
    assert float(found.quantile(0.9).iloc[0]) > 100 > float(found.quantile(0.1).iloc[0])


def test_one_date_alone_says_no_period():
    with pytest.raises(SimulationError, match="one date does not say how long its period is"):
        predict(pd.Series([100.0], index=pd.DatetimeIndex(["2024-12-31"])), 1)
