"""What is changed in the workbook and in Python gives the same numbers."""

from dataclasses import replace

import numpy as np
import openpyxl
import pytest

from forecast.calibration import calibrate
from forecast.drivers import Path
from forecast.reporting.workbook import write_workbook
from forecast.scenario import Scenario, When
from forecast.shocks import Add, Delay, Hold, Ramp, Replace, Scale

UNTIL = "2028Q1"
SLOW = Scale("sales", 0.8, start="2026Q3", ramp=2)
RARE = Add("rent", 5.0, start="2026Q2", probability=0.2, event="flood")
OTHER = Ramp("cost.target", 0.5, start="2026Q4", ramp=3, decay=4.0, probability=0.2, event="flood")
LATE = Delay("sales", 2.0, start="2026Q4")
BASE, HARD = Scenario("base"), Scenario("hard", SLOW, RARE, OTHER, Hold("fees", start="2026Q3"), LATE)
RULED = Scenario("ruled", When("cash > 500", Scale("wages", 40.0, ramp=2), until="cash < 480"))

LEASED = Scenario("leased", Replace("rent", Path("rent", value=12.0, planned={"2027Q1": 3.0}), start="2026Q3"))
ALL = (BASE, HARD, RULED, LEASED)


@pytest.fixture(scope="module")
def company(every_driver):
    """Every driver of the library, and none of a user's own, whose numbers do not follow."""
    model = every_driver.model.replacing(Path("own", value=2.0))
    return calibrate(model, every_driver.history, opening={"profit": 30.0, "own": 2.0})


@pytest.fixture(scope="module")
def path(company, tmp_path_factory):
    return write_workbook(tmp_path_factory.mktemp("book") / "book.xlsx", company, ALL, until=UNTIL)


def hard(*shocks):
    return Scenario("hard", *shocks)


HELD = HARD.shocks[3]
CHANGES = {
    # what is changed in the workbook, in which scenario, and what is the same in Python
    "a growth rate": ({"sales.growth": 0.04}, 1, lambda c: (c.stating("sales.growth", 0.04), BASE)),
    "a half-life and a target": (
        {"recognised.half_life": 1.5, "cost.target": 0.55},
        2,
        lambda c: (c.stating("recognised.half_life", 1.5).stating("cost.target", 0.55), HARD),
    ),
    "the start of a line": ({"arr.start": 95.0}, 2, lambda c: (c.stating("arr.start", 95.0), HARD)),
    "the curve": ({"arr_averaged.curve": 0.95}, 1, lambda c: (c.stating("arr_averaged.curve", 0.95), BASE)),
    "a rate's mean": ({"interest.mean": 0.08}, 1, lambda c: (c.stating("interest.mean", 0.08), BASE)),
    "the size of a shock": (
        {"shock 1, Scale on sales: size": 0.5},
        2,
        lambda c: (c, hard(Scale("sales", 0.5, start="2026Q3", ramp=2), *HARD.shocks[1:])),
    ),
    "its start, end, ramp and decay": (
        {
            "shock 1, Scale on sales: start": "2027Q1",
            "shock 1, Scale on sales: end": "2027Q3",
            "shock 1, Scale on sales: ramp": 4,
            "shock 1, Scale on sales: decay": 2.5,
        },
        2,
        lambda c: (
            c,
            hard(Scale("sales", 0.8, start="2027Q1", end="2027Q3", ramp=4, decay=2.5), *HARD.shocks[1:]),
        ),
    ),
    "how long it lasts": (
        {"shock 1, Scale on sales: lasts": 3, "shock 5, Delay on sales: size": 0.75},
        2,
        lambda c: (
            c,
            hard(replace(SLOW, lasts=3), *HARD.shocks[1:4], Delay("sales", 0.75, start="2026Q4")),
        ),
    ),
    "where what is held stands": (
        {"shock 4, Hold on fees: start": "2026Q1", "shock 5, Delay on sales: start": "2026Q1"},
        2,
        lambda c: (c, hard(SLOW, RARE, OTHER, Hold("fees", start="2026Q1"), Delay("sales", 2.0, start="2026Q1"))),
    ),
    "whether an event happens": (
        {"shock 2, Add on rent: happens": 1},
        2,
        lambda c: (c, hard(SLOW, replace(RARE, probability=1.0), replace(OTHER, probability=1.0), HELD, LATE)),
    ),
    "the shocks of a scenario": (
        {"shock 1, Scale on sales: in base": 1, "shock 4, Hold on fees: in base": 1},
        1,
        lambda c: (c, Scenario("base", SLOW, HELD)),
    ),
    "what another driver says": (
        {"rent.value (shock 7)": 15.0, "rent shock 7: planned 2027Q1": -2.0},
        4,
        lambda c: (
            c,
            Scenario("leased", Replace("rent", Path("rent", value=15, planned={"2027Q1": -2}), start="2026Q3")),
        ),
    ),
    "when a rule begins": (
        {"sales.growth": 0.05, "shock 6, Scale on wages: ramp": 1},
        3,
        lambda c: (
            c.stating("sales.growth", 0.05),
            Scenario("ruled", When("cash > 500", Scale("wages", 40.0, ramp=1), until="cash < 480")),
        ),
    ),
    "the opening of the cash": (
        {"cash 2025Q4": 500.0, "profit 2025Q4": -10.0},
        2,
        lambda c: (replace(c, openings={"cash": 500.0, "profit": -10.0, "own": 2.0}), HARD),
    ),
}


@pytest.fixture(scope="module")
def computed(path, recalculate, cell_of):
    return recalculate(
        path,
        {
            f"{number}": {("Start", "B4"): place, **{cell_of(path, what): value for what, value in changes.items()}}
            for number, (changes, place, _) in enumerate(CHANGES.values())
        },
    )


@pytest.mark.parametrize("number", range(len(CHANGES)), ids=CHANGES)
def test_a_changed_cell_and_the_same_change_in_python_agree(computed, company, central, lines_of, number):
    changes, place, same = list(CHANGES.values())[number]
    changed, scenario = same(company)
    wanted, quarters = central(changed, scenario, UNTIL)
    book = computed[f"{number}"]
    found = lines_of(book, quarters)
    assert set(found) == set(wanted)
    for line, values in wanted.items():
        np.testing.assert_allclose(found[line], values, rtol=1e-9, atol=1e-13 * np.abs(values).max(), err_msg=line)
    before, _ = central(company, ALL[place - 1], UNTIL)
    assert not np.allclose(before["cash"], wanted["cash"])
    # the workbook says that it was changed, and does not call the difference an error
    assert book["Start", "C6"] == len(changes)
    assert "an input was changed" in {row[3] for row in book.sheets["Checks"][7:]}
    assert book["Start", "B6"] == "OK"


def test_a_formula_written_over_is_found_by_the_checks(path, recalculate):
    book = openpyxl.load_workbook(path)
    sheet = next(page.title for page in book.worksheets if page["C3"].value == "how it moves")
    row = next(row for row in range(5, 200) if book[sheet].cell(row, 1).value == "rent")
    spoiled = recalculate(path, {"spoiled": {(sheet, f"Z{row}"): 77.0}})["spoiled"]
    assert spoiled["Start", "B6"] == "LOOK"
    wrong = [line[0] for line in spoiled.sheets["Checks"][7:] if line[3] == "LOOK"]
    assert "rent: differs from the library's number by, relatively" in wrong
