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
from forecast.model.model import Model, described
from forecast.model.units import Units, condition_problems, dimensions, measured_by

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
    "Units",
    "as_assumption",
    "assume",
    "check_shared",
    "condition_problems",
    "described",
    "dimensions",
    "measured_by",
    "parameter",
    "parse",
    "settled",
]
