"""The reconciled history of Kunlun Tech against figures worked out by hand from the same facts."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import forecast as fc

FIGURES = Path(__file__).parent / "derived_figures.csv"
OUTSIDE = {"opera_revenue", "revenue_restated"}
"""Lines that the model of the group does not have."""


@cache
def history():
    model = fc.read_model(fc.kunlun_folder() / "model.yaml")
    return fc.load_kunlun().as_of("2025-08-31").reconcile(model)


def figures():
    with FIGURES.open() as file:
        return [row for row in csv.DictReader(file) if row["line"] not in OUTSIDE]


def value_of(line: str, period: str, basis: str) -> float:
    known = history()
    year = int(period[:4])
    last = {"quarter": period, "ytd": period, "annual": f"{year}Q4"}.get(basis)
    if basis == "half":
        first, last = (1, f"{year}Q2") if period.endswith("H1") else (3, f"{year}Q4")
    else:
        first = int(period[-1]) if basis == "quarter" else 1
    end = fc.Quarter.parse(last)
    begin = fc.Quarter.parse(f"{year}Q{first}")
    start = begin - known.quarters[0]
    return float(np.sum(known.values(line)[start : start + (end - begin) + 1]))


@pytest.mark.parametrize("figure", figures(), ids=lambda row: f"{row['line']} {row['period']} {row['basis']}")
def test_the_history_derives_what_was_worked_out_by_hand(figure):
    # expected values: arithmetic on printed figures by hand, tolerance: their rounding and confidence
    found = value_of(figure["line"], figure["period"], figure["basis"])
    assert found == pytest.approx(float(figure["value"]), abs=float(figure["tolerance"]))


def test_identities_hold_in_every_quarter_that_has_all_their_lines():
    known = history()
    model = fc.read_model(fc.kunlun_folder() / "model.yaml")
    checked = 0
    for identity in model.identities:
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
            assert np.nanmin(values) > -1e-9, line


def test_nothing_published_after_the_date_changes_the_history():
    model = fc.read_model(fc.kunlun_folder() / "model.yaml")
    facts = fc.load_kunlun()
    wild = facts.to_frame()
    late = wild.iloc[[0]].assign(
        period="2025Q2", basis="quarter", item="revenue", segment="", value="999999", unit="million",
        currency="CNY", published="2025-09-01", source="S91", rounding="", qualifier="",
    )  # fmt: skip
    import pandas as pd

    planted = fc.read_financials(pd.concat([wild, late], ignore_index=True))
    before = facts.as_of("2025-08-31").reconcile(model)
    after = planted.as_of("2025-08-31").reconcile(model)
    for line in before.lines:
        np.testing.assert_array_equal(before.values(line), after.values(line))
        np.testing.assert_array_equal(before.errors(line), after.errors(line))
