"""The reconciled history of Kunlun Tech: printed totals, identities, marks, and what a day's knowledge gives."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.financials.precision import standard_error

from .printed import facts, history, measured, model

BEYOND_ROUNDING = {
    ("advertising_revenue", "2023H1", 723, "S37"): "S38 has 724, and its growth to 890 fits 724",
    ("net_profit", "2024Q3", -626, "S05"): "S27 has -627; -187 - 202 - 237 is -626, so the truth is near -626.5",
    ("selling", "2025Q2", 959, "S17"): "1828 - 868 is 960: all three hold only between 959.5 and 960.5",
    ("cost", "2025Q2", 1125, "S03"): "printed as about; two gross margins give 1124.4",
}
"""Printed amounts that cannot all hold: the history keeps the others to their rounding."""


def test_sums_of_the_history_equal_the_printed_totals_within_printed_precision():
    """Each amount within half of its last digit (and 100 yuan), but for four that other figures refute slightly."""
    known = history()
    accused = {one.fact for one in known.contradictions} | {one.fact for one in known.set_aside}
    checked, beyond = 0, set()
    for fact in facts().facts:
        if fact.unit != "million" or fact.basis == "point" or fact.line not in known.lines or fact in accused:
            continue
        value, error = measured(known, fact.line, fact.period, fact.basis)
        checked += 1
        if abs(value - fact.value) > fact.rounding + 1e-4:
            beyond.add((fact.line, fact.period, fact.value, fact.source))
            assert abs(value - fact.value) <= fact.rounding + 2 * math.hypot(standard_error(fact), error)
    assert beyond == set(BEYOND_ROUNDING)
    assert checked > 150


def test_identities_hold_in_every_quarter_that_has_all_their_lines():
    known = history()
    checked = 0
    for identity in model().identities:
        if any(lag for _, lag, _ in identity.terms) or any(
            name not in known.lines for name in (identity.line, *(name for name, _, _ in identity.terms))
        ):
            continue
        right = sum(factor * known.values(name) for name, _, factor in identity.terms) + identity.constant
        left = known.values(identity.line)
        both = np.isfinite(left) & np.isfinite(right)
        checked += int(both.sum())
        np.testing.assert_allclose(left[both], right[both], rtol=0, atol=1e-6)
    assert checked > 50


def test_the_last_eight_quarters_carry_the_marks_of_how_they_are_known():
    known = history()
    assert known.last == fc.Quarter.parse("2025Q2")
    # printed for the quarter itself: 2023Q3, 2024Q1 to 2025Q2; 2023Q4 is the year less nine months
    assert known.marks("revenue")[-8:] == ("reported", "derived", *["reported"] * 6)
    # 2024Q4 is the year less nine months; R&D of 2025Q1 and Q2 is printed
    assert known.marks("net_profit")[-3:] == ("derived", "reported", "reported")
    assert known.marks("research_and_development")[-2:] == ("reported", "reported")
    assert set(known.marks("advertising_revenue")[-14:]) == {"estimated"}


def test_revenue_never_falls_below_zero_in_a_line_that_only_has_positive_figures():
    known = history()
    for line in known.lines:
        if line.endswith("_revenue"):
            values = known.values(line)
            assert np.nanmin(values) > -1e-3, line  # a thousandth of a million is rounding


@pytest.mark.parametrize(
    ("line", "quarter", "sources"),
    [
        # 2024Q3: 29.2 % of revenue, 118 above 2023Q3, and 1140 in nine months less 757 in the half
        ("research_and_development", "2024Q3", {"S27", "S58"}),
        # 2024Q4: the year less nine months
        ("net_profit", "2024Q4", {"S70", "S27"}),
        # 2023Q4: the year less nine months, and 1834 over its growth
        ("revenue", "2023Q4", {"S23", "S08"}),
    ],
)
def test_a_figure_names_the_sources_that_decide_it(line, quarter, sources):
    explained = history().explain(line, quarter)
    named = {fact.source for ground in explained.grounds for fact in ground.facts}
    assert sources <= named
    heaviest = {fact.source for ground in explained.grounds[:4] for fact in ground.facts}
    assert heaviest & sources
    shares = sum(ground.error_share for ground in explained.grounds)
    assert shares + explained.prior_share + explained.mapping_share <= 1 + 1e-6


def test_the_disputed_figures_do_not_move_their_neighbours():
    """Without the thirteen accused figures no decided value changes by its standard error, no estimate by two."""
    accused = {one.fact for one in history("every line").contradictions}
    without = replace(facts(), facts=tuple(fact for fact in facts().facts if fact not in accused))
    for disputed, clean in ((history(), without.reconcile(model())), (history("every line"), without.reconcile())):
        assert disputed.quarters == clean.quarters
        for line in clean.lines:
            moved = np.abs(disputed.values(line) - clean.values(line))
            allowed = clean.errors(line) * np.where(np.isin(clean.marks(line), ("reported", "derived")), 1.0, 2.0)
            known = np.isfinite(clean.values(line))
            assert (moved[known] <= allowed[known] + 1e-6).all(), line


def test_the_parts_of_a_taxonomy_that_are_printed_with_their_total_add_up():
    """From 2025 social is printed as one; no period has the total and both parts, so nothing can fail to add up."""
    assert "does not add up" not in set(facts().adds_up()["verdict"])
    known = history()
    total = known.values("social_overseas_revenue") + known.values("social_domestic_revenue")
    np.testing.assert_allclose(known.values("social_revenue")[-10:], total[-10:], atol=1e-6)


def test_nothing_published_after_the_date_changes_the_history():
    public = facts()
    wild = public.to_frame()
    late = wild.iloc[[0]].assign(
        period="2025Q2", basis="quarter", item="revenue", segment="", value="999999", unit="million",
        currency="CNY", published="2025-09-01", source="S91", rounding="", qualifier="", scope="",
    )  # fmt: skip
    planted = fc.read_financials(pd.concat([wild, late], ignore_index=True))
    before = fc.read_financials(wild).as_of("2025-08-31").reconcile(model())
    after = planted.as_of("2025-08-31").reconcile(model())
    for line in before.lines:
        np.testing.assert_array_equal(before.values(line), after.values(line))
        np.testing.assert_array_equal(before.errors(line), after.errors(line))
