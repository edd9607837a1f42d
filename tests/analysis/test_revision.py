"""Revisions of a forecast whose every state is known by arithmetic, and which fact is new, which revised."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import numpy as np
import pytest

from forecast.analysis.goal import Goal
from forecast.analysis.revision import came_between, revision
from forecast.analysis.statistic import BreakevenDate, Mean, Probability
from forecast.distributions import normal
from forecast.drivers import Formula, Growth, Path
from forecast.errors import GoalError
from forecast.financials import Fact, Financials
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.shocks import Add, Scale

OLD, LATER = "2025-05-31", "2025-08-31"
DATES = {"since": OLD, "as_of": LATER, "paths": 100, "seed": 1}


def fact(line, period, value, published, basis="quarter", *, source="S1", qualifier="", rounding=0.0):
    day = dt.date.fromisoformat(published)
    return Fact(period, basis, line, "", value, "million", "CNY", day, source, "high", rounding, qualifier)


def facts(*more):
    """Revenue of 90, 95, 96 and 100 up to 2025Q1, as known in May."""
    quarters = ("2024Q2", "2024Q3", "2024Q4", "2025Q1")
    values = (90.0, 95.0, 96.0, 100.0)
    return Financials((*(fact("revenue", q, v, "2025-04-30") for q, v in zip(quarters, values, strict=True)), *more))


NEXT = fact("revenue", "2025Q2", 130.0, "2025-08-20")
RESTATED = fact("revenue", "2025Q1", 105.0, "2025-08-20", source="S2")


def growing(growth, volatility=0.0, **more):
    revenue = Growth("revenue", growth=growth, persistence=0.0, momentum=growth, volatility=volatility)
    return Model(
        revenue, Path("cost", value=more.get("cost", 120.0)), Formula("profit = revenue - cost"), currency="CNY"
    )


def by_hand(value):
    """The mean gain of each of the three over their six orders, from the value of every state."""
    gains = np.zeros(3)
    for order in permutations(range(3)):
        taken = [False] * 3
        for step in order:
            before = value(*taken)
            taken[step] = True
            gains[step] += value(*taken) - before
    return dict(zip(("new data", "revised data", "changed assumptions"), gains / 6, strict=True))


def parts(found):
    return {step.name: step.value for step in found.steps}


def test_three_causes_and_every_state_by_arithmetic():
    def value(new, revised, assumed):
        # revenue of 2025Q4: two quarters of growth after 130, else three after 100, or 105 as restated
        growth = 1.05 if assumed else 1.1
        return 130.0 * growth**2 if new else (105.0 if revised else 100.0) * growth**3

    found = revision(facts(NEXT, RESTATED), growing(0.1), Mean("revenue", "2025Q4"), new_model=growing(0.05), **DATES)
    assert (found.start_value, found.end_value) == pytest.approx((133.1, 130 * 1.05**2), rel=1e-6)
    assert parts(found) == pytest.approx(by_hand(value), rel=1e-5)
    assert sum(parts(found).values()) == pytest.approx(found.change, rel=1e-12)
    alone = {step.name: step.alone for step in found.steps}
    assert alone == pytest.approx(
        {"new data": 130 * 1.21 - 133.1, "revised data": 5 * 1.331, "changed assumptions": 100 * (1.05**3 - 1.331)},
        rel=1e-5,
    )
    assert found.step("revised data").last == pytest.approx(0.0, abs=1e-4)
    assert str(found).splitlines()[0] == "mean of revenue in 2025Q4"
    assert str(found).splitlines()[1].startswith("as of 2025-05-31: 133 million CNY (+- 0); as of 2025-08-31: 143 ")
    assert found.notes == (
        "New data: 1 fact of figures not printed by 2025-05-31, and the first simulated quarter moves from 2025Q2 to "
        "2025Q3.",
        "Revised data: revenue 2025Q1, printed before.",
        "Changed assumptions: the drivers of revenue.",
    )


def test_a_year_that_has_begun_takes_its_quarters_from_the_history():
    # fiscal 2025: 100 + 110 + 121 + 133.1 as seen in May, 100 + 130 + 143 + 157.3 in August
    found = revision(facts(NEXT), growing(0.1), Mean("revenue", "2025Q4", "fiscal_year"), **DATES)
    assert (found.start_value, found.end_value) == pytest.approx((464.1, 530.3), rel=1e-6)
    assert parts(found) == pytest.approx({"new data": 66.2, "revised data": 0.0, "changed assumptions": 0.0}, rel=1e-5)
    assert parts(found)["revised data"] == parts(found)["changed assumptions"] == 0.0
    assert found.notes[1:] == ("Revised data: none.", "Changed assumptions: none.")


def test_a_date_is_counted_from_the_same_quarter_in_every_state():
    # revenue of 120: in 2025Q3 (121) as seen in May, the second quarter; and in 2025Q3 (143), still the second
    date = BreakevenDate(Goal("profit", at_least=0, over="quarter"))
    same = revision(facts(NEXT), growing(0.1), date, until="2026Q4", **DATES)
    assert (same.start_value, same.end_value, same.change) == (2.0, 2.0, 0.0)
    # with a rent of 140 it is in 2026Q1 (146.4), the fourth quarter; then in 2025Q3 (143)
    sooner = revision(facts(NEXT), growing(0.1, cost=140.0), date, until="2026Q4", **DATES)
    assert (sooner.start_value, sooner.end_value) == (4.0, 2.0)
    assert (sooner.level(sooner.start_value), sooner.level(sooner.end_value)) == ("2026Q1", "2025Q3")
    # never: the quarter after 2026Q4, whichever quarter is the first
    never = revision(facts(NEXT), growing(0.1, cost=900.0), date, until="2026Q4", **DATES)
    assert (never.start_value, never.end_value) == (8.0, 8.0)
    assert never.level(never.end_value) == "after 2026Q4"


def test_scenario_and_opening_are_assumptions():
    model = Model(Path("gain", value=10.0), Formula("cash = cash[-1] + gain"), currency="CNY")
    known = Financials((fact("gain", "2025Q1", 10.0, "2025-04-30"), fact("gain", "2025Q2", 10.0, "2025-08-20")))
    found = revision(
        known,
        model,
        Mean("cash", "2025Q4"),
        scenario=Scenario("plan"),
        new_scenario=Scenario("cut", Add("gain", 5.0, start="2025Q3")),
        opening={"cash": 100.0},
        new_opening={"cash": 150.0},
        **DATES,
    )
    # 100 and three gains; then 150 and two gains of 15. Cash is 10 lower where a quarter of gains has become history
    assert (found.start_value, found.end_value) == (130.0, 180.0)
    assert parts(found) == pytest.approx({"changed assumptions": 60.0, "new data": -10.0, "revised data": 0.0})
    assert found.notes[2] == ("Changed assumptions: the scenario 'cut' for 'plan'; the opening of cash 150 for 100.")


def test_new_and_revised_facts_are_told_apart():
    known = facts(
        fact("revenue", "2025", 400.0, "2025-03-01", "annual", qualifier="forecast"),
        fact("revenue", "2025H1", 220.0, "2025-03-01", "half", qualifier="forecast"),
        fact("revenue", "2024Q4", 350.0, "2025-04-30", "ytd"),
    )
    later = (
        NEXT,
        RESTATED,
        fact("cost", "2025Q1", 80.0, "2025-08-20"),  # a new line of an old quarter
        fact("revenue", "2025H1", 230.0, "2025-08-20", "half"),  # until now only a forecast
        fact("revenue", "2025", 420.0, "2025-08-20", "annual", source="S2", qualifier="forecast"),  # the next forecast
        fact("revenue", "2024", 351.0, "2025-08-20", "annual"),  # the year that was printed as four quarters to date
    )
    much_later = fact("revenue", "2025Q3", 140.0, "2025-10-20")
    everything = Financials((*known.facts, *later, much_later))
    new, revised = came_between(everything, dt.date(2025, 5, 31), dt.date(2025, 8, 31))
    assert set(new) == {later[0], later[2], later[3]}
    assert set(revised) == {later[1], later[4], later[5]}


def test_the_error_of_paths_that_are_not_paired_by_quarter():
    """Over seeds, the spread of a step is what its stated error says."""
    model = growing(0.02, volatility=0.1)
    goal = Probability(Goal("profit", at_least=0, over="quarter", by="2026Q4"))
    options = {**DATES, "paths": 1000}
    found = [revision(facts(NEXT), model, goal, **{**options, "seed": seed}).step("new data") for seed in range(20)]
    spread = np.std([step.value for step in found], ddof=1)
    stated = np.sqrt(np.mean([step.error**2 for step in found]))
    # a standard deviation of 20 draws is within 80 % of the truth at 5 sigma
    assert spread / stated == pytest.approx(1.0, abs=0.8)
    assert 0 < stated < 0.05


class TestRefused:
    def test_states_that_cannot_be_had_with_their_reasons(self):
        new_model = Model(
            Growth("revenue", growth=0.1, persistence=0.0, momentum=0.1, volatility=0.0),
            Growth("licences", growth=0.1, persistence=0.0, momentum=0.1, volatility=0.0),
            Path("cost", value=120.0),
            Formula("profit = revenue + licences - cost"),
            currency="CNY",
        )
        licences = fact("licences", "2025Q2", 3.0, "2025-08-20")
        with pytest.raises(GoalError) as caught:
            revision(facts(NEXT, licences), growing(0.1), Mean("profit", "2025Q4"), new_model=new_model, **DATES)
        assert str(caught.value).startswith(
            "the revision needs every state between the two dates, and some cannot be had\n"
            "  - the old data, with the new assumptions: "
        )
        assert len(caught.value.problems) == 1

    def test_a_quarter_that_has_become_history(self):
        with pytest.raises(GoalError) as caught:
            revision(facts(NEXT), growing(0.1), Mean("revenue", "2025Q2"), **DATES)
        assert str(caught.value) == (
            "the revision needs every state between the two dates, and some cannot be had\n"
            "  - the old data and the new data, with the old assumptions: the simulation cannot run\n"
            "    - the statistic's date is 2025Q2, before the first quarter to simulate, 2025Q3."
        )

    def test_a_cumulative_window_over_other_quarters(self):
        with pytest.raises(GoalError) as caught:
            revision(facts(NEXT), growing(0.1), Goal("profit", at_least=0, over="cumulative", by="2026Q4"), **DATES)
        assert caught.value.problems == (
            "a cumulative window begins with the first simulated quarter, which is 2025Q2 in one state and 2025Q3 in "
            "another; ask for a quarter, a trailing year or a fiscal year.",
        )

    def test_a_scenario_that_began_in_what_is_history_now(self):
        early = Scenario("early", Scale("revenue.growth", 2.0, start="2025Q2"))
        with pytest.raises(GoalError, match="the new data, with the old assumptions: the scenarios do not fit"):
            revision(facts(NEXT), growing(0.1), Mean("revenue", "2025Q4"), scenario=early, **DATES)

    def test_dates_and_nothing_new(self):
        ask = Mean("revenue", "2025Q4")
        with pytest.raises(GoalError) as caught:
            revision(facts(), growing(0.1), ask, since="2025-08-31", as_of="2025-5-31", paths=100, seed=1)
        assert str(caught.value) == (
            "the revision cannot be computed\n  - as_of: '2025-5-31' is not a date. Write it as in '2025-08-31'."
        )
        with pytest.raises(GoalError) as caught:
            revision(facts().as_of(OLD), growing(0.1), ask, since=LATER, as_of=LATER, paths=100, seed=1)
        assert caught.value.problems == (
            "since is 2025-08-31, not before as_of, 2025-08-31.",
            "the facts hide what was published after 2025-05-31; pass those that do not.",
        )
        with pytest.raises(GoalError) as caught:
            revision(facts(), growing(0.1), ask, **DATES)
        assert str(caught.value) == (
            "nothing has changed between 2025-05-31 and 2025-08-31: no fact was published, and no assumption is new."
        )


def test_noise_of_a_parameter_is_shared_by_the_states():
    # the same name draws the same ranks: a cost of its own spread cancels in the difference
    model = Model(
        Growth("revenue", growth=0.1, persistence=0.0, momentum=0.1, volatility=0.0),
        Path("cost", value=normal(120, 30)),
        Formula("profit = revenue - cost"),
        currency="CNY",
    )
    found = revision(facts(NEXT), model, Mean("profit", "2025Q4"), **{**DATES, "paths": 1000})
    assert found.change == pytest.approx(157.3 - 133.1, rel=1e-6)
    assert found.change_error < 1e-5 < 0.8 < found.start_error
