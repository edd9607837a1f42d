"""Pictures and text tables of what was computed; nothing is computed anew here."""

from forecast.reporting.bridge_chart import plot_bridge
from forecast.reporting.fan import plot_fan as plot_fan
from forecast.reporting.frontier_chart import plot_frontier
from forecast.reporting.goal_seek_chart import plot_goal_seek as plot_goal_seek
from forecast.reporting.overview import plot_overview as plot_overview
from forecast.reporting.probability_chart import plot_breakeven as plot_breakeven
from forecast.reporting.tables import fiscal_year_table as fiscal_year_table
from forecast.reporting.tornado_chart import plot_tornado
from forecast.reporting.workbook import write_results, write_workbook

__all__ = [
    "fiscal_year_table",
    "plot_breakeven",
    "plot_bridge",
    "plot_fan",
    "plot_frontier",
    "plot_goal_seek",
    "plot_overview",
    "plot_tornado",
    "write_results",
    "write_workbook",
]
