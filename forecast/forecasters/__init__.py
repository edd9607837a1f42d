"""Forecasters: each turns a history into the one innovations form; ``predict`` answers for a bare series."""

from forecast.forecasters.adapted import Adapted as Adapted
from forecast.forecasters.adapted import adapt as adapt
from forecast.forecasters.arima import ARIMA as ARIMA
from forecast.forecasters.combination import Combination as Combination
from forecast.forecasters.combination import combine as combine
from forecast.forecasters.contract import Forecaster as Forecaster
from forecast.forecasters.ets import ETS as ETS
from forecast.forecasters.form import InnovationsForm as InnovationsForm
from forecast.forecasters.moving_average import MovingAverage as MovingAverage
from forecast.forecasters.panels import Series as Series
from forecast.forecasters.panels import read_panel as read_panel
from forecast.forecasters.periods import Periods as Periods
from forecast.forecasters.periods import period_labels as period_labels
from forecast.forecasters.periods import read_periods as read_periods
from forecast.forecasters.predicting import Predictions as Predictions
from forecast.forecasters.predicting import predict as predict
from forecast.forecasters.prediction import Prediction as Prediction
from forecast.forecasters.prophet_model import ProphetForecaster as ProphetForecaster
from forecast.forecasters.random_walk import RandomWalk as RandomWalk
from forecast.forecasters.regression import Regression as Regression
from forecast.forecasters.seasonal_naive import SeasonalNaive as SeasonalNaive
from forecast.forecasters.smoothing import AveragedSmoothing as AveragedSmoothing
from forecast.forecasters.structural import Structural as Structural
from forecast.forecasters.theta import Theta as Theta
