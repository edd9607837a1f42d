"""Trend: paths by hand from a form by hand, the widening, and what is left out."""

from dataclasses import dataclass

import numpy as np
import pytest

from forecast.drivers import Trend
from forecast.errors import CalibrationError, HistoryTooShortError, ModelError, TimelineError
from forecast.forecasters import ETS, Combination, InnovationsForm, RandomWalk, Theta


@dataclass(frozen=True)
class Plain:
    """Mean 10, 20, ... and a response that passes half of an error on; it remembers what it was fitted to."""

    transformation: str = "identity"
    least: int = 3
    name: str = "Plain"

    def minimum(self, season):
        return self.least

    def fit(self, values, *, horizon, season):
        response = np.eye(horizon) + 0.5 * np.eye(horizon, k=-1)
        mean = np.arange(1.0, horizon + 1) * (10 if self.transformation == "identity" else 1)
        return InnovationsForm(mean, response, 2.0, np.asarray(values), self.transformation, self.name, len(values))


def test_paths_by_hand(walk, past):
    """Mean 10, 20, 30 plus 2 * (e1, e2 + e1 / 2, e3 + e2 / 2) with e = 1, -1, 2."""
    driver = Trend("x", Plain())
    values, _ = walk(driver, 3, errors=[1, -1, 2], fit=driver.calibrate(past(x=[1, 2, 3])))
    np.testing.assert_allclose(values, [12, 19, 33], rtol=1e-13)


def test_paths_on_the_log_scale_are_positive(walk, past):
    driver = Trend("x", Plain("log"))
    values, _ = walk(driver, 3, errors=[1, -1, 2], fit=driver.calibrate(past(x=[1, 2, 3])))
    np.testing.assert_allclose(values, np.exp([3, 1, 6]), rtol=1e-13)


def test_each_path_has_its_own_errors(walk, past):
    driver = Trend("x", Plain())
    values, _ = walk(driver, 2, errors=[[0, 1], [0, 1]], fit=driver.calibrate(past(x=[1, 2, 3])))
    np.testing.assert_allclose(values, [[10, 12], [20, 23]], rtol=1e-13)


def test_a_shorter_simulation_begins_like_a_longer_one(walk, past):
    driver = Trend("x", Plain())
    fit = driver.calibrate(past(x=[1, 2, 3]))
    errors = [0.3, -0.7, 1.1, 0.2, -0.4]
    long, _ = walk(driver, 5, errors=errors, fit=fit)
    short, _ = walk(driver, 2, errors=errors[:2], fit=fit)
    np.testing.assert_allclose(short, long[:2], rtol=1e-13)


def test_reported_quarters_are_not_widened(past):
    form = Trend("x", Plain()).calibrate(past(x=[1, 2, 3])).payload
    np.testing.assert_allclose(form.spread(), 2 * np.sqrt([1, *[1.25] * 7]), rtol=1e-13)


@pytest.mark.parametrize(
    ("wander", "factor"),
    [
        (10.0, 1 / np.sqrt(1 - 32 / 100)),
        (8.0, 1 / np.sqrt(1 - 32 / 64)),
        (6.0, 2.0),  # a ninth would be seen; at least a quarter is taken
        (1.0, 2.0),  # nothing would be seen
    ],
)
def test_estimated_quarters_widen_by_the_part_of_the_variance_that_is_not_seen(walk, past, wander, factor):
    """Errors of 4 in every quarter: a change has the variance 32 given the facts, of ``wander**2`` in all.

    The last quarter's own error adds its 16 to the variance at every horizon.
    """
    history = past(x=[1, 2, 3, 4], errors={"x": [4] * 4}, wander={"x": wander})
    driver = Trend("x", Plain())
    fit = driver.calibrate(history)
    expected = np.sqrt(16 + (factor * 2) ** 2 * np.array([1, *[1.25] * 7]))
    np.testing.assert_allclose(fit.payload.spread(), expected, rtol=1e-12)
    values, _ = walk(driver, 1, errors=[1], fit=fit)
    np.testing.assert_allclose(values, 10 + expected[0], rtol=1e-12)


def test_since_leaves_out_older_quarters(past):
    history = past(x=[1, 2, 3, 4, 5, 6])
    form = Trend("x", Plain(), since="2025Q1").calibrate(history).payload
    np.testing.assert_array_equal(form.residuals, [3, 4, 5, 6])
    assert Trend("x", Plain(), since="2019Q1").calibrate(history).payload.points == 6


def test_a_gap_leaves_out_all_before_it(past):
    form = Trend("x", Plain()).calibrate(past(x=[1, 2, np.nan, 4, 5, 6])).payload
    np.testing.assert_array_equal(form.residuals, [4, 5, 6])


def test_the_note_says_what_was_fitted(past):
    assert Trend("x", Plain()).calibrate(past(x=[1, 2, 3])).note == "Plain, 3 quarters"


def test_the_default_is_the_combination(past):
    history = past(x=[10, 11, 13, 12, 14, 15, 17, 16, 18, 19, 21, 20])
    assert Trend("x").calibrate(history) == Trend("x", Combination()).calibrate(history)


def test_a_history_that_is_too_short_is_refused(past, refusal):
    assert refusal(HistoryTooShortError, Trend("x", Plain(least=4)).calibrate, past(x=[1, 2, 3])) == (
        "'x' (Trend) needs 4 quarters in a row up to 2025Q4; the history has 3. "
        "State its parameters, or use another driver."
    )


@pytest.mark.parametrize(("since", "left"), [("2025Q2", 3), ("2026Q3", 1)])
def test_a_since_that_leaves_too_little_is_refused(past, refusal, since, left):
    driver = Trend("x", Plain(least=4), since=since)
    assert refusal(HistoryTooShortError, driver.calibrate, past(x=[1, 2, 3, 4, 5, 6])) == (
        f"'x' (Trend) needs 4 quarters in a row up to 2025Q4; since {since} there are {left}. "
        "Let 'since' begin earlier, or use another driver."
    )


def test_a_forecaster_may_be_written_as_in_a_file():
    assert Trend("x", {"RandomWalk": {}}) == Trend("x", RandomWalk())
    members = [{"Theta": {}}, {"Combination": {"members": [{"ETS": {}}]}}]
    assert Trend("x", {"Combination": {"members": members}}) == Trend(
        "x", Combination((Theta(), Combination((ETS(),))))
    )


def test_all_that_is_wrong_with_a_forecaster_is_told_at_once(refusal):
    forecaster = {"Combination": {"members": [{"ETs": {}}, {"ETS": {"lgo": True}}, "Theta"]}}
    assert refusal(ModelError, Trend, "x", forecaster) == (
        "the forecaster of the Trend 'x' cannot be read\n"
        "  - forecaster: 'ETs' is unknown. Did you mean 'ETS'?\n"
        "  - forecaster: ETS has no field 'lgo'. Did you mean 'log'?\n"
        "  - forecaster: seen 'Theta'; write one name with its fields, as in 'Name: {...}'."
    )


def test_an_unknown_forecaster_is_refused_with_the_known_ones(refusal):
    assert refusal(ModelError, Trend, "x", {"Prophet": {}}) == (
        "the forecaster of the Trend 'x' cannot be read\n"
        "  - forecaster: 'Prophet' is unknown. "
        "Known: 'ARIMA', 'AveragedSmoothing', 'Combination', 'ETS', 'MovingAverage', 'ProphetForecaster', "
        "'RandomWalk', 'ReferenceGrowth', 'Regression', 'SeasonalNaive', 'Structural', 'Theta'."
    )


@pytest.mark.parametrize("thing", ["ETS", 3, ETS])
def test_what_is_no_forecaster_is_refused(refusal, thing):
    assert refusal(ModelError, Trend, "x", thing) == (
        f"the Trend 'x' has {thing!r} as forecaster; pass an object such as ETS()."
    )


def test_since_is_a_quarter(refusal):
    assert refusal(TimelineError, Trend, "x", since="2025-Q1") == "'2025-Q1' is not a quarter. Write '2025Q1'."


def test_a_share_is_forecast_as_a_ratio_and_multiplied_back(walk, past):
    """Shares 1/2, 1/4, 1/5; paths of the share are 10, 20 plus 2 * (e1, e2 + e1 / 2), times the other line."""
    driver = Trend("x", Plain(), of="y")
    fit = driver.calibrate(past(x=[50, 50, 50], y=[100, 200, 250]))
    np.testing.assert_allclose(fit.payload.residuals, [0.5, 0.25, 0.2])
    assert driver.reads() == (("y", 0),)
    values, _ = walk(driver, 2, errors=[1, -1], fit=fit, lines={"y": [250, 300, 400]})
    np.testing.assert_allclose(values, [(10 + 2) * 300, (20 - 2 + 1) * 400])


def test_a_share_uses_the_quarters_that_both_lines_have(past):
    fit = Trend("x", Plain(), of="y").calibrate(past(x=[9, 50, 50, 50], y=[np.nan, 100, 200, 250]))
    np.testing.assert_allclose(fit.payload.residuals, [0.5, 0.25, 0.2])


def test_a_share_of_a_loss_or_of_too_little_is_refused(past, refusal):
    driver = Trend("x", Plain(), of="y")
    assert refusal(CalibrationError, driver.calibrate, past(x=[1, 2, 3], y=[5, -1, 4])) == (
        "'x' (Trend) is a share of 'y', which was -1; a share needs a line above 0."
    )
    said = refusal(HistoryTooShortError, driver.calibrate, past(x=[1, 2, 3], y=[np.nan, 1, 4]))
    assert said.startswith("'x' (Trend) needs 3 quarters in a row of 'y' up to ")
    assert said.endswith("there are 2. Add facts for it, or leave 'of' out.")
    assert refusal(HistoryTooShortError, driver.calibrate, past(x=[1, 2, 3])).endswith(
        "there are 0. Add facts for it, or leave 'of' out."
    )
