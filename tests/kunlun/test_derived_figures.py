"""What was worked out by hand from printed figures: the facts imply it, and the history says it within its error.

``derived_figures.csv`` accounts for all 105 figures that were once computed by hand when the facts were collected.
Each has its formula in printed numbers (``430~5`` is 430 with a rounding of 5; a percent sign divides by 100).
``compared`` is ``yes`` where these facts imply the figure; else the note says why they do not.
"""

from decimal import Decimal
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from forecast.financials.periods import parse_period

from .printed import FACTS, history, line, measured, numbers, table, worked

FIGURES = table(Path(__file__).parent / "derived_figures.csv")
COMPARED = [figure for figure in FIGURES if figure["compared"] == "yes"]
LEFT = [figure for figure in FIGURES if figure["compared"] == "no"]
STANDARD_ERRORS = 2
"""How many standard errors of the history a figure may be away, beyond what the roundings of its formula allow."""


def ident(figure):
    return f"{figure['line'][:30]} {figure['period']} {figure['basis']}"


def reconciled(figure):
    """The history with the model's identities, or, for lines that the model lacks, the one of every line."""
    names = set(figure["line"].replace("/", " ").split()) - {"+", "-"}
    return history("model") if names <= set(history("model").lines) else history("every line")


def test_every_hand_figure_is_accounted_for_once():
    assert list(FIGURES[0]) == ["line", "period", "basis", "value", "formula", "compared", "note"]
    keys = [(figure["line"], figure["period"], figure["basis"]) for figure in FIGURES]
    assert len(keys) == len(set(keys)) == 105
    assert (len(COMPARED), len(LEFT)) == (94, 11)
    assert all(figure["note"].startswith("not implied: ") for figure in LEFT)


def test_no_hand_figure_is_printed_itself():
    facts = {(line(f), f["period"], f["basis"], Decimal(f["value"])) for f in FACTS if f["unit"] == "million"}
    for figure in FIGURES:
        key = (figure["line"], figure["period"], figure["basis"], Decimal(figure["value"]))
        assert key not in facts, ident(figure)


def test_a_figure_is_compared_if_and_only_if_the_facts_print_its_numbers_or_imply_it_otherwise():
    """Of the 94, eight were worked by hand from texts that are no facts here; the history has its own way to them."""
    printed = {abs(Decimal(fact["value"])) for fact in FACTS}
    other_way = 0
    for figure in COMPARED:
        if not {Decimal(number) for number in numbers(figure["formula"])} <= printed:
            other_way += 1
            assert figure["note"].startswith("by hand from"), ident(figure)
    assert other_way == sum("by hand from" in figure["note"] for figure in COMPARED)
    for figure in LEFT:
        assert not figure["formula"] or not {Decimal(number) for number in numbers(figure["formula"])} <= printed


@pytest.mark.parametrize("figure", [f for f in FIGURES if f["formula"]], ids=ident)
def test_the_formula_gives_the_hand_figure(figure):
    """Within the roundings of its numbers, and two units of the last digit: steps by hand were rounded too."""
    value, rounding = worked(figure["formula"])
    assert abs(value - float(figure["value"])) <= rounding + 0.002


def test_where_the_hand_was_wrong():
    """397 - 181.185 - 113.0 = 102.815, of which a digit slipped; 178 is a change in R&D that nobody printed."""
    wrong = {
        ("opera_revenue", "2023Q3"): (102.615, 102.815, "by hand a digit slipped"),
        ("research_and_development", "2023Q1"): (170.75, 170.588, "by hand less a change of 178 that no text prints"),
    }
    for figure in FIGURES:
        key = (figure["line"], figure["period"])
        if key in wrong:
            by_hand, right, note = wrong.pop(key)
            assert float(figure["value"]) == by_hand
            assert worked(figure["formula"])[0] == pytest.approx(right, abs=0.001)
            assert figure["note"] == note
            value, _ = measured(reconciled(figure), figure["line"], figure["period"], figure["basis"])
            assert abs(value - right) < abs(value - by_hand)
    assert not wrong


@pytest.mark.parametrize("figure", COMPARED, ids=ident)
def test_the_history_reproduces_the_hand_figure_within_its_error(figure):
    """|history - figure| <= what the printed roundings allow together + 2 standard errors of the history."""
    value, error = measured(reconciled(figure), figure["line"], figure["period"], figure["basis"])
    rounding = worked(figure["formula"])[1]
    assert abs(value - float(figure["value"])) <= rounding + STANDARD_ERRORS * error


def test_the_errors_that_are_allowed_are_narrow():
    """Or the comparison would say nothing: 0.4 % of the figure or less for half of them, 2 % for nine in ten."""
    allowed = []
    for figure in COMPARED:
        value, error = measured(reconciled(figure), figure["line"], figure["period"], figure["basis"])
        allowed.append((worked(figure["formula"])[1] + STANDARD_ERRORS * error) / abs(value))
    assert median(allowed) < 0.004
    assert np.mean(np.array(allowed) < 0.02) > 0.9


@pytest.mark.parametrize("figure", LEFT, ids=ident)
def test_what_the_facts_do_not_imply_is_missing_or_estimated_in_the_history(figure):
    """Not one quarter of it is decided by facts alone, unless another quarter of the same period is not."""
    known = reconciled(figure)
    quarters = parse_period(figure["period"], figure["basis"]).quarters
    line_name = figure["line"].split(" / ")[0]
    marks = {
        known.marks(line_name)[quarter - known.quarters[0]] if quarter >= known.quarters[0] else "missing"
        for quarter in quarters
    }
    assert marks & {"missing", "estimated"}


def test_research_of_2023_by_quarter_sums_to_the_year():
    """170.75 + 180.44 + 269.484 + 346.95 = 967.624, against 967.641 from the growth of 2024."""
    quarters = [
        float(figure["value"])
        for figure in FIGURES
        if (figure["line"], figure["basis"]) == ("research_and_development", "quarter")
        and figure["period"].startswith("2023")
    ]
    assert len(quarters) == 4
    assert sum(quarters) == pytest.approx(967.641, abs=0.05)
