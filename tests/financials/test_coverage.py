"""Coverage: what is missing and what would fill it, worked by hand and by the rank of the sums that are known."""

from __future__ import annotations

import math
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.errors import ReconcileError
from forecast.financials import Financials, History
from forecast.financials.coverage import Coverage, Fill, LineCoverage, spans, stretches
from forecast.financials.history import LineHistory
from forecast.lines import Identity, Line
from forecast.timeline import Quarter, quarters_between

from .reported import books, fact, reported

PROFIT = Identity("gross_profit", (("revenue", 0, 1.0), ("cost", 0, -1.0)))


def quarters(*labels):
    return tuple(Quarter.parse(label) for label in labels)


def years(first, last):
    return quarters_between(Quarter(4 * first), Quarter(4 * last + 3))


def coverage_of(*facts, accounts=None):
    return reported(*facts).reconcile(accounts).coverage()


def test_a_lone_year_needs_three_of_its_quarters():
    found = coverage_of(fact("sales", "2024", "400", "annual"))
    assert len(found.needed("sales")) == 3
    assert str(found.line("sales")) == (
        "sales: 4 of 4 quarters estimated, 0 missing. Any 3 of 2024Q1 to 2024Q4 would decide all 4 (known: year 2024)."
    )
    assert not found.complete


def test_a_half_year_needs_one_of_its_quarters():
    found = coverage_of(
        fact("sales", "2024H1", "200", "half"), fact("sales", "2024Q3", "110"), fact("sales", "2024Q4", "115")
    )
    assert found.line("sales").marks == ("estimated", "estimated", "reported", "reported")
    assert len(found.needed("sales")) == 1
    assert found.line("sales").fills[0].among == quarters("2024Q1", "2024Q2")
    assert str(found.line("sales")) == (
        "sales: 2 of 4 quarters estimated, 0 missing. "
        "One of 2024Q1 or 2024Q2 would decide both (known: half-year 2024H1)."
    )


def test_a_year_with_its_first_half_needs_one_quarter_of_each_half():
    found = coverage_of(fact("sales", "2024H1", "200", "half"), fact("sales", "2024", "430", "annual"))
    assert str(found.line("sales")) == (
        "sales: 4 of 4 quarters estimated, 0 missing. "
        "One of 2024Q1 or 2024Q2 would decide both (known: half-year 2024H1). "
        "One of 2024Q3 or 2024Q4 would decide both (known: year 2024)."
    )


def test_nine_months_and_a_year_decide_the_last_quarter_and_leave_two_free():
    found = coverage_of(fact("sales", "2024Q3", "300", "ytd"), fact("sales", "2024", "420", "annual"))
    assert found.line("sales").marks == ("estimated", "estimated", "estimated", "derived")
    assert str(found.line("sales")) == (
        "sales: 3 of 4 quarters estimated, 0 missing. "
        "Any 2 of 2024Q1 to 2024Q3 would decide all 3 (known: year to date 2024Q3)."
    )


def test_a_quarter_that_nothing_sums_needs_a_figure_itself():
    found = coverage_of(fact("sales", "2024Q1", "100"), fact("sales", "2024Q4", "130"))
    assert found.needed("sales") == quarters("2024Q2", "2024Q3")
    assert str(found.line("sales")) == (
        "sales: 2 of 4 quarters estimated, 0 missing. 2024Q2 and 2024Q3 need a figure each."
    )


def test_growth_ties_the_year_before():
    # The year before the half-year 2024H1 = 120 with +20 % is 100 in sum; its quarters are tied by that alone.
    found = coverage_of(
        fact("sales", "2023Q3", "52"),
        fact("sales", "2023Q4", "54"),
        fact("sales", "2024Q1", "58"),
        fact("sales", "2024Q2", "62"),
        fact("sales", "2024H1", "20.00", "half", "percent_growth"),
    )
    assert str(found.line("sales")) == (
        "sales: 2 of 6 quarters estimated, 0 missing. "
        "One of 2023Q1 or 2023Q2 would decide both (known: growth of half-year 2024H1)."
    )


def test_an_identity_lets_another_line_do():
    # Revenue is known by quarter and gross profit by the year: 3 quarters of profit are free, and as many of cost.
    accounts = books(Line("revenue"), Line("cost"), Line("gross_profit"), identities=(PROFIT,))
    found = coverage_of(
        *(fact("revenue", f"2024Q{number}", str(100 + number)) for number in (1, 2, 3, 4)),
        fact("gross_profit", "2024", "200", "annual"),
        accounts=accounts,
    )
    assert [len(found.needed(line)) for line in ("revenue", "cost", "gross_profit")] == [0, 3, 3]
    assert str(found.line("gross_profit")) == (
        "gross_profit: 4 of 4 quarters estimated, 0 missing. "
        "Any 3 of 2024Q1 to 2024Q4 would decide all 4 (known: year 2024), "
        "or the same quarters of cost (gross_profit = revenue - cost)."
    )
    assert str(found.line("cost")) == (
        "cost: 4 of 4 quarters estimated, 0 missing. Any 3 of 2024Q1 to 2024Q4 would decide all 4, "
        "or the same quarters of gross_profit (gross_profit = revenue - cost)."
    )


def test_another_line_of_which_two_are_unknown_does_not_do():
    # Neither revenue nor cost is known by quarter, so a quarter's cost says nothing sure of its gross profit.
    accounts = books(Line("revenue"), Line("cost"), Line("gross_profit"), identities=(PROFIT,))
    found = coverage_of(
        fact("revenue", "2024", "400", "annual"), fact("gross_profit", "2024", "200", "annual"), accounts=accounts
    )
    assert [fill.instead for entry in found.entries for fill in entry.fills] == [(), (), ()]
    assert [len(found.needed(line)) for line in ("revenue", "cost", "gross_profit")] == [3, 3, 3]


def test_missing_quarters_need_a_figure_each():
    accounts = books(Line("sales"), Line("staff"))
    found = coverage_of(
        *(fact("sales", f"{year}Q{number}", "100") for year in (2022, 2023) for number in (1, 2, 3, 4)),
        fact("staff", "2023Q1", "7"),
        fact("staff", "2023Q3", "8"),
        accounts=accounts,
    )
    staff = found.line("staff")
    assert staff.counts == {"reported": 2, "derived": 0, "estimated": 1, "missing": 5}
    assert staff.gaps == (quarters("2022Q1", "2022Q4"), quarters("2023Q4", "2023Q4"))
    assert found.needed("staff") == quarters("2022Q1", "2022Q2", "2022Q3", "2022Q4", "2023Q2", "2023Q4")
    assert str(staff) == (
        "staff: 1 of 8 quarters estimated, 5 missing. 2023Q2 needs a figure. "
        "2022Q1 to 2022Q4 and 2023Q4: no figure touches these quarters; each needs one."
    )
    assert [staff.fill(quarter) for quarter in quarters("2022Q1", "2023Q1", "2023Q2")] == [
        "2022Q1 needs a figure",
        "",
        "2023Q2 needs a figure",
    ]


def test_the_whole_text():
    accounts = books(Line("sales"), Line("staff"))
    found = coverage_of(
        fact("sales", "2023Q3", "100"),
        fact("sales", "2023Q4", "100"),
        fact("sales", "2024H1", "200", "half"),
        fact("staff", "2023Q4", "7.00"),
        fact("staff", "2024Q1", "8.00"),
        accounts=accounts,
    )
    assert str(found) == (
        "2 lines, 2023Q3 to 2024Q2: 4 reported, 0 derived, 2 estimated, 2 missing\n"
        "\n"
        "R reported, D derived, ~ estimated, . missing\n"
        "\n"
        "       2023  2024\n"
        "       1234  1234\n"
        "sales    RR  ~~\n"
        "staff    .R  R.\n"
        "\n"
        "sales: 2 of 4 quarters estimated, 0 missing. "
        "One of 2024Q1 or 2024Q2 would decide both (known: half-year 2024H1).\n"
        "staff: 0 of 4 quarters estimated, 2 missing. "
        "2023Q3 and 2024Q2: no figure touches these quarters; each needs one."
    )
    assert found.table(last=2) == (
        "R reported, D derived, ~ estimated, . missing\n\n       2024\n       1234\nsales  ~~\nstaff  R."
    )


def test_a_long_history_wraps_by_years():
    # 100 characters hold a name of 5 and 15 years of 6 each.
    marks = ("reported",) * 72
    span = years(2001, 2018)
    long = Coverage(span, (LineCoverage("sales", span, marks, np.zeros(72), ()),))
    head, first, second = long.table().split("\n\n")
    assert head == "R reported, D derived, ~ estimated, . missing"
    assert first.splitlines()[0] == " " * 5 + "".join(f"  {year}" for year in range(2001, 2016))
    assert second.splitlines() == [
        "       2016  2017  2018",
        "       1234  1234  1234",
        "sales  RRRR  RRRR  RRRR",
    ]
    assert max(len(row) for row in long.table().splitlines()) <= 100


def test_wrong_calls():
    found = coverage_of(fact("sales", "2024", "400", "annual"))
    with pytest.raises(ReconcileError) as caught:
        found.table(last=0)
    assert str(caught.value) == "a table of the last 0 quarters is empty. Give 1 or more."
    with pytest.raises(ReconcileError) as caught:
        found.needed("sale")
    assert str(caught.value) == "'sale' is not a line of this history. Did you mean 'sales'?"


def test_a_complete_table():
    frame = pd.DataFrame({"sales": [1.0, 2.0]}, index=pd.PeriodIndex(["2024Q1", "2024Q2"], freq="Q"))
    found = History.from_frame(frame).coverage()
    assert found.complete
    assert found.needed("sales") == ()
    assert str(found).endswith("\n\nEvery figure is reported or derived.")
    assert "<li>Every figure is reported or derived.</li>" in found._repr_html_()


def test_a_table_with_holes():
    labels = pd.PeriodIndex(["2024Q1", "2024Q2", "2024Q3", "2024Q4"], freq="Q")
    frame = pd.DataFrame({"sales": [1.0, math.nan, 2.0, 3.0], "cost": [1.0, math.nan, math.nan, math.nan]}, labels)
    found = History.from_frame(frame).coverage()
    assert not found.complete
    assert [str(entry) for entry in found.entries] == [
        "sales: 0 of 4 quarters estimated, 1 missing. 2024Q2: no figure touches this quarter; it needs a figure.",
        "cost: 0 of 4 quarters estimated, 3 missing. 2024Q2 to 2024Q4: no figure touches these quarters; "
        "each needs one.",
    ]
    assert found.needed("cost") == quarters("2024Q2", "2024Q3", "2024Q4")


def test_estimates_without_a_trail_need_a_figure_each():
    history = replace(reported(fact("sales", "2024", "400", "annual")).reconcile(), trail=None)
    assert history.coverage().needed("sales") == years(2024, 2024)
    assert str(history.coverage().line("sales")) == (
        "sales: 4 of 4 quarters estimated, 0 missing. 2024Q1 to 2024Q4 need a figure each."
    )


def test_relative_errors():
    # Values 100, 0, missing, 0 and -50 with standard errors 2, 1, -, 0 and 5.
    values = np.array([100.0, 0.0, math.nan, 0.0, -50.0])
    covariance = np.diag([4.0, 1.0, math.nan, 0.0, 25.0])
    marks = ("derived", "derived", "missing", "reported", "derived")
    span = quarters_between(Quarter(8096), Quarter(8100))
    found = History(span, (LineHistory(Line("sales"), values, covariance, marks),)).coverage()
    np.testing.assert_array_equal(found.line("sales").relative_errors, [0.02, math.inf, math.nan, 0.0, 0.1])
    assert not found.line("sales").relative_errors.flags.writeable


def test_the_frame_is_tidy():
    found = coverage_of(fact("sales", "2024H1", "200", "half"), fact("sales", "2024Q3", "100", rounding=0.0))
    frame = found.to_frame()
    assert list(frame.columns) == ["line", "quarter", "mark", "relative_error", "fill"]
    assert frame["quarter"].tolist() == ["2024Q1", "2024Q2", "2024Q3"]
    assert frame["mark"].tolist() == ["estimated", "estimated", "reported"]
    sentence = "One of 2024Q1 or 2024Q2 would decide both (known: half-year 2024H1)"
    assert frame["fill"].tolist() == [sentence, sentence, ""]
    assert frame["relative_error"].notna().all()


class Seen(HTMLParser):
    """The tags that a page opens and closes, their attributes, and its text."""

    def __init__(self):
        super().__init__()
        self.open, self.cells, self.heads, self.text = [], [], [], ""

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        if tag in ("td", "th"):
            (self.cells if tag == "td" else self.heads).append(dict(attributes))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_html_is_well_formed_escaped_and_says_marks_in_words():
    # No line, period or identity of ours holds markup, but the page must not depend on that.
    fills = (Fill(quarters("2024Q1"), quarters("2024Q1"), quarters("2024Q1", "2024Q2"), ("<b>&",), ("<i>x</i>",)),)
    marks = ("estimated", "estimated", "reported", "missing", "derived")
    span = quarters_between(Quarter(8096), Quarter(8100))
    errors = np.array([0.125, 0.5, 0.0, math.nan, math.inf])
    page = Coverage(span, (LineCoverage("<script>", span, marks, errors, fills),))._repr_html_()
    seen = Seen()
    seen.feed(page)
    seen.close()
    assert seen.open == []
    assert "<script>" not in page
    assert "<b>" not in page
    assert "2024Q1 would decide 2024Q1 and 2024Q2 (known: <b>&), or the same quarter of <i>x</i>." in seen.text
    assert [cell["aria-label"] for cell in seen.cells] == list(marks)
    assert [cell["title"] for cell in seen.cells] == [
        "2024Q1: estimated, standard error 12 % of the value",
        "2024Q2: estimated, standard error 50 % of the value",
        "2024Q3: reported, standard error 0 % of the value",
        "2024Q4: missing",
        "2025Q1: derived",
    ]
    assert [head["scope"] for head in seen.heads] == ["col", "colgroup", "colgroup", *["col"] * 5, "row"]
    assert "R reported, D derived, ~ estimated, . missing" in seen.text
    assert ">~</td>" in page


def test_html_leaves_the_colour_of_the_text_to_the_page():
    # Opaque backgrounds or fixed text colours are illegible in one of dark and light.
    page = coverage_of(fact("sales", "2024", "400", "annual"))._repr_html_()
    style = page[page.index("<style>") : page.index("</style>")]
    assert "color:inherit" in style
    assert "#" not in style
    alphas = [float(part.split(")")[0].split(",")[3]) for part in style.split("rgba(")[1:]]
    assert len(alphas) == 4
    assert max(alphas) < 0.4


def test_spans():
    assert spans(quarters("2024Q1")) == "2024Q1"
    assert spans(quarters("2024Q1", "2024Q2"), "or") == "2024Q1 or 2024Q2"
    assert spans(quarters("2023Q4", "2024Q1", "2024Q2", "2024Q4")) == "2023Q4 to 2024Q2 and 2024Q4"
    assert stretches(()) == ()


PERIODS = [(f"{year}Q{number}", basis, quarters_between(Quarter(4 * year + first), Quarter(4 * year + number - 1)))
           for year in (2023, 2024) for number in (1, 2, 3, 4)
           for basis, first in (("quarter", number - 1), ("ytd", 0))]  # fmt: skip
PERIODS += [(str(year), "annual", years(year, year)) for year in (2023, 2024)]
"""Every period of two years in which a flow can be printed."""


LINES = ("revenue", "cost", "profit")
SUMS = st.sets(st.tuples(st.sampled_from(LINES), st.sampled_from(PERIODS)), min_size=1)


@settings(max_examples=40, deadline=None)
@given(printed=SUMS, filled=st.sampled_from(LINES), seed=st.integers(0, 99))
def test_as_many_as_the_rank_of_the_sums_says_and_they_suffice(printed, filled, seed):
    # Independent truth: with B the printed sums and the identity, a line needs
    # rank(B and every quarter of the line) - rank(B) further figures; and once they are there, it is known.
    rng = np.random.default_rng(seed)
    span = years(2023, 2024)
    truth = {name: dict(zip(span, rng.uniform(80, 160, 8).round(), strict=True)) for name in ("cost", "profit")}
    truth["revenue"] = {one: truth["cost"][one] + truth["profit"][one] for one in span}
    identity = Identity("profit", (("revenue", 0, 1.0), ("cost", 0, -1.0)))
    accounts = books(*(Line(name) for name in LINES), identities=(identity,))

    def history_of(sums):
        facts = [
            fact(name, period, str(sum(truth[name][one] for one in covered)), basis, rounding=0.005)
            for name, (period, basis, covered) in sorted(sums, key=repr)
        ]
        return reported(*facts).reconcile(accounts)

    history = history_of(printed)
    found = history.coverage()
    layout = history.trail.balance.layout
    unit = dict(zip(layout.cells, np.eye(len(layout.cells)), strict=True))
    rows = [sum(unit[name, one] for one in covered) for name, (_, _, covered) in printed]
    rows += [sum(factor * unit[cell] for cell, factor in one.factors) for one in layout.constraints]
    known = np.linalg.matrix_rank(np.array(rows))
    for name in history.lines:
        own = [unit[cell] for cell in layout.cells if cell[0] == name]
        chosen = {one for fill in found.line(name).fills for one in fill.chosen}
        assert len(chosen) == np.linalg.matrix_rank(np.array(rows + own)) - known
        assert chosen <= set(found.line(name).marked("estimated"))
    if filled in history.lines:
        chosen = {one for fill in found.line(filled).fills for one in fill.chosen}
        for more in (chosen, found.needed(filled)):
            after = history_of(printed | {(filled, (str(one), "quarter", (one,))) for one in more}).coverage()
            still = after.line(filled).marked("estimated")
            assert not set(still) & set(found.line(filled).marked("estimated"))
        assert not still
        assert not set(after.line(filled).marked("missing")) & set(history.quarters)


@pytest.fixture(scope="module")
def kunlun():
    facts = fc.load_kunlun().as_of("2025-08-31")
    model = fc.read_model(fc.kunlun_folder() / "model.yaml")
    return facts, model, facts.reconcile(model)


def test_kunlun_counts_agree_with_its_history(kunlun):
    history = kunlun[2]
    found = history.coverage()
    assert found.lines == history.lines
    for name in history.lines:
        assert found.line(name).marks == history.marks(name)
        assert all(found.line(name).fill(quarter) for quarter in found.line(name).marked("estimated"))


@pytest.mark.parametrize("line", ["games_revenue", "capital_expenditure", "operating_cash_flow"])
def test_kunlun_figures_that_are_said_to_suffice_do(kunlun, line):
    facts, model, history = kunlun
    chosen = {quarter for fill in history.coverage().line(line).fills for quarter in fill.chosen}
    values = dict(zip(history.quarters, history.values(line), strict=True))
    more = tuple(
        fact(line, str(one), f"{values[one]:.6f}", source=facts.sources[0].id, published="2025-08-30") for one in chosen
    )
    filled = Financials(
        facts.facts + more, sources=facts.sources, fiscal_year_end=facts.fiscal_year_end, mappings=facts.mappings
    ).reconcile(model)
    assert "estimated" not in filled.marks(line)
    assert len(chosen) < history.marks(line).count("estimated")


def test_the_warnings_of_the_history_stand_below_it():
    quarterly = [fact("sales", f"2024Q{number}", "100") for number in (1, 2, 3, 4)]
    history = reported(*quarterly, fact("sales", "2024", "900", "annual")).reconcile()
    assert len(history.warnings) == 1
    found = history.coverage()
    assert found.warnings == history.warnings
    assert str(found).endswith(f"Warnings:\n  - {history.warnings[0]}")
    assert f"<li>{history.warnings[0]}</li>" in found._repr_html_()
    assert "Warnings" not in coverage_of(*quarterly)._repr_html_()
