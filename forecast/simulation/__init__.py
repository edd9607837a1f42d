"""The only place where time moves."""

from forecast.simulation.outcome import Outcome
from forecast.simulation.paths import Simulation
from forecast.simulation.plan import check_scenarios
from forecast.simulation.quantiles import quantiles_over_paths
from forecast.simulation.reproducing import Difference, Reproduction
from forecast.simulation.running import Run, horizon_of, run_of, simulate
from forecast.simulation.windows import WINDOWS, window
from forecast.simulation.wiring import wired

__all__ = [
    "WINDOWS",
    "Difference",
    "Outcome",
    "Reproduction",
    "Run",
    "Simulation",
    "check_scenarios",
    "horizon_of",
    "quantiles_over_paths",
    "run_of",
    "simulate",
    "window",
    "wired",
]
