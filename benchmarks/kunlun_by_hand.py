"""The Kunlun statement and its scenarios written by hand in NumPy: the arithmetic, and nothing of the library's engine.

Arrays are (paths,) a quarter where a line follows itself and (quarters, paths) elsewhere. Quarter 0 is 2025Q3. What a
scenario does not move is not computed again, and what stays the same over the quarters is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from kunlun_assumed import TRENDS

from forecast.distributions import Array
from forecast.model import CalibratedModel
from forecast.scenario import Scenario
from forecast.simulation.plan import bind
from forecast.simulation.streams import Draws
from forecast.timeline import Quarter

ByQuarter: TypeAlias = dict[str, list[Array]]
Lines: TypeAlias = dict[str, Array]

PRODUCTS = ("drama", "ai_software")
RESEARCH = "research_and_development"
ARR = {f"{product}_arr" for product in PRODUCTS}
RECOGNISED = {f"{product}_revenue" for product in PRODUCTS}
EXPENSES = {"selling", RESEARCH, "administration"}


@dataclass(frozen=True)
class Given:
    """Draws and fixed numbers, from the library's own streams, so that both sides have the same.

    Parameters are (paths,) or (), errors (quarters, paths), sizes and events a list by scenario, one a shock.
    """

    quarters: int
    paths: int
    parameters: Mapping[str, Array]
    errors: Mapping[str, Array]
    sizes: Mapping[str, list[Array]]
    happens: Mapping[str, list[Any]]
    forms: Mapping[str, Any]
    limits: Mapping[str, tuple[float, float]]
    past: Mapping[str, list[float]]

    def by_quarter(self) -> ByQuarter:
        """Every parameter in every quarter, as it is without shocks."""
        return {name: [value] * self.quarters for name, value in self.parameters.items()}


def drawn(
    company: CalibratedModel, scenarios: Iterable[Scenario], quarters: tuple[Quarter, ...], draws: Draws
) -> Given:
    """Everything random, drawn once."""
    drivers: tuple[Any, ...] = company.model.drivers
    bound = {scenario.name: bind(scenario, draws, quarters, company).shocks for scenario in scenarios}
    return Given(
        len(quarters),
        draws.paths,
        draws.parameters(company),
        {driver.line: draws.noise(driver.line, noise) for driver in drivers for noise in driver.noises()},
        {name: [one.size for one in shocks] for name, shocks in bound.items()},
        {name: [one.happens for one in shocks] for name, shocks in bound.items()},
        {line: company.fits[line].payload for line in TRENDS},
        {driver.line: (driver.floor, driver.cap) for driver in drivers if hasattr(driver, "floor")},
        {line: [company.past(line, back) for back in (4, 3, 2, 1)] for line in company.model.lines},
    )


# ---- the drivers


def each_once(function: Callable[[Array], Array], values: list[Array]) -> list[Array]:
    """A function of a parameter in each quarter, worked out once where the parameter stays the same."""
    found: dict[int, Array] = {}
    for value in values:
        if id(value) not in found:
            found[id(value)] = function(value)
    return [found[id(value)] for value in values]


def fades(half_lives: list[Array]) -> list[Array]:
    return each_once(lambda half_life: np.exp2(-1.0 / half_life), half_lives)


def trend(line: str, given: Given) -> Array:
    form, n = given.forms[line], given.quarters
    paths = form.mean[:n, None] + form.response[:n, :n] @ (form.scale * given.errors[line])
    return np.asarray(np.exp(paths) if form.transformation == "log" else paths)


def exchange_rate(given: Given) -> Array:
    errors, volatility = given.errors["usd_cny"], given.parameters["usd_cny.volatility"]
    logs = np.empty_like(errors)
    log = np.log(given.parameters["usd_cny.start"])
    for t in range(given.quarters):
        log = log + volatility * errors[t]
        logs[t] = log
    return np.exp(logs, out=logs)


def s_curve(line: str, p: ByQuarter, given: Given) -> Array:
    ceiling, slower = p[f"{line}.ceiling"], each_once(lambda rate: np.exp(-rate), p[f"{line}.rate"])
    pushes = np.exp(p[f"{line}.volatility"][0] * given.errors[line])
    levels = np.empty_like(pushes)
    x = p[f"{line}.start"][0]
    for t in range(given.quarters):
        x = ceiling[t] * x / (x + (ceiling[t] - x) * slower[t]) * pushes[t]
        levels[t] = x
    return levels


def recognised(product: str, p: ByQuarter, given: Given, arr: Array, fx: Array) -> tuple[Array, Array]:
    """Revenue of an AI product, and the share of its ARR that is recognised."""
    line = f"{product}_revenue"
    ceiling, left = p[f"{line}.ceiling"], fades(p[f"{line}.half_life"])
    share, revenue = np.empty_like(arr), np.empty_like(arr)
    x, before = p[f"{line}.start"][0], p[f"{product}_arr.start"][0]
    for t in range(given.quarters):
        x = ceiling[t] + (x - ceiling[t]) * left[t]
        share[t] = x
        revenue[t] = x * ((before + arr[t]) * 0.5 * fx[t]) * 0.25
        before = arr[t]
    return revenue, share


def share_of(line: str, p: ByQuarter, given: Given) -> Array:
    errors, target, left = given.errors[line], p[f"{line}.target"], fades(p[f"{line}.half_life"])
    volatility = p[f"{line}.volatility"][0]
    shares = np.empty_like(errors)
    x = p[f"{line}.start"][0]
    for t in range(given.quarters):
        x = target[t] + (x - target[t]) * left[t] + volatility * errors[t]
        shares[t] = x
    return np.clip(shares, *given.limits[line], out=shares)


def growth(line: str, p: ByQuarter, given: Given) -> tuple[Array, Array]:
    """A growing expense and its rate."""
    errors, mean = given.errors[line], p[f"{line}.growth"]
    persistence, volatility = p[f"{line}.persistence"][0], p[f"{line}.volatility"][0]
    rates, levels = np.empty_like(errors), np.empty_like(errors)
    rate, level = p[f"{line}.momentum"][0], p[f"{line}.start"][0]
    for t in range(given.quarters):
        rate = np.maximum(mean[t] + persistence * (rate - mean[t]) + volatility * errors[t], -0.95)
        level = level * (1 + rate)
        rates[t], levels[t] = rate, level
    return levels, rates


# ---- the statement


def first_lines(given: Given) -> Lines:
    """Lines that no ARR reaches, worked out once for all scenarios."""
    p, shape = given.by_quarter(), (given.quarters, given.paths)
    x = {line: trend(line, given) for line in TRENDS}
    x["social_domestic_revenue.share"] = share_of("social_domestic_revenue", p, given)
    x["social_domestic_revenue"] = x["social_domestic_revenue.share"] * x["social_overseas_revenue"]
    x["social_revenue"] = x["social_overseas_revenue"] + x["social_domestic_revenue"]
    x["usd_cny"] = exchange_rate(given)
    for line in (RESEARCH, "administration"):
        x[line], x[f"{line}.rate"] = growth(line, p, given)
    for line in ("finance_expense", "opera_minority"):
        x[line] = np.broadcast_to(given.parameters[f"{line}.value"], shape)
    for line in ("investment_result", "non_cash", "other_cash_flow"):
        x[line] = given.parameters[f"{line}.value"] + given.errors[line]
    return x


def statement(p: ByQuarter, given: Given, lines: Lines, moved: set[str], *, cash: bool = True) -> Lines:
    """Every line; those that do not follow from what ``moved`` are taken as they are from ``lines``."""
    x = dict(lines)
    for product in PRODUCTS:
        arr, revenue = f"{product}_arr", f"{product}_revenue"
        if arr in moved:
            x[arr] = s_curve(arr, p, given)
        if {arr, revenue} & moved:
            x[revenue], x[f"{revenue}.conversion"] = recognised(product, p, given, x[arr], x["usd_cny"])
    sales = bool(moved - EXPENSES)
    if sales:
        x["revenue"] = x["advertising_revenue"] + x["search_revenue"] + x["social_revenue"] + x["games_revenue"]
        x["revenue"] = x["revenue"] + x["other_revenue"] + x["drama_revenue"] + x["ai_software_revenue"]
        for line in ("cost", "local_tax", *(("capital_expenditure",) if cash else ())):
            x[f"{line}.share"] = share_of(line, p, given)
            x[line] = x[f"{line}.share"] * x["revenue"]
        x["gross_profit"] = x["revenue"] - x["cost"]
    if sales or "selling" in moved:
        x["selling.share"] = share_of("selling", p, given)
        x["selling"] = x["selling.share"] * x["revenue"]
    down_to_net_profit(x, p, given)
    if cash:
        cash_flow(x, given)
    return x


def down_to_net_profit(x: Lines, p: ByQuarter, given: Given) -> None:
    x["period_expenses"] = x["selling"] + x[RESEARCH] + x["administration"] + x["finance_expense"]
    x["operating_profit"] = x["gross_profit"] - x["period_expenses"] + x["investment_result"]
    x["profit_tax.share"] = share_of("profit_tax", p, given)
    x["profit_tax"] = x["profit_tax.share"] * np.maximum(x["operating_profit"], 0.0)
    x["income_tax"] = x["local_tax"] + x["profit_tax"]
    x["net_profit_total"] = x["operating_profit"] - x["income_tax"]
    x["shared_minority.share"] = share_of("shared_minority", p, given)
    x["shared_minority"] = x["shared_minority.share"] * x["net_profit_total"]
    x["minority_interest"] = x["shared_minority"] + x["opera_minority"]
    x["net_profit"] = x["net_profit_total"] - x["minority_interest"]


def cash_flow(x: Lines, given: Given) -> None:
    x["operating_cash_flow"] = x["net_profit_total"] - x["investment_result"] + x["non_cash"]
    x["cash"] = np.empty_like(x["operating_cash_flow"])
    held: Any = given.past["cash"][-1]
    for t in range(given.quarters):
        held = held + x["operating_cash_flow"][t] - x["capital_expenditure"][t] + x["other_cash_flow"][t]
        x["cash"][t] = held


# ---- the scenarios, each with its shocks in the order of scenarios.yaml: changes p and x, returns what moved


def weights(given: Given, start: int, end: int = 400, over: int = 1) -> list[float]:
    """How much of a shock acts in each quarter: rising to 1 over its ramp, 0 before its start and after its end."""
    return [min(1.0, (t - start + 1) / over) if start <= t <= end else 0.0 for t in range(given.quarters)]


def scale(values: list[Array], size: Array, acting: list[float]) -> list[Array]:
    """Each quarter's value times size, as far as it acts; full and missing weights worked out once."""
    full = values[0] * (1.0 + (size - 1.0))
    between = [values[0] * (1.0 + w * (size - 1.0)) if 0 < w < 1 else full for w in acting]
    return [new if w else old for old, new, w in zip(values, between, acting, strict=True)]


def scale_rows(values: Array, size: Array, acting: list[float]) -> Array:
    return np.array([row * (1.0 + w * (size - 1.0)) if w else row for row, w in zip(values, acting, strict=True)])


def add(values: list[Array], size: Array, acting: list[float]) -> list[Array]:
    return [value + w * size if w else value for value, w in zip(values, acting, strict=True)]


def slow_conversion(p: ByQuarter, x: Lines, size: list[Array], happens: list[Any], given: Given) -> set[str]:
    for i, product in enumerate(PRODUCTS):
        half_life, ceiling = f"{product}_revenue.half_life", f"{product}_revenue.ceiling"
        p[half_life] = scale(p[half_life], size[i], weights(given, 0))
        p[ceiling] = scale(p[ceiling], size[2 + i], weights(given, 1, over=4))
    return RECOGNISED


def fast_conversion(p: ByQuarter, x: Lines, size: list[Array], happens: list[Any], given: Given) -> set[str]:
    for i, product in enumerate(PRODUCTS):
        half_life, ceiling = f"{product}_revenue.half_life", f"{product}_revenue.ceiling"
        p[half_life] = scale(p[half_life], size[i], weights(given, 0))
        p[ceiling] = [np.maximum(p[ceiling][0], size[2 + i])] * given.quarters
    return RECOGNISED


def giants_enter(p: ByQuarter, x: Lines, size: list[Array], happens: list[Any], given: Given) -> set[str]:
    for i, product in enumerate(PRODUCTS):
        ceiling, rate = f"{product}_arr.ceiling", f"{product}_arr.rate"
        p[ceiling] = scale(p[ceiling], size[i], weights(given, 2, over=4))
        p[rate] = scale(p[rate], size[2 + i], weights(given, 2))
    p["selling.target"] = add(p["selling.target"], size[4], weights(given, 2, over=2))
    return ARR


def talent_leaves(p: ByQuarter, x: Lines, size: list[Array], happens: list[Any], given: Given) -> set[str]:
    for i, rate in enumerate(("ai_software_arr.rate", "drama_arr.rate")):
        p[rate] = scale(p[rate], size[i], weights(given, 1))
    x[RESEARCH] = scale_rows(x[RESEARCH], size[2], weights(given, 1, over=2))
    return ARR


def another_pivot(p: ByQuarter, x: Lines, size: list[Array], happens: list[Any], given: Given) -> set[str]:
    x[RESEARCH] = scale_rows(x[RESEARCH], size[0], weights(given, 2, 7, over=2))
    p["selling.target"] = add(p["selling.target"], size[1], weights(given, 2, 7, over=2))
    for i, rate in enumerate(("drama_arr.rate", "ai_software_arr.rate")):
        p[rate] = scale(p[rate], size[2 + i], weights(given, 2, 7))
    return ARR


def discipline(p: ByQuarter, x: Lines, size: list[Array], happens: list[Any], given: Given) -> set[str]:
    x[RESEARCH] = np.broadcast_to(x[RESEARCH][0], x[RESEARCH].shape)
    target, ramp = p["selling.target"][0], weights(given, 1, over=8)
    p["selling.target"] = [size[1] if w == 1 else target + w * (size[1] - target) if w else target for w in ramp]
    p["selling.half_life"] = [size[2] if t >= 1 else half for t, half in enumerate(p["selling.half_life"])]
    return {"selling", RESEARCH}


def legacy_fades(p: ByQuarter, x: Lines, size: list[Array], happens: list[Any], given: Given) -> set[str]:
    for line, yearly in zip(TRENDS[:2], size, strict=True):
        grown = x[line].copy()
        for t in range(1, given.quarters):
            grown[t] = (grown[t - 4] if t >= 4 else given.past[line][t]) * (1.0 + yearly)
        x[line] = grown
    return set(TRENDS[:2])


def launch_week(p: ByQuarter, x: Lines, size: list[Array], happens: list[Any], given: Given) -> set[str]:
    for i, name in enumerate(("ai_software_arr.rate", "drama_arr.rate")):
        rate = p[name][0]
        pushed = [rate * (1.0 + 2.0 ** (-t / 2) * size[i]) for t in range(given.quarters)]
        p[name] = [np.where(happens[i], push, rate) for push in pushed]
    return ARR


BY_HAND = {
    "slow conversion": slow_conversion,
    "fast conversion": fast_conversion,
    "giants enter": giants_enter,
    "talent leaves": talent_leaves,
    "another pivot": another_pivot,
    "discipline": discipline,
    "legacy fades": legacy_fades,
    "launch week": launch_week,
}


def all_by_hand(given: Given) -> dict[str, Lines]:
    """Every line under every scenario."""
    base = statement(given.by_quarter(), given, first_lines(given), ARR | RECOGNISED)
    found = {}
    for name, size in given.sizes.items():
        p, x = given.by_quarter(), dict(base)
        if name == "base":
            found[name] = base
        else:
            moved = BY_HAND[name](p, x, size, given.happens[name], given)
            found[name] = statement(p, given, x, moved)
    return found
