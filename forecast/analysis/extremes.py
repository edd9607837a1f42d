"""Extreme settings of a company's parameters, under which what must hold has to hold as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from forecast.distributions import Array
from forecast.model import CalibratedModel, Parameter

TAIL = 0.001
"""An uncertain parameter is set to its quantiles at this probability and at one less this."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Parameters by full name that are the same number on all paths, and what to call that.

    ``bound`` says that it is the end of what may be set, not a number that is likely to be drawn.
    """

    name: str
    replaced: Mapping[str, float]
    bound: bool = False

    @property
    def arrays(self) -> dict[str, Array]:
        """The parameters as the simulation takes them, shape () each."""
        return {name: np.asarray(value) for name, value in self.replaced.items()}


AS_DRAWN = Setting("as drawn", MappingProxyType({}))


def extreme_settings(company: CalibratedModel) -> tuple[Setting, ...]:
    """Every parameter that is not fixed at its 0.1 % and its 99.9 % quantile, alone and all of them together.

    Also every lever at the ends of the range that a goal seek searches, and every lever and uncertainty at
    the finite ends of its domain, each alone. The others are drawn as they are.
    """
    settings: dict[tuple[str, float], Setting] = {}
    together: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for name, known in company.parameters.items():
        estimate = known.estimate
        if estimate is not None and not estimate.is_fixed:
            for side, level in zip(together, (TAIL, 1 - TAIL), strict=True):
                side[name] = value = estimate.quantile(level)
                settings.setdefault((name, value), _alone(name, value, f"its {100 * level:.4g} % quantile"))
        for value, what in _ends(known):
            settings.setdefault((name, value), _alone(name, value, what, bound=True))
    found = list(settings.values())
    if len(together[0]) > 1:
        for replaced, level in zip(together, (TAIL, 1 - TAIL), strict=True):
            what = f"all {len(replaced)} uncertain parameters at their {100 * level:.4g} % quantiles"
            found.append(Setting(what, MappingProxyType(replaced)))
    return tuple(found)


def _ends(known: Parameter) -> list[tuple[float, str]]:
    ends = []
    if known.role == "lever":
        ends += [(known.lever_low, "the low end of its range"), (known.lever_high, "the high end of its range")]
    if known.role != "constant":
        ends += [(known.low, "the low end of its domain"), (known.high, "the high end of its domain")]
    return [(float(value), what) for value, what in ends if np.isfinite(value)]


def _alone(name: str, value: float, what: str, *, bound: bool = False) -> Setting:
    return Setting(f"{name} at {value:.4g}, {what}", MappingProxyType({name: value}), bound)
