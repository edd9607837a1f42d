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

UNBOUNDED = ("lognormal", "student_t")
"""Families of which a draw may be too large for a computer."""

SMALLEST_MASS = 1e-12
"""What must lie between the ends of a cut; with less, the quantiles inside are lost in rounding."""


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
            raise DistributionError(f"{self.family!r} is not a distribution. {did_you_mean(self.family, FAMILIES)}")
        arguments = dict(self.arguments)
        if set(arguments) != set(known.arguments):
            raise DistributionError(f"{self.family} was given {sorted(arguments)}; it takes {sorted(known.arguments)}.")
        wrong = [f"{name} = {value!r}" for name, value in arguments.items() if not _is_finite(value)]
        if wrong:
            raise DistributionError(f"{self.family} needs finite numbers; seen: {', '.join(wrong)}.")
        ordered = tuple((name, float(arguments[name])) for name in known.arguments)
        object.__setattr__(self, "arguments", ordered)
        problem = known.check(dict(ordered))
        if problem:
            raise DistributionError(f"{self}: {problem}")
        self._check_cut()

    def _check_cut(self) -> None:
        for name, end in (("low", self.low), ("high", self.high)):
            if isinstance(end, bool) or not isinstance(end, int | float) or math.isnan(end):
                raise DistributionError(f"{self.family} is cut off at {name} = {end!r}; it must be a number.")
            object.__setattr__(self, name, float(end))
        if not self._is_cut:
            return
        if self.is_fixed:
            raise DistributionError(f"the number {self.arguments[0][1]:g} is not cut off; leave low and high out.")
        if not self.low < self.high:
            raise DistributionError(f"{self} is cut off to nothing: low {self.low:g} is not below high {self.high:g}.")
        below, above = self._ends()
        if not above - below >= SMALLEST_MASS:
            raise DistributionError(f"{self} has no mass between {self.low:g} and {self.high:g}.")

    @property
    def _is_cut(self) -> bool:
        return not (math.isinf(self.low) and self.low < 0 and math.isinf(self.high) and self.high > 0)

    def _ends(self) -> tuple[float, float]:
        """F(low) and F(high) of the whole distribution."""
        cdf, arguments = FAMILIES[self.family].cdf, dict(self.arguments)
        return float(cdf(arguments, np.asarray(self.low))), float(cdf(arguments, np.asarray(self.high)))

    def quantile(self, probability: float) -> float:
        """The value that is not exceeded with ``probability``."""
        return float(self.ppf(np.asarray([probability]))[0])

    def ppf(self, uniforms: ArrayLike) -> Array:
        """Quantile function, elementwise; shape of ``uniforms``, which lie in [0, 1] or are refused."""
        u = np.asarray(uniforms, dtype=float)
        if not np.all((u >= 0) & (u <= 1)):
            worst = u[~((u >= 0) & (u <= 1))].flat[0]
            raise DistributionError(f"{self} was asked for its quantile at {worst:g}; a probability is from 0 to 1.")
        known, arguments = FAMILIES[self.family], dict(self.arguments)
        if not self._is_cut:
            with np.errstate(over="ignore"):
                found = known.ppf(arguments, u)
            if self.family in UNBOUNDED and np.any(np.isinf(found) & (u > 0) & (u < 1)):
                raise DistributionError(
                    f"{self} is so wide that some draws are infinite. Make it narrower, or cut it off."
                )
            return found
        below, above = self._ends()
        return np.clip(known.ppf(arguments, below + u * (above - below)), self.low, self.high)

    def cdf(self, values: ArrayLike) -> Array:
        """Probability of not exceeding each of ``values``."""
        x = np.asarray(values, dtype=float)
        known, arguments = FAMILIES[self.family], dict(self.arguments)
        below, above = self._ends() if self._is_cut else (0.0, 1.0)
        return np.clip((known.cdf(arguments, x) - below) / (above - below), 0.0, 1.0)

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
            if not low <= self.median <= high:
                raise DistributionError(f"the number {self} lies outside its domain [{low:g}, {high:g}].")
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
        cut = f" within [{self.low:g}, {self.high:g}]" if self._is_cut else ""
        return f"{self.family}({inside}){cut}"


@dataclass(frozen=True, slots=True)
class Family:
    """One family: its argument names, its quantile and distribution functions, and its check."""

    arguments: tuple[str, ...]
    ppf: Quantile
    cdf: Quantile
    check: Callable[[Mapping[str, float]], str | None]


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False


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
    x, width = np.clip(x, low, high), high - low
    left = (x - low) / width * ((x - low) / (mode - low)) if mode > low else np.zeros_like(x)
    right = 1 - (high - x) / width * ((high - x) / (high - mode)) if mode < high else np.ones_like(x)
    return np.where(x < mode, left, right)


def _lognormal_cdf(a: Mapping[str, float], x: Array) -> Array:
    above = np.where(x > 0, x, 1.0)
    score = (np.log(above) - math.log(a["median"])) / a["sigma"]
    return np.where(x > 0, _special().ndtr(score), 0.0)


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
        _lognormal_cdf,
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
    return Distribution("fixed", (("value", value),))


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
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        number: Any = value
        return fixed(number)
    if isinstance(value, Mapping) and len(value) == 1:
        ((family, arguments),) = value.items()
        if not isinstance(arguments, Mapping):
            raise DistributionError(f"{family} needs named arguments, as in {{normal: {{mean: 0, sd: 1}}}}.")
        numbers = {str(name): number for name, number in arguments.items()}
        low = numbers.pop("low_end", -math.inf)
        high = numbers.pop("high_end", math.inf)
        return Distribution(str(family), tuple(numbers.items()), low, high)
    raise DistributionError(
        f"{value!r} is neither a number nor a distribution. Write 0.3 or {{normal: {{mean: 0.3, sd: 0.1}}}}."
    )
