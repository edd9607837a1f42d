"""Mappings between taxonomies hold in their quarters; uncertain ones widen errors; parts are checked against totals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.errors import FactsError
from forecast.financials import Mapping, Part
from forecast.financials.taxonomy import mappings_of
from forecast.lines import Identity, Line
from forecast.timeline import Quarter

from .reported import books, fact, reported

ROUNDING = 1 / math.sqrt(12)
"""The standard error of a figure rounded to whole units."""


def quarter(text):
    return Quarter.parse(text)


def social(since=None, until=None):
    parts = (Part("overseas"), Part("domestic"))
    return Mapping("social", parts, quarter(since) if since else None, quarter(until) if until else None)


def test_a_mapping_says_when_it_holds():
    mapping = social("2025Q1", "2025Q3")
    held = [str(q) for q in map(quarter, ("2024Q4", "2025Q1", "2025Q3", "2025Q4")) if mapping.holds(q)]
    assert held == ["2025Q1", "2025Q3"]
    assert social().holds(quarter("1990Q1"))
    assert mapping.names == ("social", "overseas", "domestic")
    assert mapping.identity == Identity("social", (("overseas", 0, 1.0), ("domestic", 0, 1.0)))
    assert mapping.exact
    assert not Mapping("games", (Part("casual", 0.6, 0.1), Part("other"))).exact


def test_an_exact_mapping_holds_in_its_quarters_only():
    # In 2024 social counted something else (290 of 200 + 100); from 2025 it is the sum.
    history = reported(
        fact("overseas", "2024Q4", "200"), fact("domestic", "2024Q4", "100"), fact("social", "2024Q4", "290"),
        fact("overseas", "2025Q1", "230"), fact("social", "2025Q1", "330"),
        mappings=(social("2025Q1"),),
    ).reconcile()  # fmt: skip
    assert history.values("social") == pytest.approx([290, 330], abs=1e-3)
    assert history.values("domestic") == pytest.approx([100, 100], abs=1e-3)
    assert history.marks("domestic") == ("reported", "derived")
    # 330 - 230: two roundings, and the random walk (15 % of 100) hardly tells more.
    assert history.errors("domestic")[1] == pytest.approx(ROUNDING * math.sqrt(2), rel=1e-3)
    assert history.contradictions == ()


def test_a_mapping_that_ends_leaves_later_quarters_alone():
    history = reported(
        fact("overseas", "2024Q4", "200"), fact("domestic", "2024Q4", "100"), fact("social", "2025Q1", "500"),
        mappings=(social(until="2024Q4"),),
    ).reconcile()  # fmt: skip
    assert history.values("social") == pytest.approx([300, 500], abs=1e-3)
    assert history.lines == ("domestic", "overseas", "social")
    assert np.isnan(history.values("overseas")[1])


def test_shares_and_signs_of_an_exact_mapping():
    history = reported(
        fact("old", "2024Q1", "100"), fact("gone", "2024Q1", "30"), fact("new", "2024Q2", "21"),
        mappings=(Mapping("new", (Part("old", 0.5), Part("gone", -1.0)), until=quarter("2024Q1")),),
    ).reconcile()  # fmt: skip
    assert history.values("new") == pytest.approx([20, 21], abs=1e-2)


def test_the_model_s_own_identity_and_the_same_mapping_are_one():
    accounts = books(
        Line("overseas"), Line("domestic"), Line("social"),
        identities=(Identity("social", (("overseas", 0, 1.0), ("domestic", 0, 1.0))),),
    )  # fmt: skip
    facts = (fact("overseas", "2024Q4", "200"), fact("domestic", "2024Q4", "100"))
    history = reported(*facts, mappings=(social(),)).reconcile(accounts)
    assert history.values("social") == pytest.approx([300], rel=1e-9)
    assert history == reported(*facts).reconcile(accounts)


def test_a_mapping_of_other_lines_changes_nothing():
    facts = (fact("revenue", "2024Q1", "100"), fact("overseas", "2024Q1", "1"), fact("domestic", "2024Q1", "2"))
    accounts = books(Line("revenue"))
    assert reported(*facts, mappings=(social(),)).reconcile(accounts) == reported(*facts).reconcile(accounts)


def test_an_uncertain_share_widens_the_error_as_the_formula_says():
    # games = (0.6 +- 0.1) * 100: variance 10**2 + 0.6**2 / 12. One quarter only, so no neighbour helps.
    history = reported(
        fact("casual", "2017Q4", "100"), mappings=(Mapping("games", (Part("casual", 0.6, 0.1),)),)
    ).reconcile(books(Line("games"), Line("casual")))
    assert history.values("games") == pytest.approx([60], rel=1e-6)
    assert history.errors("games") == pytest.approx([math.sqrt(100 + 0.03)], rel=1e-6)
    assert history.errors("casual") == pytest.approx([ROUNDING], rel=1e-6)


def test_errors_of_several_shares_add_in_squares():
    mapping = Mapping("games", (Part("casual", 0.6, 0.1), Part("mobile", 0.4, 0.05), Part("web")))
    history = reported(
        fact("casual", "2017Q4", "100"),
        fact("mobile", "2017Q4", "200"),
        fact("web", "2017Q4", "7"),
        mappings=(mapping,),
    ).reconcile(books(Line("games"), Line("casual"), Line("mobile"), Line("web")))
    assert history.values("games") == pytest.approx([60 + 80 + 7], rel=1e-6)
    # (0.1 * 100)**2 + (0.05 * 200)**2 + (0.6**2 + 0.4**2 + 1) / 12
    assert history.errors("games") == pytest.approx([math.sqrt(100 + 100 + 1.52 / 12)], rel=1e-6)


def test_an_uncertain_share_works_backwards():
    # casual = 60 / 0.6; its error (0.1 * 100 and 0.2887) / 0.6.
    history = reported(
        fact("games", "2017Q4", "60"), mappings=(Mapping("games", (Part("casual", 0.6, 0.1),)),)
    ).reconcile(books(Line("games"), Line("casual")))
    assert history.values("casual") == pytest.approx([100], rel=1e-6)
    assert history.errors("casual") == pytest.approx([math.sqrt(100 + 1 / 12) / 0.6], rel=1e-5)


def test_an_uncertain_share_holds_in_its_quarters_only():
    mapping = Mapping("games", (Part("casual", 0.6, 0.1),), until=quarter("2017Q4"))
    history = reported(
        *(fact("casual", period, "100") for period in ("2017Q4", "2018Q1")), fact("games", "2018Q1", "90"),
        mappings=(mapping,),
    ).reconcile()  # fmt: skip
    # 60 by the split (+- 10) and, faintly, 90 by the next quarter (+- 13.5, of weight 1 / 100 in the values):
    # (60 / 100 + 90 / 18225) / (1 / 100 + 1 / 18225) = 60.16.
    assert history.values("games") == pytest.approx([60.1637, 90], rel=1e-3)
    assert history.contradictions == ()


def test_figures_within_the_split_stay_as_printed():
    # 75 is 1.5 standard errors from 60: both figures stand.
    history = reported(
        fact("casual", "2017Q4", "100"), fact("games", "2017Q4", "75"),
        mappings=(Mapping("games", (Part("casual", 0.6, 0.1),)),),
    ).reconcile()  # fmt: skip
    # The split's -15 is shared in proportion to the variances: 1 / 12 of 100.1133 each, times 1 and 0.6.
    assert history.values("games") == pytest.approx([75 - 15 / 12 / 100.11333], rel=1e-5)
    assert history.values("casual") == pytest.approx([100 + 0.6 * 15 / 12 / 100.11333], rel=1e-5)
    assert history.contradictions == ()


def test_an_uncertain_mapping_without_facts_changes_nothing():
    mapping = Mapping("games", (Part("casual", 0.6, 0.1),))
    history = reported(fact("revenue", "2017Q4", "100"), mappings=(mapping,)).reconcile(
        books(Line("games"), Line("casual"), Line("revenue"))
    )
    assert history.lines == ("revenue",)


def test_a_mapping_decides_a_part_that_no_fact_names():
    history = reported(
        fact("social", "2024Q4", "300"), fact("overseas", "2024Q4", "200"), mappings=(social(),)
    ).reconcile()
    assert history.values("domestic") == pytest.approx([100], rel=1e-6)


def test_a_mapping_that_the_facts_refuse_is_said():
    # 90 of 100 is thirty standard errors from 0.6 +- 0.01.
    history = reported(
        fact("casual", "2017Q4", "100"), fact("games", "2017Q4", "90"),
        mappings=(Mapping("games", (Part("casual", 0.6, 0.01),)),),
    ).reconcile()  # fmt: skip
    assert {one.fact.line for one in history.contradictions} & {"casual", "games"}


def test_bad_mappings_tell_everything_at_once():
    with pytest.raises(FactsError) as refusal:
        Mapping(
            "games",
            (Part("Casual", math.nan), Part("web", 1.0, -0.1), Part("web")),
            quarter("2018Q1"),
            quarter("2017Q4"),
        )
    assert str(refusal.value) == (
        "a mapping between taxonomies\n"
        "  - 'Casual' is not a line name. Use lower-case letters, digits and underscores, as in "
        "'advertising_revenue'.\n"
        "  - the mapping of 'games' names a line twice. Name each part once.\n"
        "  - the mapping of 'games': the share nan +- 0.0 of 'Casual' is not a finite number with an error of "
        "at least 0.\n"
        "  - the mapping of 'games': the share 1.0 +- -0.1 of 'web' is not a finite number with an error of at "
        "least 0.\n"
        "  - the mapping of 'games' ends in 2017Q4, before it begins in 2018Q1."
    )
    with pytest.raises(FactsError) as refusal:
        Mapping("games", ())
    assert str(refusal.value) == (
        "a mapping between taxonomies\n  - the mapping of 'games' has no parts. Name at least one line."
    )
    with pytest.raises(FactsError) as refusal:
        Mapping("games", (Part("games"),))
    assert str(refusal.value) == (
        "a mapping between taxonomies\n  - the mapping of 'games' names a line twice. Name each part once."
    )


def test_dates_of_a_mapping_are_quarters():
    facts = (fact("overseas", "2024Q4", "200"), fact("domestic", "2024Q4", "100"), fact("social", "2024Q4", "300"))
    try:
        mapping = Mapping("social", (Part("overseas"), Part("domestic")), since="2024Q1")
    except FactsError:
        return
    assert reported(*facts, mappings=(mapping,)).reconcile().values("social") == pytest.approx([300], abs=0.1)


def row(line, part, share="", error="", since="", until="", note=""):
    return {"line": line, "part": part, "share": share, "error": error, "since": since, "until": until, "note": note}


def test_rows_of_one_line_and_dates_are_one_mapping():
    problems = []
    found = mappings_of(
        [
            row("social", "overseas", since="2025Q1", note="joined"),
            row("games", "casual", "0.6", "0.1", until="2017Q4"),
            row("social", "domestic", since="2025Q1"),
            row("social", "overseas", "0.9", until="2024Q4"),
            row("games", "web", "0", until="2017Q4"),
        ],
        problems,
    )
    assert problems == []
    assert found == (
        Mapping("social", (Part("overseas"), Part("domestic")), quarter("2025Q1"), None, "joined"),
        Mapping("games", (Part("casual", 0.6, 0.1), Part("web", 0.0)), None, quarter("2017Q4")),
        Mapping("social", (Part("overseas", 0.9),), None, quarter("2024Q4")),
    )


def test_bad_rows_are_noted_all_at_once():
    problems = []
    assert mappings_of([
        row("a", "b", "60 %"),
        row("a", "Bad name", error="-1", since="2025Q1", until="2024Q1"),
        row("c", "d", since="2025-Q1"),
        row("e", "f"),
    ], problems) == (Mapping("e", (Part("f"),)),)  # fmt: skip
    assert problems == [
        "taxonomy.csv row 2: could not convert string to float: '60 %'. "
        "Write shares and errors as plain numbers, as in '0.6'.",
        "taxonomy.csv: 'a': a mapping between taxonomies\n"
        "  - 'Bad name' is not a line name. Use lower-case letters, digits and underscores, as in "
        "'advertising_revenue'.\n"
        "  - the mapping of 'a': the share 1.0 +- -1.0 of 'Bad name' is not a finite number with an error of at "
        "least 0.\n"
        "  - the mapping of 'a' ends in 2024Q1, before it begins in 2025Q1.",
        "taxonomy.csv: 'c': '2025-Q1' is not a quarter. Write '2025Q1'.",
    ]


def test_all_problems_of_one_row_are_noted():
    problems = []
    mappings_of([row("c", "d", "nan", since="2025-Q1", until="20")], problems)
    text = "\n".join(problems)
    assert "'2025-Q1' is not a quarter" in text
    assert "'20' is not a quarter" in text
    assert "the share nan" in text


def test_the_table_of_sums():
    facts = reported(
        # 300 = 200 + 100; 330 - 230 - 95 = 5 with three roundings, sqrt(3 / 12) = 0.5; nothing to compare in the third.
        fact("social", "2024Q4", "300"), fact("overseas", "2024Q4", "200"), fact("domestic", "2024Q4", "100"),
        fact("social", "2025Q1", "330"), fact("overseas", "2025Q1", "230"), fact("domestic", "2025Q1", "95"),
        fact("social", "2025Q2", "340"), fact("overseas", "2025Q2", "240"),
        fact("social", "2025Q2", "670", "ytd"), fact("overseas", "2025Q2", "470", "ytd"),
        fact("domestic", "2025Q2", "199", "ytd"),
        fact("social", "2023Q4", "500"), fact("overseas", "2023Q4", "1"), fact("domestic", "2023Q4", "1"),
        mappings=(social("2024Q4"),),
    )  # fmt: skip
    table = facts.adds_up()
    assert list(table.columns) == [
        "line", "period", "basis", "total", "parts", "difference", "standard_errors", "verdict",
    ]  # fmt: skip
    assert table[["line", "period", "basis", "verdict"]].to_numpy().tolist() == [
        ["social", "2024Q4", "quarter", "adds up"],
        ["social", "2025Q1", "quarter", "does not add up"],
        ["social", "2025Q2", "quarter", "not printed: domestic"],
        ["social", "2025Q2", "ytd", "adds up"],
    ]
    assert table["total"].tolist() == [300, 330, 340, 670]
    assert table["standard_errors"].tolist() == pytest.approx([0, 10, math.nan, 2], rel=1e-9, nan_ok=True)
    known = table[table["period"] != "2025Q2"]
    assert known["parts"].tolist() == [300, 325]
    assert known["difference"].tolist() == [0, 5]


def test_the_table_of_an_uncertain_split():
    # 75 - 60 = 15 against sqrt(100 + 1.36 / 12) = 10.0057: within three.
    facts = reported(
        fact("games", "2017Q4", "75"), fact("casual", "2017Q4", "100"),
        mappings=(Mapping("games", (Part("casual", 0.6, 0.1),)),),
    )  # fmt: skip
    (found,) = facts.adds_up().to_dict("records")
    assert found["standard_errors"] == pytest.approx(15 / math.sqrt(100 + 1.36 / 12), rel=1e-9)
    assert found["verdict"] == "adds up"


def test_the_table_counts_in_millions_and_takes_the_last_statement():
    facts = reported(
        fact("social", "2024Q4", "0.290", unit="billion", published="2025-02-01"),
        fact("social", "2024Q4", "0.300", unit="billion", published="2025-04-01", source="S2"),
        fact("overseas", "2024Q4", "200000", unit="thousand"), fact("domestic", "2024Q4", "100"),
        mappings=(social(),),
    )  # fmt: skip
    (found,) = facts.adds_up().to_dict("records")
    assert (found["total"], found["parts"]) == (300, 300)
    assert found["verdict"] == "adds up"


def test_nothing_to_add_up():
    table = reported(fact("revenue", "2024Q4", "300")).adds_up()
    assert len(table) == 0
    assert "verdict" in table.columns


def test_missing_parts_have_no_sum():
    (found,) = reported(fact("social", "2024Q4", "300"), mappings=(social(),)).adds_up().to_dict("records")
    assert found["verdict"] == "not printed: overseas, domestic"
    assert math.isnan(found["parts"])
    assert math.isnan(found["difference"])


def test_two_currencies_do_not_add_up():
    facts = reported(
        fact("social", "2024Q4", "300"), fact("overseas", "2024Q4", "200", currency="USD"),
        fact("domestic", "2024Q4", "100"), mappings=(social(),),
    )  # fmt: skip
    with pytest.raises(FactsError):
        facts.adds_up()


def test_the_table_takes_the_figure_that_stands():
    # 1.55 billion (+- 5) in a later, less trusted text: 1543 stands, and 1543 - 1000 - 543 = 0.
    facts = reported(
        fact("social", "2024Q4", "1543", published="2025-02-01"),
        fact("social", "2024Q4", "1.55", unit="billion", published="2025-04-01", source="S2", confidence="low"),
        fact("overseas", "2024Q4", "1000"), fact("domestic", "2024Q4", "543"), mappings=(social(),),
    )  # fmt: skip
    (found,) = facts.adds_up().to_dict("records")
    assert (found["total"], found["difference"]) == (1543, 0)
