"""Conversion: recognised revenue from ARR."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.dimensions import Dimension
from forecast.distributions import Array, Distribution, fixed, normal, triangular
from forecast.drivers.stating import kept_part, settle
from forecast.errors import CalibrationError, DistributionError
from forecast.lines import Identity, Line
from forecast.model import Fit, Noise, Now, Parameter, Past, Stated, Units, parameter

WITHIN_QUARTER = 0.10
"""Relative error of the mean of a quarter's two end values as its average ARR: the path between is unknown."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Revenue recognised from the quarter's mean ARR.

    revenue[t] = conversion[t] * fx[t] * (arr[t-1] + arr[t]) / 2 / 4              [currency per quarter]
    conversion[t] = ceiling - (ceiling - start) * 2**(-(t - t0) / half_life)

    computed as ``conversion[t] = ceiling + (conversion[t-1] - ceiling) * 2**(-1 / half_life)``, which is the
    same while the parameters stay and does not jump when they move. ``half_life`` is in quarters; t0 is the
    last quarter of the history. Start and ceiling lie in [0, 1]: more than the whole ARR is never recognised.
    Without ``fx`` both are in one currency.

    Where not stated: ``start`` is recognised over implied revenue in the quarters where ARR is known at both
    ends, normal with the error of the revenue, 10 % for the unknown path of ARR inside the quarter, cut to
    [0, 1]; ``ceiling`` is triangular(0.85, 0.97, 1) and ``half_life`` triangular(2, 5, 12), judgements.
    """

    line: str
    of: str
    fx: str | None = None
    half_life: Stated | None = None
    start: Stated | None = None
    ceiling: Stated | None = None
    currency: str | None = None

    def __post_init__(self) -> None:
        settle(self, "half_life", "start", "ceiling")

    def describe(self) -> Line:
        """A flow in the model's currency."""
        return Line(self.line, "flow", currency=self.currency)

    def parameters(self) -> tuple[Parameter, ...]:
        """How fast ARR converts is a lever; how much of it ever does is not."""
        line = self.line
        return (
            parameter(line, "half_life", self.half_life, role="lever", unit="quarters", low=0.05, high=80.0),
            parameter(line, "start", self.start, role="uncertainty", unit="of ARR", low=0.0, high=1.0),
            parameter(line, "ceiling", self.ceiling, role="uncertainty", unit="of ARR", low=0.0, high=1.0),
        )

    def reads(self) -> tuple[tuple[str, int], ...]:
        """ARR at both ends of the quarter, and the exchange rate."""
        both = ((self.of, 0), (self.of, 1))
        return both if self.fx is None else (*both, (self.fx, 0))

    def noises(self) -> tuple[Noise, ...]:
        """None: the uncertainty is in ARR and in the share."""
        return ()

    def records(self) -> tuple[str, ...]:
        """The recognised share."""
        return ("conversion",)

    def last(self, own: Mapping[str, Array]) -> Array | None:
        """What the history says."""
        return None

    def identity(self) -> Identity | None:
        """None: it is not linear in what the history knows."""
        return None

    def measures(self, units: Units) -> Dimension:
        """A flow from a line that is annualised, in the same currency or through an exchange rate between the two."""
        return units.converted(self.of, self.fx)

    def calibrate(self, past: Past) -> Fit:
        """The recognised share today."""
        found: dict[str, Distribution] = {
            "half_life": triangular(2, 5, 12),
            "ceiling": triangular(0.85, 0.97, 1.0),
        }
        if self.start is None:
            found["start"] = self._start(past)
        return Fit(found, judged=("half_life", "ceiling"))

    def _start(self, past: Past) -> Distribution:
        history = past.history
        needed = [self.line, self.of, *([] if self.fx is None else [self.fx])]
        absent = [name for name in needed if history is None or name not in history.lines]
        if history is None or absent:
            raise CalibrationError(
                f"'{self.line}' (Conversion) cannot estimate its start: the history lacks {', '.join(absent)}. "
                "State 'start', the recognised share of ARR today."
            )
        arr, revenue = history.values(self.of), history.values(self.line)
        fx = np.ones(len(arr)) if self.fx is None else history.values(self.fx)
        implied = np.concatenate([[np.nan], fx[1:] * (arr[:-1] + arr[1:]) / 8])
        known = np.flatnonzero(np.isfinite(implied) & (implied > 0) & np.isfinite(revenue))
        if len(known) == 0:
            raise CalibrationError(
                f"'{self.line}' (Conversion) cannot estimate its start: in no quarter are the revenue and "
                f"'{self.of}' at both ends known. State 'start', the recognised share of ARR today."
            )
        last = known[-1]
        share = float(revenue[last] / implied[last])
        error = math.hypot(history.errors(self.line)[last] / implied[last], WITHIN_QUARTER * share)
        try:
            return normal(share, error).between(0.0, 1.0) if error > 0 else fixed(share)
        except DistributionError:
            raise CalibrationError(
                f"'{self.line}' (Conversion) cannot estimate its start: the revenue of {history.quarters[last]} is "
                f"{share:.3g} times what '{self.of}' implies, and 0 to 1 is possible. "
                "Check currencies and units, or state 'start'."
            ) from None

    def step(self, now: Now) -> Array:
        """One quarter on."""
        share = now.recall("conversion")
        share = now.parameter("start") if share is None else share
        ceiling = now.parameter("ceiling")
        share = ceiling + (share - ceiling) * kept_part(now)
        now.keep("conversion", share)
        mean_arr = (now.value(self.of, 1) + now.value(self.of)) * 0.5
        local = mean_arr if self.fx is None else mean_arr * now.value(self.fx)
        return share * local * 0.25
