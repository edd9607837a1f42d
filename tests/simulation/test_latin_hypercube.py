"""A Latin hypercube: one draw in every stratum of every name, names independent of each other."""

import numpy as np
import pytest
from scipy import stats

from forecast.calibration import calibrate
from forecast.distributions import lognormal, normal, uniform
from forecast.drivers import Formula, Path
from forecast.errors import SimulationError
from forecast.model import Model, Noise
from forecast.scenario import Scenario
from forecast.shocks import Add
from forecast.simulation import simulate
from forecast.simulation.streams import Draws, generator, stratified

RARE = stats.norm.isf(0.5e-6)
LATIN = "latin_hypercube"
WITH_NOISES = "latin_hypercube_with_noises"


def strata(scores):
    """The stratum of each draw."""
    return np.floor(stats.norm.cdf(scores) * len(scores)).astype(int)


@pytest.mark.parametrize("paths", [1, 2, 7, 1_000])
def test_every_stratum_has_one_draw(paths):
    drawn = Draws(7, paths, 4, sampling=LATIN).normal("parameter/sales.growth")
    np.testing.assert_array_equal(np.sort(strata(drawn)), np.arange(paths))


def test_within_its_stratum_a_draw_is_uniform():
    # Kolmogorov-Smirnov; false-alarm rate 1e-6
    n = 20_000
    place = stats.norm.cdf(stratified(generator(3, "a"), n)) * n
    assert stats.kstest(place - np.floor(place), "uniform").pvalue > 1e-6


def test_strata_are_in_random_order_and_names_independent():
    # Spearman's correlation of independent ranks is normal with sd 1/sqrt(n - 1); false-alarm rate 1e-6 each
    draws = Draws(7, 10_000, 4, sampling=LATIN)
    one, two = draws.normal("parameter/a.value"), draws.normal("parameter/b.value")
    for first, second in ((one, two), (one[1:], one[:-1]), (one, np.arange(10_000))):
        assert abs(stats.spearmanr(first, second).statistic) < RARE / np.sqrt(len(first) - 1)


def test_what_a_name_draws_depends_on_nothing_else():
    early, late = (Draws(3, 500, 4, sampling=LATIN) for _ in range(2))
    late.normal("parameter/other")
    late.noise("sales", Noise())
    assert early.normal("parameter/a").tobytes() == late.normal("parameter/a").tobytes()
    assert not np.array_equal(early.normal("parameter/a"), Draws(4, 500, 4, sampling=LATIN).normal("parameter/a"))


def test_noises_are_those_of_random_sampling():
    latin, plain = Draws(3, 50, 4, sampling=LATIN), Draws(3, 50, 4)
    assert latin.noise("sales", Noise()).tobytes() == plain.noise("sales", Noise()).tobytes()
    assert not np.array_equal(latin.normal("parameter/a"), plain.normal("parameter/a"))


def test_noises_are_stratified_quarter_by_quarter_where_asked():
    draws = Draws(3, 300, 5, sampling=WITH_NOISES)
    errors = draws.noise("sales", Noise())
    for row in errors:
        np.testing.assert_array_equal(np.sort(strata(row)), np.arange(300))
    assert draws.normal("a").tobytes() == Draws(3, 300, 5, sampling=LATIN).normal("a").tobytes()
    longer = Draws(3, 300, 9, sampling=WITH_NOISES).noise("sales", Noise())
    assert longer[:5].tobytes() == errors.tobytes()


def test_stratified_noises_of_two_quarters_are_independent():
    # Spearman's correlation of independent ranks is normal with sd 1/sqrt(n - 1); false-alarm rate 1e-6
    first, second = Draws(3, 10_000, 2, sampling=WITH_NOISES).noise("sales", Noise())
    assert abs(stats.spearmanr(first, second).statistic) < RARE / np.sqrt(9_999)


def test_chunks_are_other_paths_and_the_first_is_the_simulation_itself():
    whole, first, second = Draws(3, 50, 4), Draws(3, 50, 4, chunk=0), Draws(3, 50, 4, chunk=1)
    assert whole.normal("a").tobytes() == first.normal("a").tobytes()
    np.testing.assert_array_equal(second.normal("a"), generator(3, "chunk/1/a").standard_normal(50))
    np.testing.assert_array_equal(
        second.noise("a", Noise()), generator(3, "chunk/1/noise/a.error").standard_normal((4, 50))
    )


def test_an_unknown_sampling_is_refused():
    with pytest.raises(SimulationError) as caught:
        Draws(3, 50, 4, sampling="latin")
    assert str(caught.value) == (
        "sampling is 'latin'. Known: 'latin_hypercube', 'latin_hypercube_with_noises', 'medians', 'random'."
    )


@pytest.fixture(scope="module")
def additive():
    """A sum of three uniform numbers: its mean is 1.5."""
    lines = (Path(name, value=uniform(0, 1)) for name in "abc")
    return calibrate(Model(*lines, Formula("total = a + b + c")), first="2026Q1")


def test_the_mean_of_a_sum_of_uniforms_is_off_by_less_than_its_strata(additive):
    # each draw is within its stratum of width 1/n, so each mean is within 1/2n of 1/2: certain, not likely
    for seed in range(5):
        runs = simulate(additive, Scenario("base"), until="2026Q1", paths=400, seed=seed, sampling=LATIN)
        assert abs(runs.values("total")[0].mean() - 1.5) <= 3 / 800


def test_correlated_parameters_keep_their_correlation_and_the_first_its_strata():
    # Fisher's z; false-alarm rate 1e-6
    lines = Path("a", value=normal(0, 1)), Path("b", value=lognormal(3, 0.2))
    company = calibrate(Model(*lines, correlations={("a.value", "b.value"): 0.6}), first="2026Q1")
    drawn = Draws(5, 20_000, 1, sampling=LATIN).parameters(company)
    np.testing.assert_array_equal(np.sort(strata(drawn["a.value"])), np.arange(20_000))
    found = np.corrcoef(drawn["a.value"], np.log(drawn["b.value"]))[0, 1]
    assert abs(np.arctanh(found) - np.arctanh(0.6)) < RARE / np.sqrt(19_997)
    assert stats.kstest(np.log(drawn["b.value"] / 3) / 0.2, "norm").pvalue > 1e-6


def test_sizes_of_shocks_and_events_are_stratified(additive):
    shocked = Scenario("shocked", Add("a", uniform(0, 1), start="2026Q1", probability=0.25))
    runs = simulate(additive, [Scenario("base"), shocked], until="2026Q1", paths=400, seed=1, sampling=LATIN)
    assert np.sum(runs.values("a", "shocked") != runs.values("a", "base")) == 100


def test_a_simulation_says_how_it_was_sampled(additive):
    latin, plain = (
        simulate(additive, Scenario("base"), until="2026Q1", paths=50, seed=1, sampling=kind)
        for kind in (LATIN, "random")
    )
    assert (latin.sampling, plain.sampling) == (LATIN, "random")
    assert latin.fingerprint != plain.fingerprint


def test_the_central_path_is_one_path():
    with pytest.raises(SimulationError) as caught:
        Draws(3, 10_000, 4, sampling="medians")
    assert str(caught.value) == (
        "sampling='medians' gives one path, the central one, but paths is 10,000, whose shares would mean nothing. "
        "Give paths=1."
    )
