"""Distributions of numbers nobody knows exactly: each is a family, its arguments and a quantile function."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.errors import DistributionError, did_you_mean

Array: TypeAlias = NDArray[np.float64]
Quantile: TypeAlias = Callable[[Mapping[str, float], Array], Array]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A family and its arguments, e.g. ``lognormal(median=900, sigma=0.5)``.

    ``low`` and ``high`` cut it off: the quantile function is then that of the distribution conditional
    on lying between them, ``Q(F(low) + u * (F(high) - F(low)))``. Two are equal when they say the same.

    >>> lognormal(median=900, sigma=0.5).quantile(0.5)
    900.0
    """

    family: str
    arguments: tuple[tuple[str, float], ...]
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        known = FAMILIES.get(self.family)
        if known is None:
            raise DistributionError(
                f"{self.family!r} is not a distribution. {did_you_mean(self.family, FAMILIES)}"
            )
        arguments = dict(self.arguments)
        if set(arguments) != set(known.arguments):
            raise DistributionError(
                f"{self.family} was given {sorted(arguments)}; it takes {sorted(known.arguments)}."
            )
        wrong = [f"{name} = {value!r}" for name, value in arguments.items() if not _is_finite(value)]
        if wrong:
            raise DistributionError(f"{self.family} needs finite numbers; seen: {', '.join(wrong)}.")
        problem = known.check(arguments)
        if problem:
            raise DistributionError(f"{self}: {problem}")
        if not self.low < self.high and self.family != "fixed":
            raise DistributionError(
                f"{self} is cut off to nothing: low {self.low:g} is not below high {self.high:g}."
            )

    def quantile(self, probability: float) -> float:
        """The value that is not exceeded with ``probability``."""
        return float(self.ppf(np.asarray([probability]))[0])

    def ppf(self, uniforms: ArrayLike) -> Array:
        """Quantile function, elementwise; shape of ``uniforms``, which lie in (0, 1)."""
        u = np.asarray(uniforms, dtype=float)
        known = FAMILIES[self.family]
        arguments = dict(self.arguments)
        if self.family == "fixed":
            return np.full(u.shape, arguments["value"])
        if math.isinf(self.low) and math.isinf(self.high):
            return known.ppf(arguments, u)
        below = float(known.cdf(arguments, np.asarray(self.low)))
        above = float(known.cdf(arguments, np.asarray(self.high)))
        if above - below < 1e-12:
            raise DistributionError(f"{self} has no mass between {self.low:g} and {self.high:g}.")
        return np.clip(known.ppf(arguments, below + u * (above - below)), self.low, self.high)

    def cdf(self, values: ArrayLike) -> Array:
        """Probability of not exceeding each of ``values``."""
        x = np.asarray(values, dtype=float)
        known, arguments = FAMILIES[self.family], dict(self.arguments)
        raw = known.cdf(arguments, x)
        if math.isinf(self.low) and math.isinf(self.high):
            return raw
        below = float(known.cdf(arguments, np.asarray(self.low)))
        above = float(known.cdf(arguments, np.asarray(self.high)))
        return np.clip((raw - below) / (above - below), 0.0, 1.0)

    @property
    def median(self) -> float:
        """The 50 % quantile."""
        return self.quantile(0.5)

    @property
    def is_fixed(self) -> bool:
        """Whether it is a single number."""
        return self.family == "fixed"

    def between(self, low: float = -math.inf, high: float = math.inf) -> Distribution:
        """The same distribution, conditional on lying between ``low`` and ``high``."""
        if self.is_fixed:
            value = dict(self.arguments)["value"]
            if not low <= value <= high:
                raise DistributionError(f"the number {value:g} lies outside its domain [{low:g}, {high:g}].")
            return self
        return Distribution(self.family, self.arguments, max(low, self.low), min(high, self.high))

    def spec(self) -> float | dict[str, Any]:
        """What stands for it in a YAML file: a number, or ``{lognormal: {median: 900, sigma: 0.5}}``."""
        if self.is_fixed:
            return dict(self.arguments)["value"]
        arguments: dict[str, Any] = dict(self.arguments)
        if not math.isinf(self.low):
            arguments["low_end"] = self.low
        if not math.isinf(self.high):
            arguments["high_end"] = self.high
        return {self.family: arguments}

    def __str__(self) -> str:
        if self.is_fixed:
            return f"{dict(self.arguments)['value']:g}"
        inside = ", ".join(f"{name}={value:g}" for name, value in self.arguments)
        cut = (
            "" if math.isinf(self.low) and math.isinf(self.high) else f" within [{self.low:g}, {self.high:g}]"
        )
        return f"{self.family}({inside}){cut}"


@dataclass(frozen=True, slots=True)
class Family:
    """One family: its argument names, its quantile and distribution functions, and its check."""

    arguments: tuple[str, ...]
    ppf: Quantile
    cdf: Quantile
    check: Callable[[Mapping[str, float]], str | None]


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _special() -> Any:
    from scipy import special

    return special


def _triangular_ppf(a: Mapping[str, float], u: Array) -> Array:
    """Inverse of the triangular distribution function; the mode sits at probability (mode-low)/(high-low)."""
    low, mode, high = a["low"], a["mode"], a["high"]
    width = high - low
    at_mode = (mode - low) / width
    left = low + np.sqrt(np.maximum(u * width * (mode - low), 0.0))
    right = high - np.sqrt(np.maximum((1 - u) * width * (high - mode), 0.0))
    return np.where(u < at_mode, left, right)


def _triangular_cdf(a: Mapping[str, float], x: Array) -> Array:
    low, mode, high = a["low"], a["mode"], a["high"]
    x = np.clip(x, low, high)
    left = (x - low) ** 2 / ((high - low) * max(mode - low, 1e-300))
    right = 1 - (high - x) ** 2 / ((high - low) * max(high - mode, 1e-300))
    return np.where(x < mode, left, right)


def _positive(*names: str) -> Callable[[Mapping[str, float]], str | None]:
    def check(arguments: Mapping[str, float]) -> str | None:
        wrong = [name for name in names if not arguments[name] > 0]
        return f"{' and '.join(wrong)} must be above 0." if wrong else None

    return check


def _ordered(arguments: Mapping[str, float]) -> str | None:
    low, mode, high = arguments["low"], arguments["mode"], arguments["high"]
    return None if low <= mode <= high and low < high else "low <= mode <= high, with low < high, must hold."


def _widening(arguments: Mapping[str, float]) -> str | None:
    return None if arguments["low"] < arguments["high"] else "low must be below high."


FAMILIES: dict[str, Family] = {
    "fixed": Family(
        ("value",),
        lambda a, u: np.full(u.shape, a["value"]),
        lambda a, x: np.where(x >= a["value"], 1.0, 0.0),
        lambda a: None,
    ),
    "normal": Family(
        ("mean", "sd"),
        lambda a, u: a["mean"] + a["sd"] * _special().ndtri(u),
        lambda a, x: _special().ndtr((x - a["mean"]) / a["sd"]),
        _positive("sd"),
    ),
    "lognormal": Family(
        ("median", "sigma"),
        lambda a, u: a["median"] * np.exp(a["sigma"] * _special().ndtri(u)),
        lambda a, x: _special().ndtr((np.log(np.maximum(x, 1e-300)) - math.log(a["median"])) / a["sigma"]),
        _positive("median", "sigma"),
    ),
    "triangular": Family(("low", "mode", "high"), _triangular_ppf, _triangular_cdf, _ordered),
    "uniform": Family(
        ("low", "high"),
        lambda a, u: a["low"] + u * (a["high"] - a["low"]),
        lambda a, x: np.clip((x - a["low"]) / (a["high"] - a["low"]), 0.0, 1.0),
        _widening,
    ),
    "beta": Family(
        ("a", "b"),
        lambda a, u: _special().betaincinv(a["a"], a["b"], u),
        lambda a, x: _special().betainc(a["a"], a["b"], np.clip(x, 0.0, 1.0)),
        _positive("a", "b"),
    ),
    "student_t": Family(
        ("degrees", "centre", "scale"),
        lambda a, u: a["centre"] + a["scale"] * _special().stdtrit(a["degrees"], u),
        lambda a, x: _special().stdtr(a["degrees"], (x - a["centre"]) / a["scale"]),
        _positive("degrees", "scale"),
    ),
}


def fixed(value: float) -> Distribution:
    """A number that is known."""
    return Distribution("fixed", (("value", float(value)),))


def normal(mean: float, sd: float) -> Distribution:
    """Normal with mean and standard deviation."""
    return Distribution("normal", (("mean", mean), ("sd", sd)))


def lognormal(median: float, sigma: float) -> Distribution:
    """``median * exp(sigma * z)``: quantile at p is ``median * exp(sigma * z_p)``."""
    return Distribution("lognormal", (("median", median), ("sigma", sigma)))


def triangular(low: float, mode: float, high: float) -> Distribution:
    """Triangular between ``low`` and ``high`` with its peak at ``mode``."""
    return Distribution("triangular", (("low", low), ("mode", mode), ("high", high)))


def uniform(low: float, high: float) -> Distribution:
    """Equally likely between ``low`` and ``high``."""
    return Distribution("uniform", (("low", low), ("high", high)))


def beta(a: float, b: float) -> Distribution:
    """Beta on [0, 1] with mean ``a / (a + b)``."""
    return Distribution("beta", (("a", a), ("b", b)))


def student_t(degrees: float, centre: float = 0.0, scale: float = 1.0) -> Distribution:
    """Student's t, shifted and scaled: fat tails for few ``degrees`` of freedom."""
    return Distribution("student_t", (("degrees", degrees), ("centre", centre), ("scale", scale)))


def as_distribution(value: object) -> Distribution:
    """Read a number, a Distribution or its specification in a file.

    >>> as_distribution({"normal": {"mean": 0, "sd": 1}}) == normal(0, 1)
    True
    """
    if isinstance(value, Distribution):
        return value
    if isinstance(value, np.integer | np.floating):
        value = value.item()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return fixed(value)
    if isinstance(value, Mapping) and len(value) == 1:
        ((family, arguments),) = value.items()
        if not isinstance(arguments, Mapping):
            raise DistributionError(f"{family} needs named arguments, as in {{normal: {{mean: 0, sd: 1}}}}.")
        numbers = {str(name): number for name, number in arguments.items()}
        low = numbers.pop("low_end", -math.inf)
        high = numbers.pop("high_end", math.inf)
        for name, number in (("low_end", low), ("high_end", high)):
            if not isinstance(number, int | float) or math.isnan(number):
                raise DistributionError(f"{family} has {name} = {number!r}; it must be a number.")
        order = FAMILIES[family].arguments if family in FAMILIES else tuple(numbers)
        pairs = tuple((name, numbers[name]) for name in order if name in numbers)
        pairs += tuple((name, number) for name, number in numbers.items() if name not in order)
        return Distribution(str(family), pairs, low, high)
    raise DistributionError(
        f"{value!r} is neither a number nor a distribution. Write 0.3 or {{normal: {{mean: 0.3, sd: 0.1}}}}."
    )
