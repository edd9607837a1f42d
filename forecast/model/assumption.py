"""Assumptions: what a user states about a parameter, with its role, its ground and how far it may be moved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from forecast.distributions import Distribution, as_distribution
from forecast.errors import DistributionError, ModelError, did_you_mean

ROLES = ("lever", "uncertainty", "constant")
"""An owner can pull a lever, nobody controls an uncertainty, a constant stays."""

KEYS = ("value", "role", "because", "low", "high")

Stated: TypeAlias = "float | Distribution | Assumption | Mapping[str, Any]"
"""What a driver accepts for a parameter: a number, a distribution, an assumption, or either as in a file."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A stated distribution; ``role`` None leaves the driver's own default.

    ``because`` names the fact or the judgement it rests on; ``low`` and ``high`` bound what a goal seek
    may set it to, inside the parameter's own domain.
    """

    value: Distribution
    role: str | None = None
    because: str = "judgement"
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", as_distribution(self.value))
        if self.role is not None and self.role not in ROLES:
            raise ModelError(f"{self.role!r} is not a role. {did_you_mean(str(self.role), ROLES)}")
        if not isinstance(self.because, str):
            raise ModelError(f"an assumption rests on {self.because!r}; write a sentence, or leave 'because' out.")
        for end in (self.low, self.high):
            if isinstance(end, bool) or not isinstance(end, int | float):
                raise ModelError(f"an assumption may move to {end!r}; low and high must be numbers.")
        if not self.low < self.high:
            raise ModelError(f"an assumption may move from {self.low} to {self.high}: low must be below high.")

    def spec(self) -> Any:
        """What stands for it in a YAML file."""
        if self == Assumption(self.value):
            return self.value.spec()
        said: dict[str, Any] = {"value": self.value.spec()}
        if self.role is not None:
            said["role"] = self.role
        if self.because != "judgement":
            said["because"] = self.because
        if not math.isinf(self.low):
            said["low"] = self.low
        if not math.isinf(self.high):
            said["high"] = self.high
        return said


def assume(
    value: float | Distribution | Mapping[str, Any],
    *,
    role: str | None = None,
    because: str = "judgement",
    low: float = -math.inf,
    high: float = math.inf,
) -> Assumption:
    """State a parameter: ``assume(triangular(2, 5, 12), role="lever", because="app-store terms")``."""
    return Assumption(as_distribution(value), role, because, low, high)


def as_assumption(stated: Stated) -> Assumption:
    """Read a number, a distribution, an assumption, or what stands for one in a file."""
    if isinstance(stated, Assumption):
        return stated
    if isinstance(stated, Mapping) and "value" in stated:
        unknown = [str(key) for key in stated if key not in KEYS]
        if unknown:
            hints = " ".join(dict.fromkeys(did_you_mean(key, KEYS) for key in unknown))
            raise ModelError(f"an assumption has unknown keys {unknown}. {hints}")
        return assume(**{str(key): value for key, value in stated.items()})
    return Assumption(as_distribution(stated))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of a driver, ``line.name``: its estimate, role, ground and domain.

    ``estimate`` is None where calibration is to find it. ``low`` and ``high`` are the domain: no shock and
    no goal seek may leave it. ``lever_low`` and ``lever_high`` are the narrower range a goal seek searches.
    """

    line: str
    name: str
    estimate: Distribution | None
    role: str
    basis: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    lever_low: float = -math.inf
    lever_high: float = math.inf

    @property
    def full_name(self) -> str:
        """``line.name``, the same word in estimates, shocks, streams and charts."""
        return f"{self.line}.{self.name}"


def parameter(
    line: str,
    name: str,
    stated: Stated | None,
    *,
    role: str,
    unit: str = "",
    low: float = -math.inf,
    high: float = math.inf,
    search: tuple[float, float] | None = None,
) -> Parameter:
    """Build a parameter from what the user stated, or mark it as one to be fitted.

    ``search`` is the range of a goal seek where the domain itself is unbounded.
    """
    floor, roof = search or (low, high)
    if stated is None:
        return Parameter(line, name, None, role, "fitted", unit, low, high, floor, roof)
    stated = as_assumption(stated)
    try:
        value = stated.value.between(low, high)
    except DistributionError:
        raise ModelError(
            f"'{line}.{name}' is {stated.value}, outside its domain [{low:g}, {high:g}]. State a value inside it."
        ) from None
    floor = floor if math.isinf(stated.low) else max(low, stated.low)
    roof = roof if math.isinf(stated.high) else min(high, stated.high)
    if not floor < roof:
        raise ModelError(
            f"'{line}.{name}' may be moved from {floor:g} to {roof:g}, which is nowhere: state low and high, "
            f"both inside its domain [{low:g}, {high:g}]."
        )
    return Parameter(line, name, value, stated.role or role, stated.because, unit, low, high, floor, roof)
