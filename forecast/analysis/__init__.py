"""Questions asked of simulations: when is a goal reached, and what must be true for it."""

from forecast.analysis.breakeven_dates import Breakeven, breakeven
from forecast.analysis.bridge import Bridge, bridge
from forecast.analysis.discovery import Region, discover
from forecast.analysis.distance import Plausibility, plausibility
from forecast.analysis.elasticity import Elasticities, elasticities
from forecast.analysis.frontier import Frontier, frontier
from forecast.analysis.goal import Goal
from forecast.analysis.goals import Goals
from forecast.analysis.guidance import Guidance, condition
from forecast.analysis.honesty import Honesty, honesty
from forecast.analysis.information import Information, Known, Payoff, value_of_information
from forecast.analysis.inverse import GoalSeek, Reach, goal_seek
from forecast.analysis.least_change import Change, LeastChange, least_change
from forecast.analysis.levers import Lever
from forecast.analysis.payback import payback
from forecast.analysis.reality import Finding, Reality, check_reality
from forecast.analysis.revision import revision
from forecast.analysis.runway import Runway, runway
from forecast.analysis.scan import Scan, scan
from forecast.analysis.statistic import BreakevenDate, Mean, Probability, Quantile, Statistic
from forecast.analysis.stress import Move, Stress, stress
from forecast.analysis.summary import Summary, summarise
from forecast.analysis.sweep import Sweep, open_sweep, sweep
from forecast.analysis.tornado import Sensitivity, sensitivity
from forecast.analysis.variance import VarianceShares, variance_shares
from forecast.analysis.view import View

__all__ = [
    "Breakeven",
    "BreakevenDate",
    "Bridge",
    "Change",
    "Elasticities",
    "Finding",
    "Frontier",
    "Goal",
    "GoalSeek",
    "Goals",
    "Guidance",
    "Honesty",
    "Information",
    "Known",
    "LeastChange",
    "Lever",
    "Mean",
    "Move",
    "Payoff",
    "Plausibility",
    "Probability",
    "Quantile",
    "Reach",
    "Reality",
    "Region",
    "Runway",
    "Scan",
    "Sensitivity",
    "Statistic",
    "Stress",
    "Summary",
    "Sweep",
    "VarianceShares",
    "View",
    "breakeven",
    "bridge",
    "check_reality",
    "condition",
    "discover",
    "elasticities",
    "frontier",
    "goal_seek",
    "honesty",
    "least_change",
    "open_sweep",
    "payback",
    "plausibility",
    "revision",
    "runway",
    "scan",
    "sensitivity",
    "stress",
    "summarise",
    "sweep",
    "value_of_information",
    "variance_shares",
]
