"""The calibrated model: its past, its parameters, and a fingerprint that misses nothing."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import CalibrationError, ModelError

INDEX = pd.period_range("2024Q1", periods=6, freq="Q")
FRAME = pd.DataFrame({"revenue": [90.0, 95, 100, np.nan, 108, 110], "users": [1.0, 2, 3, 4, 5, 6]}, index=INDEX)


def company(**options):
    model = fc.Model(
        fc.drivers.Growth(
            "revenue", growth=fc.normal(0.02, 0.01), persistence=0.3, volatility=0.05, momentum=0.02,
        ),
        fc.drivers.Formula("cash = cash[-1] + revenue"),
    )  # fmt: skip
    return fc.calibrate(model, fc.History.from_frame(FRAME), opening={"cash": 500.0}, **options)


def test_the_past_comes_from_the_openings_and_the_history():
    past = company().past
    assert past("revenue") == 110.0
    assert past("revenue", 2) == 108.0
    assert math.isnan(past("revenue", 3))
    assert math.isnan(past("revenue", 7))
    assert past("cash") == 500.0
    assert math.isnan(past("cash", 2))
    assert math.isnan(past("nobody"))


def test_printed_it_says_what_it_is_in_a_line():
    found = company()
    assert str(found) == (
        f"A calibrated model of 2 lines and {len(found.parameters)} parameters: history up "
        f"to 2025Q2, to be simulated from 2025Q3 up to 2035Q2. Fingerprint {found.fingerprint[:12]}"
    )
    assert repr(found) == (
        f"CalibratedModel(2 lines, {len(found.parameters)} parameters, first='2025Q3', horizon=40, "
        f"fingerprint='{found.fingerprint[:12]}')"
    )
    dated = replace(found, history=replace(found.history, as_of=dt.date(2025, 8, 31)))
    assert " parameters, as known on 2025-08-31: history up to 2025Q2" in str(dated)
    alone = fc.calibrate(fc.Model(fc.drivers.Path("sales", value=3.0)), first="2026Q1", horizon=4)
    assert str(alone).startswith(
        "A calibrated model of 1 line and 1 parameter: no history, to be simulated from 2026Q1"
    )


def test_a_parameter_is_found_by_its_full_name_or_the_nearest_is_offered():
    assert company().parameter("revenue.growth").estimate == fc.normal(0.02, 0.01).between(-0.5, 1)
    with pytest.raises(ModelError) as caught:
        company().parameter("revenue.grwth")
    assert str(caught.value) == "the model has no parameter 'revenue.grwth'. Did you mean 'revenue.growth'?"


def test_stating_a_parameter_changes_it_and_nothing_else():
    before = company()
    after = before.stating("revenue.growth", fc.normal(0.1, 0.2), because="the plan")
    stated = after.parameter("revenue.growth")
    assert stated.estimate == fc.normal(0.1, 0.2).between(-0.5, 1.0)
    assert (stated.basis, stated.role) == ("the plan", "lever")
    others = {name: p for name, p in before.parameters.items() if name != "revenue.growth"}
    assert {name: p for name, p in after.parameters.items() if name != "revenue.growth"} == others
    assert before.parameter("revenue.growth").estimate == fc.normal(0.02, 0.01).between(-0.5, 1)
    assert (after.fits, after.openings, after.first) == (before.fits, before.openings, before.first)


def test_a_value_outside_the_domain_cannot_be_stated():
    with pytest.raises(CalibrationError) as caught:
        company().stating("revenue.growth", 1.5)
    assert str(caught.value) == "'revenue.growth' cannot be 1.5: its domain is [-0.5, 1]."


def test_the_fingerprint_is_that_of_the_content():
    assert company().fingerprint == company().fingerprint
    others = [
        company(horizon=8),
        company().stating("revenue.growth", 0.3),
        company().stating("revenue.growth", 0.3 + 1e-12),
        company().stating("revenue.growth", fc.normal(0.3, 0.1)),
    ]
    assert len({one.fingerprint for one in [company(), *others]}) == 5


def test_without_a_history_there_is_no_date():
    model = fc.Model(fc.drivers.Formula("cash = cash[-1] + 1"))
    bare = fc.calibrate(model, opening={"cash": 5}, first="2026Q1")
    assert bare.as_of is None
    assert bare.past("cash") == 5
    assert math.isnan(bare.past("cash", 2))


def test_the_table_has_a_row_a_parameter():
    table = company().to_frame()
    assert list(table.index) == [f"revenue.{n}" for n in ("growth", "persistence", "volatility", "momentum", "start")]
    z = 1.2815515655446004  # the 90 % quantile of the standard normal
    low, middle, high, unit, role, because = table.loc["revenue.growth"]
    assert (low, middle, high) == pytest.approx((0.02 - 0.01 * z, 0.02, 0.02 + 0.01 * z), abs=1e-12)
    assert (unit, role, because) == ("a quarter", "lever", "judgement")
    assert table.loc["revenue.start", "because"] == "fitted"
