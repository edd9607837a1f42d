"""Lines whose quarters follow another line's: worked cases, and the same answer as the disaggregation by itself."""

import numpy as np
import pandas as pd
import pytest

from forecast.errors import ReconcileError
from forecast.financials import Related
from forecast.financials.disaggregation import disaggregate
from forecast.lines import Identity, Line

from .reported import books, fact, reported

SALES = (100, 140, 90, 170, 130, 180, 120, 210, 150, 190, 160, 240)
"""Quarterly sales of three years, printed."""


def labels(count):
    return [f"{2020 + number // 4}Q{number % 4 + 1}" for number in range(count)]


def halves(line, quarters):
    """The halves of a quarterly series, as a company prints them."""
    pairs = zip(quarters[::2], quarters[1::2], strict=True)
    return [
        fact(line, f"{2020 + number // 2}H{number % 2 + 1}", f"{first + second:.4f}", "half")
        for number, (first, second) in enumerate(pairs)
    ]


def sales():
    return [fact("sales", label, f"{value:.4f}") for label, value in zip(labels(12), SALES, strict=True)]


@pytest.mark.parametrize("method", ["chow_lin", "fernandez", "litterman"])
def test_a_line_that_is_a_multiple_of_another_is_found_quarter_by_quarter(method):
    truth = [20 + 0.3 * value for value in SALES]
    history = reported(*sales(), *halves("cost", truth)).reconcile(related={"cost": Related("sales", method)})
    np.testing.assert_allclose(history.values("cost"), truth, atol=0.01)
    (relation,) = history.relations
    assert relation.beta == pytest.approx(0.3, abs=1e-4)
    assert relation.constant == pytest.approx(20, abs=0.02)


def test_without_the_relation_the_quarters_are_smooth_instead():
    truth = [20 + 0.3 * value for value in SALES]
    history = reported(*sales(), *halves("cost", truth)).reconcile()
    assert np.abs(history.values("cost") - truth).max() > 5


@pytest.mark.parametrize("method", ["chow_lin", "fernandez", "litterman"])
def test_it_agrees_with_the_disaggregation_of_the_exact_halves(method):
    # another route to the same regression: dense matrices, exact benchmarks, no reconciliation
    noise = np.cumsum([1, -2, 3, 1, -1, 2, -3, 1, 2, 2, -1, -2.0])
    truth = [50 + 0.25 * value + step for value, step in zip(SALES, noise, strict=True)]
    figures = [round(first + second, 4) for first, second in zip(truth[::2], truth[1::2], strict=True)]
    low = pd.Series(figures, index=[f"{2020 + number // 2}H{number % 2 + 1}" for number in range(6)])
    quarterly = pd.Series(np.array(SALES, float), index=pd.period_range("2020Q1", periods=12, freq="Q"))
    apart = disaggregate(low, quarterly, method=method)
    history = reported(*sales(), *halves("cost", truth)).reconcile(related={"cost": Related("sales", method)})
    np.testing.assert_allclose(history.values("cost"), apart.values.to_numpy(), atol=0.02)


def test_the_printed_sums_still_hold():
    truth = [50 + 0.25 * value + (-1) ** number * 7 for number, value in enumerate(SALES)]
    facts = halves("cost", truth)
    history = reported(*sales(), *facts).reconcile(related={"cost": "sales"})
    sums = history.values("cost").reshape(6, 2).sum(axis=1)
    np.testing.assert_allclose(sums, [one.value for one in facts], atol=1e-3)


def test_identities_hold_with_a_relation():
    truth = [20 + 0.3 * value for value in SALES]
    lines = Line("sales", currency="CNY"), Line("cost", currency="CNY"), Line("profit", currency="CNY")
    accounts = books(*lines, identities=(Identity("profit", (("sales", 0, 1.0), ("cost", 0, -1.0))),))
    history = reported(*sales(), *halves("cost", truth)).reconcile(accounts, related={"cost": "sales"})
    np.testing.assert_allclose(history.values("profit"), np.array(SALES) - np.array(truth), atol=0.02)


def test_explanations_name_the_relation():
    truth = [50 + 0.25 * value + (-1) ** number * 7 for number, value in enumerate(SALES)]
    history = reported(*sales(), *halves("cost", truth)).reconcile(related={"cost": "sales"})
    assert "the assumption that its quarters follow 'sales'" in str(history.explain("cost", "2021Q2"))


def test_what_cannot_be_related_is_refused_all_at_once():
    facts = reported(*sales(), *halves("cost", [1.0 + number for number in range(12)]))
    with pytest.raises(ReconcileError) as refusal:
        facts.reconcile(related={"cost": Related("sale", "chowlin"), "sales": "sales"})
    assert str(refusal.value) == (
        "lines that follow others\n"
        "  - 'sale' is not a line of the facts. Did you mean 'sales'?\n"
        "  - the method 'chowlin' of 'cost' is not known. Did you mean 'chow_lin'?\n"
        "  - 'sales' cannot be related to itself.\n"
        "  - 'sales' follows 'sales', which follows another line itself. Name the first of them."
    )


def test_too_few_figures_are_refused():
    facts = reported(*sales(), *halves("cost", [1.0 + number for number in range(12)])[:3])
    with pytest.raises(ReconcileError) as refusal:
        facts.reconcile(related={"cost": "sales"})
    assert str(refusal.value) == (
        "lines that follow others\n"
        "  - 'cost' has 3 printed figures in quarters that 'sales' covers; following another line needs 4. "
        "Leave it out of related."
    )
