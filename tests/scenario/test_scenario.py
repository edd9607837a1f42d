"""A scenario is a name and a stack of shocks: how they stack, compare and hash."""

import dataclasses

import pytest

from forecast.errors import ScenarioError
from forecast.scenario import Scenario
from forecast.shocks import Add, Cap, Hold, Scale

SLOW = Scale("arr.rate", 0.5)
DEAR = Add("cost", 10.0)


def test_but_stacks_its_shocks_on_the_inherited_ones_in_order():
    base = Scenario("base", SLOW)
    worse = base.but("worse", DEAR, because="rivals")
    assert worse == Scenario("worse", SLOW, DEAR, because="rivals")
    assert base == Scenario("base", SLOW)


def test_but_without_shocks_renames():
    assert Scenario("base", SLOW).but("other") == Scenario("other", SLOW)


def test_or_stacks_the_right_on_the_left():
    assert Scenario("a", SLOW) | Scenario("b", DEAR) == Scenario("a | b", SLOW, DEAR)


def test_or_with_a_scenario_without_shocks_changes_only_the_name():
    assert (Scenario("base") | Scenario("b", DEAR)).shocks == (DEAR,)


def test_or_refuses_a_shock_that_would_act_twice():
    bad = Scenario("recession", SLOW)
    with pytest.raises(ScenarioError) as caught:
        bad.but("dear", DEAR) | bad.but("capped", Cap("arr", 9.0))
    assert str(caught.value) == (
        "'dear' and 'capped' cannot be stacked\n"
        "  - both hold Scale on 'arr.rate', which would act twice. "
        "Build on one of them: scenario.but('dear | capped', ...)."
    )


def test_scenarios_are_equal_when_they_say_the_same_and_then_hash_alike():
    one, two = Scenario("a", Scale("arr.rate", 0.5)), Scenario("a", Scale("arr.rate", 0.5))
    assert one == two
    assert hash(one) == hash(two)
    assert len({one, two}) == 1


@pytest.mark.parametrize(
    "other",
    [
        Scenario("b", SLOW, DEAR),
        Scenario("a", DEAR, SLOW),
        Scenario("a", SLOW),
        Scenario("a", SLOW, DEAR, because="judgement"),
        Scenario("a", SLOW, Add("cost", 10.0, ramp=2)),
    ],
)
def test_scenarios_differ_by_name_order_ground_and_shocks(other):
    assert Scenario("a", SLOW, DEAR) != other


def test_a_scenario_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Scenario("a").name = "b"


def test_a_scenario_that_cannot_be_made_tells_everything_at_once():
    with pytest.raises(ScenarioError) as caught:
        Scenario(" ", SLOW, 5, [DEAR])
    assert str(caught.value) == (
        "the scenario ' ' cannot be made\n"
        "  - its name is ' '; give it one, as in 'slow conversion'.\n"
        "  - it holds 5, which is not a shock.\n"
        f"  - it holds [{DEAR!r}], which is not a shock."
    )


def test_a_class_of_shocks_is_not_a_shock():
    with pytest.raises(ScenarioError) as caught:
        Scenario("slow", Scale)
    assert str(caught.value) == (
        "the scenario 'slow' cannot be made\n  - it holds <class 'forecast.shocks.scale.Scale'>, which is not a shock."
    )


def test_it_is_printed_as_a_list_of_its_shocks():
    one = Scenario("cuts", Hold("wages", start="2026Q3"), Add("sales", 2.0, probability=0.3), because="a freeze")
    assert str(one) == (
        "'cuts': a freeze\n  - Hold on 'wages' from 2026Q3\n  - Add on 'sales', size 2, on 30% of the paths"
    )
