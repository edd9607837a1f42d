"""Every disagreement between the sources on Kunlun, one by one: found, found as a revision, as two scopes, or not.

X01 to X31 number the disagreements that were noted by hand when the figures were collected (X03, X15, X23 and X28
were not given out). README.md of the data lists those that cannot be found, with the reason.
"""

import datetime as dt
import re
from dataclasses import replace

import pandas as pd
import pytest

import forecast as fc

from .printed import DATA, facts, history, measured, model

RESEARCH = "research_and_development"
DEDUCTED = "'net_profit_deducted' of the same period"
FOUND = {
    # id: (line, period, basis, unit, value, source), what the others say worked by hand, its tolerance, the reading
    "X01 S03": (("net_profit", "2025Q2", "ytd", "million", -859, "S03"), -856, 0.5, DEDUCTED),
    "X01 S16": (("net_profit", "2025Q2", "ytd", "million", -859, "S16"), -856, 0.5, DEDUCTED),
    "X02": (("net_profit", "2025Q2", "quarter", "million", -856, "S14"), -87, 0.5, "a figure for the year to date"),
    # 1560 / 1789.1 = 87.2 +- 0.46 from the amounts and 85 +- 0.51 from S47 have the weighted mean 86.2
    "X09": (("games_revenue_original", "2015", "annual", "percent_of:revenue", 98, "S01"), 86.2, 0.6, ""),
    # S48 says about 1200
    "X13": ((RESEARCH, "2024", "annual", "million", 1200, "S48"), 1543, 0.5, ""),
    # 408.6 / 1294
    "X16 research": (
        (RESEARCH, "2024Q2", "quarter", "percent_of:revenue", 23.7, "S89"),
        31.58,
        0.05,
        "'administration' of the same period",
    ),
    "X16 administration": (
        ("administration", "2024Q2", "quarter", "percent_of:revenue", 31.6, "S89"),
        23.7,
        0.05,
        "'research_and_development' of the same period",
    ),
    # 2205 / 2502
    "X17": (("overseas_revenue", "2024H1", "half", "percent_of:revenue", 95.2, "S89"), 88.13, 0.1, ""),
    # 3441 / 3733
    "X18": (
        ("overseas_revenue", "2025H1", "half", "percent_of:revenue", 93.0, "S18"),
        92.18,
        0.05,
        "a figure relative to 'internet_revenue'",
    ),
    # (227.7 + 234.4) / 2425
    "X19": (
        ("administration", "2023H1", "half", "percent_of:revenue", 33.5, "S38"),
        19.06,
        0.05,
        "'administration' together with 'research_and_development'",
    ),
    # -237 / 1327
    "X24": (("net_profit", "2024Q3", "quarter", "percent_of:revenue", -6.2, "S05"), -17.86, 0.05, ""),
    # 4915 / 4736 - 1
    "X30 revenue": (("revenue", "2023", "annual", "percent_growth", 19, "S107"), 3.78, 0.05, ""),
    # 1150 is near the 1153 of 2022
    "X30 profit": (
        ("net_profit", "2023", "annual", "million", 1150, "S107"),
        1258,
        0.5,
        "the figure of a year before",
    ),
}
REVISED = {
    "X04 profit": ("net_profit", "2021", "million", 1766, "revised on 2022-04-28 to 1546.85 million CNY (S24)"),
    "X04 deducted": (
        "net_profit_deducted",
        "2021",
        "million",
        1424,
        "revised on 2022-04-28 to 1284.83 million CNY (S24)",
    ),
    "X05": ("revenue", "2021", "percent_growth", -10.51, "revised on 2022-04-28 to 4.75 percent_growth (S24)"),
    "a forecast": (
        "net_profit_original",
        "2020",
        "million",
        4850,
        "revised on 2021-02-26 to 4775 million CNY (S32)",
    ),
}
SCOPES = ("X06", "X07", "X08")
NOT_FOUND = ("X10", "X11", "X12", "X14", "X20", "X21", "X22", "X25", "X26", "X27", "X29", "X31")
MISSING_IN_THE_MODEL = ("X09", "X17", "X18")
"""They concern overseas revenue and the first scope, lines that the model of the group does not have."""


def key(one):
    fact = one.fact
    return (fact.line, fact.period, fact.basis, fact.unit, fact.value, fact.source)


def found(known):
    return {key(one): one for one in known.contradictions}


def planted(**entries):
    """The facts with one more, like the revenue of 2024 but for ``entries``."""
    like = next(f for f in facts().facts if (f.line, f.period, f.source) == ("revenue", "2024", "S29"))
    return replace(facts(), facts=(*facts().facts, replace(like, source="S92", confidence="medium", **entries)))


def test_each_disagreement_is_in_exactly_one_list():
    ids = {name[:3] for name in (*FOUND, *REVISED) if name.startswith("X")} | set(SCOPES) | set(NOT_FOUND)
    assert ids == {f"X{number:02}" for number in range(1, 32) if number not in (3, 15, 23, 28)}
    assert len(ids) == 27


@pytest.mark.parametrize("name", FOUND)
def test_a_wrong_figure_is_found_with_what_the_others_say_and_what_it_may_have_meant(name):
    stated, implied, tolerance, reading = FOUND[name]
    one = found(history("every line"))[stated]
    assert one.implied == pytest.approx(implied, abs=tolerance)
    assert one.standard_errors > 4
    assert one.own_standard_errors > 4
    assert one.reading == reading


def test_nothing_else_is_accused():
    """Of 567 facts with the exchange rates, 554 are not: exactly the thirteen of the list are."""
    assert set(found(history("every line"))) == {stated for stated, *_ in FOUND.values()}


def test_with_the_model_and_with_joined_scopes_the_same_are_accused():
    in_model = {stated for name, (stated, *_) in FOUND.items() if name not in MISSING_IN_THE_MODEL}
    assert set(found(history("model"))) == in_model
    games = ("games_revenue", *FOUND["X09"][0][1:])
    assert set(found(history("spliced"))) == in_model | {games}
    assert {one.reading for one in history("model").contradictions} >= {DEDUCTED, "a figure for the year to date"}


def test_on_a_day_only_what_was_public_is_accused():
    """S48, S18, S05 and S14 came after August 2025; S01's games share is on a line that the model lacks."""
    known = facts().as_of("2025-08-31").reconcile(model())
    assert {one.fact.source for one in known.contradictions} == {"S03", "S16", "S38", "S89", "S107"}
    assert len(known.contradictions) == 7
    a_year_earlier = facts().as_of("2024-08-31").reconcile(model())
    assert {one.fact.source for one in a_year_earlier.contradictions} == {"S38", "S89"}


def test_the_swapped_labels_are_both_found_and_our_reading_of_them_stands():
    known = history("every line")
    accused = {one.fact.source for one in known.contradictions}
    assert "S89" in accused
    assert "S89r" not in accused
    grounds = known.explain("administration", "2024Q2").grounds
    assert "S89r" in {fact.source for ground in grounds for fact in ground.facts}


@pytest.mark.parametrize("name", REVISED)
def test_an_earlier_statement_is_set_aside_as_revised(name):
    line_name, period, unit, value, reason = REVISED[name]
    reasons = [
        one.reason
        for one in history("every line").set_aside
        if (one.fact.line, one.fact.period, one.fact.unit, one.fact.value) == (line_name, period, unit, value)
    ]
    assert reasons == [reason]


def test_x04_the_preliminary_results_stay_as_vintages():
    for line_name, first, last in (
        ("net_profit", 1766, 1546.84799145),
        ("net_profit_deducted", 1424, 1284.8320532),
    ):
        row = facts().vintages(line_name).loc[("2021", "annual")].dropna()
        assert list(row) == [first, last]
        assert list(row.index) == [dt.date(2022, 2, 28), dt.date(2022, 4, 28)]
    before = facts().as_of("2022-03-31").reconcile()
    assert measured(before, "net_profit", "2021", "annual")[0] == pytest.approx(1766, abs=1)


def test_x05_the_growth_of_the_final_report_decides_the_restated_revenue_of_2020():
    """4849.95 / 1.0475 = 4630.0; the preliminary -10.51 % would have asked for 5419.5."""
    assert measured(history("every line"), "revenue", "2020", "annual")[0] == pytest.approx(4630.0, abs=0.3)


def test_x06_x07_x08_two_scopes_are_two_lines_and_using_both_names_them():
    with pytest.raises(fc.ForecastError) as refusal:
        facts().spliced("original")
    assert str(refusal.value) == (
        "the scope 'original' and the present one: 2 problems\n"
        "  - 'games_revenue' is reported in both for the same quarters: games_revenue_original 2020 (annual) 1200 "
        "million CNY from S47; games_revenue 2020 (annual) 1200 million CNY from S47. Say where one ends: "
        "facts.spliced('original', until='2020Q4').\n"
        "  - 'revenue' is reported in both for the same quarters: revenue_original 2020 (annual) 2769 million CNY "
        "from S32; revenue 2020Q3 (quarter) 1053.04 million CNY from S22. Say where one ends: "
        "facts.spliced('original', until='2020Q4')."
    )


@pytest.mark.parametrize(
    ("formula", "period", "basis", "first", "restated", "tolerance"),
    [
        ("revenue", "2020", "annual", 2769, 4630.0, 6),
        ("revenue", "2020Q3", "quarter", 546.6068, 1053.0450, 0.01),
        ("games_revenue / revenue", "2020", "annual", 0.4379, 0.2591, 0.001),
    ],
    ids=SCOPES,
)
def test_x06_x07_x08_each_scope_has_its_own_figure(formula, period, basis, first, restated, tolerance):
    known = history("every line")
    original = re.sub(r"\b([a-z]\w*)", r"\1_original", formula)
    assert measured(known, original, period, basis)[0] == pytest.approx(first, abs=tolerance)
    assert measured(known, formula, period, basis)[0] == pytest.approx(restated, abs=tolerance)


def test_the_joined_series_has_the_first_scope_up_to_2020_and_the_present_one_after():
    known = history("spliced")
    assert measured(known, "revenue", "2020Q3", "quarter")[0] == pytest.approx(546.6068, abs=0.01)
    assert measured(known, "revenue", "2015", "annual")[0] == pytest.approx(1789.14, abs=2)
    assert measured(known, "revenue", "2021Q3", "quarter")[0] == pytest.approx(1265.6242, abs=0.01)
    refused = {
        (one.fact.line, one.fact.value) for one in known.set_aside if "the scope 'original' counts" in one.reason
    }
    assert {("revenue", 1053.04498562), ("games_revenue", 25.91), ("revenue", 4.75)} <= refused


def test_x09_of_the_two_shares_of_games_only_one_can_be_refuted():
    """98 is 20 of its standard errors from the 87.2 of the amounts; 85 +- 0.5 is 3, too near to be called wrong."""
    assert FOUND["X09"][0] in found(history("every line"))
    assert "S47" not in {one.fact.source for one in history("every line").contradictions}


def test_x13_x14_expense_and_spending_are_two_lines_without_conflict():
    known = history("every line")
    for period, expense, spending in (("2024", 1543, 1598), ("2022", 690.5, 736)):
        assert measured(known, RESEARCH, period, "annual")[0] == pytest.approx(expense, abs=1)
        assert measured(known, f"{RESEARCH}_spending", period, "annual")[0] == pytest.approx(spending, abs=2)


@pytest.mark.parametrize(
    ("line_name", "period", "basis", "sources"),
    [
        ("drama_arr", "2025Q1", "point", {"S07", "S08", "S29", "S61", "S94"}),  # X20: 120 and 121, both about
        ("net_profit", "2024Q3", "ytd", {"S05", "S27"}),  # X25: -626 and -627
        ("net_profit", "2023", "annual", {"S21", "S70"}),  # X27: +9.19 and +9.16 %
    ],
    ids=("X20", "X25", "X27"),
)
def test_what_differs_within_rounding_is_no_contradiction(line_name, period, basis, sources):
    given = [f for f in facts().facts if (f.line, f.period, f.basis) == (line_name, period, basis)]
    assert sources <= {fact.source for fact in given}
    accused = {one.fact for one in history("every line").contradictions}
    assert not {fact for fact in given if fact.source in sources} & accused


def test_x21_a_heading_that_says_167_for_168_would_not_be_found_either():
    """The share of 2.96 % gives 167.6, between the two."""
    more = planted(item="revenue", segment="drama", value=167.0, rounding=0.5)
    assert not [one for one in more.reconcile(model()).contradictions if one.fact.source == "S92"]


def test_x26_a_margin_that_fell_by_5_61_points_would_move_the_cost_and_not_be_found():
    """78.84 and 73.6 % are each known to 0.08 points (0.1 % and rounding): 0.37 points are 3.3 standard errors."""
    more = planted(
        item="gross_profit", value=-5.61, unit="points_growth_of:revenue", currency="", rounding=0.005
    ).reconcile(model())
    assert not [one for one in more.contradictions if one.fact.source == "S92"]
    moved = measured(more, "cost", "2024", "annual")[0] - measured(history(), "cost", "2024", "annual")[0]
    assert moved > 2 * measured(history(), "cost", "2024", "annual")[1]
    assert not [f for f in facts().facts if (f.period, f.item, f.value) == ("2024", "gross_profit", -5.61)]


def test_x29_figures_per_share_are_kept_and_not_reconciled():
    reasons = {one.reason for one in history("every line").set_aside if one.fact.item == "eps"}
    assert reasons == {"figures per share are kept, but not reconciled"}


def test_x10_x11_x12_x22_x31_are_no_figures_of_a_line():
    """Ranks, prices of single stakes, the first loss and the age: no fact states them, so none can be refuted."""
    frame = pd.Series(list(facts().lines))
    assert not frame.str.contains("price|stake|age_|founded|rank").any()


def test_the_readme_lists_what_cannot_be_found_and_why():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    section = text.split("## Disagreements that are not found, and why")[1].split("\n## ")[0]
    rows = [line_text for line_text in section.splitlines() if line_text.startswith("| X")]
    assert [re.findall(r"X\d\d", row.split("|")[1]) for row in rows] != []
    listed = [name for row in rows for name in re.findall(r"X\d\d", row.split("|")[1])]
    assert sorted(listed) == sorted(NOT_FOUND)
    every = set(re.findall(r"\bX\d\d\b", text))
    assert every == {name[:3] for name in FOUND} | {"X04", "X05"} | set(SCOPES) | set(NOT_FOUND)
