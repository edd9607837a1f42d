"""A driver, a shock and a forecaster of one's own, and an answer that uses all three."""

from forecast_downstream_example.answer import Answer, answer
from forecast_downstream_example.driver import Seats
from forecast_downstream_example.forecaster import MedianStep
from forecast_downstream_example.shock import Toward

__all__ = ["Answer", "MedianStep", "Seats", "Toward", "answer"]
