"""The cut is a function of what is asked: tasks of about equal cost, each setting in one of them."""

import math

import pytest

from forecast.analysis.goal import Goal
from forecast.analysis.sweeping import plan
from forecast.analysis.sweeping.plan import make_plan, read_asked
from forecast.calibration import calibrate
from forecast.drivers import Formula, Path
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.shocks import Add

COMPANY = calibrate(
    Model(Path("sales", value=100.0), Path("aside", value=1.0), Formula("profit = sales - 90")), first="2026Q1"
)
SCENARIOS = [Scenario("base"), *(Scenario(f"up {number}", Add("sales", float(number))) for number in range(1, 10))]


def planned(levers=None, **changed):
    asked = {"until": "2027Q4", "paths": 1_000, "seed": 7, "sampling": "random"} | changed
    statistics = asked.pop("statistics", Goal("profit", at_least=0, over="quarter"))
    scenarios = asked.pop("scenarios", SCENARIOS)
    return make_plan({"shop": COMPANY, "stall": COMPANY}, scenarios, read_asked(statistics, levers, **asked))


@pytest.mark.parametrize("cells", [1, 300_000, 10**9])
def test_every_setting_is_in_one_task_of_at_most_the_cost(cells, monkeypatch):
    monkeypatch.setattr(plan, "CELLS", cells)
    made = planned({"aside.value": [1.0, 2.0, 3.0]})
    for name in ("shop", "stall"):
        places = [place for task in made.tasks if task.company == name for place in range(task.first, task.last)]
        assert places == list(range(30))
    # by hand: 1,000 paths of 8 quarters of 2 lines (sales, profit) that a setting reaches (and aside), 1 statistic
    setting, begin = plan.SETTING + 8_000 * (3 + 1), 2 * 8_000 * 3
    for task in made.tasks:
        assert task.settings == 1 or task.cost <= cells + begin
        assert task.cost <= begin + task.settings * setting
    assert len(made.tasks) == {1: 60, 300_000: 2 * math.ceil(30 / (300_000 // setting)), 10**9: 2}[cells]


def test_settings_come_scenario_by_scenario_the_last_lever_fastest():
    made = planned({"aside.value": [1.0, 2.0], "sales.value": [90.0, 95.0]}, scenarios=SCENARIOS[:2])
    settings = [(one.scenario.name, *one.values) for one in made.settings(made.tasks[0])]
    base = [("base", 1.0, 90.0), ("base", 1.0, 95.0), ("base", 2.0, 90.0), ("base", 2.0, 95.0)]
    assert settings == [*base, *(("up 1", *values) for _, *values in base)]


def test_a_task_is_known_by_all_that_decides_its_numbers():
    first = planned().tasks[0].id
    assert planned().tasks[0].id == first
    assert planned(until="2027Q3").tasks[0].id != first
    assert planned(paths=1_001).tasks[0].id != first
    assert planned(seed=8).tasks[0].id != first
    assert planned(sampling="latin_hypercube").tasks[0].id != first
    assert planned({"aside.value": [1.0]}).tasks[0].id != first
    assert planned(statistics=Goal("profit", at_least=1, over="quarter")).tasks[0].id != first
    assert planned(scenarios=[*SCENARIOS[:-1], Scenario("up 9", Add("sales", 9.5))]).tasks[0].id != first
    assert planned(scenarios=[Scenario("base", because="a reason moves nothing"), *SCENARIOS[1:]]).tasks[0].id == first
    assert len({task.id for task in planned().tasks}) == 2


def test_a_task_does_not_depend_on_the_order_of_companies():
    asked = read_asked(Goal("profit", at_least=0), None, "2027Q4", 1_000, 7, "random")
    ids = [
        {task.company: task.id for task in make_plan(dict.fromkeys(names, COMPANY), SCENARIOS, asked).tasks}
        for names in (("shop", "stall"), ("stall", "shop"))
    ]
    assert ids[0] == ids[1]
