"""Growth: the recursion by hand, and what is learned from a history by hand."""

import math

import numpy as np
import pytest

from forecast.distributions import fixed, lognormal, normal
from forecast.drivers import Growth
from forecast.errors import CalibrationError, HistoryTooShortError, ModelError

GIVEN = {"growth": 0.02, "persistence": 0.5, "volatility": 0.1, "momentum": 0.1, "start": 100}


def test_three_quarters_by_hand(walk):
    """g = 0.02 + 0.5 * (g_before - 0.02) + 0.1 * e, from g_before = 0.1 and e = 0, 1, -2.

    g: 0.06; 0.02 + 0.02 + 0.1 = 0.14; 0.02 + 0.06 - 0.2 = -0.12. Line: 106; 106 * 1.14 = 120.84; 120.84 * 0.88.
    """
    values, records = walk(Growth("x"), 3, errors=[0, 1, -2], **GIVEN)
    np.testing.assert_allclose(records["rate"], [0.06, 0.14, -0.12], rtol=1e-13)
    np.testing.assert_allclose(values, [106, 120.84, 106.3392], rtol=1e-13)


def test_without_persistence_and_noise_it_compounds(walk):
    values, _ = walk(Growth("x"), 12, **{**GIVEN, "persistence": 0, "volatility": 0})
    np.testing.assert_allclose(values, 100 * 1.02 ** np.arange(1, 13), rtol=1e-13)


def test_persistence_fades_the_momentum_geometrically(walk):
    _, records = walk(Growth("x"), 8, **{**GIVEN, "volatility": 0})
    np.testing.assert_allclose(records["rate"], 0.02 + 0.08 * 0.5 ** np.arange(1, 9), rtol=1e-12)


def test_a_fall_is_floored_so_that_the_line_stays_positive(walk):
    values, records = walk(Growth("x"), 2, errors=[-100, 0], **GIVEN)
    np.testing.assert_allclose(records["rate"], [-0.95, 0.02 - 0.5 * 0.97], rtol=1e-13)
    np.testing.assert_allclose(values, [5, 5 * 0.535], rtol=1e-12)


def test_parameters_that_move_later_do_not_make_the_level_jump(walk):
    values, _ = walk(Growth("x"), 4, **{**GIVEN, "persistence": 0, "volatility": 0, "growth": [0.02, 0.02, 0.5, 0.5]})
    np.testing.assert_allclose(values[1:] / values[:-1], [1.02, 1.5, 1.5], rtol=1e-13)


def test_the_last_value_is_the_start():
    assert Growth("x").last({"start": np.asarray(7.0)}) == 7.0


def test_what_is_learned_by_hand(past):
    """Rates 0.1, 0, 0.1, 0: mean 0.05, sample variance 4 * 0.0025 / 3 = 1/300, so n / s**2 = 1200.

    The prior 0.015 +- 0.02 weighs 2500: mean (37.5 + 60) / 3700, error 1 / sqrt(3700). Of the spread
    sqrt(1/300) the part sqrt(1 - 0.09) is news when growth persists by 0.3.
    """
    fit = Growth("x").calibrate(past(x=[100, 110, 110, 121, 121]))
    growth = dict(fit.estimates["growth"].arguments)
    assert growth["mean"] == pytest.approx(97.5 / 3700, rel=1e-12)
    assert growth["sd"] == pytest.approx(1 / math.sqrt(3700), rel=1e-12)
    volatility = dict(fit.estimates["volatility"].arguments)
    assert volatility["median"] == pytest.approx(math.sqrt(0.91 / 300), rel=1e-12)
    assert volatility["sigma"] == pytest.approx(1 / math.sqrt(6), rel=1e-12)
    assert fit.estimates["momentum"].median == pytest.approx(0.05, rel=1e-12)
    assert fit.estimates["start"] == fixed(121)
    assert fit.estimates["persistence"] == normal(0.3, 0.15)
    assert fit.judged == ("persistence",)


def test_momentum_is_the_mean_of_the_last_four_rates_and_bounded(past):
    rates = np.array([0.5, 0.0, 0.0, 0.1, 0.1])
    values = 100 * np.cumprod([1, *(1 + rates)])
    assert Growth("x").calibrate(past(x=values)).estimates["momentum"].median == pytest.approx(0.05, rel=1e-9)
    doubling = 2.0 ** np.arange(6)
    assert Growth("x").calibrate(past(x=doubling)).estimates["momentum"] == fixed(0.3)


def test_a_steady_history_keeps_a_least_volatility(past):
    fit = Growth("x").calibrate(past(x=100 * 1.05 ** np.arange(9)))
    assert fit.estimates["volatility"] == lognormal(0.01, 1 / math.sqrt(14))


def test_an_uncertain_last_value_is_an_uncertain_start(past):
    fit = Growth("x").calibrate(past(x=[100, 110, 110, 121, 121], errors={"x": [0, 0, 0, 0, 5]}))
    assert fit.estimates["start"] == normal(121, 5)


def test_only_the_last_unbroken_run_is_used(past):
    gap = Growth("x").calibrate(past(x=[1, 900, np.nan, 100, 110, 110, 121, 121]))
    whole = Growth("x").calibrate(past(x=[100, 110, 110, 121, 121]))
    assert gap == whole


def test_nothing_is_asked_of_the_history_when_all_is_stated(past):
    assert dict(Growth("x", **GIVEN).calibrate(past()).estimates) == {"persistence": normal(0.3, 0.15)}


def test_a_history_that_is_too_short_is_refused(past, refusal):
    assert refusal(HistoryTooShortError, Growth("x").calibrate, past(x=[100, 110, 110, 121])) == (
        "'x' (Growth) needs 5 quarters in a row up to 2025Q4; the history has 4. "
        "State its parameters, or use another driver."
    )
    assert refusal(CalibrationError, Growth("revenu", start=3).calibrate, past(revenue=[1, 2, 3])) == (
        "'revenu' (Growth) is not in the history. Did you mean 'revenue'? Add facts for it, or model it as a Path."
    )


def test_no_history_at_all_is_refused(past, refusal):
    assert refusal(CalibrationError, Growth("x", start=3).calibrate, past()) == (
        "'x' (Growth) has parameters to fit but there is no history. State them."
    )
    assert refusal(CalibrationError, Growth("x", **{**GIVEN, "start": None}).calibrate, past()) == (
        "'x' (Growth) has no value in the last quarter of the history. "
        "Give 'start', or calibrate(..., opening={'x': ...})."
    )


@pytest.mark.parametrize("value", [-1, 0])
def test_a_line_that_is_not_positive_is_refused(past, refusal, value):
    assert refusal(CalibrationError, Growth("x").calibrate, past(x=[100, 110, value, 121, 121])) == (
        "'x' (Growth) has values at or below 0, whose growth means nothing. Model it as a Formula, Ratio or Path."
    )


def test_all_that_is_wrong_with_a_driver_is_told_at_once(refusal):
    text = refusal(
        ModelError, Growth, "Staff", growth="fast", volatility={"normal": {"mean": 0.1, "sigma": 1}}, shared={"f": 2}
    )
    assert text == (
        "the driver Growth of 'Staff' cannot be read\n"
        "  - 'Staff' is not a line name. Use lower-case letters, digits and underscores, as in 'advertising_revenue'.\n"
        "  - growth: 'fast' is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}.\n"
        "  - volatility: normal was given ['mean', 'sigma']; it takes ['mean', 'sd'].\n"
        "  - shared: loadings {'f': 2.0} on common factors have squares adding up to 4; at most 1."
    )


def test_a_value_outside_its_domain_is_refused(refusal):
    assert refusal(ModelError, Growth, "x", persistence=1.2) == (
        "the driver Growth of 'x' cannot be read\n"
        "  - 'x.persistence' is 1.2, outside its domain [0, 0.99]. State a value inside it."
    )
