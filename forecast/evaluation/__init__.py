"""Evaluation: what forecasts would have been worth, from what was known when they were made."""

from forecast.evaluation.backtest import Backtest as Backtest
from forecast.evaluation.company import backtest_model as backtest_model
from forecast.evaluation.rolling import backtest as backtest
from forecast.evaluation.skill import diebold_mariano as diebold_mariano
