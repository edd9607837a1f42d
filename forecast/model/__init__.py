"""What a model is: its drivers' contract, their parameters, and how they hang together."""

from forecast.formulas import Expression, parse
from forecast.model.assumption import (
    ROLES,
    Assumption,
    Parameter,
    Stated,
    as_assumption,
    assume,
    parameter,
)
from forecast.model.calibrated import CalibratedModel
from forecast.model.contract import Driver, Fit, Noise, Now, Past, check_shared
from forecast.model.learning import Known, settled
from forecast.model.model import Model

__all__ = [
    "ROLES",
    "Assumption",
    "CalibratedModel",
    "Driver",
    "Expression",
    "Fit",
    "Known",
    "Model",
    "Noise",
    "Now",
    "Parameter",
    "Past",
    "Stated",
    "as_assumption",
    "assume",
    "check_shared",
    "parameter",
    "parse",
    "settled",
]
