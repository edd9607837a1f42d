"""ARIMA of small orders, chosen by AICc, estimated by statsmodels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import adjust, scale_options
from forecast.forecasters.contract import Choice, check_options
from forecast.forecasters.form import InnovationsForm, cumulative_response
from forecast.forecasters.state_space import estimate, innovations, response_of, unconverged

ORDERS = ((0, 0), (1, 0), (0, 1), (1, 1))
"""Autoregressive and moving average orders tried."""

FREEDOM = 6
"""Observations that must be left over after the parameters."""


@dataclass(frozen=True)
class ARIMA:
    """ARIMA(p, d, q) with p and q at most 1, on seasonally adjusted values or their logs; the lowest AICc wins.

    (1 - phi B) ((1 - B)**d a[t] - c) = (1 + theta B) e[t]

    - ``differences`` d: 0 or 1, or ``None``: 1 unless the values are stationary by the variance of their changes,
      var(a[t] - a[t-1]) > var(a[t]), which white noise and mild autocorrelation satisfy and a random walk does not.
    - ``drift``: whether the constant c is estimated where d is 1; where d is 0 the mean always is. Without it changes
      are centred on 0, which is the safer way on short series.

    Orders that leave fewer than ``FREEDOM`` observations or do not converge are not tried; (0, d, 0) always is, in
    closed form. ``seasonal``: see ``seasonal_pattern``; ``log``: see ``choose_log``. Needs 7 observations.

    Source: Box and Jenkins 1976; selection as in Hyndman and Khandakar 2008, with all orders tried.
    """

    differences: int | None = None
    drift: bool = False
    log: Choice = "auto"
    seasonal: Choice = "auto"

    def __post_init__(self) -> None:
        whole = self.differences is None or (self.differences in (0, 1) and not isinstance(self.differences, bool))
        check_options(
            "ARIMA",
            {
                "differences": (self.differences, whole, "None, 0 or 1"),
                "drift": (self.drift, isinstance(self.drift, bool), "True or False"),
                **scale_options(self.log, self.seasonal),
            },
        )

    @property
    def name(self) -> str:
        """``ARIMA``."""
        return "ARIMA"

    def minimum(self, season: int) -> int:
        """7, or two years where ``seasonal`` is True."""
        return max(7, 2 * season) if self.seasonal is True else 7

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. Residuals are the one-step errors, from the first that the differences allow."""
        past = adjust(values, self, horizon=horizon, season=season, seasonal=self.seasonal)
        a = past.values
        d = self._differences(a)
        w = np.diff(a) if d else a
        constant = d == 0 or self.drift
        centre = float(np.mean(w)) if constant else 0.0
        size = float(np.sqrt(np.mean((w - centre) ** 2)))
        flat = size <= 1e-9 * max(past.level, float(np.max(np.abs(a))))
        free = w.size - int(constant) - 1
        tried = [] if flat else [o for o in ORDERS[1:] if free - sum(o) >= FREEDOM]
        z = (w - centre) / size if not flat else w
        best, score = None, w.size * np.log(2 * np.pi) + w.size + _penalty(w.size, 1)
        results = [_estimate(z, p, q) for p, q in tried]
        for result in results:
            if result is not None and result.aicc < score:
                best, score = result, result.aicc
        order = (0, 0) if best is None else (int(best.specification["order"][0]), int(best.specification["order"][2]))
        if best is None:
            ahead, response, errors = np.zeros(horizon), np.eye(horizon), z
        else:
            ahead, response = np.asarray(best.forecast(horizon)), response_of(best, horizon)
            errors = innovations(best)
        mean = centre + (0.0 if flat else size) * ahead
        if d:
            mean, response = a[-1] + np.cumsum(mean), cumulative_response(np.cumsum(response[:, 0]))
        name = f"ARIMA({order[0]},{d},{order[1]})"
        return past.form(
            mean,
            response=response,
            residuals=errors * size if not flat else w - centre,
            parameters=sum(order) + int(constant),
            name=name,
            warnings=unconverged("ARIMA", results.count(None), len(results), name),
        )

    def _differences(self, a: Array) -> int:
        if self.differences is not None:
            return self.differences
        return int(np.var(np.diff(a)) <= np.var(a))


def _penalty(n: int, parameters: int) -> float:
    """2k + 2k(k+1) / (n-k-1), with k counting the variance."""
    return 2 * parameters + 2 * parameters * (parameters + 1) / max(n - parameters - 1, 1)


def _estimate(z: Array, p: int, q: int) -> Any | None:
    """The ARMA(p, q) without a constant; None where it cannot be estimated."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    return estimate(lambda: SARIMAX(z, order=(p, 0, q)))
