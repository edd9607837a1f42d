"""Time moves in one place: every line by its driver, shocks on top, and no number that is not finite."""

import numpy as np
import pandas as pd
import pytest

from forecast.calibration import calibrate
from forecast.distributions import normal, uniform
from forecast.drivers import Conversion, Formula, Growth, Path, Ratio, SCurve
from forecast.errors import SimulationError
from forecast.financials import History
from forecast.lines import Line
from forecast.model import Fit, Model
from forecast.scenario import Scenario, Timing
from forecast.shocks import Add, Hold, Scale, Set
from forecast.simulation import simulate


def run(model, *shocks, until="2026Q4", paths=4, seed=1, **options):
    company = calibrate(model, **({"first": "2026Q1"} | options))
    return simulate(company, Scenario("s", *shocks), until=until, paths=paths, seed=seed)


class Custom:
    """A driver for one test: a flow whose step is a function of ``now``."""

    def __init__(self, line, step, reads=()):
        self.line, self._step, self._reads = line, step, reads

    def describe(self):
        return Line(self.line)

    def parameters(self):
        return ()

    def reads(self):
        return self._reads

    def noises(self):
        return ()

    def records(self):
        return ()

    def last(self, own):
        return None

    def identity(self):
        return None

    def calibrate(self, past):
        return Fit()

    def step(self, now):
        return self._step(now)

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return id(self)


def test_a_lag_of_one_reads_the_opening_and_then_the_simulation():
    runs = run(Model(Path("flow", value=10.0), Formula("cash = cash[-1] + flow")), opening={"cash": 5.0})
    assert runs.values("cash")[:, 0].tolist() == [15, 25, 35, 45]


def test_longer_lags_read_the_history_and_then_the_simulation():
    history = History.from_frame(pd.DataFrame({"sales": [1.0, 2.0, 4.0]}, index=["2025Q2", "2025Q3", "2025Q4"]))
    model = Model(Path("sales", value=8.0), Formula("moved = sales - sales[-3]"))
    runs = run(model, history=history, first=None)
    assert runs.values("moved")[:, 0].tolist() == [8 - 1, 8 - 2, 8 - 4, 8 - 8]


def test_lines_are_computed_in_the_order_they_need_each_other_not_in_the_order_given():
    model = Model(Formula("c = b + 1"), Formula("b = a + 1"), Path("a", value=1.0))
    assert run(model).values("c")[:, 0].tolist() == [3] * 4


def test_a_shocked_start_moves_what_others_read_of_the_quarter_before():
    # arr stays at its start: the ceiling is the start; revenue of the first quarter is (start + arr) / 2 / 4
    model = Model(
        SCurve("arr", ceiling=400.0, start=400.0, rate=0.0, volatility=0.0),
        Conversion("product", of="arr", half_life=1.0, start=1.0, ceiling=1.0),
    )
    runs = run(model, Scale("arr.start", 2.0))
    assert runs.values("arr")[:, 0].tolist() == pytest.approx([800] * 4, rel=1e-14)
    assert runs.values("product")[:, 0].tolist() == pytest.approx([200] * 4, rel=1e-14)


def test_a_parameter_outside_its_domain_is_refused_with_the_cure():
    model = Model(Growth("sales", growth=0.1, persistence=0.3, volatility=0.0, momentum=0.0, start=1.0))
    with pytest.raises(SimulationError) as caught:
        run(model, Add("sales.persistence", 0.8, start="2026Q3"))
    assert str(caught.value) == (
        "scenario 's' cannot be simulated: 'sales.persistence' is moved to 1.1 in 2026Q3, outside its domain "
        "[0, 0.99]. Shock it less, or bound it: Cap('sales.persistence', 0.99)."
    )
    with pytest.raises(SimulationError) as caught:
        run(model, Scale("sales.persistence", -1.0))
    assert str(caught.value) == (
        "scenario 's' cannot be simulated: 'sales.persistence' is moved to -0.3 in 2026Q1, outside its domain "
        "[0, 0.99]. Shock it less, or bound it: Floor('sales.persistence', 0)."
    )


def test_one_path_outside_the_domain_is_enough():
    model = Model(Growth("sales", growth=0.1, persistence=0.3, volatility=0.0, momentum=0.0, start=1.0))
    with pytest.raises(SimulationError, match=r"^scenario 's' cannot be simulated: 'sales.persistence' is moved to "):
        run(model, Add("sales.persistence", uniform(0.0, 0.70)), paths=5_000)


def test_the_end_of_a_domain_is_inside_it():
    model = Model(Conversion("product", of="arr", half_life=2.0, start=0.5, ceiling=0.9), Path("arr", value=8.0))
    runs = run(model, Set("product.ceiling", 1.0), opening={"arr": 8.0})
    assert runs.values("product.conversion")[1, 0] == pytest.approx(0.75, rel=1e-14)


def test_shocks_on_one_parameter_stack_and_see_each_other():
    model = Model(Path("rent", value=10.0))
    assert run(model, Scale("rent.value", 2.0), Add("rent.value", 1.0)).values("rent")[0, 0] == 21
    assert run(model, Add("rent.value", 1.0), Scale("rent.value", 2.0)).values("rent")[0, 0] == 22


def test_a_shock_of_ones_own_reads_the_earlier_values_of_a_parameter():
    class Drift:
        """Half of the value of the quarter before, from the second quarter on."""

        target, size, probability, event, timing = "rent.value", None, 1.0, None, Timing()
        acts_on = ("parameter",)

        def apply(self, value, size, weight, quarter, before):
            return 0.5 * before.at(quarter + -1)

    assert run(Model(Path("rent", value=16.0)), Drift()).values("rent")[:, 0].tolist() == [8, 4, 2, 1]


def test_hold_starts_from_an_uncertain_start_path_by_path():
    model = Model(
        Growth("sales", growth=0.1, persistence=0.0, volatility=0.0, momentum=0.1, start=normal(100, 10)),
    )
    held, free = run(model, Hold("sales", "2026Q1")), run(model)
    np.testing.assert_allclose(held.values("sales")[2] * 1.1, free.values("sales")[0], rtol=1e-14)
    assert len(np.unique(held.values("sales")[0])) == 4


def test_a_division_by_zero_names_line_quarter_and_path():
    model = Model(
        Path("sales", value=4.0, planned={"2026Q3": -4.0}), Path("cost", value=2.0), Formula("ratio = cost / sales")
    )
    with pytest.raises(SimulationError) as caught:
        run(model)
    assert str(caught.value) == (
        "the company without shocks cannot be simulated: 'ratio' is inf in 2026Q3 on path 0, and not finite "
        "on 100% of the paths. Infinity comes of a division by zero, of the log of zero or of an overflow. "
        "Guard it, as in x / max(y, 0.001), or check the units."
    )


def test_a_number_that_fails_on_one_path_only_is_named_by_that_path():
    def step(now):
        value = np.full(4, 1.0 + now.step)
        if now.step == 1:
            value[2] = np.nan
        return value

    with pytest.raises(SimulationError) as caught:
        run(Model(Custom("odd", step)))
    assert str(caught.value) == (
        "the company without shocks cannot be simulated: 'odd' is nan in 2026Q2 on path 2, and not finite on "
        "25% of the paths. No number comes of 0 / 0, of the log or root of a negative number, of infinity less "
        "infinity, or of a value that nobody knows. Guard it, as in log(max(x, 0.001))."
    )


def test_a_driver_that_reads_what_it_did_not_declare_is_refused():
    model = Model(Path("a", value=1.0), Custom("b", lambda now: now.value("a", 1), reads=(("a", 0),)))
    with pytest.raises(SimulationError) as caught:
        run(model)
    assert str(caught.value) == (
        "the company without shocks cannot be simulated: the driver of 'b' reads 'a' 1 quarters ago, which its "
        "reads() do not declare. Add ('a', 1) to them."
    )


def test_a_driver_cannot_change_what_it_reads():
    def step(now):
        value = now.value("a")
        value *= 2
        return value

    with pytest.raises(ValueError, match="read-only"):
        run(Model(Path("a", value=1.0), Custom("b", step, reads=(("a", 0),))))


def test_a_driver_without_parameters_and_lines_to_read_may_be_shocked():
    model = Model(Custom("calendar", lambda now: np.full(4, float(now.step))))
    assert run(model, Scale("calendar", 2.0)).values("calendar")[:, 0].tolist() == [0, 2, 4, 6]


def test_a_ratio_of_a_scaled_line_follows_it():
    model = Model(
        Path("sales", value=100.0),
        Ratio("cost", of="sales", target=0.6, half_life=4.0, volatility=0.0, start=0.6),
    )
    assert run(model, Scale("sales", 2.0)).values("cost")[:, 0].tolist() == pytest.approx([120] * 4, rel=1e-14)
