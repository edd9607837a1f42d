"""Shocks that a company cannot carry out are refused, all at once; the others are bound to their draws."""

import numpy as np
import pytest

from forecast.errors import ScenarioError, SimulationError
from forecast.scenario import Scenario
from forecast.shocks import Add, Cap, Grow, Hold, Scale, Set
from forecast.simulation import check_scenarios, simulate
from forecast.simulation.plan import bind, targets
from forecast.simulation.streams import Draws
from forecast.timeline import Quarter, quarters_between

QUARTERS = quarters_between(Quarter.parse("2026Q1"), Quarter.parse("2027Q4"))


def refused(company, *shocks, name="bad"):
    with pytest.raises(ScenarioError) as caught:
        check_scenarios(company, [Scenario(name, *shocks)], QUARTERS)
    heading, *rest = str(caught.value).split("\n  - ")
    assert heading == "the scenarios do not fit the model"
    return rest


@pytest.mark.parametrize(
    ("shock", "problem"),
    [
        (
            Scale("sales.grwth", 2.0),
            "shocks 'sales.grwth', a parameter that the model does not have. Did you mean 'sales.growth'?",
        ),
        (Scale("sale", 2.0), "shocks 'sale', a line that the model does not have. Did you mean 'sales'?"),
        (
            Scale("revenue", 2.0),
            "shocks 'revenue', which is computed from 'sales', 'product'; shock one of those, so that the sum still "
            "holds.",
        ),
        (
            Cap("cash", 2.0),
            "shocks 'cash', which is computed from 'profit'; shock one of those, so that the sum still holds.",
        ),
        (
            Hold("sales.growth", "2026Q1"),
            "uses Hold on the parameter 'sales.growth'; it acts on lines only.",
        ),
        (Grow("sales.growth", 0.1), "uses Grow on the parameter 'sales.growth'; it acts on lines only."),
        (
            Scale("sales", 2.0, start="2025Q4"),
            "shocks 'sales' from 2025Q4, before the first simulated quarter 2026Q1.",
        ),
        (
            Scale("sales", 2.0, start="2028Q1"),
            "shocks 'sales' from 2028Q1, after the last simulated quarter 2027Q4.",
        ),
        (
            Scale("sales.growth", 2.0, end="2025Q4"),
            "shocks 'sales.growth' until 2025Q4, before the first simulated quarter 2026Q1.",
        ),
        (
            Scale("product.cieling", 2.0),
            "shocks 'product.cieling', a parameter that the model does not have. Did you mean 'product.ceiling'?",
        ),
    ],
    ids=str,
)
def test_a_shock_that_does_not_fit_is_refused_with_the_nearest_name(company, shock, problem):
    assert refused(company, shock) == [f"scenario 'bad' {problem}"]


def test_all_problems_of_all_scenarios_are_told_at_once(company):
    scenarios = [
        Scenario("one", Scale("sale", 2.0), Scale("sales", 2.0), Scale("profit", 0.0)),
        Scenario("one"),
        "two",
        Scenario("three", Add("wages", 1.0, probability=0.5, event="e"), Add("sales", 1.0, event="e")),
    ]
    with pytest.raises(ScenarioError) as caught:
        check_scenarios(company, scenarios, QUARTERS)
    assert str(caught.value) == (
        "the scenarios do not fit the model\n"
        "  - scenario 'one' shocks 'sale', a line that the model does not have. Did you mean 'sales'?\n"
        "  - scenario 'one' shocks 'profit', which is computed from 'revenue', 'cost', 'wages', 'luck'; "
        "shock one of those, so that the sum still holds.\n"
        "  - two scenarios are called 'one'; give each a name of its own.\n"
        "  - 'two' is not a scenario; pass fc.Scenario('base').\n"
        "  - scenario 'three' gives the event 'e' the probabilities 0.5, 1; "
        "it happens once for all its shocks, so give them one."
    )


def test_no_scenario_at_all_is_refused(company):
    with pytest.raises(ScenarioError) as caught:
        check_scenarios(company, [], QUARTERS)
    assert str(caught.value) == (
        "the scenarios do not fit the model\n  - no scenario was given; pass at least fc.Scenario('base')."
    )


def test_the_first_and_the_last_quarter_are_inside(company):
    shocks = (Add("sales", 1.0, start="2026Q1"), Add("sales", 1.0, start="2027Q4"), Add("sales", 1.0, end="2026Q1"))
    check_scenarios(company, [Scenario("edges", *shocks)], QUARTERS)


@pytest.mark.parametrize(
    "shock", [Scale("sales.start", 2.0, start="2026Q2"), Set("wages.momentum", 0.5, start="2027Q1")]
)
def test_a_shock_on_a_parameter_that_is_not_read_any_more_is_refused(company, shock):
    line = shock.target.split(".")[0]
    with pytest.raises(SimulationError) as caught:
        simulate(company, Scenario("late", shock), until="2027Q4", paths=5, seed=1)
    assert str(caught.value) == (
        f"scenario 'late' cannot be simulated: {type(shock).__name__} on '{shock.target}' changes nothing: "
        f"the driver of '{line}' does not read it while the shock acts. "
        "Drop the shock, or let it act in the first quarter if it is where the line starts."
    )


def test_a_shock_is_bound_to_its_weights_size_and_paths(company):
    draws = Draws(3, 6, 8)
    sure = Scale("sales", 2.0, start="2026Q2", end="2026Q4", ramp=2)
    perhaps = Hold("sales", "2027Q1", probability=0.5)
    first, second = bind(Scenario("s", sure, perhaps), draws, QUARTERS, company).shocks
    assert (first.weights, float(first.size), first.happens) == ((0, 0.5, 1, 1, 0, 0, 0, 0), 2.0, None)
    assert second.weights == (0, 0, 0, 0, 1, 1, 1, 1)
    assert np.isnan(second.size)
    assert second.happens.shape == (6,)


def test_the_lines_that_shocks_touch():
    scenario = Scenario("s", Scale("sales", 2.0), Add("arr.rate", 0.1), Cap("arr", 9.0))
    assert targets(scenario) == {"sales", "arr"}
