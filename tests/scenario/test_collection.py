"""Sets of scenarios: children follow their parents, weights add up."""

import pytest

from forecast.errors import ScenarioError
from forecast.scenario import Mixture, Scenario, Scenarios
from forecast.shocks import Add, Scale

BASE = Scenario("base", Scale("sales", 0.9))
SLOW = BASE.but("slow", Add("wages", 5.0), because="rivals")
SLOWER = SLOW.but("slower", Add("wages", 3.0))
ALONE = Scenario("alone", Add("sales", 1.0))
ALL = Scenarios(BASE, SLOW, SLOWER, ALONE)


def test_children_and_theirs_follow_when_a_parent_changes():
    changed = Scenario("base", Scale("sales", 0.5), Add("sales", 2.0))
    found = ALL.replacing(changed)
    assert list(found) == ["base", "slow", "slower", "alone"]
    assert found["slow"].shocks == (*changed.shocks, Add("wages", 5.0))
    assert found["slow"].because == "rivals"
    assert found["slower"].shocks == (*changed.shocks, Add("wages", 5.0), Add("wages", 3.0))
    assert found["slower"].parent == found["slow"]
    assert found["alone"] is ALONE
    assert ALL["slow"] is SLOW


def test_they_follow_wherever_they_stand_and_through_scenarios_that_are_not_in_the_set():
    changed = Scenario("base", Add("sales", 2.0))
    for several in (Scenarios(SLOWER, SLOW, BASE), Scenarios(BASE, SLOWER), Scenarios(SLOWER, BASE)):
        found = several.replacing(changed)
        assert list(found) == list(several)
        assert found["base"] is changed
        assert found["slower"].shocks == (*changed.shocks, Add("wages", 5.0), Add("wages", 3.0))
    # built on another version of the base than that of the set: it stays
    stranger = Scenario("base", Scale("sales", 0.8)).but("stranger", Add("wages", 1.0))
    assert Scenarios(BASE, stranger).replacing(changed)["stranger"] is stranger


def test_sets_in_another_order_are_equal_and_hash_alike():
    weights = {"base": 0.5, "slow": 0.25, "alone": 0.25}
    one = Scenarios(BASE, SLOW, ALONE, weights=weights)
    other = Scenarios(ALONE, BASE, SLOW, weights=weights)
    assert one == other
    assert hash(one) == hash(other)


def test_a_new_name_is_one_more():
    assert list(ALL.replacing(Scenario("new"))) == ["base", "slow", "slower", "alone", "new"]


def test_it_is_a_mapping_that_compares_and_hashes():
    assert Scenarios(BASE, SLOW, SLOWER, ALONE) == ALL
    assert hash(ALL) == hash(Scenarios(BASE, SLOW, SLOWER, ALONE))
    assert ALL == {"base": BASE, "slow": SLOW, "slower": SLOWER, "alone": ALONE}
    assert ALL.weighted({"base": 1.0}) != ALL
    assert ("slow" in ALL, len(ALL), ALL.get("nobody")) == (True, 4, None)
    assert repr(ALL.weighted({"slow": 1})) == "Scenarios('base', 'slow', 'slower', 'alone', weights={'slow': 1})"
    with pytest.raises(KeyError, match=r"there is no scenario 'slw'. Did you mean 'slow'\?"):
        ALL["slw"]


def test_the_mixture_holds_what_has_a_weight():
    weighted = ALL.weighted({"slow": 0.25, "base": 0.75})
    assert weighted.mixture("expected") == Mixture("expected", ((BASE, 0.75), (SLOW, 0.25)))
    with pytest.raises(ScenarioError) as caught:
        ALL.mixture()
    assert str(caught.value) == ("the scenarios have no weights; give them: scenarios.weighted({'base': 0.6, ...}).")


def test_what_cannot_stand_together_is_refused_at_once():
    with pytest.raises(ScenarioError) as caught:
        Scenarios(BASE, Scenario("base"), "slow", weights={"bse": 1.0})
    assert str(caught.value) == (
        "the scenarios cannot stand together\n"
        "  - two scenarios are called 'base'; give each a name of its own.\n"
        "  - 'slow' is not a scenario; pass fc.Scenario('base').\n"
        "  - a weight is given to 'bse'. Did you mean 'base'?"
    )
    for weights, words in (
        ({"base": 0.5, "slow": 0.4}, "the weights add up to 0.9, not to 1: base 0.5, slow 0.4."),
        ({"base": 0.0, "slow": 1.0}, "the weight of 'base' is 0.0; it must lie in (0, 1]."),
        ({"base": "half", "slow": 1.0}, "the weight of 'base' is 'half'; it must lie in (0, 1]."),
    ):
        with pytest.raises(ScenarioError) as caught:
            ALL.weighted(weights)
        assert caught.value.problems == (words,)
