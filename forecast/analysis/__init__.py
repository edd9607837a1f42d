"""Questions asked of simulations: when is a goal reached, and what must be true for it."""

from forecast.analysis.breakeven_dates import Breakeven, breakeven
from forecast.analysis.goal import Goal
from forecast.analysis.goals import Goals
from forecast.analysis.honesty import Honesty, honesty
from forecast.analysis.inverse import GoalSeek, Reach, goal_seek
from forecast.analysis.statistic import BreakevenDate, Mean, Probability, Quantile, Statistic
from forecast.analysis.tornado import Sensitivity, sensitivity

__all__ = [
    "Breakeven",
    "BreakevenDate",
    "Goal",
    "GoalSeek",
    "Goals",
    "Honesty",
    "Mean",
    "Probability",
    "Quantile",
    "Reach",
    "Sensitivity",
    "Statistic",
    "breakeven",
    "goal_seek",
    "honesty",
    "sensitivity",
]
