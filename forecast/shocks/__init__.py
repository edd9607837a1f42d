"""The catalogue of shocks, one a file, and how scenarios are read from a file."""

from forecast.shocks.add import Add
from forecast.shocks.cap import Cap
from forecast.shocks.checks import checks_to_yaml, read_checks
from forecast.shocks.delay import Delay
from forecast.shocks.floor import Floor
from forecast.shocks.grow import Grow
from forecast.shocks.hold import Hold
from forecast.shocks.pulse import Pulse
from forecast.shocks.ramp import Ramp
from forecast.shocks.reading import read_scenarios, scenarios_to_yaml
from forecast.shocks.replace import Replace
from forecast.shocks.scale import Scale
from forecast.shocks.schema import scenario_schema
from forecast.shocks.set import Set

__all__ = [
    "Add",
    "Cap",
    "Delay",
    "Floor",
    "Grow",
    "Hold",
    "Pulse",
    "Ramp",
    "Replace",
    "Scale",
    "Set",
    "checks_to_yaml",
    "read_checks",
    "read_scenarios",
    "scenario_schema",
    "scenarios_to_yaml",
]
