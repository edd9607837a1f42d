"""Reality checks: read, refused and told."""

import pytest

from forecast.errors import ScenarioError
from forecast.scenario import Condition, RealityCheck, When
from forecast.shocks import Set


def test_texts_become_conditions():
    check = RealityCheck("no ARR", always="revenue<=0", when="arr[-1] <= 0", given=[Set("arr", 0)], because="logic")
    assert check.always == Condition("revenue <= 0")
    assert check.when == Condition("arr[-1] <= 0")
    assert check.given == (Set("arr", 0),)
    assert check.reads == (("revenue", 0), ("arr", 1))
    assert check.lines == ("revenue", "arr")
    assert str(check) == "no ARR: always revenue <= 0 when arr[-1] <= 0, given Set arr 0"
    assert check == RealityCheck("no ARR", always=check.always, when=check.when, given=check.given, because="logic")
    assert check != RealityCheck("no ARR", always=check.always)
    again = RealityCheck("no ARR", always=check.always, when=check.when, given=check.given, because="logic")
    assert hash(check) == hash(again)


def test_one_shock_needs_no_list_and_a_rule_may_be_given():
    rule = When("cash < 0", Set("cost", 0))
    assert RealityCheck("a", always="cash > 0", given=Set("arr", 0)).given == (Set("arr", 0),)
    assert str(RealityCheck("a", always="cash > 0", given=(rule,))) == "a: always cash > 0, given When 'cash < 0'"


def test_all_problems_at_once():
    with pytest.raises(ScenarioError) as caught:
        RealityCheck(" ", always="cash", when="", given=["arr = 0"])
    assert str(caught.value) == (
        "the reality check ' ' cannot be made\n"
        "  - its name is ' '; say what must hold, as in 'share of revenue never above 1'.\n"
        "  - always: the condition 'cash' has a part 'cash', which is not one comparison; write 'cash < 500', and join "
        "several by 'and'.\n"
        "  - when: the condition is ''; write one, as in 'cash < 500'.\n"
        "  - given: 'arr = 0' is not a shock; write given=[fc.shocks.Set('arr', 0)]."
    )
