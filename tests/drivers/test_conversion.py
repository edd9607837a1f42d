"""Conversion: the recursion is the closed form of the design, and the share of today by hand."""

import math

import numpy as np
import pytest

from forecast.distributions import fixed, normal, triangular
from forecast.drivers import Conversion
from forecast.errors import CalibrationError, ModelError

ARR = [100.0, 120, 150, 200, 260, 300, 330, 350, 360, 365, 370, 372, 374]


def closed_form(t, *, start, ceiling, half_life):
    """The share t quarters after t0, as docs and design state it."""
    return ceiling - (ceiling - start) * 2 ** (-t / half_life)


@pytest.mark.parametrize("half_life", [0.5, 2, 5, 40])
@pytest.mark.parametrize(("start", "ceiling"), [(0.4, 0.97), (1.0, 0.85), (0.0, 1.0), (0.9, 0.9)])
def test_the_recursion_is_the_closed_form(walk, half_life, start, ceiling):
    given = {"half_life": half_life, "start": start, "ceiling": ceiling}
    _, records = walk(Conversion("rev", of="arr"), 12, lines={"arr": ARR}, **given)
    np.testing.assert_allclose(records["conversion"], closed_form(np.arange(1, 13), **given), rtol=1e-12, atol=1e-15)


def test_revenue_by_hand(walk):
    """A half-life of one quarter halves the distance of 0.5 to 0.9: shares 0.7 and 0.8.

    0.7 * 7.2 * (100 + 120) / 2 / 4 = 138.6; 0.8 * 7 * (120 + 150) / 2 / 4 = 189.
    """
    lines = {"arr": ARR, "usd_cny": [None, 7.2, 7.0]}
    driver = Conversion("rev", of="arr", fx="usd_cny")
    values, _ = walk(driver, 2, lines=lines, half_life=1, start=0.5, ceiling=0.9)
    np.testing.assert_allclose(values, [138.6, 189], rtol=1e-13)


def test_without_a_rate_both_are_in_one_currency(walk):
    values, _ = walk(Conversion("rev", of="arr"), 1, lines={"arr": ARR}, half_life=1, start=0.5, ceiling=0.9)
    np.testing.assert_allclose(values, 0.7 * 110 / 4, rtol=1e-13)
    assert Conversion("rev", of="arr").reads() == (("arr", 0), ("arr", 1))
    assert Conversion("rev", of="arr", fx="fx").reads() == (("arr", 0), ("arr", 1), ("fx", 0))


def test_a_ceiling_that_moves_bends_the_share_without_a_jump(walk):
    given = {"half_life": 1, "start": 0.5, "ceiling": [0.9, 0.9, 0.6, 0.6]}
    _, records = walk(Conversion("rev", of="arr"), 4, lines={"arr": ARR}, **given)
    np.testing.assert_allclose(records["conversion"], [0.7, 0.8, 0.7, 0.65], rtol=1e-13)


def test_the_share_of_today_by_hand(past):
    """Mean ARR of the last quarter (40 + 80) / 2 at 7 CNY is 420 a year, 105 a quarter; 63 of it is 0.6."""
    history = past(rev=[10, 20, 63], arr=[np.nan, 40, 80], fx=[7, 7.5, 7])
    fit = Conversion("rev", of="arr", fx="fx").calibrate(history)
    assert dict(fit.estimates["start"].arguments) == pytest.approx({"mean": 0.6, "sd": 0.06}, rel=1e-12)
    assert (fit.estimates["start"].low, fit.estimates["start"].high) == (0, 1)
    assert fit.estimates["half_life"] == triangular(2, 5, 12)
    assert fit.estimates["ceiling"] == triangular(0.85, 0.97, 1.0)
    assert fit.judged == ("half_life", "ceiling")


def test_the_error_of_the_revenue_adds_in_quadrature(past):
    """8.4 of 105 is 0.08; with the 0.06 for the path inside the quarter it is 0.1."""
    history = past(rev=[20, 63], arr=[40, 80], fx=[7, 7], errors={"rev": [0, 8.4]})
    start = Conversion("rev", of="arr", fx="fx").calibrate(history).estimates["start"]
    assert dict(start.arguments) == pytest.approx({"mean": 0.6, "sd": 0.1}, rel=1e-12)


def test_the_latest_quarter_in_which_all_is_known_decides(past):
    early = past(rev=[20, 15, 30, np.nan], arr=[80, 80, 80, 90])
    assert Conversion("rev", of="arr").calibrate(early).estimates["start"].arguments[0][1] == 1.5
    late = past(rev=[20, 15, 30, 9], arr=[80, 80, np.nan, 90])
    assert Conversion("rev", of="arr").calibrate(late).estimates["start"].arguments[0][1] == 0.75


def test_a_share_above_one_is_cut_to_what_is_possible(past):
    """Revenue of 24 where ARR implies 20: 1.2 +- 0.12, of which only what lies in [0, 1] is left."""
    start = Conversion("rev", of="arr").calibrate(past(rev=[20, 24], arr=[80, 80])).estimates["start"]
    assert start == normal(1.2, math.hypot(0.1 * 1.2)).between(0, 1)
    assert 0 < start.quantile(0.001) < start.quantile(0.999) <= 1


def test_no_revenue_is_a_share_of_nothing(past):
    assert Conversion("rev", of="arr").calibrate(past(rev=[0, 0], arr=[80, 80])).estimates["start"] == fixed(0)


@pytest.mark.parametrize(("revenue", "times"), [(140, "7"), (-90, "-4.5")])
def test_a_share_that_is_impossible_is_refused(past, refusal, revenue, times):
    history = past(rev=[20, revenue], arr=[80, 80])
    assert refusal(CalibrationError, Conversion("rev", of="arr").calibrate, history) == (
        f"'rev' (Conversion) cannot estimate its start: the revenue of 2025Q4 is {times} times what 'arr' implies, "
        "and 0 to 1 is possible. Check currencies and units, or state 'start'."
    )


def test_a_history_without_the_lines_is_refused(past, refusal):
    driver = Conversion("rev", of="arr", fx="fx")
    tail = " State 'start', the recognised share of ARR today."
    assert refusal(CalibrationError, driver.calibrate, past(rev=[1, 2])) == (
        "'rev' (Conversion) cannot estimate its start: the history lacks arr, fx." + tail
    )
    assert refusal(CalibrationError, driver.calibrate, past()) == (
        "'rev' (Conversion) cannot estimate its start: the history lacks rev, arr, fx." + tail
    )


def test_one_disclosure_is_too_short_a_history(past, refusal):
    history = past(rev=[10, 20, 30], arr=[np.nan, np.nan, 80])
    assert refusal(CalibrationError, Conversion("rev", of="arr").calibrate, history) == (
        "'rev' (Conversion) cannot estimate its start: in no quarter are the revenue and 'arr' at both ends known. "
        "State 'start', the recognised share of ARR today."
    )


def test_nothing_is_asked_of_the_history_when_the_start_is_stated(past):
    assert set(Conversion("rev", of="arr", start=0.5).calibrate(past()).estimates) == {"half_life", "ceiling"}


def test_how_fast_it_converts_is_a_lever_and_the_rest_is_not():
    roles = {p.name: (p.role, p.low, p.high) for p in Conversion("rev", of="arr").parameters()}
    assert roles == {
        "half_life": ("lever", 0.05, 80),
        "start": ("uncertainty", 0, 1),
        "ceiling": ("uncertainty", 0, 1),
    }


def test_a_conversion_above_one_is_refused(refusal):
    assert refusal(ModelError, Conversion, "rev", of="arr", ceiling=1.06, fx="USD") == (
        "the driver Conversion of 'rev' cannot be read\n"
        "  - 'USD' is not a line name. Use lower-case letters, digits and underscores, as in 'advertising_revenue'."
    )
    assert refusal(ModelError, Conversion, "rev", of="arr", ceiling=1.06) == (
        "the driver Conversion of 'rev' cannot be read\n"
        "  - 'rev.ceiling' is 1.06, outside its domain [0, 1]. State a value inside it."
    )
