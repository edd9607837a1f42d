"""Scenario files: read, written back equal, and refused with everything that is wrong."""

from pathlib import Path

import pytest

from forecast.distributions import triangular
from forecast.errors import ScenarioError
from forecast.scenario import Scenario, Scenarios, Timing, When
from forecast.shocks import Add, Cap, Hold, Pulse, Scale, Set, read_scenarios, scenarios_to_yaml

KUNLUN = Path(__file__).parents[2] / "data" / "kunlun" / "scenarios.yaml"


def test_the_scenarios_of_kunlun_read_back_equal():
    read = read_scenarios(KUNLUN)
    assert list(read) == [scenario.name for scenario in read.values()]
    assert next(iter(read)) == "base"
    assert len(read) > 5
    again = read_scenarios(scenarios_to_yaml(read))
    assert again == read
    assert scenarios_to_yaml(again.values()) == scenarios_to_yaml(read.values())


def test_every_field_is_read():
    read = read_scenarios(
        """
scenarios:
- name: base
- name: storm
  because: bad weather
  shocks:
  - Scale: {target: sales, size: {triangular: {low: 0.5, mode: 0.7, high: 1}}, start: 2026Q1, end: 2026Q4, ramp: 2}
  - Pulse: {target: sales.growth, size: 0.3, start: 2026Q2, decay: 3, probability: 0.5, event: flood}
  - Hold: {target: wages, start: 2026Q3}
"""
    )
    assert read == {
        "base": Scenario("base"),
        "storm": Scenario(
            "storm",
            Scale("sales", triangular(0.5, 0.7, 1.0), start="2026Q1", end="2026Q4", ramp=2),
            Pulse("sales.growth", 0.3, start="2026Q2", decay=3, probability=0.5, event="flood"),
            Hold("wages", "2026Q3"),
            because="bad weather",
        ),
    }


def test_from_keeps_the_shocks_of_an_earlier_scenario_in_front():
    read = read_scenarios(
        """
scenarios:
- {name: slow, because: rivals, shocks: [{Scale: {target: sales, size: 0.9}}]}
- {name: slower, from: slow, shocks: [{Add: {target: wages, size: 5}}]}
- {name: slowest, from: slower, shocks: [{Cap: {target: sales, size: 50}}]}
"""
    )
    slow = Scale("sales", 0.9)
    assert read["slower"] == Scenario("slower", slow, Add("wages", 5.0))
    assert read["slowest"].shocks == (slow, Add("wages", 5.0), Cap("sales", 50.0))


def test_what_is_written_says_what_it_is_built_on(tmp_path):
    slow = Scenario("slow", Scale("sales", 0.9), because="rivals")
    text = scenarios_to_yaml([slow, slow.but("slower", Set("wages", 7.0))], tmp_path / "s.yaml")
    assert text == (
        "scenarios:\n"
        "- name: slow\n"
        "  because: rivals\n"
        "  shocks:\n"
        "  - Scale:\n"
        "      target: sales\n"
        "      size: 0.9\n"
        "- name: slower\n"
        "  from: slow\n"
        "  shocks:\n"
        "  - Set:\n"
        "      target: wages\n"
        "      size: 7.0\n"
    )
    assert (tmp_path / "s.yaml").read_text() == text
    read = read_scenarios(tmp_path / "s.yaml")
    assert list(read) == ["slow", "slower"]
    assert read["slower"].parent == slow
    assert read["slower"] == slow.but("slower", Set("wages", 7.0))


def test_without_its_parent_a_scenario_is_spelled_out():
    slower = Scenario("slow", Scale("sales", 0.9)).but("slower", Set("wages", 7.0))
    assert "from" not in scenarios_to_yaml([slower])
    assert read_scenarios(scenarios_to_yaml([slower]))["slower"] == slower
    changed = Scenario("slow", Scale("sales", 0.8))
    assert "from" not in scenarios_to_yaml([changed, slower])


def test_weights_and_rules_come_back(tmp_path):
    text = """
scenarios:
- {name: base, weight: 0.7}
- name: careful
  from: base
  weight: 0.3
  shocks:
  - When:
      condition: wages > 60 and sales < 2 * wages[-1]
      until: wages < 50
      shocks:
      - Hold: {target: wages, lasts: 4}
      - Scale: {target: sales, size: 0.9, start: null}
- {name: outside}
"""
    read = read_scenarios(text)
    rule = When("wages > 60 and sales < 2 * wages[-1]", Hold("wages", lasts=4), Scale("sales", 0.9), until="wages < 50")
    careful = Scenario("base").but("careful", rule)
    assert read == Scenarios(Scenario("base"), careful, Scenario("outside"), weights={"base": 0.7, "careful": 0.3})
    again = read_scenarios(scenarios_to_yaml(read))
    assert (again, hash(again)) == (read, hash(read))


def test_weights_and_rules_that_make_no_sense_are_refused_at_once():
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(
            """
scenarios:
- {name: a, shocks: [{When: {condition: wages, shocks: [{Hold: {target: wages}}]}}]}
- {name: b, shocks: [{When: {condition: wages > 1, shock: []}}, {When: {condition: a > 1, shocks: [], untl: b > 1}}]}
- {name: c, shocks: [{When: {condition: wages > 1, shocks: [{Hold: {target: wages, start: 2026Q1}}]}}]}
- {name: d, shocks: [{When: {condition: wages > 1, shocks: [{Hld: {target: wages}}]}}]}
"""
        )
    assert str(caught.value) == (
        "the scenarios cannot be read\n"
        "  - scenario 'a': the rule When 'wages' cannot be made\n"
        "    - the condition 'wages' has a part 'wages', which is not one comparison; write 'cash < 500', and join "
        "several by 'and'.\n"
        "  - scenario 'b': When has \"{'condition': 'wages > 1', 'shock': []}\"; write its condition, and a list of "
        "its shocks.\n"
        "  - scenario 'b': When has no field 'untl'. Did you mean 'until'?\n"
        "  - scenario 'b': the rule When 'a > 1' cannot be made\n"
        "    - it has no shocks; say what is done.\n"
        "  - scenario 'c': the rule When 'wages > 1' cannot be made\n"
        "    - Hold on 'wages' has the start 2026Q1; leave it out, it starts in the quarter after the condition is "
        "met.\n"
        "  - scenario 'd': 'Hld' is unknown. Did you mean 'Hold'?"
    )
    with pytest.raises(ScenarioError) as caught:
        read_scenarios("scenarios:\n- {name: a, weight: 0.5}\n- {name: b, weight: 0.6}\n")
    assert str(caught.value) == ("the scenarios cannot be read\n  - the weights add up to 1.1, not to 1: a 0.5, b 0.6.")


def test_a_wrong_weight_is_told_beside_a_wrong_shock():
    first = {"name": "base", "weight": 0.4, "shocks": [{"Scale": {"target": "sales", "size": 2.0, "strat": "2026Q1"}}]}
    with pytest.raises(ScenarioError) as caught:
        read_scenarios({"scenarios": [first, {"name": "slow", "weight": 20}, {"name": "odd", "weight": "half"}]})
    assert str(caught.value) == (
        "the scenarios cannot be read\n"
        "  - scenario 'base': Scale has no field 'strat'. Did you mean 'start'?\n"
        "  - the weight of 'slow' is 20; it must lie in (0, 1].\n"
        "  - the weight of 'odd' is 'half'; it must lie in (0, 1]."
    )


def test_all_problems_of_a_file_are_told_at_once():
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(
            """
scenarios:
- {name: base, shock: []}
- {shocks: []}
- {name: "  "}
- {name: a, from: bse}
- {name: b, from: [base], shocks: {Scale: {target: sales, size: 2}}}
- {name: c, shocks: [{Scal: {target: sales, size: 2}}, {Scale: {targt: sales, size: 2}}, {Scale: {target: sales}}]}
- {name: d, shocks: [{Scale: {target: sales, size: 2, probability: 2}}, {Hold: {target: sales}}, Scale]}
- {name: base}
"""
        )
    assert str(caught.value) == (
        "the scenarios cannot be read\n"
        "  - scenario 'base' has the unknown key 'shock'. Did you mean 'shocks'?\n"
        "  - scenario 2: seen \"{'shocks': []}\"; it needs a 'name'.\n"
        "  - scenario 3: seen \"{'name': '  '}\"; it needs a 'name'.\n"
        "  - scenario 'a' builds on 'bse', which is not an earlier one. Did you mean 'base'?\n"
        "  - scenario 'b' builds on '['base']', which is not an earlier one. Known: 'a', 'base'.\n"
        "  - scenario 'b': shocks are \"{'Scale': {'target': 'sales', 'size': 2}}\"; write a list.\n"
        "  - scenario 'c': 'Scal' is unknown. Did you mean 'Scale'?\n"
        "  - scenario 'c': Scale has no field 'targt'. Did you mean 'target'?\n"
        "  - scenario 'c': Scale needs target.\n"
        "  - scenario 'c': Scale needs size.\n"
        "  - scenario 'd': the shock Scale on 'sales' cannot be read\n"
        "    - probability is 2; it must lie in (0, 1], 1 for a certain shock.\n"
        "  - scenario 'd': seen 'Scale'; write one name with its fields, as in 'Name: {...}'.\n"
        "  - scenario 8: the name 'base' is taken; choose another."
    )


@pytest.mark.parametrize(
    "text", ["a: 1\nb: 2\n", "scenarios: 5\n\n", "- name: base\n\n", "scenarios: []\nmore: 1\n", "\n\n"]
)
def test_a_file_that_is_not_a_list_of_scenarios_is_refused(text):
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(text)
    assert str(caught.value) == "a scenario file has one key, 'scenarios', with a list under it."


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(ScenarioError) as caught:
        read_scenarios("no/such.yaml")
    assert str(caught.value) == "there is no file 'no/such.yaml'. Give the path of a YAML file."


def test_plain_data_is_read_like_its_text():
    rule = {"When": {"condition": "cash < 10", "shocks": [{"Hold": {"target": "wages"}}]}}
    plain = {
        "scenarios": [
            {"name": "base", "weight": 0.75},
            {"name": "slow", "from": "base", "because": "a rival", "weight": 0.25, "shocks": [rule]},
        ]
    }
    base = Scenario("base")
    slow = base.but("slow", When("cash < 10", Hold("wages")), because="a rival")
    assert read_scenarios(plain) == Scenarios(base, slow, weights={"base": 0.75, "slow": 0.25})
    assert plain["scenarios"][1]["shocks"] == [rule]


@pytest.mark.parametrize(
    ("plain", "problem"),
    [
        (
            {"scenarios": [{"name": "base", "shocks": [Hold("wages")]}]},
            "scenario 'base': seen \"Hold(target='wages', start=None, end=None, ramp=0, probability=1.0, event=None, \""
            "; write one name with its fields, as in 'Name: {...}'.",
        ),
        (
            {"scenarios": [{"name": "base", "shocks": [{"Hold": {"target": 5}}]}]},
            "scenario 'base': the shock Hold on 5 cannot be read",
        ),
        ({"scenarios": [5]}, "scenario 1: seen '5'; it needs a 'name'."),
    ],
)
def test_plain_data_that_are_no_scenarios_are_refused(plain, problem):
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(plain)
    assert caught.value.problems[0].startswith(problem)


def test_a_class_of_ones_own_is_read_when_it_is_passed():
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Strike:
        target: str
        weeks: int
        size = None
        probability = 1.0
        event = None
        acts_on = ("line",)
        timing = Timing()

        def apply(self, value, size, weight, quarter, before):
            return value * (1 - self.weeks / 13)

    text = "scenarios:\n- name: strike\n  shocks:\n  - Strike: {target: sales, weeks: 2}\n"
    assert read_scenarios(text, shocks=[Strike])["strike"].shocks == (Strike("sales", 2),)
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(text)
    assert str(caught.value) == (
        "the scenarios cannot be read\n"
        "  - scenario 'strike': 'Strike' is unknown. "
        "Known: 'Add', 'Cap', 'Delay', 'Floor', 'Grow', 'Hold', 'Pulse', 'Ramp', 'Replace', 'Scale', "
        "'Set', 'When'."
    )
