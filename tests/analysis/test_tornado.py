import numpy as np
import pytest
from scipy import stats

import forecast as fc
from forecast.errors import GoalError

GOAL = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1")


def company():
    model = fc.Model(
        fc.drivers.Path("revenue", value=fc.normal(100, 10)),
        fc.drivers.Path("expense", value=fc.normal(95, 5)),
        fc.drivers.Path("unrelated", value=fc.normal(1, 1)),
        fc.drivers.Ratio("cost", of="revenue", target=0.0, start=0.0, volatility=0.0),
        fc.drivers.Formula("profit = revenue - cost - expense"),
    )
    return fc.calibrate(model, first="2026Q1")


def test_each_bar_is_the_closed_form_probability_and_the_longest_comes_first():
    found = fc.sensitivity(company(), fc.Scenario("base"), goal=GOAL, paths=40_000, seed=3)
    assert [bar.parameter for bar in found.bars] == ["revenue.value", "expense.value"]
    revenue, expense = found.bars
    z = stats.norm.ppf(0.9)
    # revenue fixed at r: P(expense <= r); expense fixed at e: P(revenue >= e); 5 sigma of 40,000 paths is 0.0125
    assert revenue.at_low == pytest.approx(stats.norm.cdf((100 - 10 * z - 95) / 5), abs=0.0125)
    assert revenue.at_high == pytest.approx(stats.norm.cdf((100 + 10 * z - 95) / 5), abs=0.0125)
    assert expense.at_low == pytest.approx(stats.norm.sf((95 - 5 * z - 100) / 10), abs=0.0125)
    assert expense.at_high == pytest.approx(stats.norm.sf((95 + 5 * z - 100) / 10), abs=0.0125)
    assert found.base == pytest.approx(stats.norm.cdf(5 / np.hypot(10, 5)), abs=0.0125)
    assert list(found.to_frame()["swing"]) == [revenue.swing, expense.swing]
    assert "revenue.value: " in str(found)


def test_a_lever_and_other_bad_questions_are_refused_all_at_once():
    goal = fc.Goal("proft", at_least=0)
    with pytest.raises(GoalError) as caught:
        fc.sensitivity(
            company(), fc.Scenario("base"), goal=goal, vary=["cost.target", "revnue.value"], levels=(0.9, 0.1), seed=1
        )
    assert str(caught.value) == (
        "the sensitivity cannot be answered as asked\n"
        "  - the goal is on 'proft'. Did you mean 'profit'?\n"
        "  - the goal needs a date: Goal(..., by='2027Q4').\n"
        "  - levels are (0.9, 0.1); give two rising numbers in (0, 1), as in (0.1, 0.9).\n"
        "  - 'cost.target' is a lever; a tornado moves uncertainties only. "
        "A goal seek moves levers: goal_seek(..., vary=...).\n"
        "  - there is no parameter 'revnue.value'. Did you mean 'revenue.value'?"
    )
