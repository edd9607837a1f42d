"""Several goals, and goals that must always hold: met on the same path, each by its own date."""

import numpy as np
import pytest

import forecast as fc
from forecast.errors import GoalError
from forecast.reporting.page import report
from forecast.reporting.page.blocks import Table
from forecast.reporting.page.words import due, wish
from tests.reporting.page.test_browser import open_page, run

FAST = ("frontier", "bridge", "tornado", "live", "goal_seek")
PROFIT = fc.Goal("profit", at_least=12, over="quarter", by="2027Q2", probability=0.8)
CASH = fc.Goal("cash", at_least=95, over="quarter", by="2026Q4", always=True)


def table(section, start: str) -> Table:
    return next(one for one in section.blocks if isinstance(one, Table) and one.caption.startswith(start))


@pytest.fixture(scope="module")
def moving():
    """Profit jumps about from quarter to quarter, so that a goal may be lost again."""
    model = fc.Model(
        fc.drivers.Path("costs", value=fc.assume(35.0, role="lever", low=20, high=50)),
        fc.drivers.Growth("sales", growth=0.02, persistence=0.0, momentum=0.02, start=40.0, volatility=0.15),
        fc.drivers.Formula("profit = sales - costs"),
        fc.drivers.Formula("cash = cash[-1] + profit"),
    )
    company = fc.calibrate(model, first="2026Q1", opening={"cash": 100.0})
    scenarios = [fc.Scenario("base"), fc.Scenario("dear", fc.shocks.Add("costs", 5.0))]
    return fc.simulate(company, scenarios, until="2027Q4", paths=1_000, seed=7)


def inside(runs, name):
    """Which paths are inside each goal by its date, by hand."""
    reached = (runs.values("profit", name)[:6] >= 12).any(axis=0)
    held = (runs.values("cash", name)[:4] >= 95).all(axis=0)
    return reached, held


def test_several_goals_are_met_on_the_same_path(moving):
    found = report(moving, fc.Goals((PROFIT, CASH)), leave_out=FAST)
    reached, held = inside(moving, "base")
    share = (reached & held).mean()
    assert share not in (reached.mean(), held.mean(), reached.mean() * held.mean())
    assert found.answer.startswith(
        "Under scenario 'base' the probability that profit over the quarter is at least 12 by 2027Q2 and cash over the "
        f"quarter is always at least 95 up to 2026Q4, on the same path, is {share:.1%} ("
    )
    assert found.answer.endswith(
        f"; alone, profit over the quarter is at least 12 by 2027Q2 on {reached.mean():.1%} and cash over the quarter "
        f"is always at least 95 up to 2026Q4 on {held.mean():.1%} of the paths."
    )


def test_the_curve_may_rise_and_fall(moving):
    soon = fc.Goal("profit", at_least=2, over="quarter", by="2027Q4")
    found = report(moving, [soon, fc.Goal("cash", at_least=95, over="quarter", always=True)], leave_out=FAST)
    values = found.data["probability"]["scenarios"][1]["values"]
    profit, cash = moving.values("profit", "dear"), moving.values("cash", "dear")
    for step in range(8):
        wanted = ((profit[: step + 1] >= 2).any(axis=0) & (cash[: step + 1] >= 95).all(axis=0)).mean()
        assert values[step] == pytest.approx(wanted, abs=1e-6)
    assert (np.diff(values) > 0).any()
    assert (np.diff(values) < 0).any()


def test_scenarios_are_compared_together_and_alone(moving):
    found = report(moving, fc.Goals((PROFIT, CASH)), leave_out=FAST)
    compared = table(found.section("scenarios"), "Scenarios compared")
    row = dict(zip(compared.columns, compared.rows[1], strict=True))
    (reached, held), (first, second) = inside(moving, "dear"), inside(moving, "base")
    change = (reached & held).astype(float) - (first & second)
    assert row["points against 'base' (± one standard error)"] == (
        f"{100 * change.mean():+.1f} ± {100 * change.std() / np.sqrt(1_000):.1f}"
    )
    each = table(found.section("scenarios"), "Alone: cash over the quarter is always at least 95 up to 2026Q4")
    row = dict(zip(each.columns, each.rows[1], strict=True))
    assert (row["scenario"], row["probability alone"]) == ("dear", f"{held.mean():.1%}")
    low, middle, high = np.quantile(moving.values("cash", "dear")[:4].min(axis=0), [0.1, 0.5, 0.9])
    assert row["cash, the lowest quarter up to 2026Q4, million CNY: median (10 to 90 %)"] == (
        f"{middle:,.0f} ({low:,.0f} to {high:,.0f})"
    )
    assert "half of the paths by" not in compared.columns


def test_a_threshold_in_another_unit_is_a_warning_of_the_page(moving):
    goal = fc.Goal("profit", at_least=80_000, over="quarter", by="2027Q2")
    warned = table(report(moving, goal, leave_out=FAST).section("picture"), "Warnings: 1 that goes")
    ((told,),) = warned.rows
    assert told.startswith("the goal's 80000 is more than 20 times as large as 'profit' ever is over the quarter, ")


def test_the_line_of_a_ratio_is_told_with_decimals(moving):
    company = fc.calibrate(
        moving.company.model.replacing(fc.drivers.Formula("margin = profit / sales")),
        first="2026Q1",
        opening={"cash": 100.0},
    )
    runs = fc.simulate(company, fc.Scenario("base"), until="2026Q4", paths=500, seed=7)
    goal = fc.Goal("margin", at_least=0.2, over="quarter", by="2026Q4")
    compared = table(report(runs, goal, leave_out=FAST).section("scenarios"), "Scenarios compared")
    low, middle, high = np.quantile(runs.values("margin")[-1], [0.1, 0.5, 0.9])
    column = compared.columns.index("margin, quarter to 2026Q4, ratio: median (10 to 90 %)")
    assert compared.rows[0][column] == f"{middle:,.3f} ({low:,.3f} to {high:,.3f})"


@pytest.mark.parametrize("width", [1280, 400])
def test_a_table_fits_the_page_or_shows_that_it_goes_on(browser, moving, tmp_path, width):
    more = fc.Goal("sales", at_least=30, over="quarter", by="2027Q4", always=True)
    found = report(moving, fc.Goals((PROFIT, CASH, more)), leave_out=FAST).save(tmp_path / "report.html")
    open_page(browser, found, width)
    told = run(
        browser,
        "return [...document.querySelectorAll('#scenarios > .scroll')].map((one) => [one.scrollWidth > one.clientWidth,"
        "getComputedStyle(one).backgroundAttachment])",
    )
    assert len(told) == 4
    assert width < 1280 or not any(scrolls for scrolls, _ in told)
    assert {hint for _, hint in told} == {"local, local, scroll, scroll"}


def test_one_goal_that_always_holds_says_when_it_fails(moving):
    goal = fc.Goal("cash", at_least=95, over="quarter", by="2027Q2", always=True)
    answer = report(moving, goal, leave_out=FAST).answer
    held = np.minimum.accumulate(moving.values("cash", "base") >= 95, axis=0).mean(axis=1)
    tenth = moving.quarters[int(np.flatnonzero(1 - held >= 0.1)[0])]
    assert answer.startswith(
        "Under scenario 'base' the probability that cash over the quarter is always at least 95 up to 2027Q2 is "
        f"{held[5]:.1%} ("
    )
    assert f"; it fails by {tenth} on one path in ten, " in answer
    assert answer.endswith(f" and holds to 2027Q4 on {held[7]:.1%}.")


def test_goals_alike_have_dates_together(moving):
    later = fc.Goal("cash", at_least=150, over="quarter", by="2027Q2")
    found = report(moving, fc.Goals((PROFIT, later)), leave_out=FAST)
    assert (
        "profit over the quarter is at least 12 and cash over the quarter is at least 150 by 2027Q2, on the same path,"
    ) in found.answer
    compared = table(found.section("scenarios"), "Scenarios compared")
    row = dict(zip(compared.columns, compared.rows[0], strict=True))
    profit, cash = moving.values("profit", "base"), moving.values("cash", "base")
    both = [((profit[: t + 1] >= 12).any(axis=0) & (cash[: t + 1] >= 150).any(axis=0)).mean() for t in range(8)]
    half = np.flatnonzero(np.array(both) >= 0.5)
    assert row["half of the paths by"] == (str(moving.quarters[half[0]]) if len(half) else "after 2027Q4")


def test_every_question_is_asked_of_all_goals_together(moving):
    goals = fc.Goals((PROFIT, CASH))
    found = report(moving, goals, leave_out="frontier", levers="costs.value")
    sought = fc.goal_seek(moving.company, moving.scenarios[0], vary="costs.value", goal=goals, paths=1_000, seed=7)
    rows = table(found.section("demands"), "Goal seeks")
    row = dict(zip(rows.columns, rows.rows[0], strict=True))
    assert row["needed"] == f"at most {sought.answer:.4g}"
    assert row["alone there: profit over the quarter is at least 12 by 2027Q2"] == f"{sought.achieved_alone[0]:.1%}"
    live = found.data["live"]
    assert {one["name"] for one in live["lines"]} >= {"profit", "cash"}
    # at today's median, which is where costs stand on every path: the share of the simulation itself
    at = live["levers"][0]["values"].index(35.0)
    reached, held = inside(moving, "base")
    assert live["probability"][at][live["row"]] == pytest.approx((reached & held).mean(), abs=1e-9)
    assert found.section("bridge").data["bridge"][0]["from"] == pytest.approx((reached & held).mean(), abs=1e-9)


def test_a_date_of_any_goal_outside_the_simulation_is_refused(moving):
    late = fc.Goal("cash", at_least=0, over="quarter", by="2030Q1")
    with pytest.raises(fc.ForecastError) as problem:
        report(moving, fc.Goals((PROFIT, late)))
    assert str(problem.value) == (
        "the report cannot be made\n"
        "  - the goal's date 2030Q1 lies outside the simulated quarters 2026Q1 to 2027Q4; simulate until then."
    )


def test_no_goal_at_all_is_refused(moving):
    with pytest.raises(GoalError, match=r"^the goal is an object of the type str, not Goal; write "):
        report(moving, "net_profit")


def test_goals_in_words():
    held = fc.Goal("cash", at_most=3, over="quarter", by="2027Q4", always=True)
    assert wish(fc.Goals((held,))) == "cash over the quarter is always at most 3"
    assert due(fc.Goals((held,)), "2027Q4") == "cash over the quarter is always at most 3 up to 2027Q4"
    row = fc.Goal("profit", at_least=0, over="quarter", quarters=2, by="2026Q4")
    assert wish(fc.Goals((row, held))) == (
        "profit over the quarter is at least 0, 2 in a row by 2026Q4 and cash over the quarter is always at most 3"
    )
