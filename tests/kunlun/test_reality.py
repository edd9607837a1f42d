"""What must hold for Kunlun Tech holds, in every scenario and at the extremes."""

import pytest

import forecast as fc
from forecast.analysis.reality import check_reality
from forecast.scenario import RealityCheck
from forecast.shocks import Set, read_checks

ASKED = {"until": "2029Q4", "seed": 7}


@pytest.fixture(scope="module")
def company():
    model = fc.read_model(fc.kunlun_folder() / "model.yaml")
    history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
    return fc.calibrate(model, history, opening={"cash": 1500})


@pytest.fixture(scope="module")
def checks():
    return read_checks(fc.kunlun_folder() / "checks.yaml")


def test_every_scenario_passes_every_check(company, checks):
    scenarios = fc.read_scenarios(fc.kunlun_folder() / "scenarios.yaml")
    result = check_reality(company, checks, scenarios, paths=300, extremes=False, **ASKED)
    result.raise_if_failed()
    assert result.untested == ()
    assert len(result.findings) == len(checks) * len(scenarios)


def test_base_passes_at_the_extremes(company, checks):
    result = check_reality(company, checks, paths=20, **ASKED)
    result.raise_if_failed()
    assert result.left_out == ()


def test_a_wrong_belief_about_the_model_is_found(company):
    """The quarter in which the ARR vanishes still has revenue, from the ARR at its beginning."""
    wrong = RealityCheck("no ARR, no revenue", given=[Set("drama_arr", 0)], always="drama_revenue <= 0")
    result = check_reality(company, wrong, paths=20, extremes=False, **ASKED)
    assert [(failed.quarter, failed.paths) for failed in result.failures] == [("2025Q3", 20)]
