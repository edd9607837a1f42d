"""Contradictions are named and stay alone; what cannot be read is set aside with a reason."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.errors import ReconcileError
from forecast.lines import Identity, Line

from .reported import books, fact, reported


def test_a_half_year_under_the_label_of_a_quarter_is_named():
    # The quarter is -87 by two routes; one source prints the half-year's -856 under it.
    history = reported(
        fact("net_profit", "2025Q1", "-769"),
        fact("net_profit", "2025Q2", "-856", "ytd"),
        fact("net_profit", "2025Q2", "-87", source="S17"),
        fact("net_profit", "2025Q2", "-856", source="S14", confidence="medium"),
    ).reconcile()
    assert history.values("net_profit") == pytest.approx([-769, -87], abs=0.1)
    assert [one.fact.source for one in history.contradictions] == ["S14"]
    assert str(history.contradictions[0]).startswith(
        "net_profit 2025Q2 (quarter) -856 million CNY from S14: the history says -87"
    )


def test_every_source_of_a_contradicted_figure_is_named():
    right = [fact("cost", f"2024Q{q}", "100") for q in (1, 2, 3)]
    history = reported(
        *right,
        fact("cost", "2024Q3", "300", "ytd"),
        fact("cost", "2024Q2", "200", "ytd"),
        fact("cost", "2024Q3", "130", source="S2"),
        fact("cost", "2024Q3", "130", source="S3"),
    ).reconcile()
    assert [one.fact.source for one in history.contradictions] == ["S2", "S3"]
    assert history.values("cost") == pytest.approx([100, 100, 100], abs=0.1)
    # 100 rounded and 300 - 200: three figures, so the distance is near 30 / (0.2887 * sqrt(1 + 0.4)).
    assert 60 < history.contradictions[0].standard_errors < 110


def test_one_wrong_figure_leaves_the_others_as_they_were():
    good = [fact("a", f"2024Q{q}", v) for q, v in ((1, "100"), (2, "110"), (3, "120"), (4, "130"))]
    sums = [fact("a", "2024Q2", "210", "ytd"), fact("a", "2024Q3", "330", "ytd"), fact("a", "2024", "460", "annual")]
    clean = reported(*good, *sums).reconcile()
    wild = reported(*good, *sums, fact("a", "2024Q3", "1200", source="S2")).reconcile()
    assert wild.values("a") == pytest.approx(clean.values("a"), abs=0.2)
    assert [one.fact.value for one in wild.contradictions] == [1200]


def test_a_jump_is_no_contradiction():
    history = reported(
        *[fact("a", f"2024Q{q}", v) for q, v in ((1, "1"), (2, "1"), (3, "1000"), (4, "-500"))],
    ).reconcile()
    assert history.values("a") == pytest.approx([1, 1, 1000, -500], abs=1e-3)
    assert history.contradictions == ()


def test_growth_on_a_loss_is_set_aside():
    # Printed as -119.86 %: relative to the absolute value of the loss a year before.
    history = reported(
        fact("net_profit", "2024Q2", "-389.4", "ytd"),
        fact("net_profit", "2025Q2", "-856", "ytd"),
        fact("net_profit", "2025Q2", "-119.86", "ytd", "percent_growth"),
    ).reconcile()
    assert [str(one) for one in history.set_aside] == [
        "net_profit 2025Q2 (ytd) -119.86 percent_growth from S1: "
        "growth on a figure that is not positive beyond doubt can be read in several ways"
    ]
    assert history.contradictions == ()
    assert history.values("net_profit")[-2:].sum() == pytest.approx(-856, abs=0.1)


def test_growth_from_a_profit_to_a_loss_is_used():
    # 358 falling by 208.64 % is -388.9; the year-ago figure is a known profit.
    history = reported(
        fact("net_profit", "2023Q2", "358"), fact("net_profit", "2024Q2", "-208.64", unit="percent_growth"),
        fact("net_profit", "2024Q3", "-237"),
    ).reconcile()  # fmt: skip
    assert history.set_aside == ()
    assert history.values("net_profit")[4] == pytest.approx(358 * (1 - 2.0864), rel=1e-4)
    assert history.marks("net_profit")[4] == "derived"


def test_a_line_of_which_only_growth_is_known_is_set_aside():
    history = reported(
        fact("revenue", "2024Q1", "100"), fact("cost", "2024Q1", "5.0", unit="percent_growth")
    ).reconcile()
    assert history.lines == ("revenue",)
    assert [str(one) for one in history.set_aside] == [
        "cost 2024Q1 (quarter) 5 percent_growth from S1: no fact or identity gives the level of 'cost', "
        "of which only ratios and changes are reported"
    ]


def test_an_identity_gives_a_line_its_level():
    # cost 2024Q1 = 100 - 40; growth of 20 % makes it 50 a year before.
    accounts = books(
        Line("revenue"), Line("cost"), Line("gross_profit"),
        identities=(Identity("gross_profit", (("revenue", 0, 1.0), ("cost", 0, -1.0))),),
    )  # fmt: skip
    history = reported(
        fact("revenue", "2024Q1", "100"), fact("gross_profit", "2024Q1", "40"),
        fact("cost", "2024Q1", "20.00", unit="percent_growth"),
    ).reconcile(accounts)  # fmt: skip
    assert history.values("cost")[[0, 4]] == pytest.approx([50, 60], rel=1e-4)
    assert np.isnan(history.values("revenue")[:4]).all()


def test_lines_without_facts_appear_only_when_determined():
    accounts = books(
        Line("revenue"), Line("cost"), Line("gross_profit"), Line("tax"), Line("net_profit"),
        identities=(
            Identity("gross_profit", (("revenue", 0, 1.0), ("cost", 0, -1.0))),
            Identity("net_profit", (("gross_profit", 0, 1.0), ("tax", 0, -1.0))),
        ),
    )  # fmt: skip
    history = reported(fact("revenue", "2024Q1", "100"), fact("cost", "2024Q1", "60")).reconcile(accounts)
    assert history.lines == ("revenue", "cost", "gross_profit")
    assert history.values("gross_profit") == pytest.approx([40], rel=1e-9)


def test_figures_per_share_and_weighted_counts_are_set_aside():
    history = reported(
        fact("revenue", "2024Q1", "100"),
        fact("eps", "2024Q1", "0.50", unit="CNY_per_share"),
        fact("shares", "2024Q1", "10", unit="million_shares"),
    ).reconcile()
    assert history.lines == ("revenue",)
    assert [one.reason for one in history.set_aside] == [
        "figures per share are kept, but not reconciled",
        "counts and numbers of shares are read at a moment only (basis 'point')",
    ]


def test_share_of_a_line_outside_the_accounts_is_set_aside():
    history = reported(
        fact("revenue", "2024Q1", "100"),
        fact("internet", "2024Q1", "90"),
        fact("cost", "2024Q1", "60"),
        fact("cost", "2024Q1", "66.7", unit="percent_of:internet"),
    ).reconcile(books(Line("revenue"), Line("cost")))
    assert history.lines == ("revenue", "cost")
    assert [one.reason for one in history.set_aside] == [
        "it is a share of 'internet', which is not a line of the accounts"
    ]


def test_misfits_are_refused_all_at_once():
    facts = reported(
        fact("revenue", "2024Q1", "100"),
        fact("revenue", "2024Q2", "15", currency="USD"),
        fact("cash", "2024Q1", "50", "point"),
        fact("cash", "2024", "50", "annual"),
        fact("usd_cny", "2024Q1", "7.1", "point", "CNY_per_USD"),
        fact("staff", "2024Q1", "7", "point", "count"),
        fact("staff", "2024Q2", "7", "point"),
        fact("cost", "2024Q1", "60", unit="percent_of:revnue"),
        fact("cost", "2024Q1", "60", unit="percent_of:cash"),
    )
    with pytest.raises(ReconcileError) as refusal:
        facts.reconcile()
    assert str(refusal.value) == (
        "the facts do not fit each other\n"
        "  - line 'revenue' is reported in two currencies: revenue 2024Q1 (quarter) 100 million CNY from S1; "
        "revenue 2024Q2 (quarter) 15 million USD from S1. Convert them to one, or give them different items.\n"
        "  - line 'staff' is reported in units that do not convert: staff 2024Q1 (point) 7 count from S1; "
        "staff 2024Q2 (point) 7 million CNY from S1. Give them different items.\n"
        "  - cash 2024 (annual) 50 million CNY from S1: the line 'cash' is a stock, read at a moment. "
        "Use the basis 'point'.\n"
        "  - usd_cny 2024Q1 (point) 7.1 CNY_per_USD from S1: the line 'usd_cny' is a rate, "
        "never read at a moment. Use another basis.\n"
        "  - cost 2024Q1 (quarter) 60 percent_of:cash from S1: 'cost' is a flow and 'cash' a stock. "
        "Leave the share out; a share needs two lines of one kind.\n"
        "  - cost 2024Q1 (quarter) 60 percent_of:revnue from S1: 'revnue' is not a line. "
        "Did you mean 'revenue'?\n"
        "  - revenue 2024Q2 (quarter) 15 million USD from S1: the line 'revenue' is in CNY. "
        "Convert it, or correct the currency."
    )


def test_misfits_with_the_accounts():
    accounts = books(Line("revenue", currency="USD"), Line("cash", "stock"), Line("price", "rate"))
    facts = reported(fact("revenue", "2024Q1", "100"), fact("cash", "2024Q1", "100"), fact("price", "2024Q1", "100"))
    with pytest.raises(ReconcileError) as refusal:
        facts.reconcile(accounts)
    assert str(refusal.value) == (
        "the facts do not fit each other\n"
        "  - cash 2024Q1 (quarter) 100 million CNY from S1: the line 'cash' is a stock, read at a moment. "
        "Use the basis 'point'.\n"
        "  - price 2024Q1 (quarter) 100 million CNY from S1: the line 'price' is a rate. "
        "Exchange rates, and only they, are facts of a rate, in a unit as 'CNY_per_USD'.\n"
        "  - revenue 2024Q1 (quarter) 100 million CNY from S1: the line 'revenue' is in USD. "
        "Convert it, or correct the currency."
    )


def test_nothing_to_reconcile():
    with pytest.raises(ReconcileError) as refusal:
        reported(fact("cost", "2024Q1", "1")).as_of("2024-05-01").reconcile()
    assert str(refusal.value) == "there are no facts on 2024-05-01. Choose a later date."
    with pytest.raises(ReconcileError) as refusal:
        reported(fact("cost", "2024Q1", "1")).reconcile(books(Line("revenue")))
    assert str(refusal.value) == (
        "no fact decides any of the lines 'revenue'. Add figures for them, or name them as the facts do."
    )


def test_identities_that_cannot_all_hold():
    accounts = books(
        Line("a"), Line("b"), identities=(Identity("a", (("b", 0, 1.0),)), Identity("a", (("b", 0, 1.0),), 5.0))
    )
    facts = reported(fact("a", "2024Q1", "100"), fact("b", "2024Q1", "100"))
    with pytest.raises(ReconcileError) as refusal:
        facts.reconcile(accounts)
    assert str(refusal.value) == (
        "identities that cannot all hold; leave one of them out\n  - a = b at 2024Q1\n  - a = b + 5 at 2024Q1"
    )


def test_an_identity_given_twice_holds():
    twice = Identity("a", (("b", 0, 2.0),))
    history = reported(fact("b", "2024Q1", "10"), fact("b", "2024Q2", "12")).reconcile(
        books(Line("a"), Line("b"), identities=(twice, twice))
    )
    assert history.values("a") == pytest.approx([20, 24], rel=1e-3)
    assert history.values("a") == pytest.approx(2 * history.values("b"), rel=1e-12)


def test_a_year_that_is_one_of_its_quarters_is_named_and_not_the_four_quarters():
    # Whichever quarter were wrong it would have to be negative; the symmetric figures stay symmetric, in any unit.
    def history(unit):
        quarters = zip(range(1, 5), ("2025", "837", "837", "2025"), strict=True)
        facts = [fact("cost", f"2024Q{q}", v, unit=unit) for q, v in quarters]
        return reported(*facts, fact("cost", "2024", "2025", "annual", unit)).reconcile()

    small, large = history("million"), history("billion")
    assert small.values("cost") == pytest.approx(small.values("cost")[::-1], rel=1e-9)
    assert 1000 * small.values("cost") == pytest.approx(large.values("cost"), rel=1e-9)
    named = {(one.fact.period, one.fact.basis) for one in small.contradictions}
    assert named == {("2024", "annual")}
    assert small.contradictions[0].reading == "a figure for the quarter alone"


def test_parts_of_a_longer_total_go_on_as_estimates():
    accounts = books(
        Line("overseas"), Line("domestic"), Line("social"),
        identities=(Identity("social", (("overseas", 0, 1.0), ("domestic", 0, 1.0))),),
    )  # fmt: skip
    history = reported(
        fact("overseas", "2024Q1", "200"), fact("domestic", "2024Q1", "100"), fact("social", "2024Q2", "330"),
    ).reconcile(accounts)  # fmt: skip
    assert history.marks("overseas") == ("reported", "estimated")
    assert history.marks("domestic") == ("reported", "estimated")
    assert (history.values("overseas") + history.values("domestic"))[1] == pytest.approx(330, rel=1e-6)
