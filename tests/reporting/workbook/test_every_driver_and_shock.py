"""Every driver and every shock as formulas: LibreOffice computes what the library computes."""

from dataclasses import dataclass

import numpy as np
import pytest

from forecast.distributions import lognormal, normal, triangular
from forecast.drivers import Formula, Growth, Path, Rate, Ratio
from forecast.reporting.workbook import write_workbook
from forecast.scenario import Scenario, When, settle, timing_of
from forecast.shocks import Add, Cap, Delay, Floor, Grow, Hold, Pulse, Ramp, Replace, Scale, Set

UNTIL = "2028Q2"


@dataclass(frozen=True)
class Halve:
    """A shock of a user's own."""

    target: str
    size: object = 0.5
    start: str | None = None
    end: str | None = None
    ramp: int = 0
    probability: float = 1.0
    event: str | None = None

    def __post_init__(self):
        settle(self)

    @property
    def timing(self):
        return timing_of(self)

    @property
    def acts_on(self):
        return ("line", "parameter")

    def apply(self, value, size, weight, quarter, before):
        return value * (1 - weight * (1 - size))


class Again(Path):
    """A driver of a user's own, derived from one of ours."""


BASE = Scenario("base")
SHOCKED = (
    Scenario("set", Set("sales", 130.0, start="2026Q3", ramp=3), Set("sales.growth", normal(0.03, 0.01), end="2026Q4")),
    Scenario(
        "scale",
        Scale("sales", triangular(0.7, 0.8, 0.95), start="2026Q3..2027Q4", ramp=2),
        Scale("cost.target", 1.1, start={"2026Q2": 0.3, "2026Q4": 0.3, "2027Q3": 0.4}, lasts=3),
        Scale("arr.ceiling", 0.5, start="2026Q2", ramp=5, decay=3.0),
    ),
    Scenario("add", Add("rent", 3.0, start="2026Q2", lasts=4), Add("sales", -4.0, decay=2), Add("sales.start", 7.0)),
    Scenario(
        "ramp",
        Ramp("sales", 180.0, start="2026Q4", ramp=4),
        Ramp("wages", 2.0),
        Ramp("cost.target", 0.3, start="2027Q1", ramp=3, decay=4),
        Ramp("interest.mean", 0.06, ramp=2),
        Ramp("fees", 30.0, start="2026Q2", ramp=3, end="2027Q2", decay=1.5),
    ),
    Scenario("pulse", Pulse("fees", 0.4, start="2026Q2"), Pulse("arr_gompertz.rate", 0.8, decay=1.0)),
    Scenario(
        "delay", Delay("sales", 1.6, start="2026Q2"), Delay("arr", triangular(1, 2, 4)), Delay("wages", 0.5, ramp=3)
    ),
    Scenario(
        "delay after others",
        Scale("sales", 1.2, start="2026Q3", ramp=4),
        Delay("sales", 2.25, start="2026Q4", end="2027Q4"),
        Add("sales", 1.0),
        Hold("sales", start="2027Q4", ramp=2),
    ),
    Scenario(
        "bounds", Cap("sales", 150.0), Floor("rent", 12.0, ramp=4), Cap("arr.rate", 0.1), Floor("tax.target", 0.3)
    ),
    Scenario("hold", Hold("sales"), Hold("fees", start="2026Q3"), Add("wages.start", 0.2), Hold("wages", decay=3)),
    Scenario("grow", Grow("sales", 0.0), Grow("fees", 0.2, start="2026Q4", ramp=2), Grow("cost", 0.1, start="2027Q2")),
    Scenario("likely", Scale("sales", 0.9, probability=0.7), Add("rent", 5.0, probability=0.5, start="2026Q2")),
    Scenario(
        "event",
        Scale("sales", 1.3, start="2026Q2..2027Q1", probability=0.4, event="deal"),
        Add("arr_bass.innovation", 0.05, start="2026Q2..2027Q1", probability=0.4, event="deal"),
        Add("arr_averaged.curve", 0.45),
        Set("recognised.half_life", 1.0, start="2026Q4"),
        Set("odd.planned", 4.0, start="2027Q1"),
        Scale("euro", 1.1),
        Scale("recognised", 1.05),
    ),
    Scenario(
        "replace",
        Replace("fees", Path("fees", value=normal(33, 2), noise=lognormal(1, 0.5)), start="2026Q3", ramp=2),
        Replace("sales", Growth("sales", growth=-0.02), start="2026Q4", end="2027Q3"),
        Scale("sales", 1.1),
        Replace("euro", Rate("euro", volatility=0.1, reversion=0.3, mean=1.3, start=1.1)),
        Replace("margin", Ratio("margin", of="sales", target=0.2, half_life=3, volatility=0.0, start=0.1), decay=3.0),
        When("cash > 420", Replace("arr", Formula("arr = arr[-1] + sales / 100"), ramp=3)),
    ),
    Scenario("replace by one's own", Replace("wages", Again("wages"), start="2026Q3")),
    Scenario("when", Scale("sales", 0.97), When("cash > 420", Scale("wages", 30.0, ramp=2), until="cash < 430")),
    Scenario(
        "when, in many ways",
        When("sales > 165 and cost < 900", Hold("sales"), Delay("arr", 1.5), until="arr > 95"),
        When("recognised / arr > 0.2 and sales[-1] > 0", Ramp("cost.target", 0.7, ramp=3), Add("rent", 6.0, lasts=2)),
        When("cash - cash[-2] > 5 * 2", Grow("fees", 0.3, end="2027Q4"), Pulse("margin", 0.5, decay=1.5)),
        When("log(profit - 75) > 1e9 * 0", Cap("sales", 172.0, probability=0.6), until="own < -99"),
    ),
    Scenario("when, at the start", When("cash < 450", Add("wages", 1.0, decay=3.0))),
    Scenario("own", Halve("rent.value", start="2026Q4"), Add("own", 3.0, start="2026Q2"), Halve("fees", ramp=3)),
)
SCENARIOS = (BASE, *SHOCKED)


@pytest.fixture(scope="module")
def path(every_driver, tmp_path_factory):
    target = tmp_path_factory.mktemp("book") / "book.xlsx"
    return write_workbook(target, every_driver, SCENARIOS, until=UNTIL)


@pytest.fixture(scope="module")
def computed(path, recalculate):
    return recalculate(path, {f"{place}": {("Start", "B4"): place + 1} for place in range(len(SCENARIOS))})


@pytest.mark.parametrize("place", range(len(SCENARIOS)), ids=[one.name for one in SCENARIOS])
def test_every_line_is_the_librarys_in_every_quarter(computed, every_driver, central, lines_of, place):
    scenario = SCENARIOS[place]
    wanted, quarters = central(every_driver, scenario, UNTIL)
    found = lines_of(computed[str(place)], quarters)
    assert set(found) == set(wanted)
    for line, values in wanted.items():
        scale = np.abs(values).max()
        np.testing.assert_allclose(found[line], values, rtol=1e-9, atol=1e-13 * scale, err_msg=line)
    if place:
        base, _ = central(every_driver, BASE, UNTIL)
        assert not np.allclose(wanted["cash"], base["cash"])


@pytest.mark.parametrize("place", range(len(SCENARIOS)), ids=[one.name for one in SCENARIOS])
def test_all_checks_hold_as_written(computed, place):
    book = computed[str(place)]
    results = [(row[0], row[3]) for row in book.sheets["Checks"][7:] if row[3]]
    other = {what.partition(":")[0] for what, result in results if result != "OK"}
    # only where a shock moves the start itself does the history not join
    assert other == {"add": {"sales"}, "hold": {"wages"}}.get(SCENARIOS[place].name, set()) - {"wages"}, results
    assert len(results) > 30
    assert book["Start", "B5"] == SCENARIOS[place].name
    assert book["Start", "B6"] == "OK"
    assert book["Start", "C6"] == 0


def test_rules_begin_and_end(computed):
    """Otherwise nothing above would be tested: each rule begins, and those with an end begin again."""
    place = [one.name for one in SCENARIOS].index("when, in many ways")
    rows = computed[str(place)].sheets["Rules"][4:]
    began = [{cell for cell in row[5:] if cell not in ("", "0")} for row in rows if "number of the quarter" in row[0]]
    assert len(began) == 7
    assert all(began[2:6]), began
    assert len(began[2]) > 1
    place = [one.name for one in SCENARIOS].index("when")
    rows = computed[str(place)].sheets["Rules"][4:]
    assert {cell for cell in rows[5][5:] if cell not in ("", "0")}


def test_no_cell_is_an_error(computed):
    for name, book in computed.items():
        for title, table in book.sheets.items():
            wrong = [cell for row in table for cell in row if cell.startswith(("#", "Err:"))]
            assert wrong == [], (name, title)
