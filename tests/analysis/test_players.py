"""Which shocks tell two scenarios apart, in which groups, and in which order those of a coalition act."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.analysis.players import players
from forecast.errors import GoalError
from forecast.scenario import Scenario, When
from forecast.shocks import Add, Hold, Pulse, Scale, Set

SLOW = Scale("drama.half_life", 2.0)
SLOWER = Scale("drama.half_life", 3.0)
HOLD = Hold("research", "2026Q3")
SELL = Set("selling.target", 0.35, start="2026Q1")
WEEK = tuple(Pulse(line, 0.2, start="2026Q1", decay=2, probability=0.5, event="launch week") for line in ("a", "b"))
RULE = When("cash < 500", Hold("research"), Set("selling.target", 0.3))
POOL = (SLOW, SLOWER, HOLD, SELL, *WEEK, RULE, Add("research", 3.0), Set("drama.ceiling", 0.9))


def coalition(found, mask):
    ends = (found.start, found.end)
    return [ends[from_end].shocks[number] for from_end, number in found.places(mask)]


def groups(found):
    """The shocks of the end that each group brings."""
    told = {name: [] for name in found.names}
    for slot in found.slots:
        if slot.group >= 0:
            told[found.names[slot.group]].append(None if slot.end < 0 else found.end.shocks[slot.end])
    return told


def test_added_taken_out_and_changed():
    found = players(Scenario("old", HOLD, SLOW, SELL), Scenario("new", SELL, SLOWER, Add("research", 3.0)))
    assert groups(found) == {
        "without Hold research": [None],
        "Scale drama.half_life changed": [SLOWER],
        "Add research": [Add("research", 3.0)],
    }
    assert found.names == ("without Hold research", "Scale drama.half_life changed", "Add research")
    assert coalition(found, 0) == [HOLD, SELL, SLOW]
    assert [found.name(mask) for mask in (0, 5, 7)] == ["old", "old; without Hold research, Add research", "new"]
    assert coalition(found, 7) == [SELL, SLOWER, Add("research", 3.0)]


def test_shocks_of_one_event_are_one_group():
    found = players(Scenario("base"), Scenario("show", WEEK[0], SLOW, WEEK[1]))
    assert groups(found) == {"launch week": list(WEEK), "Scale drama.half_life": [SLOW]}


def test_groups_by_shock_target_and_line_and_the_rest_by_itself():
    end = Scenario("end", SLOW, HOLD, SELL, *WEEK, RULE)
    asked = {"conversion": ["drama.half_life"], "spending": [HOLD, "selling"], "start": ["a"]}
    assert groups(players(Scenario("base"), end, asked)) == {
        "conversion": [SLOW],
        "spending": [HOLD, SELL, RULE],
        "start": [WEEK[0]],
        "launch week": [WEEK[1]],
    }


def test_names_are_told_apart():
    one, two = Scale("a", 2.0, start="2026Q1"), Scale("a", 2.0, start="2027Q1", end="2027Q4")
    found = players(Scenario("base"), Scenario("end", one, two, Scale("a", 3.0, start="2026Q1"), RULE))
    assert found.names == ("Scale a", "Scale a from 2027Q1 until 2027Q4", "Scale a from 2026Q1", "When cash < 500")
    twice = players(Scenario("base"), Scenario("end", SLOW, SLOW))
    assert twice.names == ("Scale drama.half_life", "Scale drama.half_life (2)")


def test_one_that_is_taken_out_acts_where_it_did():
    first, second, third = (Add("a", size) for size in (1.0, 2.0, 3.0))
    found = players(Scenario("old", first, SLOW, second), Scenario("new", SLOW, Scale("a", 2.0)))
    assert coalition(found, 0) == [first, SLOW, second]
    assert coalition(found, 7) == [SLOW, Scale("a", 2.0)]
    everything = [coalition(found, mask) for mask in range(8) if len(coalition(found, mask)) == 4]
    assert everything == [[first, SLOW, second, Scale("a", 2.0)]]
    assert third not in everything[0]


@settings(deadline=None)
@given(st.lists(st.sampled_from(POOL), max_size=5), st.lists(st.sampled_from(POOL), max_size=5))
def test_nobody_is_the_start_and_everybody_the_end(one, other):
    start, end = Scenario("start", *one), Scenario("end", *other)
    try:
        found = players(start, end)
    except GoalError:
        return  # the same, or shocks of one target in another order
    everybody = (1 << len(found.names)) - 1
    assert coalition(found, everybody) == list(end.shocks)
    for target in {"drama.half_life", "research", "selling.target", "a", "b", "drama.ceiling"}:
        acting = [shock for shock in coalition(found, 0) if target in aims(shock)]
        assert acting == [shock for shock in start.shocks if target in aims(shock)]
    assert len(set(found.names)) == len(found.names)


def aims(shock):
    return [each.target for each in shock.shocks] if isinstance(shock, When) else [shock.target]


def test_every_problem_is_told_at_once():
    start = Scenario("base", Add("a", 1.0), Scale("a", 2.0), HOLD)
    end = Scenario("end", Scale("a", 2.0), Add("a", 1.0), HOLD, SLOW, SELL)
    asked = {
        "conversion": ["drama.half_lfe", "drama"],
        "both": [SLOW],
        "kept": ["research"],
        "empty": [],
        "text": "selling",
        "shock": [SLOWER],
    }
    with pytest.raises(GoalError) as caught:
        players(start, end, asked)
    assert str(caught.value) == (
        "the bridge from 'base' to 'end' cannot be built\n"
        "  - the shocks on 'a' that both hold act in another order in 'end', which no group of shocks brings about; "
        "give them the same order.\n"
        "  - the group 'conversion' holds 'drama.half_lfe', in which the two do not differ. "
        "Did you mean 'drama.half_life'?\n"
        "  - 'Scale drama.half_life' is in the groups 'conversion' and 'both'; put it into one.\n"
        "  - the group 'kept' holds 'research', which both scenarios do alike; leave it out.\n"
        "  - the group 'empty' holds []; give a name, and a list of shocks, targets or lines.\n"
        "  - the group 'text' holds 'selling'; give a name, and a list of shocks, targets or lines.\n"
        "  - the group 'shock' holds Scale drama.half_life, in which the two do not differ. "
        "Known: 'drama.half_life', 'selling.target'."
    )


def test_two_that_do_the_same_are_refused():
    with pytest.raises(GoalError) as caught:
        players(Scenario("one", SLOW), Scenario("two", SLOW), ["drama"])
    assert str(caught.value) == (
        "the bridge from 'one' to 'two' cannot be built\n"
        "  - 'one' and 'two' do the same; there is nothing between them.\n"
        "  - groups is ['drama']; give a dictionary, as in {'conversion': ['drama_revenue.half_life']}."
    )
