"""From history to numbers."""

from forecast.calibration.estimation import calibrate

__all__ = ["calibrate"]
