"""The measures of the accuracy benchmark against values worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from accuracy_parts.answers import QUANTILES, Answer, content_key, failed, median_of, replaced
from accuracy_parts.cache import add_to_cache, read_cache
from accuracy_parts.comparing import Duel, compare
from accuracy_parts.library import choose_forecasters, library_answer
from accuracy_parts.measures import (
    Scores,
    coverage,
    inside,
    mase,
    mean_loss,
    owa,
    scaled_quantile_loss,
    score,
    smape,
    year_sums,
)
from accuracy_parts.measuring import cut
from accuracy_parts.sets import SeriesSet, Split, choose_sets, draw, load_set, naive_error
from accuracy_parts.yardsticks import is_seasonal, log_drift_answer, naive2, seasonal_indices, seasonal_naive_answer

from forecast.errors import FactsError, ForecastError


def numbers(*values: float) -> np.ndarray:
    return np.asarray(values, dtype=float)


def split(*train: float, test: tuple[float, ...] = (1.0,), season: int = 1, name: str = "a") -> Split:
    return Split(name, name, numbers(*train), numbers(*test), season, naive_error(numbers(*train), season))


def constant(value: float, horizon: int = 1) -> Answer:
    return Answer(np.full(horizon, value), np.full((len(QUANTILES), horizon), value), 0.5)


def scores(smapes: tuple[float, ...], mases: tuple[float, ...], losses: tuple[float, ...] | None = None) -> Scores:
    count = numbers(*[1.0] * len(smapes))
    loss = numbers(*(mases if losses is None else losses))
    return Scores(
        smape=numbers(*smapes), mase=numbers(*mases), loss=loss, inside80=count, inside95=count, points=count,
        totals80=count, totals95=count, totals=count, seconds=count,
    )  # fmt: skip


def test_smape_and_a_step_where_both_are_zero() -> None:
    # |100 - 50| / 150 = 1/3, and 0: 200 * (1/3 + 0) / 2
    assert smape(numbers(100, 0), numbers(50, 0)) == pytest.approx(100 / 3)
    assert smape(numbers(5.0), numbers(-5.0)) == pytest.approx(200)


def test_scale_is_the_seasonal_naive_error_in_sample() -> None:
    # |3 - 1|, |2 - 2|, |3 - 3|, |6 - 4|
    assert naive_error(numbers(1, 2, 3, 4, 3, 2, 3, 6), 4) == 1.0
    assert naive_error(numbers(1, 3, 2), 1) == 1.5
    assert math.isnan(naive_error(numbers(5, 5, 5), 1))
    assert math.isnan(naive_error(numbers(1, 2, 3, 4), 4))


def test_mase() -> None:
    assert mase(numbers(5, 5), numbers(4, 7), 3.0) == pytest.approx(0.5)


def test_scaled_quantile_loss() -> None:
    # 2 * 0.1 * (10 - 8) = 0.4 and 2 * (1 - 0.9) * (13 - 10) = 0.6; mean 0.5, scale 2
    quantiles = numbers(8, 13)[:, None]
    assert scaled_quantile_loss(numbers(10), quantiles, (0.1, 0.9), 2.0) == pytest.approx(0.25)
    # below the lowest: 2 * 0.9 * (10 - 12) at p = 0.1 counts 3.6
    assert scaled_quantile_loss(numbers(10), numbers(12)[:, None], (0.1,), 1.0) == pytest.approx(3.6)


def test_scaled_quantile_loss_of_the_median_is_the_mase() -> None:
    actual, point = numbers(3, 9, 4), numbers(5, 6, 4.5)
    assert scaled_quantile_loss(actual, point[None], (0.5,), 1.7) == pytest.approx(mase(actual, point, 1.7))


def test_points_inside_the_central_intervals() -> None:
    quantiles = np.repeat(numbers(*range(11))[:, None], 4, axis=1)  # 0 at 0.025, 1 at 0.1, ..., 9 at 0.9, 10 at 0.975
    actual = numbers(1, 9.5, -1, 5)
    assert inside(actual, quantiles, 0.80) == 2
    assert inside(actual, quantiles, 0.95) == 3
    assert coverage(numbers(2, 4), numbers(4, 4)) == 0.75
    assert math.isnan(coverage(numbers(0.0), numbers(0.0)))


def test_sums_of_whole_years() -> None:
    assert year_sums(numbers(1, 2, 3, 4, 5, 6, 7, 8), 4).tolist() == [10, 26]
    assert year_sums(numbers(1, 2, 3, 4, 5, 6), 4).tolist() == [10]
    assert year_sums(numbers(1, 2, 3), 1).tolist() == []
    assert year_sums(np.ones((4, 3)), 4).tolist() == [[4, 4, 4]]


def test_owa_is_the_mean_of_ratios_of_means() -> None:
    # sMAPE 15 against 30, MASE 1 against 4
    assert owa(scores((10, 20), (0.5, 1.5)), scores((20, 40), (4, 4)))[0] == pytest.approx((0.5 + 0.25) / 2)
    weighted = owa(scores((10, 20), (0.5, 1.5)), scores((20, 40), (4, 4)), numbers(0, 2)[None])
    assert weighted[0] == pytest.approx((0.5 + 0.375) / 2)


def test_series_without_a_scale_count_for_smape_only() -> None:
    ours, yardstick = scores((10, 20), (math.nan, 1.5)), scores((20, 40), (math.nan, 3))
    assert owa(ours, yardstick)[0] == pytest.approx(0.5)
    assert mean_loss(ours)[0] == 1.5


def test_score_puts_it_together() -> None:
    one = replace(split(1, 2, 3, 4, 3, 2, 3, 6, test=(2, 2, 4, 4), season=4), scale=1.0)
    quantiles = np.repeat(numbers(*range(11))[:, None], 4, axis=1) / 2
    answer = Answer(numbers(2, 2, 2, 2), quantiles, 0.25, totals=quantiles[:, :1] * 4)
    found = score([one], [answer])
    assert found.mase.tolist() == [1.0]
    assert found.smape[0] == pytest.approx(200 * (2 / 6 + 2 / 6) / 4)
    assert (found.inside80[0], found.inside95[0], found.points[0]) == (4, 4, 4)  # from 0.5 to 4.5
    assert (found.totals80[0], found.totals[0]) == (1, 1)  # 12 between 2 and 18
    assert found.seconds.tolist() == [0.25]


PATTERN = (8.0, 10.0, 12.0, 10.0)


def test_seasonality_is_tested_with_the_limit_of_the_m4_competition() -> None:
    # four years: r = 0, -0.875, 0, 0.75; the limit is 1.645 * sqrt((1 + 2 * 0.875**2) / 16) = 0.654
    assert is_seasonal(np.tile(PATTERN, 4), 4)
    # three years: r = 0, -5/6, 0, 2/3 and the limit 1.645 * sqrt((1 + 2 * 25/36) / 12) = 0.734
    assert not is_seasonal(np.tile(PATTERN, 3), 4)
    assert not is_seasonal(np.tile(PATTERN, 4)[:11], 4)
    assert not is_seasonal(np.ones(20), 4)


def test_naive2_repeats_a_pure_pattern_from_where_it_stopped() -> None:
    assert naive2(np.tile(PATTERN, 4), 5, 4) == pytest.approx(numbers(8, 10, 12, 10, 8))
    assert naive2(np.tile(PATTERN, 5)[:18], 4, 4) == pytest.approx(numbers(12, 10, 8, 10))
    assert naive2(np.tile(PATTERN, 4) - 10, 2, 4) == pytest.approx(numbers(-2, 0))
    assert naive2(numbers(3, 1, 4), 2, 4).tolist() == [4, 4]


def test_seasonal_indices_of_a_pattern_on_a_line() -> None:
    line = np.arange(16.0)
    assert seasonal_indices(np.tile(PATTERN, 4) + line, 4, multiplicative=False) == pytest.approx(numbers(-2, 0, 2, 0))
    found = seasonal_indices(np.tile(PATTERN, 4) * 3, 4, multiplicative=True)
    assert found == pytest.approx(numbers(0.8, 1.0, 1.2, 1.0))


def test_seasonal_naive() -> None:
    # squared seasonal changes 4, 0, 0, 4: mean 2; normal quantile 1.281552 at 0.9; a second year doubles the variance
    answer = seasonal_naive_answer(split(1, 2, 3, 4, 3, 2, 3, 6, test=(1.0,) * 5, season=4))
    assert answer.point.tolist() == [3, 2, 3, 6, 3]
    upper = answer.quantiles[QUANTILES.index(0.9)]
    assert upper[0] == pytest.approx(3 + 1.2815516 * math.sqrt(2))
    assert upper[4] == pytest.approx(3 + 1.2815516 * 2)


def test_log_drift_goes_on_with_half_the_mean_change() -> None:
    # logs 0, 1, 2, 3: drift 1/2, residuals 1/2 each, variance 3 * 0.25 / 2 = 0.375, times 1 + 0.25 / 3 one step ahead
    answer = log_drift_answer(split(1, math.e, math.e**2, math.e**3, test=(1.0, 1.0)))
    assert np.log(answer.point) == pytest.approx(numbers(3.5, 4))
    upper = np.log(answer.quantiles[QUANTILES.index(0.9)])
    assert upper[0] == pytest.approx(3.5 + 1.2815516 * math.sqrt(0.40625))
    losses = log_drift_answer(split(-1, 1, 3, test=(1.0, 1.0)))
    assert losses.point.tolist() == [4, 5]


def test_the_combination_takes_the_median_of_points_and_the_mean_of_quantiles() -> None:
    members = [{"k": constant(value)} for value in (1, 2, 4, 10)]
    answer = median_of(members)["k"]
    assert answer.point.tolist() == [3]
    assert answer.quantiles[3].tolist() == [4.25]
    assert answer.seconds == 2.0
    without = median_of([*members[:3], {"k": failed(1, 0.5, "no")}])["k"]
    assert without.point.tolist() == [2]
    assert without.quantiles[0] == pytest.approx(7 / 3)


def test_a_failed_answer_is_replaced_and_counted() -> None:
    filled, count = replaced({"a": failed(1, 0.7, "no"), "b": constant(2)}, {"a": constant(9), "b": constant(9)})
    assert count == 1
    assert (filled["a"].point[0], filled["a"].seconds, filled["b"].point[0]) == (9, 0.7, 2)


def duel(ours: tuple[float, ...], other: tuple[float, ...], names: str) -> Duel:
    splits = [split(1, 2, name=name) for name in names]
    return Duel(splits, scores(ours, ours), scores(other, other), scores((1,) * len(names), (1,) * len(names)))


def test_a_method_that_is_a_tenth_better_on_each_series() -> None:
    one = duel((0.9, 1.8, 3.6), (1, 2, 4), "abc")
    for measure in ("owa", "loss"):
        found = compare([one], measure)
        assert (found.estimate, found.low, found.high) == pytest.approx((-10, -10, -10))
    assert str(found) == "-10.0 % (-10.0 to -10.0)"


def test_sets_are_pooled_by_the_geometric_mean_of_their_ratios() -> None:
    found = compare([duel((1, 1), (2, 2), "ab"), duel((2, 2, 2), (1, 1, 1), "cde")], "owa")
    assert (found.estimate, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-9)


def test_series_of_one_company_are_drawn_together() -> None:
    # what one set gains on a company the other loses on it, so that the product is 1 in every replication
    found = compare([duel((1, 2), (2, 1), "ab"), duel((2, 1), (1, 2), "ab")], "loss")
    assert (found.low, found.high) == pytest.approx((0, 0), abs=1e-9)


def test_the_interval_misses_no_difference_as_rarely_as_it_says() -> None:
    # False alarms: with a true rate of 5 to 7 % more than 28 of 200 misses have a probability below 2e-3.
    chance = np.random.default_rng(3)
    missed = 0
    for number in range(200):
        drawn = chance.lognormal(sigma=0.5, size=(2, 60))
        one = duel(tuple(drawn[0]), tuple(drawn[1]), "".join(chr(200 + i) for i in range(60)))
        found = compare([one], "loss", replications=200, seed=number)
        missed += not found.low <= 0 <= found.high
    assert missed <= 28


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    values = {"b": [1.0, 2.0, 4.0, 3.0], "a": [5.0, 6.0, 7.0, 9.0], "c": [1.0, 1.0, 1.0, 1.0]}
    frame = pd.concat(
        pd.DataFrame(
            {"unique_id": name, "domain": "Micro", "freq": "Y", "h": 1, "step": [1, 2, 3, 4], "y": y}
        ).assign(split=["train"] * 3 + ["test"])
        for name, y in values.items()
    )  # fmt: skip
    frame.loc[frame["unique_id"] == "c", "domain"] = "Macro"
    frame.sample(frac=1.0, random_state=1).to_parquet(tmp_path / "some.parquet")
    return tmp_path


SOME = SeriesSet("some", "some", "some.parquet", (("domain", ("Micro",)),))


def test_a_set_is_read_in_order_and_only_what_belongs_to_it(folder: Path) -> None:
    first, second = load_set(folder, SOME)
    assert (first.name, first.unit, first.season, first.scale) == ("a", "a", 1, 1.0)
    assert (second.train.tolist(), second.test.tolist(), second.horizon) == ([1, 2, 4], [3], 1)
    assert load_set(folder, replace(SOME, last=2))[1].scale == 2.0
    assert [each.name for each in load_set(folder, SOME, sample=1)] == draw(["a", "b"], 1)


def test_missing_values_are_refused(folder: Path) -> None:
    frame = pd.read_parquet(folder / "some.parquet")
    frame.loc[(frame["unique_id"] == "b") & (frame["step"] == 2), "y"] = math.nan
    frame.loc[frame["unique_id"] == "a", "freq"] = "W"
    frame.to_parquet(folder / "some.parquet")
    with pytest.raises(FactsError) as caught:
        load_set(folder, SOME)
    assert str(caught.value) == (
        f"the set some in {folder / 'some.parquet'} cannot be used:\n"
        "  - a: its freq is 'W'; use one of Q, Y, M, O.\n"
        "  - b: its train part has 3 values, not all of them numbers; leave it out."
    )


def test_unknown_sets_and_forecasters_are_refused() -> None:
    with pytest.raises(FactsError) as caught:
        choose_sets(["m3_yearl"])
    assert str(caught.value) == (
        "the sets cannot be chosen:\n  - there is no set 'm3_yearl'. Did you mean 'm3_yearly'?"
    )  # fmt: skip
    with pytest.raises(ForecastError) as other:
        choose_forecasters(["Thet"])
    assert str(other.value) == (
        "the forecasters cannot be chosen:\n  - there is no forecaster 'Thet'. Did you mean 'Theta'?"
    )


def test_cutting_keeps_the_scale_of_the_whole_history() -> None:
    long = split(*range(0, 40, 2), test=(1.0,))
    (short,) = cut([long], 5)
    assert short.train.tolist() == [30, 32, 34, 36, 38]
    assert short.scale == 2.0
    assert content_key(short) != content_key(long)
    assert cut([long], 20) == []


def test_the_cache_gives_back_what_it_was_given(tmp_path: Path) -> None:
    answers = {"k": constant(1.5, 3), "l": failed(2, 0.1, "why")}
    add_to_cache(tmp_path / "new", "model", answers)
    known = read_cache(tmp_path / "new")
    assert set(known) == {("k", "model"), ("l", "model")}
    for key, answer in answers.items():
        back = known[key, "model"]
        np.testing.assert_array_equal(back.point, answer.point)
        np.testing.assert_array_equal(back.quantiles, answer.quantiles)
        assert (back.seconds, back.failure) == (answer.seconds, answer.failure)


def test_the_point_forecast_of_the_library_is_the_median_and_a_refusal_is_a_failure() -> None:
    (default,) = choose_forecasters(["RandomWalk"]).values()
    answer = library_answer(default, split(*np.tile(PATTERN, 4), test=PATTERN, season=4))
    assert answer.point == pytest.approx(numbers(*PATTERN))
    assert answer.totals is not None
    assert answer.totals[QUANTILES.index(0.5), 0] == pytest.approx(40, abs=0.1)
    refused = library_answer(default, split(1, 2, test=(1.0,)))
    assert refused.failure.startswith("HistoryTooShortError: RandomWalk cannot be fitted:")
    assert np.all(np.isnan(refused.point))
