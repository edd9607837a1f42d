"""What a scenario is: shocks, their timing, and how they stack."""

from forecast.scenario.contract import Before, Shock, Timing, label, settle, timing_of
from forecast.scenario.dates import Dates
from forecast.scenario.scenario import Scenario

__all__ = ["Before", "Dates", "Scenario", "Shock", "Timing", "label", "settle", "timing_of"]
