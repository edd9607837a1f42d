"""The contract of a driver: its small nouns, and the loadings on common factors."""

import math

import pytest

from forecast.distributions import fixed
from forecast.errors import ModelError
from forecast.model import Fit, Noise, check_shared


def test_a_fit_cannot_be_changed_afterwards():
    found = {"growth": fixed(0.1)}
    fit = Fit(found)
    found["growth"] = fixed(0.2)
    assert fit.estimates == {"growth": fixed(0.1)}
    with pytest.raises(TypeError):
        fit.estimates["growth"] = fixed(0.3)


def test_a_noise_is_standard_normal_and_its_own_unless_said_otherwise():
    assert Noise() == Noise("error", None, ())


@pytest.mark.parametrize("shared", [{"b": 0.6, "a": 0.8}, (("b", 0.6), ("a", 0.8)), [["b", 0.6], ["a", 0.8]]])
def test_loadings_are_sorted_pairs(shared):
    assert check_shared(shared) == (("a", 0.8), ("b", 0.6))


def test_no_loadings():
    assert check_shared(()) == check_shared({}) == ()


@pytest.mark.parametrize(
    ("shared", "text"),
    [
        (
            {"a": 0.9, "b": 0.9},
            "loadings {'a': 0.9, 'b': 0.9} on common factors have squares adding up to 1.62; at most 1.",
        ),
        ({"a": -1.5}, "loadings {'a': -1.5} on common factors have squares adding up to 2.25; at most 1."),
        ({"a": math.nan}, "loadings {'a': nan} on common factors have squares adding up to nan; at most 1."),
    ],
)
def test_loadings_whose_squares_exceed_one_are_refused(shared, text):
    with pytest.raises(ModelError) as caught:
        check_shared(shared)
    assert str(caught.value) == text
