"""Kunlun, all scenarios and a goal seek: the library's time over that of the same arithmetic hand-written in NumPy."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import pytest

import forecast as fc
from forecast.distributions import Array
from forecast.model import CalibratedModel
from forecast.scenario import Scenario
from forecast.simulation import Run
from forecast.simulation.plan import bind
from forecast.simulation.streams import Draws
from forecast.timeline import Quarter, quarters_between

PATHS, SEED, UNTIL, ROUNDS = 10_000, 7, "2029Q4", 9
LEVER = "drama_revenue.half_life"
AT_MOST_TIMES, AT_MOST_SECONDS = 2.0, 3.0
GRID, STEPS, ROUGH = 13, 22, 10

TRENDS = ("advertising_revenue", "search_revenue", "social_overseas_revenue", "social_domestic_revenue")
TRENDS += ("games_revenue", "other_revenue")
PRODUCTS = ("drama", "ai_software")

ByQuarter: TypeAlias = dict[str, list[Array]]
Lines: TypeAlias = dict[str, Array]


# ---- what the hand-written arithmetic below assumes; sizes, distributions, floors and caps are read from the company

REVENUE = "advertising_revenue + search_revenue + social_revenue + games_revenue + other_revenue"
MODEL = {
    **dict.fromkeys(TRENDS, "Trend"),
    "social_revenue": "social_revenue = social_overseas_revenue + social_domestic_revenue",
    "usd_cny": "Rate, random walk",
    "drama_arr": "SCurve, logistic",
    "drama_revenue": "Conversion of drama_arr at usd_cny",
    "ai_software_arr": "SCurve, logistic",
    "ai_software_revenue": "Conversion of ai_software_arr at usd_cny",
    "revenue": f"revenue = {REVENUE} + drama_revenue + ai_software_revenue",
    "cost": "Ratio of revenue",
    "gross_profit": "gross_profit = revenue - cost",
    "selling": "Ratio of revenue",
    "research_and_development": "Growth",
    "administration": "Growth",
    "finance_expense": "Path",
    "period_expenses": "period_expenses = selling + research_and_development + administration + finance_expense",
    "investment_result": "Path with noise",
    "operating_profit": "operating_profit = gross_profit - period_expenses + investment_result",
    "local_tax": "Ratio of revenue",
    "profit_tax": "Ratio of operating_profit, where positive",
    "income_tax": "income_tax = local_tax + profit_tax",
    "net_profit_total": "net_profit_total = operating_profit - income_tax",
    "shared_minority": "Ratio of net_profit_total",
    "opera_minority": "Path",
    "minority_interest": "minority_interest = shared_minority + opera_minority",
    "net_profit": "net_profit = net_profit_total - minority_interest",
    "non_cash": "Path with noise",
    "operating_cash_flow": "operating_cash_flow = net_profit_total - investment_result + non_cash",
    "capital_expenditure": "Ratio of revenue",
    "other_cash_flow": "Path with noise",
    "cash": "cash = cash[-1] + operating_cash_flow - capital_expenditure + other_cash_flow",
}

SCENARIOS = {
    "base": (),
    "slow conversion": (
        "Scale drama_revenue.half_life",
        "Scale ai_software_revenue.half_life",
        "Scale drama_revenue.ceiling from 2025Q4 over 4",
        "Scale ai_software_revenue.ceiling from 2025Q4 over 4",
    ),
    "fast conversion": (
        "Scale drama_revenue.half_life",
        "Scale ai_software_revenue.half_life",
        "Floor drama_revenue.ceiling",
        "Floor ai_software_revenue.ceiling",
    ),
    "giants enter": (
        "Scale drama_arr.ceiling from 2026Q1 over 4",
        "Scale ai_software_arr.ceiling from 2026Q1 over 4",
        "Scale drama_arr.rate from 2026Q1",
        "Scale ai_software_arr.rate from 2026Q1",
        "Add selling.target from 2026Q1 over 2",
    ),
    "talent leaves": (
        "Scale ai_software_arr.rate from 2025Q4",
        "Scale drama_arr.rate from 2025Q4",
        "Scale research_and_development from 2025Q4 over 2",
    ),
    "another pivot": (
        "Scale research_and_development from 2026Q1 to 2027Q2 over 2",
        "Add selling.target from 2026Q1 to 2027Q2 over 2",
        "Scale drama_arr.rate from 2026Q1 to 2027Q2",
        "Scale ai_software_arr.rate from 2026Q1 to 2027Q2",
    ),
    "discipline": (
        "Hold research_and_development from 2025Q4",
        "Set selling.target from 2025Q4 over 8",
        "Set selling.half_life from 2025Q4",
    ),
    "legacy fades": ("Grow advertising_revenue from 2025Q4", "Grow search_revenue from 2025Q4"),
    "launch week": (
        "Pulse ai_software_arr.rate from 2025Q3, decay 2, perhaps",
        "Pulse drama_arr.rate from 2025Q3, decay 2, perhaps",
    ),
}


def check_assumed(company: CalibratedModel, scenarios: Mapping[str, Scenario]) -> None:
    """Fail with every difference between the Kunlun files and what is written by hand here."""
    seen = {driver.line: said_of_driver(driver) for driver in company.model.drivers}
    told = {name: tuple(said_of_shock(shock) for shock in scenario.shocks) for name, scenario in scenarios.items()}
    wrong = [] if str(company.first) == "2025Q3" else [f"the first quarter is {company.first}, by hand 2025Q3"]
    for expected, found in ((MODEL, seen), (SCENARIOS, told)):
        for name in dict.fromkeys([*expected, *found]):
            if expected.get(name) != found.get(name):
                wrong.append(f"'{name}' is {found.get(name)!r}, by hand {expected.get(name)!r}")
    if wrong:
        raise AssertionError("the Kunlun files moved on; write the benchmark's arithmetic anew:\n" + "\n".join(wrong))


def said_of_driver(driver: Any) -> str:
    kind = type(driver).__name__
    if kind == "Formula":
        return str(driver.formula)
    if kind == "Ratio":
        return f"Ratio of {driver.of}" + (", where positive" if driver.only_positive else "")
    if kind == "Conversion":
        return f"Conversion of {driver.of} at {driver.fx}"
    if kind == "Path":
        return "Path" + (" with noise" if driver.noise else "") + (f" and plan {driver.planned}" if driver.planned else "")
    if kind == "Rate":
        return "Rate, random walk" if driver.mean is None else "Rate, reverting"
    return f"SCurve, {driver.form}" if kind == "SCurve" else kind


def said_of_shock(shock: Any) -> str:
    said = f"{type(shock).__name__} {shock.target}"
    said += f" from {shock.start}" if shock.start else ""
    said += f" to {shock.end}" if shock.end else ""
    said += f" over {shock.ramp}" if shock.ramp else ""
    said += f", decay {shock.decay:g}" if hasattr(shock, "decay") else ""
    return said + (", perhaps" if shock.probability < 1 else "")


# ---- the random numbers, from the library's own streams, so that both sides have the same


@dataclass(frozen=True)
class Given:
    """Draws and fixed numbers: parameters (paths,) or (), errors (quarters, paths), shock sizes by scenario."""

    quarters: int
    parameters: Mapping[str, Array]
    errors: Mapping[str, Array]
    sizes: Mapping[str, list[Array]]
    happens: Mapping[str, list[Any]]
    forms: Mapping[str, Any]
    limits: Mapping[str, tuple[float, float]]
    past: Mapping[str, list[float]]


def drawn(company: CalibratedModel, scenarios: Iterable[Scenario], until: str, draws: Draws | None = None) -> Given:
    """Everything random, drawn once."""
    quarters = quarters_between(company.first, Quarter.parse(until))
    draws = draws or Draws(SEED, PATHS, len(quarters))
    drivers: tuple[Any, ...] = company.model.drivers
    bound = {scenario.name: bind(scenario, draws, quarters) for scenario in scenarios}
    return Given(
        len(quarters),
        draws.parameters(company),
        {driver.line: draws.noise(driver.line, noise) for driver in drivers for noise in driver.noises()},
        {name: [one.size for one in shocks] for name, shocks in bound.items()},
        {name: [one.happens for one in shocks] for name, shocks in bound.items()},
        {line: company.fits[line].payload for line in TRENDS},
        {driver.line: (driver.floor, driver.cap) for driver in drivers if hasattr(driver, "floor")},
        {line: [company.past(line, back) for back in (4, 3, 2, 1)] for line in company.model.lines},
    )


# ---- the arithmetic by hand: (paths,) a quarter where a line follows itself, (quarters, paths) elsewhere


def by_quarter(function: Callable[[Array], Array], values: list[Array]) -> list[Array]:
    """A function of each quarter's parameter, worked out once where the parameter stays the same."""
    found: dict[int, Array] = {}
    for value in values:
        if id(value) not in found:
            found[id(value)] = function(value)
    return [found[id(value)] for value in values]


def fade(half_lives: list[Array]) -> list[Array]:
    return by_quarter(lambda half_life: np.exp2(-1.0 / half_life), half_lives)


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
    ceiling, slower = p[f"{line}.ceiling"], by_quarter(lambda rate: np.exp(-rate), p[f"{line}.rate"])
    pushes = np.exp(p[f"{line}.volatility"][0] * given.errors[line])
    levels = np.empty_like(pushes)
    x = p[f"{line}.start"][0]
    for t in range(given.quarters):
        k = ceiling[t]
        x = k * x / (x + (k - x) * slower[t]) * pushes[t]
        levels[t] = x
    return levels


def recognised(product: str, p: ByQuarter, given: Given, arr: Array, fx: Array) -> tuple[Array, Array]:
    """Revenue of an AI product and the share of ARR that is recognised."""
    line = f"{product}_revenue"
    ceiling, left = p[f"{line}.ceiling"], fade(p[f"{line}.half_life"])
    share, revenue = np.empty_like(arr), np.empty_like(arr)
    x, before = p[f"{line}.start"][0], p[f"{product}_arr.start"][0]
    for t in range(given.quarters):
        x = ceiling[t] + (x - ceiling[t]) * left[t]
        share[t] = x
        revenue[t] = x * ((before + arr[t]) * 0.5 * fx[t]) * 0.25
        before = arr[t]
    return revenue, share


def share_of(line: str, p: ByQuarter, given: Given) -> Array:
    errors, target, left = given.errors[line], p[f"{line}.target"], fade(p[f"{line}.half_life"])
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


def untouched(given: Given) -> Lines:
    """Lines that nothing of any scenario or lever reaches, but for advertising, search and the two expenses."""
    p, shape = {name: [value] * given.quarters for name, value in given.parameters.items()}, (given.quarters, PATHS)
    lines = {line: trend(line, given) for line in TRENDS}
    lines["social_revenue"] = lines["social_overseas_revenue"] + lines["social_domestic_revenue"]
    lines["usd_cny"] = exchange_rate(given)
    for line in ("research_and_development", "administration"):
        lines[line], lines[f"{line}.rate"] = growth(line, p, given)
    for line in ("finance_expense", "opera_minority"):
        lines[line] = np.broadcast_to(given.parameters[f"{line}.value"], shape)
    for line in ("investment_result", "non_cash", "other_cash_flow"):
        lines[line] = given.parameters[f"{line}.value"] + given.errors[line]
    return lines


def statement(p: ByQuarter, given: Given, lines: Lines, moved: set[str], *, cash: bool = True) -> Lines:
    """Every line; those upstream of what ``moved`` are taken as they are from ``lines``."""
    x = dict(lines)
    for product in PRODUCTS:
        arr, revenue = f"{product}_arr", f"{product}_revenue"
        if arr in moved:
            x[arr] = s_curve(arr, p, given)
        if {arr, revenue} & moved:
            x[revenue], x[f"{revenue}.conversion"] = recognised(product, p, given, x[arr], x["usd_cny"])
    sales = bool(moved - {"selling", "research_and_development", "administration"})
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
    x["period_expenses"] = (
        x["selling"] + x["research_and_development"] + x["administration"] + x["finance_expense"]
    )
    x["operating_profit"] = x["gross_profit"] - x["period_expenses"] + x["investment_result"]
    x["profit_tax.share"] = share_of("profit_tax", p, given)
    x["profit_tax"] = x["profit_tax.share"] * np.maximum(x["operating_profit"], 0.0)
    x["income_tax"] = x["local_tax"] + x["profit_tax"]
    x["net_profit_total"] = x["operating_profit"] - x["income_tax"]
    x["shared_minority.share"] = share_of("shared_minority", p, given)
    x["shared_minority"] = x["shared_minority.share"] * x["net_profit_total"]
    x["minority_interest"] = x["shared_minority"] + x["opera_minority"]
    x["net_profit"] = x["net_profit_total"] - x["minority_interest"]
    if not cash:
        return x
    x["operating_cash_flow"] = x["net_profit_total"] - x["investment_result"] + x["non_cash"]
    x["cash"] = np.empty_like(x["operating_cash_flow"])
    held: Any = given.past["cash"][-1]
    for t in range(given.quarters):
        held = held + x["operating_cash_flow"][t] - x["capital_expenditure"][t] + x["other_cash_flow"][t]
        x["cash"][t] = held
    return x


def weights(given: Given, start: int, end: int = 400, over: int = 1) -> list[float]:
    """How much of a shock acts in each quarter: 0 outside start to end (counted from 0), 1 after the ramp."""
    return [min(1.0, (t - start + 1) / over) if start <= t <= end else 0.0 for t in range(given.quarters)]


def scaled(values: list[Array], size: Array, weight: list[float]) -> list[Array]:
    pairs = zip(values, weight, strict=True)
    if min(weight) == 1.0:
        return [values[0] * (1.0 + (size - 1.0))] * len(values)
    return [value * (1.0 + w * (size - 1.0)) if w else value for value, w in pairs]


def added(values: list[Array], size: Array, weight: list[float]) -> list[Array]:
    return [value + w * size if w else value for value, w in zip(values, weight, strict=True)]


def held_growth(line: str, given: Given, lines: Lines, size: Array) -> Array:
    """``size`` on a year ago from the second quarter on."""
    grown = lines[line].copy()
    for t in range(1, given.quarters):
        grown[t] = (grown[t - 4] if t >= 4 else given.past[line][t]) * (1.0 + size)
    return grown


def scenario_by_hand(name: str, given: Given, base: Lines) -> Lines:
    """One scenario, in the order of its shocks in scenarios.yaml; quarter 0 is 2025Q3."""
    p = {key: [value] * given.quarters for key, value in given.parameters.items()}
    size, happens, lines = given.sizes[name], given.happens[name], dict(base)
    at_once, research = weights(given, 0), "research_and_development"
    arr, revenue = {"drama_arr", "ai_software_arr"}, {"drama_revenue", "ai_software_revenue"}
    moved: set[str] = arr | revenue
    if name in ("slow conversion", "fast conversion"):
        moved = revenue
        for i, product in enumerate(PRODUCTS):
            half_life, ceiling = f"{product}_revenue.half_life", f"{product}_revenue.ceiling"
            p[half_life] = scaled(p[half_life], size[i], at_once)
            if name == "slow conversion":
                p[ceiling] = scaled(p[ceiling], size[2 + i], weights(given, 1, over=4))
            else:
                p[ceiling] = [np.maximum(p[ceiling][0], size[2 + i])] * given.quarters
    elif name == "giants enter":
        for i, product in enumerate(PRODUCTS):
            ceiling, rate = f"{product}_arr.ceiling", f"{product}_arr.rate"
            p[ceiling] = scaled(p[ceiling], size[i], weights(given, 2, over=4))
            p[rate] = by_phase(p[rate][0], p[rate][0] * (1.0 + (size[2 + i] - 1.0)), weights(given, 2))
        p["selling.target"] = added(p["selling.target"], size[4], weights(given, 2, over=2))
    elif name == "talent leaves":
        for i, product in enumerate(reversed(PRODUCTS)):
            rate = f"{product}_arr.rate"
            p[rate] = by_phase(p[rate][0], p[rate][0] * (1.0 + (size[i] - 1.0)), weights(given, 1))
        lines[research] = np.array(scaled(list(lines[research]), size[2], weights(given, 1, over=2)))
    elif name == "another pivot":
        lines[research] = np.array(scaled(list(lines[research]), size[0], weights(given, 2, 7, over=2)))
        p["selling.target"] = added(p["selling.target"], size[1], weights(given, 2, 7, over=2))
        for i, product in enumerate(PRODUCTS):
            rate = f"{product}_arr.rate"
            p[rate] = by_phase(p[rate][0], p[rate][0] * (1.0 + (size[2 + i] - 1.0)), weights(given, 2, 7))
    elif name == "discipline":
        moved = {"selling", research}
        lines[research] = np.broadcast_to(lines[research][0], lines[research].shape)
        target, ramp = p["selling.target"][0], weights(given, 1, over=8)
        p["selling.target"] = [size[1] if w == 1.0 else target + w * (size[1] - target) if w else target for w in ramp]
        p["selling.half_life"] = by_phase(p["selling.half_life"][0], size[2], weights(given, 1))
    elif name == "legacy fades":
        moved = set(TRENDS[:2])
        for line, yearly in zip(TRENDS[:2], size, strict=True):
            lines[line] = held_growth(line, given, lines, yearly)
    elif name == "launch week":
        for i, product in enumerate(reversed(PRODUCTS)):
            rate = p[f"{product}_arr.rate"][0]
            pushed = [rate * (1.0 + 2.0 ** (-t / 2) * size[i]) for t in range(given.quarters)]
            p[f"{product}_arr.rate"] = [np.where(happens[i], push, rate) for push in pushed]
    return statement(p, given, lines, moved)


def by_phase(before: Array, after: Array, weight: list[float]) -> list[Array]:
    return [after if w else before for w in weight]


def all_by_hand(given: Given) -> dict[str, Lines]:
    p = {key: [value] * given.quarters for key, value in given.parameters.items()}
    everything = {f"{product}_{what}" for product in PRODUCTS for what in ("arr", "revenue")}
    base = statement(p, given, untouched(given), everything)
    return {name: base if name == "base" else scenario_by_hand(name, given, base) for name in given.sizes}


# ---- the goal seek by hand: a grid to see which way the lever pulls, then bisection on all paths at once


def reached_by_hand(given: Given, base: Lines, lever: str, values: Array) -> Any:
    """Whether the trailing-year net profit gets to zero on each path with the lever at ``values`` (paths,)."""
    p = {key: [value] * given.quarters for key, value in given.parameters.items()}
    p[lever] = [values] * given.quarters
    line, lines = lever.split(".")[0], dict(base)
    if line in ("research_and_development", "administration"):
        lines[line], lines[f"{line}.rate"] = growth(line, p, given)
    profit = statement(p, given, lines, {line}, cash=False)["net_profit"]
    before = np.broadcast_to(np.array(given.past["net_profit"][1:])[:, None], (3, PATHS))
    long = np.concatenate([before, profit])
    return np.max(long[3:] + long[2:-1] + long[1:-2] + long[:-3], axis=0) >= 0


def threshold_by_hand(given: Given, base: Lines, lever: str, low: float, high: float, steps: int) -> Array:
    """The lever's hardest value that works on each path: infinite where none does or all do."""
    grid = np.geomspace(low, high, GRID) if low > 0 and high / low > 20 else np.linspace(low, high, GRID)
    grid[0], grid[-1] = low, high
    met = np.array([reached_by_hand(given, base, lever, np.full(PATHS, value)) for value in grid])
    sign = 1 if met[-1].mean() >= met[0].mean() else -1
    met, grid = met[::sign], grid[::sign]
    holds = np.logical_and.accumulate(met[::-1], axis=0)[::-1]
    first = np.where(holds.any(axis=0), holds.argmax(axis=0), GRID)
    inside = (first > 0) & (first < GRID)
    fails, works = grid[np.clip(first - 1, 0, GRID - 1)], grid[np.clip(first, 0, GRID - 1)]
    for _ in range(steps):
        middle = 0.5 * (fails + works)
        good = reached_by_hand(given, base, lever, middle)
        works, fails = np.where(good, middle, works), np.where(good, fails, middle)
    return np.asarray(np.where(inside, works, np.where(first == 0, -np.inf * sign, np.inf * sign)))


def goal_seek_by_hand(company: CalibratedModel, scenario: Scenario, by: str) -> dict[str, Array]:
    """Thresholds of every lever, (paths,) each, with as many evaluations as ``fc.goal_seek`` makes."""
    given = drawn(company, [scenario], by)
    base = all_by_hand(given)[scenario.name]
    levers = {name: known for name, known in company.parameters.items() if known.role == "lever"}
    found = {}
    for name, known in levers.items():
        steps = STEPS if name == LEVER else ROUGH
        found[name] = threshold_by_hand(given, base, name, known.lever_low, known.lever_high, steps)
    for value in (levers[LEVER].lever_low, levers[LEVER].lever_high, *[levers[LEVER].lever_low] * 2):
        reached_by_hand(given, base, LEVER, np.full(PATHS, value))  # both ends, the answer twice
    return found


# ---- measuring


@dataclass(frozen=True)
class Race:
    """Seconds of both sides, medians over interleaved runs, and the median of the ratios run by run."""

    what: str
    library: float
    by_hand: float
    ratio: float
    least: float
    most: float
    rounds: int

    def __str__(self) -> str:
        return (
            f"{self.what}: library {self.library:.3f} s, by hand {self.by_hand:.3f} s, ratio {self.ratio:.2f} "
            f"({self.least:.2f} to {self.most:.2f} in {self.rounds} interleaved runs)"
        )


def raced(what: str, library: Callable[[], object], by_hand: Callable[[], object], rounds: int = ROUNDS) -> Race:
    """Each once to warm up, then by turns, the first to go changing every round."""
    sides = (library, by_hand)
    seconds: tuple[list[float], list[float]] = ([], [])
    for side in sides:
        side()
    for number in range(rounds):
        for side in (0, 1) if number % 2 else (1, 0):
            start = time.perf_counter()
            made = sides[side]()
            seconds[side].append(time.perf_counter() - start)
            del made
    ratios = [ours / theirs for ours, theirs in zip(*seconds, strict=True)]
    ours, theirs = (statistics.median(side) for side in seconds)
    return Race(what, ours, theirs, statistics.median(ratios), min(ratios), max(ratios), rounds)


@cache
def kunlun() -> tuple[CalibratedModel, dict[str, Scenario]]:
    """The company as the example calibrates it, and every scenario of the file."""
    folder = fc.kunlun_folder()
    model = fc.read_model(folder / "model.yaml")
    scenarios = fc.read_scenarios(folder / "scenarios.yaml")
    history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
    company = fc.calibrate(model, history, opening={"cash": 1_500})
    check_assumed(company, scenarios)
    return company, scenarios


def compared() -> tuple[int, int, float]:
    """Lines compared over all scenarios, those equal to the bit, and the largest relative difference."""
    company, scenarios = kunlun()
    ours = fc.simulate(company, scenarios, until=UNTIL, paths=PATHS, seed=SEED)
    theirs = all_by_hand(drawn(company, scenarios.values(), UNTIL))
    assert set(ours.names) == set(theirs)
    pairs = []
    for name in ours.names:
        assert set(ours.series[name]) == set(theirs[name]), name
        pairs += [(ours.series[name][line], theirs[name][line]) for line in ours.lines]
    for first, second in pairs:
        np.testing.assert_allclose(first, second, rtol=1e-9, atol=0)
    same = sum(np.array_equal(first, second) for first, second in pairs)
    return len(pairs), same, max(float(np.max(np.abs(a - b) / np.maximum(np.abs(a), 1e-300))) for a, b in pairs)


def race_simulation(rounds: int = ROUNDS) -> Race:
    """Drawing and arithmetic."""
    company, scenarios = kunlun()
    return raced(
        f"simulate, {len(scenarios)} scenarios, drawing included",
        lambda: fc.simulate(company, scenarios, until=UNTIL, paths=PATHS, seed=SEED),
        lambda: all_by_hand(drawn(company, scenarios.values(), UNTIL)),
        rounds,
    )


def race_arithmetic(rounds: int = ROUNDS) -> Race:
    """The same with all parameters and errors drawn beforehand, on both sides."""
    company, scenarios = kunlun()
    ready = Run(company, quarters_between(company.first, Quarter.parse(UNTIL)), PATHS, SEED)
    given = drawn(company, scenarios.values(), UNTIL, ready.draws)

    def library() -> object:
        run = copy.copy(ready)
        return {name: run.scenario(scenario) for name, scenario in scenarios.items()}

    return raced(f"simulate, {len(scenarios)} scenarios, draws given", library, lambda: all_by_hand(given), rounds)


def breakeven_goal() -> fc.Goal:
    return fc.Goal("net_profit", at_least=0, over="trailing_year", by="2027Q4", probability=0.8)


def sought() -> fc.GoalSeek:
    company, scenarios = kunlun()
    goal = breakeven_goal()
    return fc.goal_seek(
        company, scenarios["base"], vary=LEVER, goal=goal, paths=PATHS, seed=SEED, alternatives=True
    )


def race_goal_seek(rounds: int = 5) -> Race:
    """The lever and its alternatives, drawing included."""
    company, scenarios = kunlun()
    levers = sum(known.role == "lever" for known in company.parameters.values())
    return raced(
        f"goal_seek, {LEVER} and {levers - 1} alternatives",
        sought,
        lambda: goal_seek_by_hand(company, scenarios["base"], "2027Q4"),
        rounds,
    )


# ---- the benchmarks


def test_both_sides_have_the_same_numbers() -> None:
    lines, same, worst = compared()
    print(f"\n{lines} lines over all scenarios, {same} equal to the bit, largest relative difference {worst:.1e}")
    assert worst <= 1e-9


def test_goal_seek_by_hand_has_the_same_thresholds() -> None:
    company, scenarios = kunlun()
    theirs = goal_seek_by_hand(company, scenarios["base"], "2027Q4")
    ours = sought()
    np.testing.assert_allclose(ours.thresholds, theirs[LEVER], rtol=1e-9)
    for reach in ours.alternatives:
        if reach.answer is not None:
            known = company.parameters[reach.lever]
            limits = (known.lever_low, known.lever_high)
            ordered = np.sort(theirs[reach.lever])
            assert np.any(np.isclose(reach.answer, np.concatenate([ordered, limits]), rtol=1e-9)), reach


@pytest.mark.parametrize("race", [race_simulation, race_arithmetic])
def test_simulation(benchmark: Any, race: Callable[[], Race]) -> None:
    found = benchmark.pedantic(race, rounds=1)
    benchmark.extra_info["ratio"] = found.ratio
    print(f"\n{found}")
    assert found.ratio <= AT_MOST_TIMES, found


def test_goal_seek(benchmark: Any) -> None:
    benchmark.pedantic(sought, rounds=5, warmup_rounds=1)
    seconds = benchmark.stats.stats.median
    print(f"\n{race_goal_seek()}; pytest-benchmark's median {seconds:.2f} s")
    assert seconds < AT_MOST_SECONDS
