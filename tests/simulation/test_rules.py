"""Decision rules by hand: what is known decides, from the next quarter on."""

import numpy as np
import pandas as pd
import pytest

from forecast.analysis import Goal, goal_seek
from forecast.calibration import calibrate
from forecast.distributions import uniform
from forecast.drivers import Formula, Growth, Path
from forecast.errors import ScenarioError, SimulationError
from forecast.financials import History
from forecast.model import Model
from forecast.scenario import Scenario, When
from forecast.shocks import Add, Hold, Scale, Set
from forecast.simulation import simulate

# wages 44, 48.4, 53.24, 58.564, 64.4204, ... ; sales 100 but 120 in fourth quarters
WAGES = [40 * 1.1**n for n in range(1, 9)]


@pytest.fixture
def company():
    frame = pd.DataFrame({"sales": [100.0] * 4, "cash": [70.0] * 4}, index=[f"2025Q{n}" for n in (1, 2, 3, 4)])
    model = Model(
        Path("sales", value=100.0, planned={"2026Q4": 20.0, "2027Q4": 20.0}),
        Growth("wages", growth=0.1, persistence=0.0, volatility=0.0, momentum=0.1, start=40.0),
        Path("rent", value=uniform(20.0, 60.0)),
        Formula("cash = cash[-1] + sales - wages - rent"),
    )
    return calibrate(model, History.from_frame(frame))


@pytest.fixture
def under(company):
    def paths_of(line, *shocks, paths=3, seed=5, until="2027Q4"):
        return simulate(company, Scenario("ruled", *shocks), until=until, paths=paths, seed=seed).values(line)

    return paths_of


def test_it_begins_in_the_quarter_after_the_condition_is_met(under):
    # 53.24 in 2026Q3 is the first above 50: held at it from 2026Q4 on
    found = under("wages", When("wages > 50", Hold("wages")))
    assert found[:, 0] == pytest.approx([*WAGES[:3], *[WAGES[2]] * 5])


def test_the_last_quarter_of_the_history_counts(under):
    assert under("sales", When("cash < 71", Set("sales", 1.0)))[:, 0].tolist() == [1.0] * 8
    assert under("sales", When("cash[-3] < 71", Set("sales", 1.0)))[0, 0] == 1.0


def test_it_stays_when_the_condition_no_longer_holds(under):
    # sales of 120 in 2026Q4 alone
    found = under("wages", When("sales > 110", Scale("wages", 2.0)))[:, 0]
    assert found == pytest.approx([*WAGES[:4], *(2 * wage for wage in WAGES[4:])])


def test_it_ends_as_its_shocks_say(under):
    found = under("wages", When("sales > 110", Add("wages", 8.0, lasts=3, ramp=2)))[:, 0]
    assert found - WAGES == pytest.approx([0, 0, 0, 0, 4, 8, 8, 0])
    found = under("wages", When("sales > 110", Add("wages", 8.0, decay=1.0)))[:, 0]
    assert found - WAGES == pytest.approx([0, 0, 0, 0, 8, 4, 2, 1])


def test_until_takes_it_away_and_it_may_come_back(under):
    # wages are halved from the quarter after they pass 50, let go when halved ones are seen below 30
    found = under("wages", When("wages > 50", Scale("wages", 0.5), until="wages < 30"))[:, 0]
    factor = found / WAGES
    # 53.2 seen -> 29.3 seen -> 64.4 seen -> 35.4, 39.0, 42.9
    assert factor == pytest.approx([1, 1, 1, 0.5, 1, 0.5, 0.5, 0.5])


def test_each_path_is_judged_by_itself(under):
    rule = When("cash < 80", Set("sales", 150.0))
    cash, sales = (under(line, rule, paths=400) for line in ("cash", "sales"))
    known = np.vstack([np.full(400, 70.0), cash[:-1]]) < 80
    expected = np.logical_or.accumulate(known, axis=0)
    assert np.array_equal(sales == 150.0, expected)
    late = When("cash < 60", Set("sales", 150.0))
    begun = (under("sales", late, paths=400) == 150.0).any(axis=0)
    assert 0 < begun.sum() < 400


def test_shocks_of_a_rule_may_be_uncertain(under):
    rule = When("sales > 110", Set("wages", uniform(0.0, 1.0), probability=0.5))
    found = under("wages", rule, paths=2_000)[4]
    hit = found < 1.0
    assert 800 < hit.sum() < 1_200
    assert np.ptp(found[hit]) > 0.9


def test_two_conditions_and_several_shocks(under):
    rule = When("wages > 50 and cash > 0", Scale("wages", 0.5), Add("sales", 10.0))
    wages, sales, cash = (under(line, rule) for line in ("wages", "sales", "cash"))
    seen = np.vstack([[40.0 < 0] * 3, (wages[:-1] > 50) & (cash[:-1] > 0)])
    on = np.logical_or.accumulate(seen, axis=0)
    assert np.array_equal(on, sales > [[100.0]] * 3 + [[120.0]] + [[100.0]] * 3 + [[120.0]])


def test_a_lever_moves_when_the_rule_begins(company):
    # the rule reads wages, which the lever moves, so wages of 2027Q1 are known to need the rule's line
    scenario = Scenario("ruled", When("wages > 50", Set("sales", 500.0)))
    goal = Goal("sales", at_least=400, over="quarter", by="2027Q1", probability=0.9)
    found = goal_seek(company, scenario, vary="wages.growth", goal=goal, paths=50, seed=1, between=(0.0, 0.2))
    # the condition must be met in 2026Q4, the fourth quarter: 40 * (1 + g)**4 > 50
    assert found.answer == pytest.approx((50 / 40) ** (1 / 4) - 1, abs=1e-6)


def test_rules_on_unknown_lines_are_refused(company):
    with pytest.raises(ScenarioError) as caught:
        simulate(company, Scenario("bad", When("csh < 3", Hold("wages"))), until="2027Q4", paths=3, seed=1)
    assert str(caught.value) == (
        "the scenarios do not fit the model\n"
        "  - scenario 'bad' has a rule on 'csh', a line that the model does not have. Did you mean 'cash'?"
    )


def test_a_parameter_that_is_never_read_again_is_told_once_whatever_the_number_of_quarters(under):
    with pytest.raises(SimulationError) as caught:
        under("wages", When("cash < 80", Set("wages.start", 50.0)))
    assert str(caught.value) == (
        "scenario 'ruled' cannot be simulated: Set on 'wages.start' changes nothing: the driver of 'wages' does not "
        "read it while the shock acts. Drop the shock, or let it act in the first quarter if it is where the line "
        "starts."
    )
