"""What two scenarios differ in: by hand, and as properties of any two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import ScenarioError
from forecast.scenario import Scenario
from forecast.shocks import Add, Hold, Scale, Set

SLOW = Scale("arr.half_life", 2.0, start="2026Q1")
HOLD = Hold("research", "2026Q3")
POOL = (SLOW, HOLD, Scale("arr.half_life", 3.0, start="2026Q1"), Add("sales", 5.0), Set("sales", 9.0, end="2027Q1"))
some = st.lists(st.sampled_from(POOL), max_size=6)


def test_by_hand():
    one = Scenario("slow", SLOW, HOLD, Add("sales", 5.0))
    other = Scenario("slower", Scale("arr.half_life", 3.0, start="2026Q1", probability=0.5), HOLD, Set("sales", 9.0))
    found = one.diff(other)
    assert found.kept == (HOLD,)
    assert found.changed == ((one.shocks[0], other.shocks[0]),)
    assert found.only_one == (Add("sales", 5.0),)
    assert found.only_other == (Set("sales", 9.0),)
    assert found
    assert str(found) == (
        "'slow' against 'slower', 1 shock in common:\n"
        "  - Scale on 'arr.half_life' from 2026Q1: size 2 against 3; probability 1.0 against 0.5\n"
        "  - only in 'slow': Add on 'sales', size 5\n"
        "  - only in 'slower': Set on 'sales', size 9"
    )


def test_a_child_adds_to_its_parent():
    parent = Scenario("base", SLOW)
    found = parent.but("frugal", HOLD).diff(parent)
    assert (found.kept, found.only_one, found.only_other) == ((SLOW,), (HOLD,), ())


def test_another_order_is_a_difference():
    found = Scenario("a", SLOW, HOLD).diff(Scenario("b", HOLD, SLOW))
    assert found.reordered
    assert str(found).endswith("  - the common shocks act in another order")


def test_a_shock_that_stands_twice_is_matched_once_for_each():
    found = Scenario("a", HOLD, HOLD).diff(Scenario("b", HOLD))
    assert (found.kept, found.only_one) == ((HOLD,), (HOLD,))


@given(some, some)
def test_every_shock_is_counted_once_and_both_ways_agree(one, other):
    a, b = Scenario("a", *one), Scenario("b", *other)
    there, back = a.diff(b), b.diff(a)
    assert len(there.kept) + len(there.changed) + len(there.only_one) == len(one)
    assert len(there.kept) + len(there.changed) + len(there.only_other) == len(other)
    assert sorted(map(repr, there.only_one)) == sorted(map(repr, back.only_other)) or there.changed
    assert bool(there) == bool(back) == (one != other)


def test_the_same_is_said_to_be_the_same():
    same = Scenario("a", SLOW).diff(Scenario("b", SLOW))
    assert not same
    assert str(same) == "'a' and 'b' do the same (1 shock)."


def test_something_else_is_refused():
    with pytest.raises(ScenarioError, match="pass a Scenario"):
        Scenario("a").diff("b")
