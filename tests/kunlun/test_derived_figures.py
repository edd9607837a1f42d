"""The derived figures follow from the printed ones by arithmetic, and none of them is printed itself."""

import csv
from pathlib import Path

import pytest

FACTS_FILE = Path(__file__).parents[2] / "data" / "kunlun" / "facts.csv"
FIGURES_FILE = Path(__file__).parent / "derived_figures.csv"
CONFIDENCES = ("high", "medium", "low")


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FACTS = table(FACTS_FILE)
FIGURES = table(FIGURES_FILE)


def line(fact):
    return f"{fact['segment']}_{fact['item']}" if fact["segment"] else fact["item"]


def printed(line_name, period, basis, unit="million"):
    """The printed figure; of several the one with the highest confidence, then the finest rounding."""
    found = [
        (
            ("high", "medium", "low").index(fact["confidence"]),
            float(fact["rounding"] or 0),
            float(fact["value"]),
        )
        for fact in FACTS
        if (line(fact), fact["period"], fact["basis"], fact["unit"]) == (line_name, period, basis, unit)
    ]
    return min(found)[2]


def share(line_name, period, basis):
    """Its share of revenue times revenue."""
    percent = printed(line_name, period, basis, "percent_of:revenue")
    return printed("revenue", period, basis) * percent / 100


def year_ago(line_name, period, basis):
    """The figure of a year before: the level over one plus its growth."""
    growth = printed(line_name, period, basis, "percent_growth")
    return printed(line_name, period, basis) / (1 + growth / 100)


def share_year_ago(line_name, period, basis):
    """The figure of a year before: revenue then, times the share less its change in points."""
    before = str(int(period[:4]) - 1) + period[4:]
    percent = printed(line_name, period, basis, "percent_of:revenue")
    points = printed(line_name, period, basis, "points_growth_of:revenue")
    return printed("revenue", before, basis) * (percent - points) / 100


def first_quarter(line_name, year):
    """The first half less the second quarter."""
    return printed(line_name, f"{year}Q2", "ytd") - printed(line_name, f"{year}Q2", "quarter")


def fourth_quarter(line_name, year):
    """The year less nine months."""
    return printed(line_name, str(year), "annual") - printed(line_name, f"{year}Q3", "ytd")


def cost(period, basis):
    """Revenue less the gross profit."""
    return printed("revenue", period, basis) - share("gross_profit", period, basis)


RESEARCH = "research_and_development"
ROUTES = [
    ("revenue", "2021Q4", "quarter", lambda: fourth_quarter("revenue", 2021)),
    ("revenue", "2022Q2", "ytd", lambda: year_ago("revenue", "2023Q2", "ytd")),
    ("revenue", "2022Q2", "quarter", lambda: year_ago("revenue", "2023Q2", "quarter")),
    ("revenue", "2022Q4", "quarter", lambda: fourth_quarter("revenue", 2022)),
    ("revenue", "2023Q1", "quarter", lambda: year_ago("revenue", "2024Q1", "quarter")),
    ("revenue", "2023Q4", "quarter", lambda: year_ago("revenue", "2024Q4", "quarter")),
    ("cost", "2021", "annual", lambda: cost("2021", "annual")),
    ("cost", "2023", "annual", lambda: cost("2023", "annual")),
    ("cost", "2024", "annual", lambda: cost("2024", "annual")),
    ("cost", "2024Q1", "quarter", lambda: cost("2024Q1", "quarter")),
    ("cost", "2024Q2", "ytd", lambda: cost("2024Q2", "ytd")),
    ("cost", "2024Q3", "quarter", lambda: cost("2024Q3", "quarter")),
    ("cost", "2025Q2", "quarter", lambda: cost("2025Q2", "quarter")),
    (RESEARCH, "2022", "annual", lambda: share_year_ago(RESEARCH, "2023", "annual")),
    (RESEARCH, "2023", "annual", lambda: share(RESEARCH, "2023", "annual")),
    (RESEARCH, "2023Q3", "quarter", lambda: share_year_ago(RESEARCH, "2024Q3", "quarter")),
    (RESEARCH, "2024Q1", "quarter", lambda: share(RESEARCH, "2024Q1", "quarter")),
    (RESEARCH, "2024Q2", "quarter", lambda: year_ago(RESEARCH, "2025Q2", "quarter")),
    (RESEARCH, "2024Q3", "quarter", lambda: share(RESEARCH, "2024Q3", "quarter")),
    ("selling", "2023", "annual", lambda: year_ago("selling", "2024", "annual")),
    ("selling", "2023Q2", "quarter", lambda: share_year_ago("selling", "2024Q2", "quarter")),
    ("selling", "2023Q3", "quarter", lambda: share_year_ago("selling", "2024Q3", "quarter")),
    ("selling", "2024Q1", "quarter", lambda: share("selling", "2024Q1", "quarter")),
    ("selling", "2024Q2", "quarter", lambda: share("selling", "2024Q2", "quarter")),
    ("selling", "2024Q2", "ytd", lambda: year_ago("selling", "2025Q2", "ytd")),
    ("administration", "2023", "annual", lambda: share("administration", "2023", "annual")),
    ("administration", "2024Q1", "quarter", lambda: share("administration", "2024Q1", "quarter")),
    ("administration", "2024Q2", "quarter", lambda: share("administration", "2024Q2", "quarter")),
    ("finance_expense", "2024Q1", "quarter", lambda: share("finance_expense", "2024Q1", "quarter")),
    ("net_profit", "2021Q4", "quarter", lambda: fourth_quarter("net_profit", 2021)),
    ("net_profit", "2022Q2", "ytd", lambda: year_ago("net_profit", "2023Q2", "ytd")),
    ("net_profit", "2022Q4", "quarter", lambda: fourth_quarter("net_profit", 2022)),
    ("net_profit", "2023Q4", "quarter", lambda: fourth_quarter("net_profit", 2023)),
    ("net_profit", "2024Q4", "quarter", lambda: fourth_quarter("net_profit", 2024)),
    ("operating_cash_flow", "2024Q4", "quarter", lambda: fourth_quarter("operating_cash_flow", 2024)),
    ("operating_cash_flow", "2023", "annual", lambda: year_ago("operating_cash_flow", "2024", "annual")),
    ("search_revenue", "2022H1", "half", lambda: year_ago("search_revenue", "2023H1", "half")),
    ("opera_revenue", "2024Q1", "quarter", lambda: first_quarter("opera_revenue", 2024)),
]
"""Derived figures worked from printed ones, by another route than the file's own where there is one."""


def test_no_derived_figure_is_printed():
    assert list(FIGURES[0]) == ["line", "period", "basis", "value", "tolerance", "note"]
    facts = {(line(f), f["period"], f["basis"], float(f["value"])) for f in FACTS if f["unit"] == "million"}
    keys = [(figure["line"], figure["period"], figure["basis"]) for figure in FIGURES]
    assert len(keys) == len(set(keys))
    for key, figure in zip(keys, FIGURES, strict=True):
        assert (*key, float(figure["value"])) not in facts
        assert key[0] in {line(fact) for fact in FACTS}


def test_tolerances_are_what_rounding_allows():
    """At least one million; at most 6 %, or 12 million where a figure rounded to 10 million is a term."""
    for figure in FIGURES:
        tolerance, value = float(figure["tolerance"]), abs(float(figure["value"]))
        assert 1 <= tolerance <= max(12, 0.06 * value + 0.05), figure


@pytest.mark.parametrize(("line_name", "period", "basis", "route"), ROUTES)
def test_the_facts_imply_the_derived_figure(line_name, period, basis, route):
    [figure] = [f for f in FIGURES if (f["line"], f["period"], f["basis"]) == (line_name, period, basis)]
    assert route() == pytest.approx(float(figure["value"]), abs=float(figure["tolerance"]))


def test_research_of_2023_by_quarter_sums_to_the_year():
    """170.75 + 180.44 + 269.484 + 346.95 = 967.624, against 967.641 from the growth of 2024."""
    quarters = [
        float(figure["value"])
        for figure in FIGURES
        if figure["line"] == RESEARCH and figure["period"].startswith("2023") and figure["basis"] == "quarter"
    ]
    assert len(quarters) == 4
    assert sum(quarters) == pytest.approx(967.641, abs=0.05)
