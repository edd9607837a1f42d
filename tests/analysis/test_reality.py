"""Reality checks on companies whose numbers are known by hand."""

import numpy as np
import pytest

from forecast.analysis.reality import check_reality, holds
from forecast.calibration import calibrate
from forecast.distributions import normal, uniform
from forecast.drivers import Formula, Path, Ratio
from forecast.errors import SimulationError
from forecast.model import Model, assume
from forecast.scenario import Condition, Mixture, RealityCheck, Scenario, When
from forecast.shocks import Add, Scale, Set
from forecast.simulation import simulate

BASE = Scenario("base")
ASKED = {"until": "2026Q4", "paths": 50, "seed": 7}


@pytest.fixture(scope="module")
def company():
    model = Model(
        Path("sales", value=normal(100, 10)),
        Ratio("cost", of="sales", target=uniform(0.4, 0.6), half_life=4.0, volatility=0.0, start=0.5, cap=1.0),
        Path("aside", value=normal(0, 1)),
        Formula("profit = sales - cost"),
        Formula("cash = cash[-1] + profit", kind="stock"),
    )
    return calibrate(model, opening={"cash": 1e6}, first="2026Q1")


def runs(company, scenario=BASE):
    return simulate(company, scenario, **ASKED)


def test_what_holds_holds(company):
    result = check_reality(company, RealityCheck("cost is part of sales", always="cost <= sales"), **ASKED)
    assert result.passed
    assert result
    assert result.failures == result.left_out == result.untested == ()
    assert all(finding.looked == 4 * 50 for finding in result.findings)
    result.raise_if_failed()


def test_a_failure_says_where(company):
    check = RealityCheck("sales stay below 110", always="sales <= 110")
    finding = check_reality(company, check, extremes=False, **ASKED).failures[0]
    sales = runs(company).values("sales")
    above = np.flatnonzero(sales[0] > 110)
    assert 0 < len(above) < 50
    assert (finding.setting, finding.quarter, finding.path, finding.paths) == (
        *("as drawn", "2026Q1", int(above[0])),
        len(above),
    )
    assert dict(finding.values) == {"sales": sales[0, above[0]]}


def test_the_first_quarter_is_told_and_lags_by_their_text(company):
    # cash of a million grows by 30 to 80 a quarter, so that the sum of two passes 2,000,200 after some quarters
    check = RealityCheck("cash", always="cash + cash[-1] < 2000200")
    finding = check_reality(company, check, extremes=False, **ASKED).failures[0]
    cash = np.vstack([np.full(50, 1e6), runs(company).values("cash")])
    failing = cash[1:] + cash[:-1] >= 2000200
    row = int(np.flatnonzero(failing.any(axis=1))[0])
    path = int(np.flatnonzero(failing[row])[0])
    assert row > 0
    assert (finding.quarter, finding.path, finding.paths) == (f"2026Q{row + 1}", path, failing.any(axis=0).sum())
    assert dict(finding.values) == {"cash": cash[row + 1, path], "cash[-1]": cash[row, path]}


def test_extremes_find_what_the_draws_do_not(company):
    check = RealityCheck("sales stay below 128", always="sales <= 128")
    assert runs(company).values("sales").max() < 128
    result = check_reality(company, check, **ASKED)
    assert [finding.setting for finding in result.failures] == [
        "sales.value at 130.9, its 99.9 % quantile",
        "all 3 uncertain parameters at their 99.9 % quantiles",
    ]
    assert [finding.paths for finding in result.failures] == [50, 50]
    assert not result
    # only what reaches sales was set: as drawn, two quantiles, and all together low and high
    assert len(result.findings) == 5


def test_a_balance_holds_but_for_rounding(company):
    exact = "cash - cash[-1] - profit <= 0 and cash - cash[-1] - profit >= 0"
    check = RealityCheck("balance", always=exact)
    assert check_reality(company, check, **ASKED).passed
    cash = np.vstack([np.full(50, 1e6), runs(company).values("cash")])
    assert np.any(cash[1:] - cash[:-1] - runs(company).values("profit") != 0)
    wrong = RealityCheck("balance", always="cash - cash[-1] - 1.0001 * profit >= 0")
    assert check_reality(company, wrong, extremes=False, **ASKED).failures[0].paths == 50


def test_given_and_when(conversion):
    # ARR of 400 at the opening, none afterwards: the first quarter still has a mean of 200, a fourth of which is
    # recognised at 1 - 0.5 * 2**-0.25, a quarter of the half-life on the way from 0.5 to 1
    careless = RealityCheck("no ARR, no revenue", given=[Set("arr", 0)], always="revenue <= 0")
    careful = RealityCheck("no ARR before", given=[Set("arr", 0)], always="revenue <= 0", when="arr[-1] <= 0")
    without = RealityCheck("ARR", always="revenue > 0")
    result = check_reality(conversion(), [careless, careful, without], **ASKED)
    failed = result.failures[0]
    assert (failed.check, failed.setting, failed.quarter, failed.paths) == (
        "no ARR, no revenue",
        "as drawn",
        "2026Q1",
        50,
    )
    assert failed.values["revenue"] == pytest.approx((1 - 0.5 * 2**-0.25) * 50)
    looked = {finding.check: finding.looked for finding in result.findings if finding.setting == "as drawn"}
    assert looked == {"no ARR, no revenue": 200, "no ARR before": 150, "ARR": 200}
    assert not [finding for finding in result.failures if finding.check == "no ARR before"]


def test_it_looks_at_what_drivers_record(conversion):
    check = RealityCheck("half-way", always="revenue.conversion <= 0.75")
    assert check_reality(conversion(), check, extremes=False, **ASKED).passed
    # in its fourth quarter the share is exactly 0.75 with a half-life of 4, and above it with one of 3
    failed = check_reality(conversion(half_life=3.0), check, extremes=False, **ASKED).failures[0]
    assert failed.quarter == "2026Q4"
    assert failed.values["revenue.conversion"] == pytest.approx(1 - 0.5 * 2 ** (-4 / 3))


def test_what_nobody_knows_is_not_looked_at_and_an_idle_check_says_so(company):
    lagged = RealityCheck("sales stay", always="sales <= sales[-1]")
    idle = RealityCheck("idle", always="sales <= 0", when="sales < 0")
    result = check_reality(company, [lagged, idle], extremes=False, **ASKED)
    assert result.passed
    assert [finding.looked for finding in result.findings] == [150, 0]
    assert result.untested == ("idle",)
    assert "idle: was put to no test, for there is no path and quarter in which it had to hold" in str(result)


def test_a_setting_that_cannot_be_simulated_is_a_failure_and_an_end_that_cannot_is_left_out():
    # 5.9e307 times 3.09 is more than a number can hold, 1.8e308
    huge = Model(Path("push", value=normal(0, 1)), Formula("big = push * 59" + "0" * 306))
    result = check_reality(calibrate(huge, first="2026Q1"), RealityCheck("big", always="big <= big"), **ASKED)
    failed = [(finding.setting, finding.problem) for finding in result.failures]
    why = (
        "Infinity comes of a division by zero, of the log of zero or of an overflow. "
        "Guard it, as in x / max(y, 0.001), or check the units."
    )
    assert failed == [
        (
            f"push.value at {sign}3.09, its {level} % quantile",
            f"cannot be simulated: 'big' is {sign}inf in 2026Q1 on path 0, and not finite on 100% of the paths. {why}",
        )
        for sign, level in (("-", "0.1"), ("", "99.9"))
    ]
    half = Model(Path("push", value=assume(1.0, role="lever", low=0, high=2)), Formula("part = 1 / push"))
    result = check_reality(calibrate(half, first="2026Q1"), RealityCheck("part", always="part >= 0"), **ASKED)
    assert result.passed
    assert [(left.setting, left.problem) for left in result.left_out] == [
        (
            "push.value at 0, the low end of its range",
            f"cannot be simulated: 'part' is inf in 2026Q1 on path 0, and not finite on 100% of the paths. {why}",
        )
    ]


def test_scenarios_mixtures_and_rules(company):
    low = BASE.but("low", Scale("sales", 0.5))
    rule = When("profit > 0", Set("cost", 0))
    check = RealityCheck("costs", given=[rule], always="cost <= 0", when="cash[-1] > 1000000")
    result = check_reality(company, check, [Mixture("half", ((BASE, 0.5), (low, 0.5)))], extremes=False, **ASKED)
    # a profit in the first quarter, so no cost from the second on
    assert [(finding.scenario, finding.passed, finding.looked) for finding in result.findings] == [
        *(("base", True, 150), ("low", True, 150)),
    ]


def test_a_division_of_nothing_by_nothing_fails_and_room_is_relative():
    seen = {"a": np.array([1.0, 1.0 + 1e-10, 1.0 + 1e-8, 0.0, np.inf, 0.0]), "b": np.array([1.0] * 4 + [1.0, 0.0])}

    def judged(text):
        return holds(Condition(text), lambda line, lag: seen[line]).tolist()

    assert judged("a <= b") == [True, True, False, True, False, True]
    assert judged("b >= a") == [True, True, False, True, False, True]
    assert judged("a / b <= 1") == [True, True, False, True, False, False]
    # strict signs are taken as written
    assert judged("a < b") == [False, False, False, True, False, False]
    assert judged("a - b <= 0") == [True, True, False, True, False, True]


def test_what_it_prints_and_raises(company):
    checks = [
        RealityCheck("cost is part of sales", always="cost <= sales"),
        RealityCheck("sales stay below 128", always="sales <= 128"),
    ]
    result = check_reality(company, checks, **ASKED)
    sales = 100 + 10 * 3.090232
    told = (
        "sales stay below 128: FAILS in 2 of 5 runs. First in scenario 'base', "
        "sales.value at 130.9, its 99.9 % quantile: "
        f"2026Q1, path 0 (50 paths in all): sales = {sales:.6g}"
    )
    assert str(result) == (
        "Reality checks: 1 of 2 fail. 1 scenario, 13 settings, 50 paths each, 2026Q1 to 2026Q4\n"
        "  cost is part of sales: holds in 13 runs\n"
        f"  {told}"
    )
    with pytest.raises(SimulationError) as caught:
        result.raise_if_failed()
    assert str(caught.value) == f"1 of 2 reality checks fail\n  - {told}"
    table = result.to_frame()
    assert len(table) == 18
    assert table.loc[~table["passed"], "seen"].tolist() == [f"sales = {sales:.6g}"] * 2


def test_checks_that_do_not_fit_are_refused_all_at_once(company):
    checks = [
        RealityCheck("a", always="sale <= 0", given=[Add("cots", 1)]),
        RealityCheck("b", always="cost.target <= 1 and cost.shar >= 0"),
        RealityCheck("c", always="sales > 0", given=[Set("profit", 0)]),
    ]
    with pytest.raises(SimulationError) as caught:
        check_reality(company, checks, **ASKED)
    assert str(caught.value) == (
        "the reality checks do not fit the model\n"
        "  - check 'a' looks at 'sale', which is no line. Did you mean 'sales'?\n"
        "  - check 'a' shocks 'cots', a line that the model does not have. Did you mean 'cost'?\n"
        "  - check 'b' looks at 'cost.target', a parameter; it may look at lines and records.\n"
        "  - check 'b' looks at 'cost.shar', which is no line. Did you mean 'cost.share'?\n"
        "  - check 'c' shocks 'profit', which is computed from 'sales', 'cost'; shock one of those, so that the sum "
        "still holds."
    )
    with pytest.raises(SimulationError) as caught:
        check_reality(company, ["cost <= sales", checks[0], checks[0]], **ASKED)
    assert str(caught.value) == (
        "the reality checks cannot be run\n"
        "  - 'cost <= sales' is not a reality check; write fc.RealityCheck('name', always='cost <= revenue').\n"
        "  - two checks are called 'a'; give each a name of its own."
    )
    with pytest.raises(SimulationError) as caught:
        check_reality(company, [], **ASKED)
    assert str(caught.value) == "the reality checks cannot be run\n  - there is none; give at least one."
