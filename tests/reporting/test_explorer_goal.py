"""What is explored where nothing is said: breakeven by the last year end."""

import pandas as pd
import pytest

import forecast as fc
from forecast.drivers import Path
from forecast.errors import GoalError
from forecast.reporting.explorer_goal import last_year_end, settled_goals


def company(line="net_profit", first="2026Q2", horizon=11):
    return fc.calibrate(fc.Model(Path(line, value=fc.normal(0, 1))), first=first, horizon=horizon)


@pytest.mark.parametrize(
    ("first", "horizon", "until", "wanted"),
    [
        ("2026Q1", 40, None, "2035Q4"),  # ten years
        ("2026Q2", 11, None, "2028Q4"),  # the last quarter is a year end
        ("2026Q2", 14, None, "2028Q4"),  # it is 2029Q3
        ("2026Q2", 14, "2028Q3", "2027Q4"),
        ("2026Q1", 3, None, "2026Q3"),  # no year ends
    ],
)
def test_the_last_year_end_is_that_of_the_horizon_or_of_until(first, horizon, until, wanted):
    assert str(last_year_end(company(first=first, horizon=horizon), until)) == wanted


def test_without_a_goal_it_is_the_breakeven_of_the_net_profit():
    frame = pd.DataFrame({"net_profit": [1.0, 2.0, 3.0]}, index=pd.period_range("2025Q3", periods=3, freq="Q"))
    model = fc.Model(Path("net_profit", value=fc.normal(0, 1)))
    (goal,) = settled_goals(fc.calibrate(model, fc.History.from_frame(frame), horizon=11), None, None).parts
    assert (goal.line, goal.at_least, goal.over, goal.by) == ("net_profit", 0, "trailing_year", "2028Q4")


@pytest.mark.parametrize(
    ("first", "known", "window"), [("2026Q1", 2, "fiscal_year"), ("2026Q3", 2, "fiscal_year"), ("2026Q4", 2, "quarter")]
)
def test_where_the_history_is_short_the_window_is_the_longest_that_is_known(first, known, window):
    index = pd.period_range(end=str(fc.Quarter.parse(first) + -1), periods=known, freq="Q")
    history = fc.History.from_frame(pd.DataFrame({"net_profit": [1.0] * known}, index=index))
    found = fc.calibrate(fc.Model(Path("net_profit", value=fc.normal(0, 1))), history)
    assert settled_goals(found, None, None).parts[0].over == window


def test_a_goal_keeps_its_date_and_several_share_the_latest():
    dated = fc.Goal("net_profit", at_least=1, by="2027Q1", probability=0.9)
    open_ended = fc.Goal("net_profit", at_least=0)
    assert settled_goals(company(), dated, None).parts == (dated,)
    assert [part.by for part in settled_goals(company(), [dated, open_ended], None).parts] == ["2027Q1", "2027Q1"]
    assert settled_goals(company(), open_ended, "2028Q1").by == "2027Q4"


def test_a_model_without_net_profit_is_told_what_to_pass():
    with pytest.raises(GoalError) as caught:
        settled_goals(company("margin"), None, None)
    assert str(caught.value) == (
        "the model has no line 'net_profit' whose breakeven could be explored; say what is wanted, as in "
        "goal=Goal('margin', at_least=0, by='2028Q4')."
    )
