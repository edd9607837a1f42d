"""Contradicted figures and what they may have meant: one case by hand for every reading, and none for chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.lines import Line

from .reported import books, fact, reported

ROUNDING = 1 / math.sqrt(12)
"""The standard error of a figure rounded to whole units."""

SERIES = {
    "revenue": (1000, 1130, 1220, 1410, 1310, 1480, 1570, 1830),
    "cost": (410, 466, 503, 578, 541, 617, 648, 752),
    "research": (217, 233, 251, 279, 262, 301, 323, 377),
}
"""Two years, 2023 and 2024, of which each quarter and each year to date are printed and agree."""


def two_years(**series):
    """Every quarter and every year to date of these lines."""
    facts = []
    for name, values in series.items():
        for place, value in enumerate(values):
            period = f"{2023 + place // 4}Q{place % 4 + 1}"
            facts.append(fact(name, period, str(value), source="T"))
            facts.append(fact(name, period, str(sum(values[4 * (place // 4) : place + 1])), "ytd", source="T"))
    return facts


RATES = [
    fact("usd_cny", f"{y}Q{q}", "7.123", unit="CNY_per_USD", source="T") for y in (2023, 2024) for q in (1, 2, 3, 4)
]


def named(*wrong, more=()):
    """The contradicted facts of the two years with these wrong ones: their sources and readings."""
    history = reported(*two_years(**SERIES), *more, *wrong).reconcile()
    return [(one.fact.source, one.fact.line, one.reading) for one in history.contradictions]


def wrong(line, value, basis="quarter", unit="million", *, period="2024Q3", rounding=None):
    return fact(line, period, value, basis, unit, source="X", rounding=rounding)


@pytest.mark.parametrize(
    ("figure", "reading"),
    [
        (wrong("revenue", "4360"), "a figure for the year to date"),
        (wrong("revenue", "1570", "ytd"), "a figure for the quarter alone"),
        (wrong("revenue", "3400", period="2024Q4"), "a figure for the half-year"),
        (wrong("revenue", "6190", period="2024Q4"), "a figure for the year to date"),
        (wrong("revenue", "648"), "'cost' of the same period"),
        (wrong("revenue", "1806", "ytd"), "'cost' of the same period"),
        (wrong("revenue", "1570000"), "thousands that were labelled millions"),
        (wrong("revenue", "15700"), "a figure whose decimal point was moved"),
        (wrong("revenue", "157000"), "tens of thousands (万) that were labelled millions"),
        (wrong("revenue", "-1570"), "a figure with the other sign"),
        (wrong("revenue", "1220"), "the figure of a year before"),
        (wrong("revenue", "1480"), "the figure of the quarter before"),
        (wrong("cost", "971"), "'cost' together with 'research'"),
        (wrong("revenue", "1750"), "1570, two digits exchanged"),
        (wrong("revenue", "350"), "the change on a year ago"),
        (wrong("revenue", "1570", unit="million_change"), "the figure itself"),
        (wrong("revenue", "1234"), ""),
    ],
)
def test_every_reading_alone(figure, reading):
    assert named(figure) == [("X", figure.line, reading)]


# Printed to more digits than the good figures, with their standard error instead: see the next test for the digits.
@pytest.mark.parametrize(
    ("figure", "reading"),
    [
        (wrong("revenue", "15.70", rounding=0.5), "hundreds of millions (亿) that were labelled millions"),
        (wrong("revenue", "220.4", rounding=0.5), "an amount in USD"),
        (wrong("research", "20.74", unit="points_growth_of:revenue", period="2024Q1", rounding=0.04), "percent growth"),
        pytest.param(
            wrong("research", "49.85", unit="percent_of:revenue", rounding=0.04),
            "a figure relative to 'cost'",
        ),
    ],
)
def test_every_reading_with_few_digits(figure, reading):
    assert named(figure, more=RATES) == [("X", figure.line, reading)]


@pytest.mark.parametrize(
    ("figure", "reading"),
    [
        (wrong("revenue", "1.570"), "billions that were labelled millions"),
        (wrong("revenue", "15.70"), "hundreds of millions (亿) that were labelled millions"),
        (wrong("revenue", "220.4"), "an amount in USD"),
        (
            wrong("research", "-1.70", unit="percent_growth", period="2024Q1"),
            "percentage points of its share of 'revenue'",
        ),
        (wrong("research", "20.74", unit="points_growth_of:revenue", period="2024Q1"), "percent growth"),
        pytest.param(wrong("research", "49.85", unit="percent_of:revenue"), "a figure relative to 'cost'"),
        (wrong("cost", "0.4127", unit="percent_of:revenue"), "a ratio that was labelled percent"),
        pytest.param(wrong("cost", "41.27", unit="ratio_of:revenue"), "a percentage that was labelled a ratio"),
        # 41.27 % and 20.57 % of revenue.
        (wrong("cost", "61.85", unit="percent_of:revenue"), "'cost' together with 'research'"),
    ],
)
def test_a_wrong_figure_with_more_digits_does_not_win(figure, reading):
    # Four figures and sums agree on the quarter to half a million; one says 15.70 million.
    assert named(figure, more=RATES) == [("X", figure.line, reading)]


def test_swapped_labels_of_two_shares():
    found = named(
        wrong("cost", "20.6", unit="percent_of:revenue"), wrong("research", "41.3", unit="percent_of:revenue")
    )
    assert sorted(found) == [
        ("X", "cost", "'research' of the same period"), ("X", "research", "'cost' of the same period"),
    ]  # fmt: skip


def test_another_line_that_is_not_reconciled_is_recognised():
    facts = reported(
        *two_years(revenue=SERIES["revenue"]), fact("orders", "2024Q3", "1987", source="T"), wrong("revenue", "1987")
    )
    (found,) = facts.reconcile(books(Line("revenue"))).contradictions
    assert found.reading == "'orders' of the same period"


def test_two_quarters_of_different_halves_are_no_half_year():
    # 2024Q1 as 2720 = 1410 + 1310: the last quarter and this one.
    ((source, _, reading),) = named(wrong("revenue", "2720", period="2024Q1"))
    assert (source, reading == "a figure for the half-year") == ("X", False)


def test_the_quarter_after_in_words():
    assert named(wrong("revenue", "1830")) == [("X", "revenue", "the figure of the quarter after")]


def test_scales_are_named_by_the_figure_s_own_label():
    facts = [
        fact(name, period, value, basis, "billion", source="T")
        for name, period, value, basis in (
            ("revenue", "2024Q1", "1.310", "quarter"), ("revenue", "2024Q2", "1.480", "quarter"),
            ("revenue", "2024Q3", "1.570", "quarter"), ("revenue", "2024Q3", "4.360", "ytd"),
            ("revenue", "2024Q2", "2.790", "ytd"),
        )
    ]  # fmt: skip
    history = reported(*facts, fact("revenue", "2024Q3", "1570", unit="billion", source="X")).reconcile()
    assert [one.reading for one in history.contradictions] == ["millions that were labelled billions"]


def test_the_text_of_a_contradiction():
    history = reported(*two_years(revenue=SERIES["revenue"]), wrong("revenue", "4360")).reconcile()
    (found,) = history.contradictions
    assert str(found) == (
        "revenue 2024Q3 (quarter) 4360 million CNY from X: the history says 1570, "
        f"{found.standard_errors:.1f} standard errors away; it would fit as a figure for the year to date"
    )


def test_distances_by_hand():
    # The quarter by its own figure (variance v) and by a difference (2 v): without the wrong one, what is implied has
    # the variance v / (1 + 1 / 2), so the distance is d / sqrt(v (1 + 2 / 3)).
    history = reported(
        fact("a", "2024Q1", "100"), fact("a", "2024Q2", "210", "ytd"), fact("a", "2024Q2", "110"),
        fact("a", "2024Q1", "130", source="S2"),
    ).reconcile()  # fmt: skip
    (found,) = history.contradictions
    assert found.implied == pytest.approx(100, abs=0.05)
    assert found.standard_errors == pytest.approx((130 - found.implied) / (ROUNDING * math.sqrt(5 / 3)), rel=1e-3)
    assert found.own_standard_errors == pytest.approx((130 - found.implied) / ROUNDING, rel=1e-9)


def test_a_fact_without_error_is_infinitely_far_by_its_own_measure():
    history = reported(
        fact("a", "2024Q1", "100"), fact("a", "2024Q1", "100.2", source="S2"), fact("a", "2024Q1", "99.8", source="S3"),
        fact("a", "2024Q1", "150", rounding=0.0, source="S4"),
    ).reconcile()  # fmt: skip
    assert all(math.isinf(one.own_standard_errors) for one in history.contradictions if one.fact.source == "S4")


def test_nothing_is_contradicted_within_four_standard_errors():
    # 1.2 apart: 1.2 / (0.2887 * sqrt(2)) = 2.9.
    close = reported(fact("a", "2024Q1", "100", rounding=0.5), fact("a", "2024Q1", "101.2", rounding=0.5, source="S2"))
    assert close.reconcile().contradictions == ()


def many_lines(qualifier):
    """Twenty lines from 1,040 to 1,990, 50 apart, beside the revenue of the two years; a wrong 1,242 meets one "
    "of them."""
    others = [fact(f"line{n:02}", "2024Q3", str(1040 + 50 * n), source="T", qualifier=qualifier) for n in range(20)]
    return reported(*two_years(revenue=SERIES["revenue"]), *others, wrong("revenue", "1242")).reconcile()


def test_one_of_many_vague_lines_is_not_believed():
    # 1,242 is within a tenth of a standard error of 'about 1,240' (+- 25), but one of twenty such lines is bound to be:
    # 0.2 / 20 * 0.4 / 0.02 = 0.2, below the 0.3 of an unknown error.
    (found,) = many_lines("about").contradictions
    assert (found.fact.value, found.reading) == (1242, "")


def test_one_of_many_precise_lines_is_not_believed_out_of_reach():
    # 1,242 is 2 from 1,240 +- 0.29: 2 / (0.29 * sqrt(2)) = 4.9 standard errors.
    (found,) = many_lines("").contradictions
    assert (found.fact.value, found.reading) == (1242, "")


def test_random_errors_are_not_explained():
    # About 25 readings, each fitting within 2.5 * 0.29 * sqrt(2) = 1.02 on either side, among 1,570 whole numbers:
    # 3.2 % fit by chance. More than 5 of 40 then has the probability 0.2 %: the false-alarm rate of this test.
    chance = np.random.default_rng(20240930)
    drawn = chance.choice([value for value in range(785, 2356) if abs(value - 1570) > 20], size=40, replace=False)
    believed = [reading for value in drawn for _, _, reading in named(wrong("revenue", str(value))) if reading]
    assert len(believed) <= 5


def test_good_figures_are_not_accused():
    # 30 companies with true figures that are no round numbers, printed to whole millions: rounding alone never reaches
    # four standard errors of a difference of two to four uniform errors, each at most 1.73 of its own. Rate: 0.
    chance = np.random.default_rng(7)
    for _ in range(30):
        truth = 1000 * np.exp(np.cumsum(chance.normal(0, 0.1, 8)))
        facts = []
        for place, value in enumerate(truth):
            period, sum_to_date = f"{2023 + place // 4}Q{place % 4 + 1}", truth[4 * (place // 4) : place + 1].sum()
            facts += [fact("a", period, f"{value:.0f}"), fact("a", period, f"{sum_to_date:.0f}", "ytd")]
            if place >= 4:
                growth = 100 * (value / truth[place - 4] - 1)
                facts.append(fact("a", period, f"{growth:.1f}", unit="percent_growth"))
        assert reported(*facts).reconcile().contradictions == ()
