"""The catalogue of drivers, one a file, and how models are read from a file."""

from forecast.drivers.conversion import Conversion
from forecast.drivers.formula import Formula
from forecast.drivers.growth import Growth
from forecast.drivers.oneoff import OneOff
from forecast.drivers.path import Path
from forecast.drivers.rate import Rate
from forecast.drivers.ratio import Ratio
from forecast.drivers.reading import read_model
from forecast.drivers.scurve import SCurve
from forecast.drivers.trend import Trend

__all__ = ["Conversion", "Formula", "Growth", "OneOff", "Path", "Rate", "Ratio", "SCurve", "Trend", "read_model"]
