"""Rows: numbers stay numbers while all paths agree, and what is kept is one array."""

import numpy as np
import pytest

from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Formula, Path
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.shocks import Add
from forecast.simulation import simulate
from forecast.simulation.rows import BLOCK, Rows, Shelf, Store, rows_of


def put(values, *, keep=True, paths=3, summed=False):
    rows = Rows("x", Shelf(Store(len(values), paths)), keep=keep, summed=summed)
    for step, value in enumerate(values):
        rows.put(step, value)
    return rows


def test_a_line_on_which_all_paths_agree_takes_the_room_of_its_quarters():
    kept = put([1, np.float64(2.0), np.asarray(3.0)]).kept()
    np.testing.assert_array_equal(kept, [[1] * 3, [2] * 3, [3] * 3])
    assert kept.strides[1] == 0
    assert [row.ndim for row in rows_of(kept)] == [0, 0, 0]
    assert not any(row.flags.writeable for row in rows_of(kept))


def test_it_becomes_an_array_in_the_quarter_in_which_the_paths_part():
    rows = put([1.0, np.array([1.0, 2.0, 3.0]), 5.0, [7, 8, 9]])
    np.testing.assert_array_equal(rows.kept(), [[1] * 3, [1, 2, 3], [5] * 3, [7, 8, 9]])
    assert [row.ndim for row in rows.rows] == [0, 1, 0, 1]
    assert not any(row.flags.writeable for row in rows.rows)
    assert [row.shape for row in rows_of(rows.kept())] == [(3,)] * 4


def test_the_sum_is_not_finite_where_a_number_is_not():
    assert put([1.0, np.array([1.0, 2.0, 3.0])], summed=True).total == 7.0
    for bad in (np.nan, np.inf, -np.inf):
        assert not np.isfinite(put([1.0, np.array([1.0, bad, 3.0])], summed=True).total)
        assert not np.isfinite(put([1.0, bad], summed=True).total)
    with np.errstate(invalid="ignore"):
        assert not np.isfinite(put([np.array([np.inf, -np.inf, 0.0])], summed=True).total)


def test_a_value_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="broadcast"):
        put([np.zeros(2)])


def test_a_shelf_gives_the_same_array_for_a_name_and_a_store_never_the_same_twice():
    store = Store(2, 3, count=4)
    shelf, other = Shelf(store), Shelf(store)
    assert shelf.take("a") is shelf.take("a")
    assert not np.shares_memory(shelf.take("a"), shelf.take("b"))
    assert not np.shares_memory(shelf.take("a"), other.take("a"))
    assert shelf.take("a").shape == (2, 3)


def test_lines_share_blocks_of_bounded_size():
    small = Store(2, 3, count=100)
    assert small.hand_out().base.shape == (100, 2, 3)
    large = Store(10, BLOCK // 100, count=100)
    assert large.hand_out().base.nbytes <= BLOCK


def test_lines_without_chance_are_computed_once_for_all_paths_and_count_for_each():
    model = Model(
        Formula("t = t[-1] + 1"),
        Formula("planned = 10 * exp(0.1 * t)"),
        Path("luck", value=normal(0, 1)),
        Formula("sales = planned + luck"),
    )
    company = calibrate(model, opening={"t": -1}, first="2026Q1")
    shapes = []
    original = Formula.step

    def step(self, now):
        value = original(self, now)
        shapes.append((self.line, value.shape))
        return value

    scenarios = [Scenario("base"), Scenario("more", Add("luck", 1.0))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Formula, "step", step)
        runs = simulate(company, scenarios, until="2026Q2", paths=5, seed=1)
    assert set(shapes) == {("t", ()), ("planned", ()), ("sales", (5,))}
    assert runs.values("planned").shape == (2, 5)
    np.testing.assert_array_equal(runs.values("t"), [[0] * 5, [1] * 5])
    np.testing.assert_allclose(runs.values("sales", "more") - runs.values("sales"), 1.0, rtol=1e-12)
    np.testing.assert_allclose(runs.quantiles("planned")[0.5], [10.0, 10 * np.exp(0.1)], rtol=1e-14)
