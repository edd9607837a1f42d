"""Surfaces: exact where the truth is multilinear, off by the known amount where it is curved."""

import dataclasses
from itertools import product

import numpy as np
import pytest

import forecast as fc
from forecast.analysis.surface import LEVELS, surface
from forecast.simulation import quantiles_over_paths


def lever(line: str, low: float = 0.0, high: float = 4.0, today: float = 2.0):
    return fc.drivers.Path(line, value=fc.assume(today, role="lever", low=low, high=high))


@pytest.fixture(scope="module")
def company():
    """area = a b, square = a a, and profit = a + luck with luck standard normal on each path; b reaches it with 0."""
    model = fc.Model(
        lever("a"),
        lever("b"),
        fc.drivers.Path("luck", value=fc.normal(0, 1)),
        fc.drivers.Formula("area = a * b"),
        fc.drivers.Formula("square = a * a"),
        fc.drivers.Formula("profit = a + luck + 0 * b"),
    )
    return fc.calibrate(model, first="2026Q1")


@pytest.fixture(scope="module")
def found(company):
    goal = fc.Goal("profit", at_least=3, over="quarter", by="2026Q2", probability=0.5)
    options = {"until": "2026Q3", "paths": 4_000, "seed": 7, "points": (5, 3)}
    return surface(
        company, fc.Scenario("base"), levers=("a.value", "b.value"), goal=goal, lines=("area", "square"), **options
    )


def test_points_are_in_the_order_of_the_product(found):
    assert [list(values) for values in found.grid] == [[0, 1, 2, 3, 4], [0, 2, 4]]
    assert found.quantiles.shape == (15, 2, 3, len(LEVELS))
    np.testing.assert_allclose(found.quantiles[:, 0, 0, 2], [a * b for a in range(5) for b in (0, 2, 4)])


@pytest.mark.parametrize(
    "change",
    [fc.shocks.Scale("sales", 0.9, start="2026Q2"), fc.When("sales < 100", fc.shocks.Scale("luck", 0.5))],
)
def test_every_point_is_the_simulation_with_the_levers_there_bit_by_bit(change):
    """Lines that one lever moves, several or none, one after the other, with noise and a stock."""

    def firm(growth, share):
        model = fc.Model(
            fc.drivers.Growth("sales", growth=growth, persistence=0.3, volatility=0.05, momentum=0.01, start=100.0),
            fc.drivers.Ratio("cost", of="sales", target=share, half_life=2.0, volatility=0.02, start=0.9),
            fc.drivers.Path("luck", value=fc.normal(0, 5)),
            fc.drivers.Formula("double = 2 * sales"),
            fc.drivers.Formula("profit = double - sales - cost + luck"),
            fc.drivers.Formula("cash = cash[-1] + profit"),
        )
        return fc.calibrate(model, first="2026Q1", opening={"cash": 50.0})

    lines = ("luck", "double", "cost", "cash")
    asked = {"until": "2026Q4", "paths": 300, "seed": 7}
    goal = fc.Goal("profit", at_least=10, over="quarter", by="2026Q3", probability=0.5)
    scenario = fc.Scenario("changed", change)
    wide = firm(
        fc.assume(fc.normal(0.02, 0.01), role="lever", low=-0.1, high=0.1),
        fc.assume(fc.normal(0.8, 0.05), role="lever", low=0.6, high=1.0),
    )
    levers = ("sales.growth", "cost.target")
    made = surface(wide, scenario, levers=levers, goal=goal, lines=lines, points=(3, 2), **asked)
    for place, (growth, share) in enumerate(product(*made.grid)):
        runs = fc.simulate(firm(growth, share), scenario, **asked)
        apart = [quantiles_over_paths(runs.values(line), LEVELS) for line in lines]
        np.testing.assert_array_equal(made.quantiles[place], apart)
        np.testing.assert_array_equal(made.probability[place], fc.breakeven(runs, goal).by_quarter["changed"])


def test_a_product_of_levers_is_interpolated_exactly(found):
    # a b is linear in each of a and b, which is what multilinear means
    for a, b in ((0.3, 3.9), (2.5, 0.1), (4.0, 1.7)):
        _, quantiles = found.at({"a.value": a, "b.value": b})
        np.testing.assert_allclose(quantiles[0], a * b, rtol=1e-12)
    assert found.misses.quantiles[0][1] < 1e-12


def test_a_square_is_off_by_what_linear_interpolation_is_off(found):
    # x**2 between g and g + 1: off by w (1 - w), at most a quarter
    _, quantiles = found.at({"a.value": 2.5})
    np.testing.assert_allclose(quantiles[1], 2.5**2 + 0.25)
    assert 0.15 < found.misses.quantiles[1][0] <= found.misses.quantiles[1][1] <= 0.25 + 1e-12


def test_the_probability_at_a_point_is_the_normal_one(found):
    # P(a + luck >= 3) = 1 - Phi(3 - a); 4,000 paths, so |z| < 4 fails by chance once in 15,000
    from scipy.stats import norm

    for a in range(5):
        truth = norm.sf(3 - a)
        share = found.at({"a.value": a})[0][1]
        assert abs(share - truth) < 4 * np.sqrt(truth * (1 - truth) / 4_000)


def test_the_misses_of_the_probability_are_those_of_the_normal_curve(found):
    # the chord of a curve f over one step is off by at most max |f''| / 8; for the normal that is 0.242 / 8
    assert 0.005 < found.misses.at_date[0] <= found.misses.at_date[1] < 0.242 / 8 + 0.01


def test_levers_not_named_stay_at_their_median_and_values_outside_at_the_edge(found):
    np.testing.assert_array_equal(found.at({})[1], found.at({"a.value": 2.0, "b.value": 2.0})[1])
    np.testing.assert_array_equal(found.at({"a.value": 9.0})[1], found.at({"a.value": 4.0})[1])


def test_the_median_becomes_a_point_of_the_grid(company):
    model = company.model.replacing(lever("a", today=1.3))
    goal = fc.Goal("profit", at_least=3, over="quarter", by="2026Q2", probability=0.5)
    options = {"until": "2026Q2", "paths": 50, "seed": 7, "points": (5,)}
    other = surface(
        fc.calibrate(model, first="2026Q1"),
        fc.Scenario("base"),
        levers=["a.value"],
        goal=goal,
        lines=["area"],
        **options,
    )
    assert list(other.grid[0]) == [0, 1.3, 2, 3, 4]
    assert other.today == (1.3,)


def test_printed(found):
    text = str(found)
    assert text.startswith(
        "profit over the quarter >= 3 over 15 points of a.value 0 to 4, b.value 0 to 4, scenario 'base'"
    )
    assert f"is off by at most {100 * found.misses.at_date[0]:.1f} points at 95 % of 60 random points" in text


def test_what_cannot_be_asked_is_refused_at_once(company, found):
    goal = fc.Goal("profit", at_least=3, over="quarter", by="2026Q2", probability=0.5)
    with pytest.raises(fc.ForecastError) as problem:
        surface(
            company,
            fc.Scenario("base"),
            levers=["a.value"],
            goal=goal,
            lines=["aera"],
            points=(1,),
            until="2026Q2",
            seed=7,
        )
    assert str(problem.value) == (
        "the surface cannot be made\n"
        "  - points is (1,); give a whole number from 2 to 33 for each lever.\n"
        "  - there is no line 'aera'. Did you mean 'area'?"
    )
    with pytest.raises(fc.ForecastError, match=r"until is 2026Q1, before the goal's date 2026Q2\."):
        surface(company, fc.Scenario("base"), levers=["a.value"], goal=goal, lines=["area"], until="2026Q1", seed=7)
    with pytest.raises(fc.ForecastError, match=r"the surface has no lever 'a\.valeu'\. Did you mean 'a\.value'\?"):
        found.at({"a.valeu": 1.0})


def test_a_fiscal_year_is_summed_on_each_path_and_several_goals_are_met_together():
    model = fc.Model(
        lever("a"),
        fc.drivers.Path("luck", value=fc.normal(0, 1)),
        fc.drivers.Formula("profit = a + luck"),
    )
    company = fc.calibrate(model, first="2026Q1")
    goals = [
        fc.Goal("profit", at_least=1, over="quarter", by="2026Q4", probability=0.5),
        fc.Goal("profit", at_most=3, over="quarter", always=True),
    ]
    options = {"until": "2026Q4", "paths": 500, "seed": 7, "points": (5,)}
    found = surface(company, fc.Scenario("base"), levers=["a.value"], goal=goals, lines=["profit"], **options)
    runs = fc.simulate(company, [fc.Scenario("base")], until="2026Q4", paths=500, seed=7)
    profit = runs.values("profit")  # a stands at its median 2, the third point
    np.testing.assert_allclose(found.yearly[2, 0, 0], np.quantile(profit.sum(axis=0), LEVELS), rtol=1e-9)
    met = (profit >= 1).any(axis=0) & (profit <= 3).all(axis=0)
    assert found.probability[2][3] == met.mean()
    # the year is four quarters that are the same here, and linear in the lever
    assert found.misses.relative_years[0] < 1e-9


def test_the_year_of_a_ratio_is_shown_though_its_parts_are_not_asked_for():
    model = fc.Model(lever("cost"), fc.drivers.Path("sales", 8), fc.drivers.Formula("burden = cost / sales"))
    company = fc.calibrate(model, first="2026Q1")
    goal = fc.Goal("burden", at_most=0.5, over="quarter", by="2026Q2", probability=0.8)
    found = surface(
        company,
        fc.Scenario("base"),
        levers=("cost.value",),
        goal=goal,
        lines=("burden",),
        until="2026Q4",
        paths=20,
        seed=7,
        points=(5,),
    )
    np.testing.assert_allclose(found.yearly[:, 0, 0, 2], np.arange(5) / 8)


def test_a_grid_that_is_fine_enough_is_not_doubted(found):
    # off by at most 0.242 / 8 = 3 points where the second derivative is largest; 100 paths alone are off by 10
    assert dataclasses.replace(found, paths=100).warnings == ()


def test_an_interpolation_that_is_worse_than_the_sampling_is_doubted():
    # profit = a + 0.01 luck reaches 2.5 for all or none on either side of it: halfway between, half is said
    model = fc.Model(lever("a"), fc.drivers.Path("luck", value=fc.normal(0, 0.01)))
    model = model.replacing(fc.drivers.Formula("profit = a + luck"))
    model = model.replacing(fc.drivers.Formula("cube = a * a * a + luck"))
    goal = fc.Goal("profit", at_least=2.5, over="quarter", by="2026Q1", probability=0.5)
    options = {"goal": goal, "until": "2026Q1", "paths": 400, "seed": 7, "points": (5,)}
    company = fc.calibrate(model, first="2026Q1")
    found = surface(company, fc.Scenario("base"), levers=["a.value"], lines=["profit", "cube"], **options)
    probability, quantiles = found.warnings
    # 1.96 sqrt(0.25 / 400) = 4.9 %; off by up to a half between 2 and 3
    assert probability.startswith("between the points the probability is off by up to ")
    assert probability.endswith(
        "points (95 %), more than the sampling error of 4.9: give more points, or simulate the setting that matters."
    )
    assert quantiles.startswith("between the points the quantiles of cube are off by up to ")
    # 1.96 sqrt(0.09 / 400) / 0.1755 / 2.5631 = 6.5 %
    assert "more than the sampling error of 6.5 %" in quantiles
    assert str(found).endswith(f"Warnings:\n  - {probability}\n  - {quantiles}")
    assert f"<li>{probability}</li>" in found._repr_html_()


def test_a_median_outside_the_grid_and_the_warnings_of_the_company_are_told(found):
    grid = (found.grid[0] / 4 + 3, found.grid[1])
    moved = dataclasses.replace(found, grid=grid, paths=100, inherited=("one of the company's.",))
    first, second = moved.warnings
    assert first == "one of the company's."
    assert second.startswith(
        "the median of 'a.value', 2, lies outside the grid from 3 to 4: 'today' stands at its edge."
    )
