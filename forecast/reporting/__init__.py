"""Pictures and text tables of what was computed; the report in one file, which asks the questions that it tells."""

from forecast.reporting.arr_chart import plot_arr
from forecast.reporting.bridge_chart import plot_bridge
from forecast.reporting.calibration_chart import plot_calibration
from forecast.reporting.contradiction_chart import plot_contradictions
from forecast.reporting.explorer import Explorer, explore
from forecast.reporting.fan import plot_fan
from forecast.reporting.frontier_chart import plot_frontier
from forecast.reporting.goal_seek_chart import plot_goal_seek
from forecast.reporting.history_chart import plot_history
from forecast.reporting.overview import plot_overview
from forecast.reporting.page import Report, report
from forecast.reporting.plausibility_chart import plot_plausibility as plot_plausibility
from forecast.reporting.probability_chart import plot_breakeven
from forecast.reporting.runway_chart import plot_runway
from forecast.reporting.segment_chart import plot_segments
from forecast.reporting.tables import fiscal_year_table
from forecast.reporting.tornado_chart import plot_tornado
from forecast.reporting.variance_chart import plot_variance_shares
from forecast.reporting.workbook import write_results, write_workbook

__all__ = [
    "Explorer",
    "Report",
    "explore",
    "fiscal_year_table",
    "plot_arr",
    "plot_breakeven",
    "plot_bridge",
    "plot_calibration",
    "plot_contradictions",
    "plot_fan",
    "plot_frontier",
    "plot_goal_seek",
    "plot_history",
    "plot_overview",
    "plot_plausibility",
    "plot_runway",
    "plot_segments",
    "plot_tornado",
    "plot_variance_shares",
    "report",
    "write_results",
    "write_workbook",
]
