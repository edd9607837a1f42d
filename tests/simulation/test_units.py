"""Units where scenarios bring a driver along or compare lines: refused before any path is drawn."""

import pytest

from forecast.analysis.reality import check_reality
from forecast.calibration import calibrate
from forecast.drivers import Conversion, Formula, Path, Rate, SCurve
from forecast.errors import ScenarioError, SimulationError
from forecast.model import Model
from forecast.scenario import RealityCheck, Scenario, When
from forecast.shocks import Hold, Replace, Scale, read_scenarios
from forecast.simulation import simulate

ASKED = {"until": "2026Q4", "paths": 3, "seed": 7}


@pytest.fixture(scope="module")
def company():
    model = Model(
        Path("sales", 100),
        Path("rent", 20),
        SCurve("arr", ceiling=400, rate=0.2, start=10, volatility=0, currency="USD"),
        Rate("usd_cny", start=7, volatility=0, unit="CNY_per_USD"),
        Conversion("recognised", of="arr", fx="usd_cny", start=0.5, ceiling=0.9, half_life=4),
        Formula("profit = sales + recognised - rent"),
        Formula("margin = profit / sales"),
        Formula("cash = cash[-1] + profit"),
    )
    return calibrate(model, opening={"cash": 70}, first="2026Q1")


@pytest.mark.parametrize(
    ("driver", "told"),
    [
        (
            Formula("rent = 0.2 * sales + arr"),
            "formula 'rent = 0.2 * sales + arr': '0.2 * sales' is million of unknown currency, 'arr' is million USD "
            "annualised; divide 'arr' by 4 first.",
        ),
        (
            Path("rent", 20, currency="USD"),
            "formula 'profit = sales + recognised - rent': 'sales' is million CNY a quarter, 'rent' is million USD a "
            "quarter; multiply 'rent' by an exchange rate first, a Path or Rate with unit='CNY_per_USD'.",
        ),
    ],
)
def test_a_driver_that_takes_over_a_line_is_checked_with_the_model(company, driver, told):
    with pytest.raises(ScenarioError) as caught:
        simulate(company, Scenario("other", Replace("rent", driver)), **ASKED)
    assert str(caught.value) == (
        "the scenarios do not fit the model\n"
        f"  - scenario 'other' replaces 'rent': the units do not go together\n    - {told}"
    )


def test_a_formula_of_a_scenario_file_is_checked_as_well(company):
    text = "scenarios:\n- name: other\n  shocks:\n  - Replace: {target: rent, driver: 'rent = sales + margin[-1]'}\n"
    with pytest.raises(ScenarioError) as caught:
        simulate(company, read_scenarios(text), **ASKED)
    told = "formula 'rent = sales + margin[-1]': 'sales' is million CNY a quarter, 'margin[-1]' is a ratio;"
    assert told in str(caught.value)


def test_a_driver_in_the_same_units_takes_over(company):
    other = Replace("rent", Formula("rent = 0.2 * sales + arr * usd_cny / 4"))
    assert simulate(company, Scenario("other", other), **ASKED).values("rent").shape == (4, 3)


def test_conditions_of_rules_compare_what_goes_together(company):
    rule = When("cash < arr", Hold("rent"), until="margin > sales")
    with pytest.raises(ScenarioError) as caught:
        simulate(company, Scenario("ruled", rule, Scale("sales", 0.9)), **ASKED)
    assert str(caught.value) == (
        "the scenarios do not fit the model\n"
        "  - scenario 'ruled' has a rule with the condition 'cash < arr': 'cash' is million CNY at a quarter's end, "
        "'arr' is million USD annualised; multiply 'arr' by an exchange rate first, "
        "a Path or Rate with unit='CNY_per_USD'.\n"
        "  - scenario 'ruled' has a rule with the condition 'margin > sales': 'sales' is million CNY a quarter, "
        "'margin' is a ratio; multiply 'margin' by the money that it is a part of."
    )


@pytest.mark.parametrize(
    "condition",
    [
        "cash < rent",
        "cash + profit < 4 * rent",
        "margin < 0.1 and cash - cash[-1] < 0",
        "recognised.conversion < 0.6",
        "arr * usd_cny / 4 > recognised",
        "profit + profit[-1] < 0",
    ],
)
def test_a_condition_may_compare_a_stock_with_a_flow(company, condition):
    found = check_reality(company, RealityCheck("seen", always=condition), extremes=False, **ASKED)
    assert all(finding.looked >= 9 and not finding.problem for finding in found.findings)


def test_reality_checks_compare_what_goes_together(company):
    with pytest.raises(SimulationError) as caught:
        check_reality(company, RealityCheck("less", always="arr <= sales", when="margin > 0"), **ASKED)
    assert str(caught.value) == (
        "the reality checks do not fit the model\n"
        "  - check 'less': 'arr' is million USD annualised, 'sales' is million CNY a quarter; "
        "multiply 'sales' by an exchange rate first, a Path or Rate with unit='USD_per_CNY'.\n"
        "  - check 'less': 'arr' is million USD annualised, 'sales' is million CNY a quarter; divide 'arr' by 4 first."
    )
