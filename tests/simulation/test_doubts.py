"""Doubts about simulated paths: differences of large numbers, by hand."""

import pytest

import forecast as fc
from forecast.drivers import Formula, Path

BASE = fc.Scenario("base")


def told(model, *scenarios, **options):
    company = fc.calibrate(model, first="2026Q1", **options)
    return fc.simulate(company, scenarios or BASE, until="2026Q2", paths=10, seed=1).warnings


def difference(large, small):
    return fc.Model(Path("a", large + small), Path("b", large), Formula("profit = a - b"))


def test_a_difference_of_which_rounding_moves_a_millionth_is_doubted():
    # both terms are known to 2**-53 of 1e12: 1.1e-4 each, 2.2e-4 together, of 128
    assert told(difference(1e12, 128.0)) == (
        "'profit' under 'base' is a difference of numbers that nearly cancel (profit = a - b): rounding may move it by "
        "0.00022, and its largest value is 128. Model the small number by a line of its own, or judge it with a "
        "tolerance.",
    )


@pytest.mark.parametrize(("large", "small"), [(1e12, 256.0), (1e6, 1.0), (1e12, 0.0), (0.0, 0.0)])
def test_one_that_is_known_well_enough_or_exactly_zero_is_not(large, small):
    # 2.2e-4 / 256 is below 1e-6
    assert told(difference(large, small)) == ()


def test_a_balance_that_holds_but_for_rounding_is_not():
    model = fc.Model(
        Path("profit", 0.1),
        Path("capex", 0.3),
        Formula("cash = cash[-1] + profit - capex"),
        Formula("plant = plant[-1] + capex"),
        Formula("equity = equity[-1] + profit"),
        Formula("check = cash + plant - equity", kind="stock"),
    )
    company = fc.calibrate(model, first="2026Q1", opening={"cash": 10.3, "plant": 100.1, "equity": 110.4})
    runs = fc.simulate(company, fc.Scenario("base"), until="2035Q4", paths=10, seed=1)
    assert 0 < abs(runs.values("check")).max() < 1e-12
    assert runs.warnings == ()


def test_a_sum_is_not_and_a_stock_is_not():
    model = fc.Model(Path("a", 1e12), Path("b", 1e12), Formula("total = a + b"), Formula("cash = cash[-1] + a"))
    assert told(model, opening={"cash": 0.0}) == ()


def test_it_is_told_once_of_scenarios_that_have_the_same_paths():
    model = difference(1e12, 128.0).replacing(Path("c", 1.0))
    worse = BASE.but("worse", fc.shocks.Scale("c", 0.5, start="2026Q1"))
    (said,) = told(model, BASE, worse)
    assert "under 'base'" in said


def test_of_a_formula_whose_parts_are_not_kept_nothing_is_said():
    company = fc.calibrate(difference(1e12, 128.0), first="2026Q1")
    assert fc.simulate(company, BASE, until="2026Q2", paths=10, seed=1, keep=["profit"]).warnings == ()
