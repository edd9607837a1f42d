"""The only place where time moves."""

from forecast.simulation.paths import Simulation
from forecast.simulation.plan import check_scenarios
from forecast.simulation.running import Run, horizon_of, simulate
from forecast.simulation.windows import WINDOWS, window
from forecast.simulation.wiring import wired

__all__ = ["WINDOWS", "Run", "Simulation", "check_scenarios", "horizon_of", "simulate", "window", "wired"]
