"""Ratio: a line that is a share of another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.dimensions import Dimension
from forecast.distributions import Array, fixed, normal, triangular
from forecast.drivers.stating import kept_part, settle, spread_of
from forecast.errors import CalibrationError, HistoryTooShortError, ModelError
from forecast.lines import Identity, Line
from forecast.model import Fit, Noise, Now, Parameter, Past, Stated, Units, check_shared, parameter

USED = 8
"""Quarters of history that decide the level of a ratio; older ones say little about today."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share of another line that drifts to a target.

    line[t] = min(max(share[t], floor), cap) * of[t]                                    [unit of ``of``]
    share[t] = target + (share[t-1] - target) * 2**(-1 / half_life) + volatility * error[t]

    ``half_life`` is in quarters. With ``only_positive`` the share is taken of max(of, 0): a tax on profit.
    Where not stated: ``start`` is the last known share; ``target`` is the mean of the last eight shares,
    normal with their standard deviation over sqrt(n/2) (neighbouring shares resemble each other, so n of
    them count as n/2); ``volatility`` is the standard deviation of the steps between them, each over the root
    of the quarters between; a last share k quarters old carries the error volatility * sqrt(k);
    ``half_life`` is triangular(2, 4, 8), a judgement. Estimated quarters are not used. Needs 3 known shares.
    """

    line: str
    of: str
    target: Stated | None = None
    half_life: Stated | None = None
    volatility: Stated | None = None
    start: Stated | None = None
    floor: float = 0.0
    cap: float = 10.0
    only_positive: bool = False
    currency: str | None = None
    shared: Mapping[str, float] | tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        ends = (self.floor, self.cap)
        if any(isinstance(end, bool) or not isinstance(end, int | float) for end in ends) or not ends[0] < ends[1]:
            raise ModelError(
                f"the Ratio '{self.line}' has floor {self.floor!r} and cap {self.cap!r}; give numbers with floor < cap."
            )
        settle(self, "target", "half_life", "volatility", "start")

    def describe(self) -> Line:
        """A flow."""
        return Line(self.line, "flow", currency=self.currency)

    def parameters(self) -> tuple[Parameter, ...]:
        """The target is a lever, the rest is not."""
        line, low, high = self.line, self.floor, self.cap
        return (
            parameter(line, "target", self.target, role="lever", unit=f"of {self.of}", low=low, high=high),
            parameter(line, "half_life", self.half_life, role="constant", unit="quarters", low=0.01, high=400),
            parameter(line, "volatility", self.volatility, role="uncertainty", low=0.0, high=10.0),
            parameter(line, "start", self.start, role="uncertainty", unit=f"of {self.of}", low=low, high=high),
        )

    def reads(self) -> tuple[tuple[str, int], ...]:
        """The line that it is a share of."""
        return ((self.of, 0),)

    def noises(self) -> tuple[Noise, ...]:
        """The quarter's surprise in the share."""
        return (Noise("error", shared=check_shared(self.shared)),)

    def records(self) -> tuple[str, ...]:
        """The share."""
        return ("share",)

    def last(self, own: Mapping[str, Array]) -> Array | None:
        """What the history says."""
        return None

    def identity(self) -> Identity | None:
        """None: the share is not known in the history."""
        return None

    def measures(self, units: Units) -> Dimension:
        """A share of a line in the same currency and unit; of a stock, a rate a quarter."""
        return units.share("Ratio", self.of)

    def calibrate(self, past: Past) -> Fit:
        """Level and spread of the recent shares."""
        found = {"half_life": triangular(2, 4, 8)}
        if None in (self.target, self.volatility, self.start):
            shares, quarters = self._shares(past)
            spread = float(np.std(shares, ddof=1))
            mean = float(np.mean(shares))
            steps = np.diff(shares) / np.sqrt(np.diff(quarters))
            age = (0 if past.history is None else len(past.history.quarters) - 1) - int(quarters[-1])
            last = float(np.clip(shares[-1], self.floor, self.cap))
            found["target"] = normal(mean, max(spread / np.sqrt(len(shares) / 2), 0.005 * abs(mean), 1e-6))
            found["volatility"] = spread_of(steps, 0.002)
            wander = found["volatility"].median * float(np.sqrt(max(age, 0)))
            found["start"] = fixed(last) if age <= 0 else normal(last, wander).between(self.floor, self.cap)
        return Fit(found, judged=("half_life",))

    def _shares(self, past: Past) -> tuple[Array, NDArray[np.intp]]:
        """The last known shares, and in which quarter of the history each is."""
        history = past.history
        if history is None or self.line not in history.lines or self.of not in history.lines:
            raise CalibrationError(
                f"'{self.line}' (Ratio of '{self.of}') has parameters to fit, but the history lacks one of the "
                "two lines. State target, volatility and start."
            )
        above, below = history.values(self.line), history.values(self.of)
        sure = np.array(
            [
                "estimated" not in marks and "missing" not in marks
                for marks in zip(history.marks(self.line), history.marks(self.of), strict=True)
            ]
        )
        quarters = np.flatnonzero(sure & (np.nan_to_num(below) > 0))[-USED:]
        shares = above[quarters] / below[quarters]
        if len(shares) < 3:
            raise HistoryTooShortError(
                f"'{self.line}' (Ratio of '{self.of}') needs 3 quarters in which both are known and the latter is "
                f"above 0; the history has {len(shares)}. State target, volatility and start."
            )
        return shares, quarters

    def step(self, now: Now) -> Array:
        """One quarter on."""
        share = now.recall("state")
        share = now.parameter("start") if share is None else share
        target = now.parameter("target")
        share = target + (share - target) * kept_part(now) + now.parameter("volatility") * now.error()
        now.keep("state", share)
        share = np.minimum(np.maximum(share, self.floor), self.cap)
        now.keep("share", share)
        base = now.value(self.of)
        return share * (np.maximum(base, 0.0) if self.only_positive else base)
