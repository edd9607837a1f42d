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
from forecast.errors import SimulationError
from forecast.financials import History
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.shocks import Add, Cap, Delay, Floor, Grow, Hold, Pulse, Ramp, Replace, Scale, Set
from forecast.simulation import Run, horizon_of, simulate
from forecast.specification import from_spec, to_spec
from forecast.timeline import Quarter

KINDS = {name: kind for name in shocks.__all__ if isinstance(kind := getattr(shocks, name), type)}

SIZED = sorted(name for name in KINDS if name not in ("Delay", "Hold", "Replace"))
"""Holding or delaying a rent that never moves shows nothing, and a driver is not a size."""

NEUTRAL = {
    "Add": [Add("sales", 0.0), Add("sales.growth", 0.0)],
    "Cap": [Cap("sales", 1e12), Cap("sales.growth", 0.9)],
    "Delay": [Delay("sales", 0.0, "2026Q1")],
    "Floor": [Floor("sales", -1e12), Floor("sales.growth", -0.5)],
    "Grow": [Grow("rent", 0.0)],
    "Hold": [Hold("rent", "2026Q1")],
    "Pulse": [Pulse("sales", 0.0, start="2026Q1"), Pulse("sales.growth", 0.0, start="2026Q1")],
    "Ramp": [Ramp("rent", 12.5, "2026Q1"), Ramp("sales.persistence", 0.3, "2026Q1")],
    "Replace": [Replace("rent", Path("rent", value=12.5))],
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
    {"start": "2026Q1..2026Q3", "probability": 0.5},
    {"start": {"2026Q1": 0.2, "2026Q3": 0.8}, "ramp": 2, "decay": 3.0, "lasts": 3},
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
        made = Run(company, horizon_of(company, "2027Q2", 200, 3), 200, 3)
        base, nothing = made.base(), made.scenario(scenario)
        for line in base:
            assert base[line].tobytes() == nothing[line].tobytes(), (shock, line)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_simulation_refuses_a_shock_of_size_nothing(company, name):
    for shock in NEUTRAL.get(name, []):
        with pytest.raises(SimulationError) as caught:
            run(company, Scenario("nothing", dataclasses.replace(shock, start="2026Q1")))
        assert str(caught.value) == (
            f"scenario 'nothing' cannot be simulated: {name} on '{shock.target}' changes nothing: no path is moved in "
            "any quarter in which it acts. Drop the shock, or look at its size."
        )


def test_a_shock_that_happens_on_no_path_is_no_mistake(company):
    run(company, Scenario("rare", Scale("sales", 2.0, probability=1e-9)))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_shock_survives_the_way_through_a_file(name):
    for shock in NEUTRAL.get(name, []):
        for timing in TIMINGS[4:]:
            meant = dataclasses.replace(shock, **timing)
            again = from_spec(to_spec(meant), KINDS, "here", None)
            assert (again, hash(again)) == (meant, hash(meant))


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
def test_an_uncertain_date_comes_true_as_often_as_stated(company, name):
    # each count is binomial(20 000, share); a false alarm has probability 3e-6 a class
    paths, chances = 20_000, {"2026Q2": 0.2, "2026Q4": 0.5, "2027Q1": 0.3}
    shock = lively(name, start=chances, lasts=1, probability=0.6)
    hit = run(company, Scenario("some time", shock), paths=paths).values("rent") != 12.5
    assert np.all(hit.sum(axis=0) <= 1)
    for quarter, share in chances.items():
        low, high = stats.binom.ppf([5e-7, 1 - 5e-7], paths, 0.6 * share)
        assert low <= hit[Quarter.parse(quarter) - company.first].sum() <= high


@pytest.mark.parametrize("name", SIZED)
def test_an_uncertain_date_is_a_certain_one_on_every_path(company, name):
    dates = ["2026Q2", "2026Q3", "2026Q4"]
    timing = {"ramp": 2, "decay": 2.0}
    mixed = run(company, Scenario("m", lively(name, start="2026Q2..2026Q4", event="e", **timing))).values("rent")
    start = (mixed != 12.5).argmax(axis=0)
    for date in dates:
        sure = run(company, Scenario("s", lively(name, start=date, **timing))).values("rent")
        there = start == Quarter.parse(date) - company.first
        assert there.any()
        assert np.array_equal(mixed[:, there], sure[:, there])


def test_two_shocks_of_one_event_fall_on_dates_of_one_rank(company):
    # the answer comes two quarters after the attack, whenever that is
    attack = Set("rent", 20.0, start="2026Q1..2026Q4", event="war")
    answer = Scale("sales", 0.5, start="2026Q3..2027Q2", event="war")
    runs = run(company, Scenario("base"), Scenario("war", attack, answer))
    first = (runs.values("rent", "war") != 12.5).argmax(axis=0)
    second = (runs.values("sales", "war") != runs.values("sales", "base")).argmax(axis=0)
    assert set(first) == {0, 1, 2, 3}
    assert np.array_equal(second, first + 2) or np.all(second[first < 4] == first[first < 4] + 2)


@pytest.mark.parametrize("name", SIZED)
def test_a_decay_halves_what_a_shock_does(company, name):
    plain = run(company, Scenario("s", lively(name, start="2026Q2", decay=None))).values("rent")
    faded = run(company, Scenario("s", lively(name, start="2026Q2", decay=2.0))).values("rent")
    for ago in (0, 1, 2, 3):
        if name != "Grow" or ago < 4:
            expected = 12.5 + 0.5 ** (ago / 2) * (plain[1 + ago] - 12.5)
            np.testing.assert_allclose(faded[1 + ago], expected, rtol=1e-13)


@pytest.mark.parametrize("name", SIZED)
def test_lasting_is_another_way_to_say_the_end(company, name):
    lasting = run(company, Scenario("s", lively(name, start="2026Q2", lasts=3))).values("rent")
    ending = run(company, Scenario("s", lively(name, start="2026Q2", end="2026Q4"))).values("rent")
    assert np.array_equal(lasting, ending)


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
    shock = KINDS[name]("rent", uniform(10.0, 16.0), start="2026Q2", probability=0.5)
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
