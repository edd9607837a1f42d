"""What a scenario is: shocks, their timing, and how they stack."""

from forecast.scenario.collection import Scenarios
from forecast.scenario.condition import Condition
from forecast.scenario.contract import Before, Shock, Timing, label, settle, timing_of
from forecast.scenario.dates import Dates
from forecast.scenario.mixture import Mixture
from forecast.scenario.reality import RealityCheck
from forecast.scenario.rule import When
from forecast.scenario.scenario import Scenario

__all__ = [
    "Before",
    "Condition",
    "Dates",
    "Mixture",
    "RealityCheck",
    "Scenario",
    "Scenarios",
    "Shock",
    "Timing",
    "When",
    "label",
    "settle",
    "timing_of",
]
