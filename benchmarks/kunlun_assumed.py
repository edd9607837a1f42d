"""What the hand-written Kunlun takes for granted, checked against model.yaml and scenarios.yaml before it runs.

Only the structure is repeated here: who is computed from what, and which shock acts when. Sizes, distributions,
floors and caps are read from the company.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forecast.model import CalibratedModel
from forecast.scenario import Scenario

FIRST = "2025Q3"

TRENDS = (
    "advertising_revenue",
    "search_revenue",
    "social_overseas_revenue",
    "games_revenue",
    "other_revenue",
)

REVENUE = "advertising_revenue + search_revenue + social_revenue + games_revenue + other_revenue"
MODEL: dict[str, str] = {
    **dict.fromkeys(TRENDS, "Trend"),
    "social_domestic_revenue": "Ratio of social_overseas_revenue",
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

SCENARIOS: dict[str, tuple[str, ...]] = {
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
    """Fail with every difference between the Kunlun files and what is written by hand."""
    drivers: tuple[Any, ...] = company.model.drivers
    seen = {driver.line: said_of_driver(driver) for driver in drivers}
    told = {name: tuple(said_of_shock(shock) for shock in scenario.shocks) for name, scenario in scenarios.items()}
    wrong = [] if str(company.first) == FIRST else [f"the first quarter is {company.first}, by hand {FIRST}."]
    for expected, found in ((MODEL, seen), (SCENARIOS, told)):
        names = dict.fromkeys([*expected, *found])
        wrong += [
            f"'{name}' is {found.get(name)!r}, by hand {expected.get(name)!r}."
            for name in names
            if expected.get(name) != found.get(name)
        ]
    if wrong:
        told_all = "\n".join(wrong)
        raise AssertionError(f"the Kunlun files moved on; change the arithmetic by hand in benchmarks/:\n{told_all}")


def said_of_driver(driver: Any) -> str:
    """A driver's structure in words."""
    kind = type(driver).__name__
    if kind == "Formula":
        return str(driver.formula)
    if kind == "Ratio":
        return f"Ratio of {driver.of}" + (", where positive" if driver.only_positive else "")
    if kind == "Conversion":
        return f"Conversion of {driver.of} at {driver.fx}"
    if kind == "Path":
        plan = f", planned {dict(driver.planned)}" if driver.planned else ""
        return ("Path with noise" if driver.noise else "Path") + plan
    if kind == "Rate":
        return "Rate, random walk" if driver.mean is None else "Rate, reverting"
    return f"SCurve, {driver.form}" if kind == "SCurve" else kind


def said_of_shock(shock: Any) -> str:
    """What a shock does to what and when, in words; its size is read from the draws."""
    said = f"{type(shock).__name__} {shock.target}"
    said += f" from {shock.start}" if shock.start else ""
    said += f" to {shock.end}" if shock.end else ""
    said += f" over {shock.ramp}" if shock.ramp else ""
    said += f", decay {shock.decay:g}" if getattr(shock, "decay", None) is not None else ""
    return said + (", perhaps" if shock.probability < 1 else "")
