"""Ratio: the drift by hand, floor and cap, and what is learned from a history by hand."""

import math

import numpy as np
import pytest

from forecast.distributions import fixed, lognormal, normal, triangular
from forecast.drivers import Ratio
from forecast.errors import CalibrationError, HistoryTooShortError, ModelError

GIVEN = {"target": 0.4, "half_life": 1, "volatility": 0.1, "start": 0.2}
SALES = {"sales": [0, 100, 200, 300, 400]}


def test_three_quarters_by_hand(walk):
    """Half of the distance to 0.4 is left after a quarter: 0.3; 0.35 + 0.1; 0.425 - 0.2."""
    values, records = walk(Ratio("cost", of="sales"), 3, lines=SALES, errors=[0, 1, -2], **GIVEN)
    np.testing.assert_allclose(records["share"], [0.3, 0.45, 0.225], rtol=1e-13)
    np.testing.assert_allclose(values, [30, 90, 67.5], rtol=1e-13)


def test_after_a_half_life_half_of_the_distance_is_left(walk):
    given = {**GIVEN, "half_life": 4, "volatility": 0}
    _, records = walk(Ratio("cost", of="sales"), 4, lines=SALES, **given)
    np.testing.assert_allclose(records["share"], 0.4 - 0.2 * 0.5 ** np.array([0.25, 0.5, 0.75, 1]), rtol=1e-13)


def test_floor_and_cap_bound_the_share_and_not_its_state(walk):
    """The state goes 0.3, 0.35 + 1.0, then half-way back: 0.875, 0.6375; the cap of 0.5 shows in the line only."""
    driver = Ratio("cost", of="sales", floor=0.32, cap=0.5)
    values, records = walk(driver, 4, lines=SALES, errors=[0, 10, 0, 0], **GIVEN)
    np.testing.assert_allclose(records["share"], [0.32, 0.5, 0.5, 0.5], rtol=1e-13)
    np.testing.assert_allclose(values, [32, 100, 150, 200], rtol=1e-13)


def test_a_share_of_a_negative_line_is_negative(walk):
    given = {**GIVEN, "target": 0.2, "volatility": 0}
    values, _ = walk(Ratio("minority", of="profit"), 2, lines={"profit": [0, -100, 50]}, **given)
    np.testing.assert_allclose(values, [-20, 10], rtol=1e-13)


def test_only_positive_takes_no_share_of_a_loss(walk):
    given = {**GIVEN, "target": 0.2, "volatility": 0}
    driver = Ratio("tax", of="profit", only_positive=True)
    values, records = walk(driver, 2, lines={"profit": [0, -100, 50]}, **given)
    np.testing.assert_allclose(values, [0, 10], rtol=1e-13)
    np.testing.assert_allclose(records["share"], [0.2, 0.2], rtol=1e-13)


def test_what_is_learned_by_hand(past):
    """Shares 0.3, 0.5, 0.4, 0.4: mean 0.4, variance 0.02 / 3, counted as two of them; steps 0.2, -0.1, 0."""
    fit = Ratio("cost", of="sales").calibrate(past(cost=[30, 100, 40, 80], sales=[100, 200, 100, 200]))
    target = dict(fit.estimates["target"].arguments)
    assert target["mean"] == pytest.approx(0.4, rel=1e-12)
    assert target["sd"] == pytest.approx(math.sqrt(0.02 / 3 / 2), rel=1e-12)
    volatility = dict(fit.estimates["volatility"].arguments)
    mean = 0.1 / 3
    spread = math.sqrt(((0.2 - mean) ** 2 + (-0.1 - mean) ** 2 + mean**2) / 2)
    assert volatility["median"] == pytest.approx(spread, rel=1e-12)
    assert volatility["sigma"] == pytest.approx(1 / math.sqrt(4), rel=1e-12)
    assert fit.estimates["start"] == fixed(0.4)
    assert fit.estimates["half_life"] == triangular(2, 4, 8)
    assert fit.judged == ("half_life",)


def test_the_last_eight_shares_decide(past):
    old = Ratio("cost", of="sales").calibrate(past(cost=[900, 900, *[30, 40] * 4], sales=[1000] * 2 + [100] * 8))
    new = Ratio("cost", of="sales").calibrate(past(cost=[30, 40] * 4, sales=[100] * 8))
    assert old == new


def test_estimated_and_missing_quarters_and_those_without_a_positive_base_are_not_used(past):
    marks = {"cost": ["reported", "estimated", "reported", "reported", "missing", "reported"]}
    messy = past(cost=[30, 99, 50, 70, np.nan, 40], sales=[100, 100, 100, -5, 100, 100], marks=marks)
    fit = Ratio("cost", of="sales").calibrate(messy)
    clean = Ratio("cost", of="sales").calibrate(past(cost=[30, 50, 40], sales=[100, 100, 100]))
    assert fit.estimates["target"] == clean.estimates["target"]
    assert fit.estimates["start"] == clean.estimates["start"] == fixed(0.4)
    # steps 0.2 over two quarters and -0.1 over three: 0.2 / sqrt(2) and -0.1 / sqrt(3)
    spread = abs(0.2 / math.sqrt(2) + 0.1 / math.sqrt(3)) / math.sqrt(2)
    assert dict(fit.estimates["volatility"].arguments)["median"] == pytest.approx(spread, rel=1e-12)


def test_a_last_share_of_some_quarters_ago_carries_an_error(past):
    """Shares 0.3, 0.5, 0.4, then two unknown quarters: steps 0.2 and -0.1 have the spread 0.3 / sqrt(2)."""
    fit = Ratio("cost", of="sales").calibrate(past(cost=[30, 50, 40, np.nan, np.nan], sales=[100] * 5))
    expected = normal(0.4, 0.3 / math.sqrt(2) * math.sqrt(2)).between(0.0, 10.0)
    assert dict(fit.estimates["start"].arguments) == pytest.approx(dict(expected.arguments), rel=1e-12)


def test_a_steady_share_keeps_a_least_spread(past):
    fit = Ratio("cost", of="sales").calibrate(past(cost=[25] * 6, sales=[100] * 6))
    assert dict(fit.estimates["target"].arguments) == pytest.approx({"mean": 0.25, "sd": 0.00125}, rel=1e-12)
    assert fit.estimates["volatility"] == lognormal(0.002, 1 / math.sqrt(8))


def test_the_start_lies_between_floor_and_cap(past):
    fit = Ratio("cost", of="sales", cap=0.35).calibrate(past(cost=[30, 20, 40], sales=[100] * 3))
    assert fit.estimates["start"] == fixed(0.35)


def test_a_history_that_is_too_short_is_refused(past, refusal):
    two = past(cost=[30, 50, np.nan], sales=[100, 100, 100])
    assert refusal(HistoryTooShortError, Ratio("cost", of="sales").calibrate, two) == (
        "'cost' (Ratio of 'sales') needs 3 quarters in which both are known and the latter is above 0; "
        "the history has 2. State target, volatility and start."
    )


def test_a_history_without_one_of_the_two_lines_is_refused(past, refusal):
    text = (
        "'cost' (Ratio of 'sales') has parameters to fit, but the history lacks one of the two lines. "
        "State target, volatility and start."
    )
    assert refusal(CalibrationError, Ratio("cost", of="sales").calibrate, past(cost=[30, 50, 40])) == text
    assert refusal(CalibrationError, Ratio("cost", of="sales").calibrate, past()) == text


@pytest.mark.parametrize(
    ("floor", "cap"), [(0.5, 0.5), (0.6, 0.5), (float("nan"), 1.0), ("0", 1), (0, None), (False, 1)]
)
def test_floor_and_cap_are_numbers_in_order(refusal, floor, cap):
    assert refusal(ModelError, Ratio, "cost", of="sales", floor=floor, cap=cap) == (
        f"the Ratio 'cost' has floor {floor!r} and cap {cap!r}; give numbers with floor < cap."
    )


def test_a_target_outside_floor_and_cap_is_refused(refusal):
    assert refusal(ModelError, Ratio, "cost", of="sales", target=0.9, cap=0.7) == (
        "the driver Ratio of 'cost' cannot be read\n"
        "  - 'cost.target' is 0.9, outside its domain [0, 0.7]. State a value inside it."
    )


@pytest.mark.parametrize("of", ["Sales", 3, None])
def test_the_other_line_has_a_name(refusal, of):
    assert refusal(ModelError, Ratio, "cost", of=of) == (
        "the driver Ratio of 'cost' cannot be read\n"
        f"  - {of!r} is not a line name. Use lower-case letters, digits and underscores, as in 'advertising_revenue'."
    )
