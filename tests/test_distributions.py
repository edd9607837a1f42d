"""Distributions against scipy.stats, an independent implementation, and what they refuse."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecast.distributions import (
    FAMILIES,
    Distribution,
    as_distribution,
    beta,
    fixed,
    lognormal,
    normal,
    student_t,
    triangular,
    uniform,
)
from forecast.errors import DistributionError

INF = math.inf
U = np.concatenate([[1e-9, 1e-4], np.linspace(0.01, 0.99, 99), [1 - 1e-4, 1 - 1e-9]])

PAIRS = {
    "normal": (normal(-3, 2), stats.norm(-3, 2)),
    "lognormal": (lognormal(900, 0.5), stats.lognorm(0.5, scale=900)),
    "triangular": (triangular(2, 5, 12), stats.triang(0.3, 2, 10)),
    "triangular, mode low": (triangular(2, 2, 12), stats.triang(0, 2, 10)),
    "triangular, mode high": (triangular(-12, 2, 2), stats.triang(1, -12, 14)),
    "uniform": (uniform(-1, 3), stats.uniform(-1, 4)),
    "beta": (beta(2.5, 7), stats.beta(2.5, 7)),
    "beta, U-shaped": (beta(0.5, 0.5), stats.beta(0.5, 0.5)),
    "student_t": (student_t(3, 1, 150), stats.t(3, 1, 150)),
    "student_t, fractional": (student_t(2.5), stats.t(2.5)),
}
EXAMPLES = [ours for ours, _ in PAIRS.values()] + [
    fixed(3.25),
    normal(0.3, 0.1).between(0, 1),
    lognormal(900, 0.5).between(low=240),
    student_t(3, 0, 150).between(high=400),
    beta(2, 2).between(0.1, 0.9),
]


def text_of(call, *arguments, **options):
    with pytest.raises(DistributionError) as caught:
        call(*arguments, **options)
    return str(caught.value)


def test_every_family_is_compared_with_scipy():
    assert {ours.family for ours, _ in PAIRS.values()} | {"fixed"} == set(FAMILIES)


@pytest.mark.parametrize("name", PAIRS)
def test_quantiles_are_those_of_scipy(name):
    ours, theirs = PAIRS[name]
    np.testing.assert_allclose(ours.ppf(U), theirs.ppf(U), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_probabilities_are_those_of_scipy(name):
    ours, theirs = PAIRS[name]
    x = np.concatenate([theirs.ppf(U), [-1e6, -1.0, 0.0, 1e-3, 1e6, INF, -INF]])
    np.testing.assert_allclose(ours.cdf(x), theirs.cdf(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.5), (-INF, 0.2), (0.5, INF), (1.0, 1.01), (-4.0, -2.0)])
def test_a_cut_normal_is_scipys_truncnorm(low, high):
    mean, sd = 0.25, 1.25
    ours = normal(mean, sd).between(low, high)
    theirs = stats.truncnorm((low - mean) / sd, (high - mean) / sd, mean, sd)
    u = np.linspace(0.001, 0.999, 201)
    np.testing.assert_allclose(ours.ppf(u), theirs.ppf(u), rtol=1e-11, atol=1e-12)
    x = theirs.ppf(u)
    np.testing.assert_allclose(ours.cdf(x), u, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_a_cut_distribution_is_the_conditional_one(name):
    """F(x | low < X < high) = (F(x) - F(low)) / (F(high) - F(low)), with scipy's F."""
    ours, theirs = PAIRS[name]
    low, high = (float(end) for end in theirs.ppf([0.2, 0.7]))
    cut = ours.between(low, high)
    x = cut.ppf(np.linspace(0, 1, 51))
    assert x.min() >= low
    assert x.max() <= high
    # the oldest SciPy supported inverts Student's distribution to about 1e-9 only
    near = 5e-9 if "student" in name else 1e-12
    np.testing.assert_allclose((theirs.cdf(x) - 0.2) / 0.5, np.linspace(0, 1, 51), rtol=1e-9, atol=near)
    np.testing.assert_allclose(cut.cdf([low - 1, low, high, high + 1]), [0, 0, 1, 1], atol=1e-12)


def test_one_end_of_student_t_may_be_cut():
    cut = student_t(3, 0, 1).between(low=0)
    np.testing.assert_allclose(cut.ppf(U), stats.t(3).ppf(0.5 + U / 2), rtol=1e-10, atol=1e-8)


def test_cutting_twice_is_cutting_by_both():
    assert normal(0, 1).between(-1, 2).between(0, 5) == normal(0, 1).between(0, 2)


def test_the_lognormal_quantile_is_in_closed_form():
    z = 1.6448536269514722  # the 95 % quantile of the standard normal, from any table
    assert lognormal(900, 0.5).quantile(0.95) == pytest.approx(900 * math.exp(0.5 * z), rel=1e-14)
    assert lognormal(900, 0.5).median == 900.0


def test_the_triangular_distribution_by_hand():
    """Height 2 / 10 at 5: area left of the mode 3 * 0.2 / 2 = 0.3; left of 3.5 it is 1.5 * 0.1 / 2 = 0.075."""
    assert triangular(2, 5, 12).cdf(5.0) == pytest.approx(0.3, abs=1e-15)
    assert triangular(2, 5, 12).cdf(3.5) == pytest.approx(0.075, abs=1e-15)
    assert triangular(2, 5, 12).quantile(0.075) == pytest.approx(3.5, abs=1e-14)
    assert triangular(2, 5, 12).quantile(0.3) == pytest.approx(5.0, abs=1e-14)


def test_a_large_triangular_distribution_does_not_overflow():
    np.testing.assert_array_equal(triangular(0, 1e200, 1e200).cdf([-1.0, 5e199, 2e200]), [0.0, 0.25, 1.0])
    np.testing.assert_array_equal(triangular(0, 0, 1e200).cdf([-1.0, 5e199, 2e200]), [0.0, 0.75, 1.0])


def test_a_wide_lognormal_has_no_mass_below_zero():
    np.testing.assert_array_equal(lognormal(1, 500).cdf([-5.0, 0.0]), [0.0, 0.0])


def test_a_number_is_a_distribution():
    three = fixed(3)
    assert three.is_fixed
    assert three.median == 3.0
    np.testing.assert_array_equal(three.ppf([[0.1, 0.9]]), [[3.0, 3.0]])
    np.testing.assert_array_equal(three.cdf([2.9, 3.0]), [0.0, 1.0])
    assert three.between(0, 5) is three


steady = settings(deadline=None, derandomize=True, max_examples=60)
numbers = st.floats(-1e6, 1e6)
sizes = st.floats(1e-3, 1e3)
any_distribution = st.one_of(
    st.builds(fixed, numbers),
    st.builds(normal, numbers, sizes),
    st.builds(lognormal, sizes, st.floats(0.01, 3)),
    st.builds(lambda a, b, c: triangular(a, a + b, a + b + c), numbers, sizes, sizes),
    st.builds(lambda a, b: uniform(a, a + b), numbers, sizes),
    st.builds(beta, st.floats(0.2, 50), st.floats(0.2, 50)),
    st.builds(student_t, st.floats(1, 50), numbers, sizes),
)


@steady
@given(any_distribution, st.floats(0.05, 0.45), st.floats(0.55, 0.95))
def test_a_specification_reads_back_equal(whole, low, high):
    cut = whole if whole.is_fixed else whole.between(whole.quantile(low), whole.quantile(high))
    for one in (whole, cut):
        again = as_distribution(one.spec())
        assert again == one
        assert hash(again) == hash(one)


@steady
@given(any_distribution, st.lists(st.floats(0.001, 0.999), min_size=2, max_size=9))
def test_quantiles_rise_and_lead_back(distribution, levels):
    u = np.sort(levels)
    x = distribution.ppf(u)
    assert x.shape == u.shape
    assert np.all(np.diff(x) >= 0)
    if not distribution.is_fixed:
        np.testing.assert_allclose(distribution.cdf(x), u, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [(), (5,), (3, 4)])
@pytest.mark.parametrize("distribution", EXAMPLES, ids=str)
def test_the_shape_is_that_of_the_argument(distribution, shape):
    assert np.shape(distribution.ppf(np.full(shape, 0.25))) == shape
    assert np.shape(distribution.cdf(np.full(shape, 0.25))) == shape


def test_two_that_say_the_same_are_equal_however_they_were_written():
    assert normal(0, 1) == normal(0.0, 1.0) == as_distribution({"normal": {"sd": 1, "mean": 0}})
    assert normal(np.float64(0), np.int64(1)) == normal(0, 1)
    assert Distribution("normal", (("sd", 1), ("mean", 0))) == normal(0, 1)
    assert as_distribution(np.float32(0.5)) == as_distribution(0.5) == fixed(0.5)
    assert as_distribution({"fixed": {"value": 2}}) == fixed(2)
    assert as_distribution(normal(0, 1)) == normal(0, 1)


def test_a_specification_holds_plain_numbers():
    assert lognormal(np.float64(900), 0.5).between(low=np.float64(240)).spec() == {
        "lognormal": {"median": 900.0, "sigma": 0.5, "low_end": 240.0}
    }
    assert [type(value) for value in normal(np.float64(1), 2).spec()["normal"].values()] == [float, float]
    assert fixed(3).spec() == 3.0


def test_how_they_print():
    assert str(fixed(0.25)) == "0.25"
    assert str(lognormal(900, 0.5)) == "lognormal(median=900, sigma=0.5)"
    assert str(normal(0.3, 0.1).between(0, 1)) == "normal(mean=0.3, sd=0.1) within [0, 1]"
    assert str(normal(0, 1).between(low=-1)) == "normal(mean=0, sd=1) within [-1, inf]"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: normal(math.nan, 1), "normal needs finite numbers; seen: mean = nan."),
        (lambda: normal(0, INF), "normal needs finite numbers; seen: sd = inf."),
        (lambda: lognormal(-INF, math.nan), "lognormal needs finite numbers; seen: median = -inf, sigma = nan."),
        (lambda: normal("0", True), "normal needs finite numbers; seen: mean = '0', sd = True."),
        (lambda: fixed(math.nan), "fixed needs finite numbers; seen: value = nan."),
        (lambda: fixed("3"), "fixed needs finite numbers; seen: value = '3'."),
        (lambda: fixed(None), "fixed needs finite numbers; seen: value = None."),
        (lambda: fixed(10**400), f"fixed needs finite numbers; seen: value = {10**400}."),
        (lambda: normal(0, 0), "normal(mean=0, sd=0): sd must be above 0."),
        (lambda: lognormal(-1, 0), "lognormal(median=-1, sigma=0): median and sigma must be above 0."),
        (lambda: beta(0, -1), "beta(a=0, b=-1): a and b must be above 0."),
        (lambda: student_t(0), "student_t(degrees=0, centre=0, scale=1): degrees must be above 0."),
        (lambda: uniform(1, 1), "uniform(low=1, high=1): low must be below high."),
        (
            lambda: triangular(5, 2, 12),
            "triangular(low=5, mode=2, high=12): low <= mode <= high, with low < high, must hold.",
        ),
        (
            lambda: triangular(2, 2, 2),
            "triangular(low=2, mode=2, high=2): low <= mode <= high, with low < high, must hold.",
        ),
        (
            lambda: normal(0, 1).between(2, 1),
            "normal(mean=0, sd=1) within [2, 1] is cut off to nothing: low 2 is not below high 1.",
        ),
        (
            lambda: normal(0, 1).between(1, 1),
            "normal(mean=0, sd=1) within [1, 1] is cut off to nothing: low 1 is not below high 1.",
        ),
        (
            lambda: uniform(0, 1).between(5, 6),
            "uniform(low=0, high=1) within [5, 6] has no mass between 5 and 6.",
        ),
        (
            lambda: normal(0, 1).between(low=40),
            "normal(mean=0, sd=1) within [40, inf] has no mass between 40 and inf.",
        ),
        (lambda: fixed(7).between(0, 5), "the number 7 lies outside its domain [0, 5]."),
        (lambda: Distribution("fixed", (("value", 7),), 0, 9), "the number 7 is not cut off; leave low and high out."),
        (
            lambda: Distribution("normal", (("mean", 0), ("sd", 1)), low=math.nan),
            "normal is cut off at low = nan; it must be a number.",
        ),
        (lambda: Distribution("normall", ()), "'normall' is not a distribution. Did you mean 'normal'?"),
        (
            lambda: Distribution("poisson", ()),
            "'poisson' is not a distribution. Known: 'beta', 'fixed', 'lognormal', 'normal', 'student_t', "
            "'triangular', 'uniform'.",
        ),
        (
            lambda: Distribution("normal", (("mean", 0), ("sigma", 1))),
            "normal was given ['mean', 'sigma']; it takes ['mean', 'sd'].",
        ),
    ],
)
def test_numbers_that_make_no_sense_are_refused(make, text):
    assert text_of(make) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"lognorml": {"median": 1}}, "'lognorml' is not a distribution. Did you mean 'lognormal'?"),
        ({"normal": 3}, "normal needs named arguments, as in {normal: {mean: 0, sd: 1}}."),
        ({"normal": {"mean": 0}}, "normal was given ['mean']; it takes ['mean', 'sd']."),
        ({"normal": {"mean": "0.1.2", "sd": 1}}, "normal needs finite numbers; seen: mean = '0.1.2'."),
        (
            {"normal": {"mean": 0, "sd": 1, "low_end": "zero"}},
            "normal is cut off at low = 'zero'; it must be a number.",
        ),
        ({"fixed": {"value": 3, "low_end": 5}}, "the number 3 is not cut off; leave low and high out."),
        ("0.3", "'0.3' is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}."),
        (True, "True is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}."),
        (None, "None is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}."),
        ({}, "{} is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}."),
        (math.inf, "fixed needs finite numbers; seen: value = inf."),
    ],
)
def test_what_is_no_distribution_is_refused(value, text):
    assert text_of(as_distribution, value) == text


@pytest.mark.parametrize("level", [-0.1, 1.5, math.nan])
def test_a_quantile_outside_0_to_1_is_refused(level):
    text = f"uniform(low=0, high=1) was asked for its quantile at {level:g}; a probability is from 0 to 1."
    assert text_of(uniform(0, 1).quantile, level) == text
    assert text_of(uniform(0, 1).ppf, [0.5, level]) == text
