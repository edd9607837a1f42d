"""From history to numbers."""

from forecast.calibration.common import share_errors
from forecast.calibration.estimation import calibrate

__all__ = ["calibrate", "share_errors"]
