"""Explanations: gains by hand, by finite differences and by a dense solution; words, table, JSON."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.errors import ReconcileError, TimelineError
from forecast.financials import Financials, History, Mapping, Part, Source
from forecast.financials.precision import standard_error
from forecast.lines import Identity, Line
from forecast.timeline import Quarter

from .reported import books, fact, reported

ROUNDING = 1 / math.sqrt(12)
"""The standard error of a figure rounded to whole units."""

MARGIN = books(
    Line("revenue", currency="CNY"), Line("cost", currency="CNY"), Line("profit", currency="CNY"),
    identities=(Identity("profit", (("revenue", 0, 1.0), ("cost", 0, -1.0))),),
)  # fmt: skip


def gains(explanation):
    """The gain of every figure, by its period and basis."""
    return {(one.fact.line, one.fact.period, one.fact.basis): one.gain for one in explanation.grounds}


def moved(facts, which, line, quarter, *, step, accounts=None):
    """The change of one figure of the history when one fact is printed a little higher, a unit."""

    def value(change):
        shifted = [replace(one, value=one.value + change) if one == which else one for one in facts.facts]
        history = replace(facts, facts=tuple(shifted)).reconcile(accounts)
        return history.values(line)[history.quarters.index(Quarter.parse(quarter))]

    return (value(step) - value(-step)) / (2 * step)


def test_the_fourth_quarter_is_the_year_less_three_quarters():
    explanation = (
        reported(fact("a", "2024Q3", "330", "ytd"), fact("a", "2024", "460", "annual"))
        .reconcile()
        .explain("a", "2024Q4")
    )
    # The prior knows a little of the sums too, so the gains are one up to a part in a thousand.
    assert gains(explanation) == pytest.approx({("a", "2024", "annual"): 1, ("a", "2024Q3", "ytd"): -1}, abs=1e-3)
    # Each carries its gain times its size: 460 and 330 of 790.
    assert [one.weight for one in explanation.grounds] == pytest.approx([460 / 790, 330 / 790], abs=1e-3)
    assert [one.error_share for one in explanation.grounds] == pytest.approx([0.5, 0.5], abs=1e-3)
    assert explanation.value == pytest.approx(130, abs=0.01)
    assert explanation.error == pytest.approx(ROUNDING * math.sqrt(2), rel=1e-3)
    assert explanation.mark == "derived"


@pytest.mark.parametrize(("confidences", "errors"), [
    (("high", "medium"), (ROUNDING, math.hypot(ROUNDING, 1.001))),
    (("low", "low"), (math.hypot(ROUNDING, 5.0), math.hypot(ROUNDING, 5.005))),
])  # fmt: skip
def test_two_figures_count_by_the_inverse_of_their_variances(confidences, errors):
    # Nothing else is known, so the estimate is (v2 x1 + v1 x2) / (v1 + v2), of variance v1 v2 / (v1 + v2).
    facts = reported(
        fact("a", "2024Q1", "1000", confidence=confidences[0]),
        fact("a", "2024Q1", "1001", confidence=confidences[1], source="S2"),
    )
    explanation = facts.reconcile().explain("a", "2024Q1")
    first, second = (error**2 for error in errors)
    found = {one.fact.source: one for one in explanation.grounds}
    assert found["S1"].gain == pytest.approx(second / (first + second), rel=1e-6)
    assert found["S2"].gain == pytest.approx(first / (first + second), rel=1e-6)
    assert explanation.value == pytest.approx((1000 * second + 1001 * first) / (first + second), rel=1e-9)
    assert explanation.error == pytest.approx(math.sqrt(first * second / (first + second)), rel=1e-6)
    # gain**2 * variance / total is the gain itself here.
    assert found["S1"].error_share == pytest.approx(found["S1"].gain, rel=1e-6)
    assert explanation.prior_share == pytest.approx(0, abs=1e-6)


def test_growth_has_the_gain_of_the_year_before():
    # 100 * 1.2: the growth rate moves it by 100 a unit, that is 1 a printed percent.
    explanation = (
        reported(fact("a", "2023Q1", "100"), fact("a", "2024Q1", "20.0", unit="percent_growth"))
        .reconcile()
        .explain("a", "2024Q1")
    )
    by_unit = {one.fact.unit: one for one in explanation.grounds}
    assert by_unit["million"].gain == pytest.approx(1.2, rel=1e-3)
    assert by_unit["percent_growth"].gain == pytest.approx(1.0, rel=1e-3)
    # 1.2 * 0.2887 and 100 * 0.0002887.
    variances = (1.2 * ROUNDING) ** 2, (0.1 * ROUNDING) ** 2
    assert explanation.error == pytest.approx(math.sqrt(sum(variances)), rel=1e-3)
    assert by_unit["million"].error_share == pytest.approx(variances[0] / sum(variances), rel=1e-3)
    # Both state all of the 120.
    assert [one.weight for one in explanation.grounds] == pytest.approx([0.5, 0.5], rel=1e-3)


def test_a_share_has_the_gain_of_its_base():
    explanation = (
        reported(fact("revenue", "2024Q1", "1000"), fact("cost", "2024Q1", "20.0", unit="percent_of:revenue"))
        .reconcile()
        .explain("cost", "2024Q1")
    )
    by_unit = {one.fact.unit: one for one in explanation.grounds}
    assert by_unit["percent_of:revenue"].gain == pytest.approx(10, rel=1e-9)
    assert by_unit["million"].gain == pytest.approx(0.2, rel=1e-9)
    # (1000 * 0.0002887)**2 + (0.2 * 0.2887)**2 = (1 + 0.04) / 12
    assert explanation.error == pytest.approx(math.sqrt(1.04 / 12), rel=1e-9)
    assert by_unit["million"].error_share == pytest.approx(0.04 / 1.04, rel=1e-9)


def test_points_have_the_gain_of_their_base():
    # a1 = r1 (a0 / r0 + 0.05) = 1200 * 0.25: by r1 0.25, by a0 1.2, by r0 -0.24, by a point 12.
    explanation = reported(
        fact("r", "2023Q1", "1000"), fact("r", "2024Q1", "1200"), fact("a", "2023Q1", "200"),
        fact("a", "2024Q1", "5.0", unit="points_growth_of:r"),
    ).reconcile().explain("a", "2024Q1")  # fmt: skip
    assert gains(explanation) == pytest.approx(
        {("r", "2024Q1", "quarter"): 0.25, ("a", "2023Q1", "quarter"): 1.2, ("r", "2023Q1", "quarter"): -0.24}
        | {("a", "2024Q1", "quarter"): 12},
        rel=1e-3,
    )


def test_the_whole_text():
    # Gains +1 and -1; 1000 and 500 of 1500 carried; half of the error each: sqrt(2 / 12) = 0.41.
    facts = Financials(
        (fact("revenue", "2024Q1", "1000"), fact("revenue", "2024Q1", "1000", source="S3", confidence="low"),
         fact("cost", "2024Q1", "500", source="S2", published="2024-05-31")),
        (Source("S1", "Annual report"), Source("S2", "Quarterly report"), Source("S3")),
    )  # fmt: skip
    explanation = facts.reconcile(MARGIN).explain("profit", "2024Q1")
    assert str(explanation) == (
        "profit 2024Q1: 500 +- 0.41 million CNY, derived\n"
        "   67%  revenue 2024Q1 (quarter) 1000 +- 0.29 million CNY, moves it by +1 per unit, 50% of the error; "
        "published 2030-01-01 by S1 (Annual report), S3\n"
        "   33%  cost 2024Q1 (quarter) 500 +- 0.29 million CNY, moves it by -1 per unit, 50% of the error; "
        "published 2024-05-31 by S2 (Quarterly report)\n"
        "  through profit = revenue - cost"
    )
    assert explanation.identities == ("profit = revenue - cost",)
    assert [one.id for one in explanation.grounds[0].sources] == ["S1", "S3"]


def test_the_text_of_an_estimate_names_the_assumption():
    text = str(reported(fact("a", "2024", "400", "annual")).reconcile().explain("a", Quarter.parse("2024Q2")))
    lines = text.splitlines()
    # A quarter of the year's figure, and all of the error from the random walk.
    assert lines[1] == (
        "  100%  a 2024 (annual) 400 +- 0.29 million CNY, moves it by +0.25 per unit, 0% of the error; "
        "published 2030-01-01 by S1"
    )
    assert lines[2] == "  100% of the error is the assumption that quarters follow each other smoothly"
    assert len(lines) == 3


def test_bounds_and_many_sources_in_words():
    explanation = (
        reported(*(fact("a", "2024Q1", "240", qualifier="more than", source=f"S{n}") for n in range(4)))
        .reconcile()
        .explain("a", "2024Q1")
    )
    assert "a 2024Q1 (quarter) more than 240 +- 12 million CNY" in str(explanation)
    assert str(explanation).endswith("by S0, S1 and 2 more")


def test_long_explanations_count_the_rest():
    # Ten equal figures of one day: a tenth each; the words show eight.
    facts = [fact("a", "2024Q1", f"{1000 + n / 1000:.3f}", rounding=1.0, source=f"S{n}") for n in range(10)]
    explanation = reported(*facts).reconcile().explain("a", "2024Q1")
    assert len(explanation.grounds) == 10
    assert str(explanation).splitlines()[-1] == "  and 2 more with 20% of the weight together"
    assert len(str(explanation).splitlines()) == 10
    assert [one.gain for one in explanation.grounds] == pytest.approx([0.1] * 10, rel=1e-6)


def test_a_missing_figure():
    history = reported(fact("a", "2024Q1", "100"), fact("b", "2024Q2", "5")).reconcile()
    explanation = history.explain("a", "2024Q2")
    assert str(explanation) == "a 2024Q2: missing. No fact decides it."
    assert explanation.grounds == ()
    assert math.isnan(explanation.value)
    assert len(explanation.to_frame()) == 0
    assert "weight" in explanation.to_frame().columns
    assert json.loads(explanation.to_json()) == {
        "line": "a", "quarter": "2024Q2", "value": None, "standard_error": None, "unit": "million", "currency": "CNY",
        "mark": "missing", "prior_share": None, "mapping_share": None, "identities": [], "unlisted": 0, "facts": [],
    }  # fmt: skip


def test_what_cannot_be_explained():
    history = reported(fact("arr", "2024Q1", "100")).reconcile()
    with pytest.raises(ReconcileError) as refusal:
        history.explain("ar", "2024Q1")
    assert str(refusal.value) == "'ar' is not a line of this history. Did you mean 'arr'?"
    with pytest.raises(ReconcileError) as refusal:
        history.explain("arr", "2024Q2")
    assert str(refusal.value) == "2024Q2 is not a quarter of this history, which runs from 2024Q1 to 2024Q1."
    with pytest.raises(TimelineError) as spelling:
        history.explain("arr", "Q1 2024")
    assert str(spelling.value) == "'Q1 2024' is not a quarter. Write '2024Q1'."
    table = History.from_frame(pd.DataFrame({"arr": [1.0]}, index=["2024Q1"]))
    with pytest.raises(ReconcileError) as refusal:
        table.explain("arr", "2024Q1")
    assert str(refusal.value) == (
        "this history was not reconciled from facts, so it has no trail. Make it with read_financials(...).reconcile()."
    )


def test_the_table_and_the_json_say_the_same():
    facts = Financials(
        (fact("revenue", "2024Q1", "1000"), fact("cost", "2024Q1", "500", source="S2", published="2024-05-31")),
        (Source("S1", "年报"), Source("S2")),
    )
    explanation = facts.reconcile(MARGIN).explain("profit", "2024Q1")
    document = json.loads(explanation.to_json())
    assert "年报" in explanation.to_json()
    assert list(document) == [
        "line", "quarter", "value", "standard_error", "unit", "currency", "mark", "prior_share", "mapping_share",
        "identities", "unlisted", "facts",
    ]  # fmt: skip
    assert (document["line"], document["quarter"], document["mark"]) == ("profit", "2024Q1", "derived")
    assert document["value"] == pytest.approx(500, rel=1e-9)
    assert document["standard_error"] == pytest.approx(math.sqrt(2 / 12), rel=1e-6)
    first, second = document["facts"]
    exact = ("line", "period", "basis", "value", "unit", "currency", "published", "source", "title", "confidence")
    assert [first[name] for name in exact] == [
        "revenue", "2024Q1", "quarter", 1000, "million", "CNY", "2030-01-01", "S1", "年报", "high",
    ]  # fmt: skip
    assert [second[name] for name in exact[-4:]] == ["2024-05-31", "S2", "", "high"]
    assert (first["gain"], second["gain"]) == pytest.approx((1, -1), rel=1e-6)
    frame = explanation.to_frame()
    assert [{**one, "published": str(one["published"])} for one in frame.to_dict("records")] == document["facts"]


def test_an_explanation_outlives_pickling():
    history = reported(fact("revenue", "2024Q1", "1000"), fact("cost", "2024Q1", "500")).reconcile(MARGIN)
    before = history.explain("profit", "2024Q1").to_json()
    again = pickle.loads(pickle.dumps(history))
    assert again == history
    assert again.explain("profit", "2024Q1").to_json() == before


def tangled():
    """Three lines with an identity, sums, shares, growth and points, overdetermined and in agreement."""
    return reported(
        *(fact("revenue", f"2023Q{q}", v) for q, v in ((1, "1000"), (2, "1130"), (3, "1220"), (4, "1410"))),
        fact("revenue", "2023", "4760", "annual"), fact("revenue", "2024Q1", "31.0", unit="percent_growth"),
        fact("cost", "2023Q2", "876", "ytd"), fact("cost", "2023Q1", "41.0", unit="percent_of:revenue"),
        fact("cost", "2023", "1957", "annual", confidence="medium"), fact("profit", "2023Q3", "717"),
        fact("cost", "2024Q1", "0.3", unit="points_growth_of:revenue"),
        fact("profit", "2024Q1", "769", qualifier="about"),
    )  # fmt: skip


def test_the_error_is_the_sum_of_its_parts():
    # With every printed figure listed: sum(gain**2 * variance) + prior = error**2.
    history = tangled().reconcile(MARGIN)
    for line in history.lines:
        for quarter in history.quarters:
            explanation = history.explain(line, quarter)
            printed = sum((one.gain * standard_error(one.fact)) ** 2 for one in explanation.grounds)
            total = printed + explanation.prior_share * explanation.error**2
            # What is not listed has less than half a percent each.
            assert total <= explanation.error**2 * (1 + 1e-6)
            assert total >= explanation.error**2 * (1 - 0.005 * (explanation.unlisted + 1))
            shares = sum(one.error_share for one in explanation.grounds) + explanation.prior_share
            assert 1 - 0.005 * explanation.unlisted <= shares + 1e-9 <= 1 + 2e-9
            assert sum(one.weight for one in explanation.grounds) == pytest.approx(
                1, abs=0.005 * explanation.unlisted + 1e-9
            )


@pytest.mark.parametrize(
    ("line", "quarter"),
    [("revenue", "2023Q2"), ("cost", "2023Q1"), ("cost", "2023Q2"), ("profit", "2023Q3"), ("profit", "2023Q1")],
)
def test_gains_are_the_finite_differences(line, quarter):
    facts = tangled()
    for one in facts.reconcile(MARGIN).explain(line, quarter).grounds:
        found = moved(facts, one.fact, line, quarter, step=0.01, accounts=MARGIN)
        # The prior that is weak for the values is whole for the errors: up to half a percent between them.
        assert found == pytest.approx(one.gain, abs=0.005)


def test_gains_are_those_of_a_dense_solution():
    # Quarters x of one year; annual 460 and ytd 330 with s = 0.2887, a random walk of 0.15 * 460 / 4 (the level is the
    # median of 460 / 4 and 330 / 3). posterior = inverse(A' A / s**2 + Q), gains = posterior A' / s**2.
    level = (460 / 4 + 330 / 3) / 2
    design = np.array([[1.0, 1, 1, 1], [1, 1, 1, 0]])
    steps = np.diff(np.eye(4), axis=0) / (0.15 * level)
    posterior = np.linalg.inv(design.T @ design / ROUNDING**2 + steps.T @ steps)
    expected = posterior @ design.T / ROUNDING**2
    history = reported(fact("a", "2024", "460", "annual"), fact("a", "2024Q3", "330", "ytd")).reconcile()
    # Between the two means, 2.5 apart, (130 - 110) / sqrt(2) / 0.6745 is below the floor of 15 %.
    for place in range(4):
        explanation = history.explain("a", f"2024Q{place + 1}")
        found = {one.fact.basis: one.gain for one in explanation.grounds}
        assert (found["annual"], found["ytd"]) == pytest.approx(tuple(expected[place]), abs=1e-3)
        assert explanation.error == pytest.approx(math.sqrt(posterior[place, place]), rel=1e-3)
        prior = posterior @ steps.T @ steps @ posterior
        assert explanation.prior_share == pytest.approx(prior[place, place] / posterior[place, place], abs=1e-3)


def between():
    """A qualified figure between two exact ones: there the random walk has something to say."""
    return reported(
        fact("a", "2024Q1", "100"),
        fact("a", "2024Q2", "120", qualifier="about", rounding=15),
        fact("a", "2024Q3", "105"),
    )


def test_gains_are_the_finite_differences_where_the_prior_has_a_say():
    facts = between()
    for one in facts.reconcile().explain("a", "2024Q2").grounds:
        assert moved(facts, one.fact, "a", "2024Q2", step=0.01) == pytest.approx(one.gain, abs=0.005)


def test_the_error_is_that_of_the_value_given():
    # The value of games is the split's 60 alone (the neighbour has 1 % of a say), so its error is that of the split, 10
    # and not the 7 of a value that would listen to the neighbour as well.
    history = reported(
        fact("casual", "2017Q4", "100"), fact("casual", "2018Q1", "100"), fact("games", "2018Q1", "90"),
        mappings=(Mapping("games", (Part("casual", 0.6, 0.1),), until=Quarter.parse("2017Q4")),),
    ).reconcile()  # fmt: skip
    assert history.values("games")[0] == pytest.approx(60, abs=0.2)
    assert history.errors("games")[0] == pytest.approx(10, rel=0.02)


def test_the_gain_of_a_bound_is_by_its_printed_unit():
    # 'more than 240' counts as 252: a printed unit moves it by 1.05.
    (ground,) = reported(fact("a", "2024Q1", "240", qualifier="more than")).reconcile().explain("a", "2024Q1").grounds
    assert ground.gain == pytest.approx(1.05, rel=1e-6)


def test_an_uncertain_split_has_its_share_of_the_error():
    # games = (0.6 +- 0.1) * 100: 100 of 100.03 from the split, 0.03 from the rounding.
    history = reported(
        fact("casual", "2017Q4", "100"), mappings=(Mapping("games", (Part("casual", 0.6, 0.1),)),)
    ).reconcile(books(Line("games"), Line("casual")))
    explanation = history.explain("games", "2017Q4")
    assert explanation.mapping_share == pytest.approx(100 / 100.03, rel=1e-6)
    assert explanation.prior_share == pytest.approx(0, abs=1e-6)
    assert str(explanation) == (
        "games 2017Q4: 60 +- 10 million, estimated\n"
        "  100%  casual 2017Q4 (quarter) 100 +- 0.29 million CNY, moves it by +0.6 per unit, 0% of the error; "
        "published 2030-01-01 by S1\n"
        "  100% of the error is the uncertain split between taxonomies"
    )


def test_a_contradicted_fact_has_no_say():
    facts = reported(
        fact("a", "2024Q1", "100"), fact("a", "2024Q2", "210", "ytd"), fact("a", "2024Q2", "110"),
        fact("a", "2024Q1", "130", source="S2"),
    )  # fmt: skip
    explanation = facts.reconcile().explain("a", "2024Q1")
    found = gains(explanation)
    # Without it, q1 is known directly (v) and as a difference (2 v): gains 2/3, 1/3 and -1/3.
    assert found == pytest.approx(
        {("a", "2024Q1", "quarter"): 2 / 3, ("a", "2024Q2", "ytd"): 1 / 3, ("a", "2024Q2", "quarter"): -1 / 3}, abs=2e-3
    )
    assert explanation.unlisted == 0


def test_the_most_precise_fact_is_chosen_in_one_unit():
    # 1.54 billion is +- 2.9 million, 1540 million +- 0.29.
    facts = reported(fact("a", "2024Q1", "1540"), fact("a", "2024Q1", "1.54", unit="billion", source="S2"))
    (ground,) = facts.reconcile().explain("a", "2024Q1").grounds
    assert ground.fact.source == "S1"
    assert ground.gain == pytest.approx(1, rel=1e-6)


def test_the_gain_of_a_row_is_in_the_row_s_unit():
    facts = reported(fact("a", "2024Q1", "1540"), fact("a", "2024Q1", "1.54", unit="billion", source="S2"))
    frame = facts.reconcile().explain("a", "2024Q1").to_frame()
    assert dict(zip(frame["unit"], frame["gain"], strict=True)) == pytest.approx({"million": 1, "billion": 1000})
