"""Random streams belong to names, and the numbers they give have the distributions that were asked for.

Statistical tests use a fixed seed; the false-alarm rate stated is that over seeds.
"""

import numpy as np
import pytest
from scipy import stats

from forecast.calibration import calibrate
from forecast.distributions import beta, fixed, lognormal, normal, student_t, triangular, uniform
from forecast.drivers import Path
from forecast.model import Model, Noise
from forecast.simulation.streams import Draws, generator, locked, quantiles

RARE = stats.norm.isf(0.5e-6)
"""Two-sided: a normal number is further out than this with probability 1e-6."""


def test_a_name_has_one_stream():
    one, two = generator(7, "noise/sales.error"), generator(7, "noise/sales.error")
    assert one.standard_normal(50).tobytes() == two.standard_normal(50).tobytes()


def test_names_and_seeds_have_streams_of_their_own():
    drawn = {generator(seed, name).standard_normal() for seed in (0, 1, 2, 2**40) for name in ("a", "b", "a/b")}
    assert len(drawn) == 12


def test_zero_is_a_seed():
    first, again = Draws(0, 100, 4).normal("a"), Draws(0, 100, 4).normal("a")
    assert np.array_equal(first, again)
    assert not np.array_equal(first, Draws(1, 100, 4).normal("a"))


def test_a_stream_does_not_depend_on_what_was_drawn_before():
    early, late = Draws(3, 20, 4), Draws(3, 20, 4)
    late.noise("other", Noise())
    late.normal("something")
    assert early.noise("sales", Noise()).tobytes() == late.noise("sales", Noise()).tobytes()


@pytest.mark.parametrize(
    "noise",
    [Noise(), Noise(shared=(("demand", 0.6),)), Noise(shape=student_t(3)), Noise("x", normal(0, 2), (("d", -1.0),))],
    ids=str,
)
def test_a_longer_horizon_begins_with_the_shorter_one(noise):
    short, long = Draws(3, 20, 4).noise("sales", noise), Draws(3, 20, 9).noise("sales", noise)
    assert long[:4].tobytes() == short.tobytes()


def test_draws_are_read_only():
    draws = Draws(3, 20, 4)
    for numbers in (draws.normal("a"), draws.noise("a", Noise()), locked(np.zeros(2))):
        with pytest.raises(ValueError, match="read-only"):
            numbers[0] = 1.0


def test_noise_is_standard_normal():
    # Kolmogorov-Smirnov; false-alarm rate 1e-6
    drawn = Draws(11, 5_000, 4).noise("sales", Noise()).ravel()
    assert stats.kstest(drawn, "norm").pvalue > 1e-6


def correlation_is(x, y, rho):
    """Fisher's z: atanh of a sample correlation is normal around atanh(rho) with sd 1/sqrt(n - 3)."""
    found = np.arctanh(np.corrcoef(x.ravel(), y.ravel())[0, 1])
    return abs(found - np.arctanh(rho)) < RARE / np.sqrt(x.size - 3)


def test_lines_that_share_a_factor_are_correlated_as_stated():
    # 0.6 * 0.5 = 0.3 between the two, none with a third; false-alarm rate 1e-6 each
    draws = Draws(5, 10_000, 4)
    sales = draws.noise("sales", Noise(shared=(("demand", 0.6),)))
    wages = draws.noise("wages", Noise(shared=(("demand", 0.5),)))
    other = draws.noise("other", Noise(shared=(("weather", 0.9),)))
    assert correlation_is(sales, wages, 0.3)
    assert correlation_is(sales, other, 0.0)


def test_a_shared_error_keeps_its_standard_deviation():
    # (n - 1) s^2 is chi-squared with n - 1 degrees of freedom; false-alarm rate 1e-6
    errors = Draws(5, 10_000, 4).noise("sales", Noise(shared=(("demand", 0.6), ("weather", -0.7))))
    n = errors.size
    low, high = stats.chi2.ppf([5e-7, 1 - 5e-7], n - 1)
    assert low < (n - 1) * errors.var(ddof=1) < high


def test_loadings_of_plus_and_minus_one_are_the_factor_itself():
    draws = Draws(5, 50, 4)
    up = draws.noise("a", Noise(shared=(("demand", 1.0),)))
    down = draws.noise("b", Noise(shared=(("demand", -1.0),)))
    np.testing.assert_array_equal(up, -down)


def test_shared_noise_with_a_shape_keeps_that_shape():
    # Kolmogorov-Smirnov against scipy's t; false-alarm rate 1e-6
    errors = Draws(5, 5_000, 4).noise("luck", Noise(shape=student_t(3, 1.0, 2.0), shared=(("demand", 0.8),)))
    assert stats.kstest(errors.ravel(), stats.t(3, 1.0, 2.0).cdf).pvalue > 1e-6


SCORES = np.array([-6.0, -2.5, -1.0, -0.1, 0.0, 0.3, 1.7, 4.0, 6.0])


@pytest.mark.parametrize(
    ("distribution", "truth"),
    [
        (student_t(3, 1.0, 150.0), stats.t(3, 1.0, 150.0)),
        (normal(2.0, 3.0), stats.norm(2.0, 3.0)),
        (lognormal(900, 0.5), stats.lognorm(0.5, scale=900)),
        (triangular(2, 5, 12), stats.triang(0.3, 2, 10)),
        (uniform(-1, 4), stats.uniform(-1, 5)),
        (beta(2, 5), stats.beta(2, 5)),
        (normal(0.0, 1.0).between(-1.0, 2.0), stats.truncnorm(-1.0, 2.0)),
    ],
    ids=["student_t", "normal", "lognormal", "triangular", "uniform", "beta", "cut normal"],
)
def test_values_stand_at_the_ranks_of_their_scores_as_scipy_has_them(distribution, truth):
    expected = truth.ppf(stats.norm.cdf(SCORES))
    np.testing.assert_allclose(quantiles(distribution, SCORES), expected, rtol=1e-6, atol=1e-9)


def test_a_fixed_number_is_the_same_on_all_paths():
    assert Draws(1, 50, 4).value("a", fixed(3.5)).shape == ()


def stated(correlations, **values):
    model = Model(*(Path(line, value=value) for line, value in values.items()), correlations=correlations)
    return calibrate(model, first="2026Q1")


def test_correlated_parameters_follow_the_gaussian_copula():
    # joint counts below two quantiles are binomial with scipy's bivariate normal probability; false-alarm
    # rate 1e-6 for each of the four points
    n, rho = 40_000, -0.7
    company = stated({("a.value", "b.value"): rho}, a=lognormal(10, 0.5), b=triangular(0, 1, 4))
    drawn = Draws(2, n, 1).parameters(company)
    binormal = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    for p, q in ((0.5, 0.5), (0.1, 0.9), (0.9, 0.9), (0.3, 0.6)):
        below = drawn["a.value"] <= stats.lognorm(0.5, scale=10).ppf(p)
        under = drawn["b.value"] <= stats.triang(0.25, 0, 4).ppf(q)
        chance = binormal.cdf(stats.norm.ppf([p, q]))
        low, high = stats.binom.ppf([5e-7, 1 - 5e-7], n, chance)
        assert low <= np.sum(below & under) <= high


def test_three_correlated_parameters_have_the_stated_matrix():
    # false-alarm rate 1e-6 a pair
    pairs = {("a.value", "b.value"): 0.5, ("b.value", "c.value"): 0.6, ("a.value", "c.value"): -0.2}
    company = stated(pairs, a=normal(0, 1), b=normal(5, 2), c=normal(-1, 3))
    drawn = Draws(9, 40_000, 1).parameters(company)
    for (first, second), rho in pairs.items():
        assert correlation_is(drawn[first], drawn[second], rho)


def test_a_correlation_leaves_each_distribution_as_it_was():
    # Kolmogorov-Smirnov; false-alarm rate 1e-6 each
    company = stated({("a.value", "b.value"): 0.9}, a=uniform(0, 1), b=lognormal(3, 0.2))
    drawn = Draws(4, 20_000, 1).parameters(company)
    assert stats.kstest(drawn["a.value"], "uniform").pvalue > 1e-6
    assert stats.kstest(drawn["b.value"], stats.lognorm(0.2, scale=3).cdf).pvalue > 1e-6


def test_one_correlated_group_moves_no_bit_of_another_group():
    values = {"a": normal(0, 1), "b": normal(0, 1), "c": normal(0, 1), "d": normal(0, 1), "e": normal(0, 1)}
    first = {("a.value", "c.value"): 0.37, ("c.value", "e.value"): -0.61}
    alone = Draws(4, 999, 1).parameters(stated(first, **values))
    both = Draws(4, 999, 1).parameters(stated({**first, ("b.value", "d.value"): 0.53}, **values))
    for name in ("a.value", "c.value", "e.value"):
        assert alone[name].tobytes() == both[name].tobytes()
    assert not np.array_equal(alone["d.value"], both["d.value"])


class TestRedrawn:
    def company(self):
        return calibrate(
            Model(
                Path("one", value=normal(0, 1), noise=normal(0, 1), shared={"world": 0.5}),
                Path("two", value=uniform(0, 1), noise=normal(0, 1), shared={"world": 0.5}),
                Path("three", value=normal(0, 1), noise=normal(0, 1)),
                correlations={("one.value", "three.value"): 0.5},
            ),
            first="2026Q1",
        )

    def made(self, draws, company):
        noises = {f"noise/{d.line}.error": draws.noise(d.line, d.noises()[0]) for d in company.model.drivers}
        return {**draws.parameters(company), **noises}

    @pytest.mark.parametrize(
        ("streams", "moved"),
        [
            ((), set()),
            (("parameter/two.value",), {"two.value"}),
            (("parameter/one.value",), {"one.value", "three.value"}),
            (("parameter/three.value",), {"three.value"}),
            (("noise/three.error",), {"noise/three.error"}),
            (("shared/world",), {"noise/one.error", "noise/two.error"}),
        ],
    )
    def test_only_what_comes_from_the_named_streams_changes(self, streams, moved):
        company = self.company()
        draws = Draws(7, 50, 4)
        first = self.made(draws, company)
        again = draws.redrawn(streams)
        second = self.made(again, company)
        assert {name for name in first if not np.array_equal(first[name], second[name])} == moved
        fresh = self.made(Draws(7, 50, 4, again=streams), company)
        assert all(np.array_equal(second[name], fresh[name]) for name in second)

    def test_everything_drawn_a_second_time_is_new_and_uncorrelated_with_the_first(self):
        company = self.company()
        draws = Draws(7, 20_000, 1)
        first = self.made(draws, company)
        assert set(draws.names) == {
            *(f"parameter/{line}.value" for line in ("one", "two", "three")),
            *(f"noise/{line}.error" for line in ("one", "two", "three")),
            "shared/world",
        }
        second = self.made(draws.redrawn(draws.names), company)
        for name in first:
            # a correlation of 20,000 independent pairs is beyond 0.035 once in 1.4 million cases
            assert abs(np.corrcoef(np.ravel(first[name]), np.ravel(second[name]))[0, 1]) < 0.035

    def test_a_second_redrawing_keeps_the_first(self):
        company = self.company()
        twice = Draws(7, 50, 4).redrawn(["parameter/two.value"]).redrawn(["noise/three.error"])
        both = Draws(7, 50, 4, again=["parameter/two.value", "noise/three.error"])
        one, other = self.made(twice, company), self.made(both, company)
        assert all(np.array_equal(one[name], other[name]) for name in one)

    def test_scores_are_those_of_the_parameters(self):
        company = self.company()
        draws = Draws(7, 50, 4)
        scores, drawn = draws.scores(company), draws.parameters(company)
        np.testing.assert_array_equal(scores["one.value"], drawn["one.value"])
        np.testing.assert_allclose(stats.norm.cdf(scores["two.value"]), drawn["two.value"])
