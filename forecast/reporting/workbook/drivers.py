"""Each driver's equation as formulas of cells: one function a driver, the formulas those of its docstring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from forecast import drivers
from forecast.drivers.curves import CURVES
from forecast.drivers.growth import FASTEST_FALL
from forecast.drivers.scurve import AVERAGED
from forecast.model import Driver, Fit
from forecast.reporting.workbook.expression import as_cells, number


class Look(Protocol):
    """How a driver's formulas name other cells, in the quarter of step ``t``, 0 in the first simulated one."""

    def parameter(self, name: str, t: int) -> str:
        """The driver's own parameter, shocks included."""

    def value(self, line: str, t: int, lag: int = 0) -> str:
        """A line, shocks included."""

    def own(self, key: str, t: int) -> str:
        """A row of the driver's own; ``""`` is its line before shocks."""

    def constant(self, name: str) -> str:
        """A number of the driver's that is an assumption but no parameter."""


@dataclass(frozen=True)
class Row:
    """One row of a driver: ``key`` is "" for the line itself; ``formula(t)`` its cell at step t.

    ``values`` stand in place of formulas where the row is an input.
    """

    key: str
    formula: Callable[[int], str] | None = None
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class Written:
    """A driver's rows in the order of computing, and its numbers that are no parameters."""

    rows: tuple[Row, ...]
    constants: Mapping[str, float]


def written(driver: Driver, fit: Fit, look: Look, steps: int) -> Written | None:
    """The rows of a driver of this library; None for any other, also for one derived from ours."""
    writer = WRITERS.get(type(driver))
    return None if writer is None else writer(driver, fit, look, steps)


def _growth(driver: Any, fit: Fit, look: Look, steps: int) -> Written:
    def rate(t: int) -> str:
        mean = look.parameter("growth", t)
        before = look.own("rate", t - 1) if t else look.parameter("momentum", t)
        return f"MAX({mean}+({before}-{mean})*{look.parameter('persistence', t)},{number(FASTEST_FALL)})"

    def level(t: int) -> str:
        before = look.own("", t - 1) if t else look.parameter("start", t)
        return f"{before}*(1+{look.own('rate', t)})"

    return Written((Row("rate", rate), Row("", level)), {})


def _formula(driver: Any, fit: Fit, look: Look, steps: int) -> Written:
    def right(t: int) -> str:
        return as_cells(driver.formula, lambda line, lag: look.value(line, t, lag))

    return Written((Row("", right),), {})


def _scurve(driver: Any, fit: Fit, look: Look, steps: int) -> Written:
    def before(t: int) -> str:
        return look.own("", t - 1) if t else look.parameter("start", t)

    def curve(form: str, rate: str) -> Callable[[int], str]:
        def at(t: int) -> str:
            x, k, r = before(t), look.parameter("ceiling", t), look.parameter(rate, t)
            if form == "logistic":
                after = f"{k}*{x}/({x}+({k}-{x})*EXP(-{r}))"
            elif form == "gompertz":
                after = f"{k}*({x}/{k})^EXP(-{r})"
            else:
                p, left = look.parameter("innovation", t), look.own(f"{rate} left", t)
                after = f"{k}*(1-{left})/(1+{left}*{r}/{p})"
            return f"IF({k}>0,{after},0)"

        return at

    def left_of(rate: str) -> Callable[[int], str]:
        def at(t: int) -> str:
            x, k, r, p = (
                before(t),
                look.parameter("ceiling", t),
                look.parameter(rate, t),
                look.parameter("innovation", t),
            )
            return f"IF({k}>0,(1-{x}/{k})/(1+{x}/{k}*{r}/{p})*EXP(-({p}+{r})),0)"

        return at

    if driver.form != AVERAGED:
        left = (Row("rate left", left_of("rate")),) if driver.form == "bass" else ()
        return Written((*left, Row("", curve(driver.form, "rate"))), {})

    def chosen(t: int) -> str:
        place = look.parameter("curve", t)
        edges = "+".join(f"({place}>={look.constant(f'until {name}')})" for name in CURVES[:-1])
        return f"CHOOSE(1+{edges},{','.join(look.own(name, t) for name in CURVES)})"

    rows = (
        Row("bass_rate left", left_of("bass_rate")),
        *(Row(name, curve(name, f"{name}_rate")) for name in CURVES),
        Row("", chosen),
    )
    edges = {f"until {name}": edge for name, edge in zip(CURVES[:-1], fit.payload, strict=True)}
    return Written(rows, edges)


def _conversion(driver: Any, fit: Fit, look: Look, steps: int) -> Written:
    def share(t: int) -> str:
        before = look.own("conversion", t - 1) if t else look.parameter("start", t)
        ceiling = look.parameter("ceiling", t)
        return f"{ceiling}+({before}-{ceiling})*2^(-1/{look.parameter('half_life', t)})"

    def revenue(t: int) -> str:
        mean = f"({look.value(driver.of, t, 1)}+{look.value(driver.of, t)})/2"
        fx = "" if driver.fx is None else f"{look.value(driver.fx, t)}*"
        return f"{look.own('conversion', t)}*{fx}{mean}/4"

    return Written((Row("conversion", share), Row("", revenue)), {})


def _ratio(driver: Any, fit: Fit, look: Look, steps: int) -> Written:
    def state(t: int) -> str:
        before = look.own("drift", t - 1) if t else look.parameter("start", t)
        target = look.parameter("target", t)
        return f"{target}+({before}-{target})*2^(-1/{look.parameter('half_life', t)})"

    def share(t: int) -> str:
        return f"MIN(MAX({look.own('drift', t)},{look.constant('floor')}),{look.constant('cap')})"

    def value(t: int) -> str:
        base = look.value(driver.of, t)
        return f"{look.own('share', t)}*{f'MAX({base},0)' if driver.only_positive else base}"

    return Written(
        (Row("drift", state), Row("share", share), Row("", value)), {"floor": driver.floor, "cap": driver.cap}
    )


def _rate(driver: Any, fit: Fit, look: Look, steps: int) -> Written:
    def log(t: int) -> str:
        before = look.own("log", t - 1) if t else f"LN({look.parameter('start', t)})"
        if driver.mean is None:
            return before
        return f"{before}+{look.parameter('reversion', t)}*(LN({look.parameter('mean', t)})-{before})"

    return Written((Row("log", log), Row("", lambda t: f"EXP({look.own('log', t)})")), {})


def _path(driver: Any, fit: Fit, look: Look, steps: int) -> Written:
    planned = tuple(float(fit.payload.get(t, 0.0)) for t in range(steps))
    middle = 0.0 if driver.noise is None else driver.noise.median

    def value(t: int) -> str:
        noise = "" if driver.noise is None else f"+{look.constant('noise')}"
        return f"{look.parameter('value', t)}+{look.own('planned', t)}{noise}"

    constants = {} if driver.noise is None else {"noise": middle}
    return Written((Row("planned", values=planned), Row("", value)), constants)


def _trend(driver: Any, fit: Fit, look: Look, steps: int) -> Written:
    path = fit.payload.until(steps).paths(np.zeros((steps, 1)))[:, 0]

    def value(t: int) -> str:
        own = look.own("forecast", t)
        return own if driver.of is None else f"{own}*{look.value(driver.of, t)}"

    return Written((Row("forecast", values=tuple(map(float, path))), Row("", value)), {})


def _oneoff(driver: Any, fit: Fit, look: Look, steps: int) -> Written:
    return Written((Row("", lambda t: look.parameter("planned", t)),), {})


WRITERS: dict[type, Callable[[Any, Fit, Look, int], Written]] = {
    drivers.Growth: _growth,
    drivers.Formula: _formula,
    drivers.SCurve: _scurve,
    drivers.Conversion: _conversion,
    drivers.Ratio: _ratio,
    drivers.Rate: _rate,
    drivers.Path: _path,
    drivers.Trend: _trend,
    drivers.OneOff: _oneoff,
}
"""Errors of a quarter are at their median, which is 0 but for the noise of a Path; so volatility plays no part."""
