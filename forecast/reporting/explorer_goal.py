"""What the explorer looks at where it is not told: breakeven, by the last year end that can be simulated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecast.analysis import Goal, Goals
from forecast.analysis.goals import AnyGoal, as_goals
from forecast.errors import GoalError
from forecast.model import CalibratedModel
from forecast.timeline import Quarter

LINE = "net_profit"
UNUSED = 0.5
"""The probability of a goal that states none; questions need one, and the explorer never looks at it."""


def settled_goals(company: CalibratedModel, goal: AnyGoal | None, until: str | Quarter | None) -> Goals:
    """The goals with a date; breakeven of ``net_profit`` where there is none, refused for a model without that line.

    Breakeven is over the trailing year, or over the fiscal year or the quarter where the history is too short for that.
    """
    if goal is None:
        if LINE not in company.model.lines:
            raise GoalError(
                f"the model has no line '{LINE}' whose breakeven could be explored; say what is wanted, as in "
                f"goal=Goal('{company.model.drivers[-1].line}', at_least=0, by='{last_year_end(company, until)}')."
            )
        goal = Goal(LINE, at_least=0, over=_window(company))
    goals = as_goals(goal)
    by = goals.by or str(last_year_end(company, until))
    chance = goals.probability or UNUSED
    return Goals(tuple(replace(part, by=part.by or by, probability=chance) for part in goals.parts))


def _window(company: CalibratedModel) -> str:
    """The trailing year where its first quarters are known, else the fiscal year, else the quarter."""
    if company.model.lines[LINE].kind != "flow":
        return "quarter"
    known = [not np.isnan(company.past(LINE, back)) for back in (1, 2, 3)]
    if all(known):
        return "trailing_year"
    return "fiscal_year" if all(known[: company.first.number - 1]) else "quarter"


def last_year_end(company: CalibratedModel, until: str | Quarter | None) -> Quarter:
    """The last fourth quarter up to ``until`` (else of the company's horizon), or that quarter itself without one."""
    last = company.first + (company.horizon - 1) if until is None else Quarter.parse(until)
    ended = last + -(last.number % 4)
    return last if ended < company.first else ended
