"""Invented companies: what is true of their 12 lines in each of 40 quarters, before anybody reports it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.lines import Identity, Line
from forecast.timeline import Quarter, quarters_between

FIRST = Quarter(4 * 2014)
COUNT = 40
QUARTERS = quarters_between(FIRST, FIRST + (COUNT - 1))

SEGMENTS = ("search_revenue", "games_revenue", "advertising_revenue", "video_revenue", "services_revenue")
FLOWS = (
    *SEGMENTS,
    "revenue",
    "cost_of_revenue",
    "gross_profit",
    "research_and_development",
    "selling_and_administration",
    "operating_profit",
)
STOCK = "arr"
LINES = {name: Line(name, "stock" if name == STOCK else "flow", "million", "CNY") for name in (*FLOWS, STOCK)}
IDENTITIES = (
    Identity("revenue", tuple((name, 0, 1.0) for name in SEGMENTS)),
    Identity("gross_profit", (("revenue", 0, 1.0), ("cost_of_revenue", 0, -1.0))),
    Identity(
        "operating_profit",
        (("gross_profit", 0, 1.0), ("research_and_development", 0, -1.0), ("selling_and_administration", 0, -1.0)),
    ),
)


@dataclass(frozen=True)
class Books:
    """Lines and identities: all that a reconciliation is told of the company."""

    lines: dict[str, Line]
    identities: tuple[Identity, ...]


BOOKS = Books(LINES, IDENTITIES)


@dataclass(frozen=True)
class Process:
    """How the lines of one kind of company move; all figures are in logarithms a quarter.

    ``drift`` is the standard deviation of the growth rate's slow part (an AR(1) with coefficient 0.9),
    ``season`` the size of the seasonal pattern, of which the part ``evolving`` is redrawn every year,
    ``noise`` what a single quarter is off, ``shock`` the scale of lasting shocks (Student's t with 3 degrees
    of freedom), ``jump`` the chance of a lasting jump of +-30 %.
    """

    drift: float
    season: float
    evolving: float
    noise: float
    shock: float
    jump: float


PROCESSES = {
    "smooth": Process(drift=0.015, season=0.02, evolving=0.1, noise=0.01, shock=0.0, jump=0.0),
    "seasonal": Process(drift=0.02, season=0.20, evolving=0.15, noise=0.02, shock=0.0, jump=0.0),
    "jumpy": Process(drift=0.02, season=0.06, evolving=0.2, noise=0.03, shock=0.04, jump=0.03),
}


def true_values(process: Process, chance: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """The true figures of every line, each of shape (40,), in millions; the identities hold exactly."""
    values = {name: _level(process, chance, growth=chance.uniform(-0.01, 0.06)) for name in SEGMENTS}
    revenue = np.sum(list(values.values()), axis=0)
    values["revenue"] = revenue
    cost = revenue * _ratio(process, chance, chance.uniform(0.25, 0.5))
    values["cost_of_revenue"] = cost
    values["gross_profit"] = revenue - cost
    spending = Process(process.drift, process.season / 3, process.evolving, process.noise, process.shock / 2, 0.0)
    path = _level(spending, chance, growth=0.0)
    trend = np.convolve(np.pad(revenue, (5, 0), mode="edge"), np.full(6, 1 / 6), mode="valid")
    values["research_and_development"] = chance.uniform(0.12, 0.25) * trend * path / path.mean()
    values["selling_and_administration"] = revenue * _ratio(process, chance, chance.uniform(0.12, 0.3))
    costs = values["research_and_development"] + values["selling_and_administration"]
    values["operating_profit"] = values["gross_profit"] - costs
    lasting = Process(process.drift, 0.0, 0.0, process.noise / 2, process.shock / 2, process.jump / 2)
    values[STOCK] = _level(lasting, chance, growth=0.05)
    return values


def _level(process: Process, chance: np.random.Generator, *, growth: float) -> NDArray[np.float64]:
    """A positive line with trend, season, noise, shocks and jumps, shape (40,)."""
    slow = np.zeros(COUNT)
    for t in range(1, COUNT):
        slow[t] = 0.9 * slow[t - 1] + process.drift * np.sqrt(1 - 0.9**2) * chance.standard_normal()
    lasting = process.shock * chance.standard_t(3, COUNT)
    lasting += np.where(chance.random(COUNT) < process.jump, chance.choice([-0.3, 0.3], COUNT), 0.0)
    start = chance.uniform(np.log(40.0), np.log(400.0))
    trend = start + np.cumsum(growth + slow + lasting)
    return np.exp(trend + _season(process, chance) + process.noise * chance.standard_normal(COUNT))


def _season(process: Process, chance: np.random.Generator) -> NDArray[np.float64]:
    """A seasonal pattern of mean zero in every year, part of it redrawn every year, shape (40,)."""
    pattern = chance.standard_normal(4)
    years = []
    for _ in range(COUNT // 4):
        keep = np.sqrt(1 - process.evolving**2)
        pattern = keep * pattern + process.evolving * chance.standard_normal(4)
        years.append(process.season * (pattern - pattern.mean()))
    return np.concatenate(years)


def _ratio(process: Process, chance: np.random.Generator, start: float) -> NDArray[np.float64]:
    """A cost ratio that wanders on the logistic scale, shape (40,)."""
    steps = (process.drift + process.shock / 2) * chance.standard_normal(COUNT)
    noise = process.noise * chance.standard_normal(COUNT)
    logit = np.log(start / (1 - start)) + np.cumsum(steps) + noise + _season(process, chance) / 3
    return 1 / (1 + np.exp(-logit))
