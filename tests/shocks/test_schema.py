"""The published schema: what the library makes, what it accepts, and what it refuses."""

import json
from pathlib import Path

import pytest

from forecast.errors import ScenarioError
from forecast.shocks import read_scenarios, scenario_schema, scenarios_to_yaml
from forecast.specification import read_yaml

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "schemas" / "scenarios.schema.json"
GOOD = [
    "- {name: a}",
    "- {name: a, weight: 1.0, because: why, shocks: [{Scale: {target: sales, size: 2}}]}",
    "- {name: a, shocks: [{Add: {target: a.b, size: {normal: {mean: 1, sd: 2}}, start: 2026Q1..2026Q4, lasts: 2}}]}",
    "- {name: a, shocks: [{Hold: {target: a, start: {2026Q1: 0.5, 2026Q2: 0.5}, probability: 0.5, event: e}}]}",
    "- {name: a, shocks: [{When: {condition: a < 1, until: a > 2, shocks: [{Hold: {target: a}}]}}]}",
    "- {name: a, shocks: [{Replace: {target: a, driver: {Path: {line: a, value: 3}}}}]}",
]
BAD = [
    "- {shocks: []}",
    "- {name: a, shock: []}",
    "- {name: a, weight: 2}",
    "- {name: a, shocks: [{Scal: {target: sales, size: 2}}]}",
    "- {name: a, shocks: [{Scale: {target: sales}}]}",
    "- {name: a, shocks: [{Scale: {target: sales, size: 2, strt: 2026Q1}}]}",
    "- {name: a, shocks: [{Scale: {target: sales, size: 2, start: 2026-Q1}}]}",
    "- {name: a, shocks: [{Scale: {target: sales, size: {nrmal: {mean: 1, sd: 2}}}}]}",
    "- {name: a, shocks: [{Scale: {target: sales, size: 2, ramp: -1}}]}",
    "- {name: a, shocks: [{Scale: {target: sales, size: 2, probability: 0}}]}",
    "- {name: a, shocks: [{When: {condition: a < 1, shocks: []}}]}",
    "- {name: a, shocks: [{When: {condition: a < 1, shocks: [{Hold: {target: a, start: 2026Q1}}]}}]}",
    "- {name: a, shocks: [{Hold: {target: a, end: 2026Q4, lasts: 2}}]}",
    "- {name: a, shocks: 0}",
    "- {name: a, shocks: ''}",
]


def fits(text):
    return jsonschema.Draft202012Validator(scenario_schema()).is_valid(read_yaml(text, ScenarioError))


def test_the_published_schema_is_that_of_the_catalogue():
    assert json.loads(PUBLISHED.read_text()) == scenario_schema()
    jsonschema.Draft202012Validator.check_schema(scenario_schema())


def test_the_scenarios_of_kunlun_fit_as_read_and_as_written():
    path = ROOT / "data" / "kunlun" / "scenarios.yaml"
    assert fits(path.read_text())
    assert fits(scenarios_to_yaml(read_scenarios(path)))


@pytest.mark.parametrize("entry", GOOD)
def test_what_is_read_fits(entry):
    text = f"scenarios:\n{entry}\n"
    assert fits(text)
    assert fits(scenarios_to_yaml(read_scenarios(text)))


@pytest.mark.parametrize("entry", BAD)
def test_what_is_refused_does_not_fit(entry):
    text = f"scenarios:\n{entry}\n"
    assert not fits(text)
    with pytest.raises(ScenarioError):
        read_scenarios(text)
