"""Questions asked of simulations: when is a goal reached, and what must be true for it."""

from forecast.analysis.breakeven_dates import Breakeven, breakeven
from forecast.analysis.goal import Goal
from forecast.analysis.inverse import GoalSeek, Reach, goal_seek
from forecast.analysis.tornado import Sensitivity, sensitivity

__all__ = ["Breakeven", "Goal", "GoalSeek", "Reach", "Sensitivity", "breakeven", "goal_seek", "sensitivity"]
