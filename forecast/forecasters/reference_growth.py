"""Growth on the year, shrunk to a reference class: for one to seven values, and honest about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.errors import CalibrationError
from forecast.forecasters.contract import check_history, check_options
from forecast.forecasters.form import InnovationsForm
from forecast.forecasters.reference import ReferenceClass, reference_class, spread_of_a_quarter

PRIOR_YEARS = 2.0
"""Years of own growth that the reference class counts as."""


@dataclass(frozen=True)
class ReferenceGrowth:
    """Growth as in a reference class of companies, shrunk towards the line's own as that gets longer, on logs.

    g = (N * own + K * median of the class) / (N + K)      [log growth a year], K = ``PRIOR_YEARS``
    own: mean of z[t] - z[t-s] over the last N = (n - s) / s years, s periods a year; N = 0 where n <= s
    mean[h] = last value of the same season + g * years to it, where there is a whole year; else z[n] + h / s * g
    covariance[i, j] = D**2 / s * min(i, j) + (i = j) * Q**2                  i, j = 1, ..., horizon

    D is the spread of growth a year in the class, Q that of a change from quarter to quarter (0 for years, and halved
    where a whole year shows the season). Residuals are the changes on the year less g, none where there is no year.
    ``revenue`` in USD million a year chooses the class by size; the last own growth chooses it by pace where there is
    one. Only positive values: losses have no growth. Needs 1 observation.
    """

    revenue: float | None = None

    def __post_init__(self) -> None:
        fine = self.revenue is None or (not isinstance(self.revenue, bool) and np.isfinite(self.revenue))
        check_options("ReferenceGrowth", {"revenue": (self.revenue, bool(fine), "None or USD million a year")})

    @property
    def name(self) -> str:
        """``ReferenceGrowth``."""
        return "ReferenceGrowth"

    def minimum(self, season: int) -> int:
        """1."""
        return 1

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class."""
        y = check_history(values, horizon=horizon, season=season, name=self.name, minimum=1)
        if np.any(y <= 0):
            at = int(np.argmax(y <= 0))
            raise CalibrationError(
                f"{self.name} models growth, and the value at position {at} is {y[at]:g}. "
                "Use Combination() on 4 values or more, or model the lines that make it up."
            )
        z = np.log(y)
        n, s = z.size, season
        changes = z[s:] - z[:-s] if n > s else np.zeros(0)
        chosen = self._class(changes)
        years = changes.size / s
        own = float(np.mean(changes)) if changes.size else 0.0
        typical = float(np.log1p(chosen.quantile(0.5)))
        g = (years * own + PRIOR_YEARS * typical) / (years + PRIOR_YEARS)
        ahead = np.arange(1, horizon + 1)
        whole = n >= s and s > 1
        seasons = np.resize(z[-s:], horizon) + g * np.ceil(ahead / s)
        mean = seasons if whole else z[-1] + g * ahead / s
        noise = 0.0 if s == 1 else spread_of_a_quarter() * (0.5 if whole else 1.0)
        covariance = chosen.spread() ** 2 / s * np.minimum.outer(ahead, ahead) + noise**2 * np.eye(horizon)
        factor = np.linalg.cholesky(covariance)
        scale = float(factor[0, 0])
        return InnovationsForm(
            mean=mean,
            response=np.tril(factor) / scale,
            scale=scale,
            residuals=changes - g,
            transformation="log",
            name=f"ReferenceGrowth(companies' median growth {np.expm1(typical):.1%}, own counts {years:.1f} years)",
            points=n,
        )

    def _class(self, changes: Array) -> ReferenceClass:
        pace = float(np.expm1(changes[-1])) if changes.size else None
        return reference_class(revenue=self.revenue, growth=pace)
