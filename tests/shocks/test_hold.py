"""Hold by hand."""

import pytest

from forecast.errors import SimulationError
from forecast.shocks import Hold, Scale


def test_a_line_stays_at_the_quarter_before(row):
    assert row("sales", Hold("sales", "2027Q1", end="2027Q3")) == [100, 100, 100, 120, 120, 120, 120, 120]
    assert row("wages", Hold("wages", "2026Q2"), until="2026Q4") == pytest.approx([44, 44, 44, 44], rel=1e-14)


def test_held_from_the_first_quarter_on_it_stays_at_the_history(row):
    assert row("sales", Hold("sales", "2026Q1"), until="2026Q4") == [130, 130, 130, 130]


def test_held_from_the_first_quarter_on_it_stays_at_a_stated_start(row):
    # no history of wages: the driver's own parameter says 40 for 2025Q4
    assert row("wages", Hold("wages", "2026Q1"), until="2026Q2") == [40, 40]


def test_a_ramp_moves_there_gradually(row):
    # towards 130 from 100: half way, then all the way
    assert row("sales", Hold("sales", "2026Q1", ramp=2), until="2026Q2") == [115, 130]


def test_what_is_held_includes_earlier_shocks(row):
    shocks = (Scale("sales", 2.0, end="2026Q2"), Hold("sales", "2026Q3"))
    assert row("sales", *shocks, until="2026Q4") == [200, 200, 200, 200]


def test_without_a_start_it_acts_from_the_first_simulated_quarter(row):
    assert row("sales", Hold("sales")) == row("sales", Hold("sales", start="2026Q1"))


def test_a_value_that_nobody_knows_cannot_be_held(company):
    from forecast.calibration import calibrate
    from forecast.drivers import Path
    from forecast.model import Model
    from forecast.scenario import Scenario
    from forecast.simulation import simulate

    rent = calibrate(Model(Path("rent", value=5.0)), first="2026Q1")
    with pytest.raises(SimulationError) as caught:
        simulate(rent, Scenario("frozen", Hold("rent", "2026Q1")), until="2026Q2", paths=2, seed=1)
    assert str(caught.value) == (
        "scenario 'frozen' cannot be simulated: "
        "a shock on 'rent' needs its value of 2025Q4, which nobody knows. Start it later."
    )
