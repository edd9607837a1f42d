"""The innovations form: paths, quantiles, widths, equality, and what it refuses."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecast.errors import CalibrationError
from forecast.forecasters.form import InnovationsForm, cumulative_response


def form(transformation="identity", **changes) -> InnovationsForm:
    """Two steps: mean 1 and 2, response 1 and (0.5, 1), one-step sd 2."""
    fields = {
        "mean": np.array([1.0, 2.0]),
        "response": np.array([[1.0, 0.0], [0.5, 1.0]]),
        "scale": 2.0,
        "residuals": np.array([3.0, -1.0, -2.0]),
        "transformation": transformation,
        "name": "Hand",
        "points": 4,
    }
    return InnovationsForm(**(fields | changes))


def test_paths_worked_by_hand():
    # z1 = 1 + 2 * 1 = 3; z2 = 2 + 2 * (0.5 * 1 + 1 * -2) = -1
    assert form().paths([[1.0, 0.0], [-2.0, 0.0]]).tolist() == [[3.0, 1.0], [-1.0, 2.0]]


def test_paths_on_logs_are_the_exponential_of_those_on_the_identity():
    errors = np.array([[1.0], [-2.0]])
    np.testing.assert_allclose(form("log").paths(errors), np.exp([[3.0], [-1.0]]), rtol=1e-15)


def test_spread_by_hand():
    # sd = 2 and 2 * sqrt(0.25 + 1)
    np.testing.assert_allclose(form().spread(), [2.0, 2.0 * 1.25**0.5], rtol=1e-15)


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5, 0.9])
def test_quantiles_are_those_of_the_normal_and_lognormal(p):
    sd = np.array([2.0, 5.0**0.5])
    np.testing.assert_allclose(form().quantile(p), stats.norm.ppf(p, [1, 2], sd), rtol=1e-12)
    np.testing.assert_allclose(form("log").quantile(p), stats.lognorm.ppf(p, sd, scale=np.exp([1, 2])), rtol=1e-12)


def test_scaled_multiplies_the_width_and_nothing_else():
    wide = form().scaled([2.0, 3.0])
    np.testing.assert_allclose(wide.spread(), form().spread() * [2.0, 3.0], rtol=1e-15)
    assert wide.scale == 2.0
    assert wide.mean.tolist() == [1.0, 2.0]
    assert form().scaled(1.0) == form()


@settings(max_examples=40, deadline=None)
@given(
    factor=st.floats(0.1, 10),
    first=st.floats(-3, 3),
    second=st.floats(-3, 3),
)
def test_scaled_paths_move_away_from_the_point_forecast_by_the_factor(factor, first, second):
    errors = np.array([[first], [second]])
    plain = form().paths(errors) - form().paths(0 * errors)
    wide = form().scaled(factor).paths(errors) - form().paths(0 * errors)
    np.testing.assert_allclose(wide, factor * plain, rtol=1e-9, atol=1e-9)


def test_standardised_residuals_have_mean_square_one():
    # mean square of 3, -1, -2 is 14 / 3
    expected = np.array([3.0, -1.0, -2.0]) / (14 / 3) ** 0.5
    np.testing.assert_allclose(form().standardised_residuals, expected, rtol=1e-15)
    assert form(residuals=np.zeros(3)).standardised_residuals.tolist() == [0.0, 0.0, 0.0]


def test_arrays_are_copies_that_nobody_can_write_to():
    mean = np.array([1.0, 2.0])
    made = form(mean=mean)
    mean[0] = 99.0
    assert made.mean[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        made.response[0, 0] = 5.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.scale = 1.0


def test_equality_is_by_content():
    assert form() == form()
    assert hash(form()) == hash(form())
    assert form() != form(mean=np.array([1.0, 2.5]))
    assert form() != form("log")
    assert form() != "Hand"


def test_every_problem_is_told_at_once():
    with pytest.raises(CalibrationError) as caught:
        form(
            "square",
            response=np.array([[1.0, 1.0], [0.0, 1.0]]),
            scale=0.0,
            residuals=np.array([1.0, np.nan]),
            points=1,
        )
    assert str(caught.value) == (
        "the innovations form of Hand does not hold together:\n"
        "  - response has numbers above its diagonal; an error cannot move an earlier step.\n"
        "  - residuals have the shape (2,); there can be at most one for each of the 1 points.\n"
        "  - residuals holds NaN or infinite numbers.\n"
        "  - scale is 0.0; it must be a finite number above 0.\n"
        "  - transformation is 'square'; use 'identity' or 'log'."
    )


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (
            lambda: form().paths(np.zeros((3, 5))),
            "paths of Hand were asked for errors of the shape (3, 5); "
            "give one row for each of the 2 steps ahead and one column a path.",
        ),
        (lambda: form().quantile(1.0), "the quantile at 1.0 was asked for; give a probability between 0 and 1."),
        (
            lambda: form().scaled([1.0, -1.0]),
            "the width of Hand cannot be multiplied by [ 1. -1.]; give one number above 0, or 2 of them.",
        ),
    ],
)
def test_wrong_requests_are_refused(act, text):
    with pytest.raises(CalibrationError) as caught:
        act()
    assert str(caught.value) == text


def test_cumulative_response_by_hand():
    assert cumulative_response([1.0, 0.3, 0.2]).tolist() == [[1.0, 0.0, 0.0], [0.3, 1.0, 0.0], [0.2, 0.3, 1.0]]
