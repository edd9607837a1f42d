"""Two scopes of consolidation are two series until they are spliced, and the splice says what it left out."""

from __future__ import annotations

import pytest

from forecast.errors import FactsError, ReconcileError, TimelineError
from forecast.lines import Line

from .reported import books, fact, reported


def before(*arguments, **options):
    return fact(*arguments, **options, scope="original")


def company():
    """2020 in both scopes; the restated one goes on."""
    return reported(
        before("revenue", "2019", "800", "annual"),
        before("revenue", "2020", "1000", "annual"),
        fact("revenue", "2020", "900", "annual", source="S2"),
        fact("revenue", "2021", "1100", "annual"),
        fact("revenue", "2021Q1", "20.0", unit="percent_growth"),
        fact("cost", "2020", "40.0", "annual", unit="percent_of:revenue"),
        fact("staff", "2020Q4", "70", "point", unit="count"),
    )


def test_a_scope_is_a_line_of_its_own():
    facts = company()
    assert facts.lines == ("cost", "revenue", "revenue_original", "staff")
    share = before("cost", "2020Q1", "40", unit="percent_of:revenue")
    assert (share.line, share.base) == ("cost_original", "revenue_original")
    history = facts.reconcile()
    assert history.values("revenue_original")[4:8].sum() == pytest.approx(1000, abs=0.1)
    assert history.values("revenue")[4:8].sum() == pytest.approx(900, abs=0.1)
    assert history.contradictions == ()


def test_both_scopes_at_once_are_refused_with_their_figures():
    with pytest.raises(FactsError) as refusal:
        company().spliced("original")
    assert str(refusal.value) == (
        "the scope 'original' and the present one: 1 problem\n"
        "  - 'revenue' is reported in both for the same quarters: revenue_original 2020 (annual) 1000 million CNY from "
        "S1; revenue 2020 (annual) 900 million CNY from S2. "
        "Say where one ends: facts.spliced('original', until='2020Q4')."
    )


def test_every_line_in_both_scopes_is_named():
    facts = reported(
        before("revenue", "2020", "1000", "annual"), before("cost", "2020", "500", "annual"),
        fact("revenue", "2020", "900", "annual"), fact("cost", "2020Q3", "110"),
    )  # fmt: skip
    with pytest.raises(FactsError) as refusal:
        facts.spliced("original")
    assert str(refusal.value) == (
        "the scope 'original' and the present one: 2 problems\n"
        "  - 'cost' is reported in both for the same quarters: cost_original 2020 (annual) 500 million CNY from S1; "
        "cost 2020Q3 (quarter) 110 million CNY from S1. Say where one ends: facts.spliced('original', "
        "until='2020Q4').\n"
        "  - 'revenue' is reported in both for the same quarters: revenue_original 2020 (annual) 1000 million CNY from "
        "S1; revenue 2020 (annual) 900 million CNY from S1. Say where one ends: facts.spliced('original', "
        "until='2020Q4')."
    )


def test_until_joins_them():
    history = company().spliced("original", until="2020Q4").reconcile()
    revenue = history.values("revenue")
    assert str(history.quarters[0]) == "2019Q1"
    assert [revenue[n : n + 4].sum() for n in (0, 4, 8)] == pytest.approx([800, 1000, 1100], abs=0.1)
    assert history.contradictions == ()


def test_until_an_earlier_quarter():
    # The scope's year 2020 goes beyond 2019Q4, so the restated 900 counts; its growth to 2021Q1 then is plain.
    spliced = company().spliced("original", until="2019Q4")
    assert [str(one) for one in spliced.set_aside] == [
        "revenue_original 2020 (annual) 1000 million CNY from S1: "
        "it speaks of quarters after 2019Q4, where the scope 'original' ends"
    ]
    revenue = spliced.reconcile().values("revenue")
    assert [revenue[n : n + 4].sum() for n in (0, 4, 8)] == pytest.approx([800, 900, 1100], abs=0.1)
    assert revenue[8] == pytest.approx(1.2 * revenue[4], rel=1e-4)


def test_what_the_splice_cannot_use_is_set_aside():
    spliced = company().spliced("original", until="2020Q4")
    assert sorted((one.fact.line, one.fact.period, one.fact.unit) for one in spliced.set_aside) == [
        ("cost", "2020", "percent_of:revenue"), ("revenue", "2020", "million"), ("revenue", "2021Q1", "percent_growth"),
    ]  # fmt: skip
    reasons = {one.fact.line: one.reason for one in spliced.set_aside if one.fact.unit == "million"}
    assert reasons == {"revenue": "up to 2020Q4 the scope 'original' counts"}
    assert spliced.lines == ("revenue", "staff")
    assert set(spliced.set_aside) <= set(spliced.reconcile().set_aside)


def test_growth_across_the_splice_says_why():
    spliced = company().spliced("original", until="2020Q4")
    (growth,) = [one for one in spliced.set_aside if one.fact.unit == "percent_growth"]
    assert growth.reason == "it compares with 2020Q1, and up to 2020Q4 the scope 'original' counts"


def test_a_fact_of_the_scope_that_goes_on_is_set_aside():
    facts = reported(
        before("revenue", "2020", "1000", "annual"), before("revenue", "2021Q1", "25.0", unit="percent_growth"),
        fact("revenue", "2021", "1100", "annual"),
    )  # fmt: skip
    spliced = facts.spliced("original", until="2020Q4")
    assert [str(one) for one in spliced.set_aside] == [
        "revenue_original 2021Q1 (quarter) 25 percent_growth from S1: "
        "it speaks of quarters after 2020Q4, where the scope 'original' ends"
    ]


def test_nothing_set_aside_is_lost_with_accounts():
    facts = reported(
        before("revenue", "2020", "1000", "annual"), before("revenue", "2021Q2", "600", "ytd"),
        fact("revenue", "2021", "1100", "annual"),
    )  # fmt: skip
    spliced = facts.spliced("original", until="2020Q4")
    assert spliced.reconcile(books(Line("revenue"))).set_aside == spliced.set_aside


def test_without_overlap_no_quarter_is_needed():
    facts = reported(before("revenue", "2020", "1000", "annual"), fact("revenue", "2021", "1100", "annual"))
    spliced = facts.spliced("original")
    assert spliced.set_aside == ()
    assert [one.scope for one in spliced.facts] == ["", ""]
    assert spliced == facts.spliced("original", until="2020Q4")


def test_growth_on_a_year_of_the_other_scope_is_an_overlap():
    facts = reported(before("revenue", "2020Q1", "200"), fact("revenue", "2021Q1", "20.0", unit="percent_growth"))
    with pytest.raises(FactsError):
        facts.spliced("original")


def test_plain_figures_before_the_scope_need_a_quarter_to_be_stated():
    # The docstring: 'Without until the scope must end before the plain facts begin'.
    facts = reported(
        fact("revenue", "2019", "900", "annual"), before("revenue", "2020", "1000", "annual"),
        fact("revenue", "2021", "1100", "annual"),
    )  # fmt: skip
    with pytest.raises(FactsError):
        facts.spliced("original")


def test_a_share_of_the_scope_is_never_a_share_of_the_plain_line():
    facts = reported(
        before("cost", "2020Q4", "50.0", unit="percent_of:revenue"), fact("revenue", "2020Q4", "1000"),
        fact("revenue", "2021Q1", "1100"), fact("cost", "2021Q1", "600"),
    )  # fmt: skip
    history = facts.spliced("original", until="2020Q4").reconcile()
    assert history.marks("revenue") == ("estimated", "reported")
    assert history.marks("cost") == ("estimated", "reported")
    assert "revenue 2020Q4 (quarter) 1000 million CNY from S1: up to 2020Q4 the scope 'original' counts" in map(
        str, history.set_aside
    )


def test_as_of_keeps_what_was_set_aside_and_public():
    facts = reported(
        before("revenue", "2020", "1000", "annual", published="2021-03-01"),
        fact("revenue", "2020", "900", "annual", published="2022-03-01"),
        fact("revenue", "2021", "1100", "annual", published="2022-03-01"),
    )
    spliced = facts.spliced("original", until="2020Q4")
    assert len(spliced.set_aside) == 1
    assert spliced.as_of("2021-12-31").set_aside == ()
    assert len(spliced.as_of("2021-12-31").facts) == 1


def test_unknown_scopes_and_quarters():
    with pytest.raises(FactsError) as refusal:
        company().spliced("orignal")
    assert str(refusal.value) == "no fact has the scope 'orignal'. Did you mean 'original'?"
    with pytest.raises(FactsError) as refusal:
        company().spliced("")
    assert str(refusal.value) == "no fact has the scope ''. Known: 'original'."
    with pytest.raises(TimelineError) as late:
        company().spliced("original", until="2020")
    assert str(late.value) == "'2020' is not a quarter. Write the year, Q and the number, as in '2025Q2'."


def test_a_scope_is_a_name():
    with pytest.raises(FactsError) as refusal:
        reported(fact("revenue", "2020", "1000", "annual", scope="As Restated"))
    assert refusal.value.problems[-1].endswith(
        "the scope 'As Restated' is not a name. Use lower-case letters, digits and underscores."
    )


def test_shares_across_scopes_are_refused_all_at_once():
    facts = reported(
        before("revenue", "2020Q4", "1000"), fact("revenue", "2020Q4", "900"),
        fact("cost", "2020Q4", "50", unit="percent_of:revenue_original"),
        fact("tax", "2020Q4", "5", unit="percent_of:revenue_original"),
        before("cost", "2020Q4", "50", unit="percent_of:revenue"),
    )  # fmt: skip
    with pytest.raises(ReconcileError) as refusal:
        facts.reconcile()
    assert str(refusal.value) == (
        "the facts do not fit each other\n"
        "  - cost 2020Q4 (quarter) 50 percent_of:revenue_original from S1: the share is of 'revenue_original', "
        "which is "
        "of the scope 'original', and 'cost' is not. Give the fact the scope 'original', or name a line of its "
        "own scope.\n"
        "  - tax 2020Q4 (quarter) 5 percent_of:revenue_original from S1: the share is of 'revenue_original', which is "
        "of the scope 'original', and 'tax' is not. Give the fact the scope 'original', or name a line of its "
        "own scope."
    )


def test_a_line_whose_name_ends_like_a_scope_is_no_scope():
    facts = reported(
        before("revenue", "2020Q4", "1000"), fact("budget_original", "2020Q4", "80"),
        fact("spent", "2020Q4", "50", unit="percent_of:budget_original"),
    )  # fmt: skip
    assert facts.reconcile().values("spent") == pytest.approx([40], rel=1e-6)
