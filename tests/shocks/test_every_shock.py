"""What holds for every shock of the catalogue; a new one joins by an entry in NEUTRAL."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecast import shocks
from forecast.calibration import calibrate
from forecast.distributions import normal, uniform
from forecast.drivers import Formula, Growth, Path
from forecast.financials import History
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.shocks import Add, Cap, Floor, Grow, Hold, Pulse, Ramp, Scale, Set
from forecast.simulation import simulate
from forecast.specification import from_spec, to_spec

KINDS = {name: kind for name in shocks.__all__ if isinstance(kind := getattr(shocks, name), type)}

SIZED = sorted(name for name in KINDS if name != "Hold")
"""Hold has no size, and holding a rent that never moves shows nothing."""

NEUTRAL = {
    "Add": [Add("sales", 0.0), Add("sales.growth", 0.0)],
    "Cap": [Cap("sales", 1e12), Cap("sales.growth", 0.9)],
    "Floor": [Floor("sales", -1e12), Floor("sales.growth", -0.5)],
    "Grow": [Grow("rent", 0.0)],
    "Hold": [Hold("rent", "2026Q1")],
    "Pulse": [Pulse("sales", 0.0, start="2026Q1"), Pulse("sales.growth", 0.0, start="2026Q1")],
    "Ramp": [Ramp("rent", 12.5, "2026Q1"), Ramp("sales.persistence", 0.3, "2026Q1")],
    "Scale": [Scale("sales", 1.0), Scale("sales.growth", 1.0)],
    "Set": [Set("rent", 12.5), Set("sales.persistence", 0.3), Set("rent.value", 12.5)],
}
"""Shocks of size nothing: sales are random, rent has been and stays 12.5."""

TIMINGS = [
    {},
    {"start": "2026Q2", "end": "2026Q4"},
    {"start": "2026Q2", "ramp": 3},
    {"start": "2026Q2", "probability": 0.5},
    {"start": "2026Q2", "probability": 0.5, "event": "storm", "ramp": 2},
]


@pytest.fixture(scope="module")
def company():
    history = History.from_frame(pd.DataFrame({"rent": [12.5] * 4}, index=[f"2025Q{n}" for n in (1, 2, 3, 4)]))
    model = Model(
        Growth("sales", growth=normal(0.02, 0.01), persistence=0.3, volatility=0.05, momentum=0.0, start=100.0),
        Path("rent", value=12.5),
        Formula("profit = sales - rent"),
    )
    return calibrate(model, history)


def run(company, *scenarios, paths=200, seed=3):
    return simulate(company, scenarios, until="2027Q2", paths=paths, seed=seed)


def test_every_shock_of_the_catalogue_is_tested_here():
    missing = [f'"{name}": [{name}(...)],' for name in KINDS if name not in NEUTRAL]
    assert not missing, f"add to NEUTRAL: {missing}"


@pytest.mark.parametrize("timing", TIMINGS, ids=str)
@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_shock_of_size_nothing_is_the_base_case_bit_for_bit(company, name, timing):
    for shock in NEUTRAL.get(name, []):
        scenario = Scenario("nothing", dataclasses.replace(shock, **timing))
        runs = run(company, Scenario("base"), scenario)
        for line in runs.lines:
            assert runs.values(line, "base").tobytes() == runs.values(line, "nothing").tobytes(), (shock, line)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_shock_survives_the_way_through_a_file(name):
    for shock in NEUTRAL.get(name, []):
        spec = to_spec(dataclasses.replace(shock, start="2026Q2", ramp=2, probability=0.25, event="storm"))
        again = from_spec(spec, KINDS, "here", None)
        assert (again, hash(again)) == (dataclasses.replace(shock, **TIMINGS[4] | {"probability": 0.25}), hash(again))


def lively(name, **options):
    """A shock of that class that changes rent, or its value, in every quarter of its window."""
    sizes = {"Add": 5.0, "Cap": 3.0, "Floor": 30.0, "Grow": 0.5, "Pulse": 0.4, "Ramp": 20.0, "Scale": 2.0, "Set": 20.0}
    return KINDS[name]("rent", sizes[name], **options)


@pytest.mark.parametrize("name", SIZED)
def test_it_happens_on_the_stated_share_of_paths_once_a_path(company, name):
    # the count is binomial(20 000, 0.3); a false alarm has probability 1e-6 a class
    paths, probability = 20_000, 0.3
    shock = lively(name, start="2026Q2", probability=probability)
    rent = run(company, Scenario("perhaps", shock), paths=paths).values("rent")
    happened = rent[1:] != 12.5
    assert np.all(rent[0] == 12.5)
    assert np.all(happened == happened[0])
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], paths, probability)
    assert low <= happened[0].sum() <= high


@pytest.mark.parametrize("name", SIZED)
def test_shocks_that_name_one_event_happen_together(company, name):
    one = lively(name, start="2026Q2", probability=0.4, event="storm")
    other = Scale("sales", 0.5, start="2026Q2", probability=0.4, event="storm")
    runs = run(company, Scenario("base"), Scenario("storm", one, other))
    hit = runs.values("rent", "storm")[1] != 12.5
    assert np.array_equal(hit, runs.values("sales", "storm")[1] != runs.values("sales", "base")[1])
    assert 0 < hit.sum() < len(hit)


@pytest.mark.parametrize("name", SIZED)
def test_shocks_without_a_common_event_happen_independently(company, name):
    # the joint count is binomial(20 000, 0.16); a false alarm has probability 1e-6 a class
    paths = 20_000
    one = lively(name, start="2026Q2", probability=0.4)
    other = Scale("sales", 0.5, start="2026Q2", probability=0.4)
    runs = run(company, Scenario("base"), Scenario("two", one, other), paths=paths)
    both = (runs.values("rent", "two")[1] != 12.5) & (runs.values("sales", "two")[1] != runs.values("sales", "base")[1])
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], paths, 0.16)
    assert low <= both.sum() <= high


@pytest.mark.parametrize("name", SIZED)
def test_equal_shocks_draw_alike_in_different_scenarios(company, name):
    shock = KINDS[name]("rent", uniform(0.1, 0.9), start="2026Q2", probability=0.5)
    runs = run(company, Scenario("one", shock), Scenario("two", Add("sales", 1.0), shock, Scale("sales", 3.0)))
    assert runs.values("rent", "one").tobytes() == runs.values("rent", "two").tobytes()


def test_two_sizes_in_two_scenarios_are_drawn_at_the_same_ranks(company):
    small = Set("rent", uniform(0.0, 1.0))
    large = Set("rent", uniform(10.0, 30.0))
    runs = run(company, Scenario("small", small), Scenario("large", large))
    expected = 10.0 + 20.0 * runs.values("rent", "small")
    np.testing.assert_allclose(runs.values("rent", "large"), expected, rtol=1e-12)


def test_the_same_shock_twice_draws_twice(company):
    shock = Add("rent", uniform(0.0, 1.0))
    runs = run(company, Scenario("once", shock), Scenario("twice", shock, shock))
    once, twice = runs.values("rent", "once")[0] - 12.5, runs.values("rent", "twice")[0] - 12.5
    assert not np.allclose(twice, 2 * once)
    assert np.all((twice > once) & (twice < once + 1))


def test_a_larger_probability_adds_paths_and_drops_none(company):
    def hit(probability):
        scenario = Scenario("storm", Set("rent", 0.0, probability=probability))
        return run(company, scenario).values("rent")[0] == 0.0

    assert np.all(hit(0.2) <= hit(0.6))
    assert hit(0.2).sum() < hit(0.6).sum() < 200
