"""Replace: another driver moves a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forecast.distributions import Array
from forecast.drivers.reading import DRIVERS, as_driver
from forecast.errors import ScenarioError
from forecast.model import Driver
from forecast.scenario import Before, Dates, Timing, settle, timing_of
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Replace:
    """``value + weight * (other - value)``, with ``other`` the line under another driver.

    The other driver is calibrated on the same history and runs beside the line's own from the first simulated quarter
    on, so that it is where its own past has led it when the shock starts. Its parameters draw from the streams of
    their names; a goal seek or another shock does not reach them. With a ramp the line moves over gradually.
    """

    target: str
    driver: Any
    start: str | Dates | None = None
    end: str | None = None
    ramp: int = 0
    probability: float = 1.0
    event: str | None = None
    decay: float | None = None
    lasts: int | None = None

    def __post_init__(self) -> None:
        settle(self, sized=False)
        driver = as_driver(self.driver) if isinstance(self.driver, str | Mapping) else self.driver
        if not isinstance(driver, Driver) or isinstance(driver, type):
            raise ScenarioError(
                f"the shock Replace on {self.target!r} has driver {repr(driver)[:60]}; give one of "
                f"{', '.join(kind.__name__ for kind in DRIVERS)}, or a driver of your own."
            )
        if driver.line != self.target:
            raise ScenarioError(
                f"the shock Replace on {self.target!r} has a driver of '{driver.line}'; give one of the line itself."
            )
        object.__setattr__(self, "driver", driver)

    @property
    def timing(self) -> Timing:
        """When it acts."""
        return timing_of(self)

    @property
    def acts_on(self) -> tuple[str, ...]:
        """What it may target."""
        return ("line",)

    @property
    def size(self) -> None:
        """It has none."""
        return

    def apply(self, value: Array, size: Array, weight: float, quarter: Quarter, before: Before) -> Array:
        """The line under the other driver, which comes as ``size``."""
        return size if weight == 1.0 else value + weight * (size - value)
