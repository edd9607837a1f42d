"""Where a company's revenue, R&D and losses are going, and what would have to be true for it to break even.

The table of contents: every public name, loaded when it is first used, so that importing is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from forecast.version import VERSION

if TYPE_CHECKING:
    from forecast import drivers, errors, forecasters, shocks
    from forecast.analysis import (
        Breakeven,
        BreakevenDate,
        Bridge,
        Elasticities,
        Goal,
        Goals,
        GoalSeek,
        Guidance,
        Honesty,
        Information,
        Mean,
        Payoff,
        Plausibility,
        Probability,
        Quantile,
        Reality,
        Region,
        Runway,
        Scan,
        Sensitivity,
        Stress,
        Summary,
        VarianceShares,
        View,
        breakeven,
        bridge,
        check_reality,
        condition,
        discover,
        elasticities,
        goal_seek,
        honesty,
        payback,
        plausibility,
        revision,
        runway,
        scan,
        sensitivity,
        stress,
        summarise,
        value_of_information,
        variance_shares,
    )
    from forecast.calibration import calibrate, share_errors
    from forecast.datasets import kunlun_folder, load_kunlun
    from forecast.distributions import Distribution, beta, fixed, lognormal, normal, student_t, triangular, uniform
    from forecast.drivers import read_model
    from forecast.errors import ForecastError
    from forecast.evaluation import Backtest, backtest, backtest_model
    from forecast.financials import (
        Disaggregation,
        Financials,
        History,
        Mapping,
        Part,
        Rates,
        Related,
        disaggregate,
        read_financials,
        unread,
    )
    from forecast.forecasters import Prediction, Predictions, predict
    from forecast.model import Assumption, CalibratedModel, Model, assume
    from forecast.reporting import (
        fiscal_year_table,
        plot_breakeven,
        plot_bridge,
        plot_fan,
        plot_goal_seek,
        plot_overview,
        plot_tornado,
    )
    from forecast.scenario import Mixture, RealityCheck, Scenario, Scenarios, When
    from forecast.shocks import checks_to_yaml, read_checks, read_scenarios, scenarios_to_yaml
    from forecast.simulation import Simulation, simulate
    from forecast.timeline import Quarter


_WHERE = {
    "forecast.analysis": (
        "Breakeven",
        "BreakevenDate",
        "Bridge",
        "Elasticities",
        "Goal",
        "GoalSeek",
        "Goals",
        "Guidance",
        "Honesty",
        "Information",
        "Mean",
        "Payoff",
        "Plausibility",
        "Probability",
        "Quantile",
        "Reality",
        "Region",
        "Runway",
        "Scan",
        "Sensitivity",
        "Stress",
        "Summary",
        "VarianceShares",
        "View",
        "breakeven",
        "bridge",
        "check_reality",
        "condition",
        "discover",
        "elasticities",
        "goal_seek",
        "honesty",
        "payback",
        "plausibility",
        "revision",
        "runway",
        "scan",
        "sensitivity",
        "stress",
        "summarise",
        "value_of_information",
        "variance_shares",
    ),
    "forecast.calibration": (
        "calibrate",
        "share_errors",
    ),
    "forecast.datasets": (
        "kunlun_folder",
        "load_kunlun",
    ),
    "forecast.distributions": (
        "Distribution",
        "beta",
        "fixed",
        "lognormal",
        "normal",
        "student_t",
        "triangular",
        "uniform",
    ),
    "forecast.drivers": ("read_model",),
    "forecast.errors": ("ForecastError",),
    "forecast.evaluation": (
        "Backtest",
        "backtest",
        "backtest_model",
    ),
    "forecast.financials": (
        "Disaggregation",
        "Financials",
        "History",
        "Mapping",
        "Part",
        "Rates",
        "Related",
        "disaggregate",
        "read_financials",
        "unread",
    ),
    "forecast.forecasters": (
        "Prediction",
        "Predictions",
        "predict",
    ),
    "forecast.model": (
        "Assumption",
        "CalibratedModel",
        "Model",
        "assume",
    ),
    "forecast.reporting": (
        "fiscal_year_table",
        "plot_breakeven",
        "plot_bridge",
        "plot_fan",
        "plot_goal_seek",
        "plot_overview",
        "plot_tornado",
    ),
    "forecast.scenario": (
        "Mixture",
        "RealityCheck",
        "Scenario",
        "Scenarios",
        "When",
    ),
    "forecast.shocks": (
        "checks_to_yaml",
        "read_checks",
        "read_scenarios",
        "scenarios_to_yaml",
    ),
    "forecast.simulation": (
        "Simulation",
        "simulate",
    ),
    "forecast.timeline": ("Quarter",),
}
__version__ = VERSION
_MODULES = ("drivers", "errors", "forecasters", "shocks")
_HOME = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "Assumption",
    "Backtest",
    "Breakeven",
    "BreakevenDate",
    "Bridge",
    "CalibratedModel",
    "Disaggregation",
    "Distribution",
    "Elasticities",
    "Financials",
    "ForecastError",
    "Goal",
    "GoalSeek",
    "Goals",
    "Guidance",
    "History",
    "Honesty",
    "Information",
    "Mapping",
    "Mean",
    "Mixture",
    "Model",
    "Part",
    "Payoff",
    "Plausibility",
    "Prediction",
    "Predictions",
    "Probability",
    "Quantile",
    "Quarter",
    "Rates",
    "Reality",
    "RealityCheck",
    "Region",
    "Related",
    "Runway",
    "Scan",
    "Scenario",
    "Scenarios",
    "Sensitivity",
    "Simulation",
    "Stress",
    "Summary",
    "VarianceShares",
    "View",
    "When",
    "__version__",
    "assume",
    "backtest",
    "backtest_model",
    "beta",
    "breakeven",
    "bridge",
    "calibrate",
    "check_reality",
    "checks_to_yaml",
    "condition",
    "disaggregate",
    "discover",
    "drivers",
    "elasticities",
    "errors",
    "fiscal_year_table",
    "fixed",
    "forecasters",
    "goal_seek",
    "honesty",
    "kunlun_folder",
    "load_kunlun",
    "lognormal",
    "normal",
    "payback",
    "plausibility",
    "plot_breakeven",
    "plot_bridge",
    "plot_fan",
    "plot_goal_seek",
    "plot_overview",
    "plot_tornado",
    "predict",
    "read_checks",
    "read_financials",
    "read_model",
    "read_scenarios",
    "revision",
    "runway",
    "scan",
    "scenarios_to_yaml",
    "sensitivity",
    "share_errors",
    "shocks",
    "simulate",
    "stress",
    "student_t",
    "summarise",
    "triangular",
    "uniform",
    "unread",
    "value_of_information",
    "variance_shares",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"forecast.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'forecast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
