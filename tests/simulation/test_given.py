"""Random numbers given by the user: what follows from them by hand, and what is refused."""

import numpy as np
import pytest

from forecast.calibration import calibrate
from forecast.distributions import beta, lognormal, normal
from forecast.drivers import Formula, Growth, Path
from forecast.errors import SimulationError
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.shocks import Scale
from forecast.simulation import simulate
from forecast.simulation.streams import generator

BASE = Scenario("base")


@pytest.fixture(scope="module")
def shop():
    return calibrate(
        Model(
            Growth("sales", growth=0.0, persistence=0.0, volatility=0.1, momentum=0.0, start=normal(100, 5)),
            Path("rent", value=lognormal(20, 0.2), noise=normal(1.0, 2.0), shared={"prices": 0.6}),
            Path("fee", value=5.0),
            Formula("profit = sales - rent - fee"),
            correlations={("sales.start", "rent.value"): 0.5},
        ),
        first="2026Q1",
    )


def run(company, scenarios=BASE, **options):
    return simulate(company, scenarios, **({"until": "2026Q2", "paths": 3, "seed": 7} | options))


DRAWS = {
    "noise/sales.error": [[1.0, 0.0, -1.0], [0.0, 2.0, -0.5]],
    "noise/rent.error": [[0.5, 0.0, -0.5], [1.0, 1.0, 1.0]],
    "shared/prices": [[1.0, 2.0, 0.0], [0.0, 0.0, -1.0]],
    "sales.start": [100.0, 200.0, 50.0],
    "rent.value": [10.0, 20.0, 30.0],
    "fee.value": [1.0, 2.0, 3.0],
}


def test_paths_follow_by_hand_from_numbers_that_are_given(shop):
    runs = run(shop, draws=DRAWS)
    # sales[t] = sales[t-1] * (1 + 0.1 * error); rent = value + 1 + 2 * (0.8 * error + 0.6 * prices)
    sales = np.array([[110.0, 200.0, 45.0], [110.0, 240.0, 42.75]])
    rent = np.array([[10 + 1 + 2.0, 20 + 1 + 2.4, 30 + 1 - 0.8], [10 + 1 + 1.6, 20 + 1 + 1.6, 30 + 1 + 0.4]])
    np.testing.assert_allclose(runs.values("sales"), sales, rtol=1e-14)
    np.testing.assert_allclose(runs.values("rent"), rent, rtol=1e-14)
    np.testing.assert_allclose(runs.values("profit"), sales - rent - np.array([1.0, 2.0, 3.0]), rtol=1e-14)


def test_shocks_act_on_what_is_given(shop):
    runs = run(shop, [BASE, Scenario("dear", Scale("fee.value", 2.0))], draws=DRAWS)
    np.testing.assert_allclose(runs.values("fee", "dear")[1], [2.0, 4.0, 6.0], rtol=1e-15)
    np.testing.assert_array_equal(runs.values("profit", "base") - runs.values("profit", "dear"), [[1, 2, 3]] * 2)


def test_the_numbers_that_would_be_drawn_give_the_same_bits(shop):
    streams = {name: generator(7, name) for name in ("noise/sales.error", "noise/rent.error", "shared/prices")}
    given = {name: stream.standard_normal((2, 3)) for name, stream in streams.items()}
    scores = {
        f"parameter/{n}": generator(7, f"parameter/{n}").standard_normal(3) for n in ("sales.start", "rent.value")
    }
    drawn, same = run(shop), run(shop, draws=given | scores)
    for line in drawn.lines:
        assert drawn.values(line).tobytes() == same.values(line).tobytes(), line


def test_what_is_not_given_is_drawn_as_ever(shop):
    drawn, some = run(shop), run(shop, draws={"rent.value": [1.0, 2.0, 3.0]})
    assert drawn.values("sales").tobytes() == some.values("sales").tobytes()
    assert not np.array_equal(drawn.values("rent"), some.values("rent"))


def test_given_numbers_are_part_of_the_fingerprint_and_out_of_reach(shop):
    start = np.array([100.0, 200.0, 50.0])
    one, other = run(shop, draws={"sales.start": start}), run(shop, draws={"sales.start": start + 1})
    assert len({run(shop).fingerprint, one.fingerprint, other.fingerprint}) == 3
    before = one.fingerprint
    start[:] = 1.0
    assert one.fingerprint == before == run(shop, draws={"sales.start": [100.0, 200.0, 50.0]}).fingerprint
    assert one.values("sales")[0, 1] > 100


def test_a_read_only_view_of_numbers_that_may_be_written_to_is_copied(shop):
    start = np.array([100.0, 200.0, 50.0])
    view = start[:]
    view.flags.writeable = False
    runs = run(shop, draws={"sales.start": view})
    before = runs.fingerprint
    start[:] = 1.0
    assert runs.fingerprint == before
    assert runs.given["sales.start"].tolist() == [100.0, 200.0, 50.0]


def test_the_order_of_the_draws_and_read_only_arrays_change_nothing(shop):
    turned = {name: np.array(DRAWS[name]) for name in reversed(DRAWS)}
    for array in turned.values():
        array.flags.writeable = False
    one, two = run(shop, draws=DRAWS), run(shop, draws=turned)
    assert one.fingerprint == two.fingerprint
    assert one.values("profit").tobytes() == two.values("profit").tobytes()


def test_everything_that_is_wrong_is_told_at_once(shop):
    with pytest.raises(SimulationError) as caught:
        run(
            shop,
            draws={
                "noise/sale.error": np.zeros((2, 3)),
                "noise/sales.error": np.zeros((3, 2)),
                "shared/prices": [0.0, 0.0, 0.0],
                "sales.start": [1.0, -2.0, 3.0],
                "parameter/sales.start": [0.0, 0.0, 0.0],
                "rent.value": [1.0, np.nan, 1.0],
                "parameter/fee.value": [0.0, 0.0, 0.0],
                "fee.value": "many",
            },
        )
    assert str(caught.value) == (
        "the draws given do not fit the simulation\n"
        "  - there are no draws called 'noise/sale.error'. Did you mean 'noise/sales.error'?\n"
        "  - 'noise/sales.error' has the shape (3, 2); give (2, 3), which is (quarters, paths).\n"
        "  - 'shared/prices' has the shape (3,); give (2, 3), which is (quarters, paths).\n"
        "  - 'rent.value' is nan at (1,); every number must be finite.\n"
        "  - there are no draws called 'parameter/fee.value'. Did you mean 'parameter/rent.value'?\n"
        "  - 'fee.value' is 'many', which cannot be read as numbers; give an array.\n"
        "  - both 'sales.start' and 'parameter/sales.start' are given, values and scores; give one of them.\n"
        "  - 'sales.start' holds -2, outside the parameter's domain [0, inf]."
    )
    with pytest.raises(
        SimulationError, match=r"^draws is an object of the type list, not Mapping; pass arrays by name"
    ):
        run(shop, draws=[1.0])


def test_a_domain_is_kept_at_its_upper_end_as_well():
    company = calibrate(
        Model(Growth("a", growth=0.0, persistence=0.0, volatility=0.0, momentum=0.0, start=beta(2, 2))), first="2026Q1"
    )
    with pytest.raises(
        SimulationError, match=r"'a.persistence' holds 1.5, outside the parameter's domain \[0, 0.99\]\.$"
    ):
        run(company, draws={"a.persistence": [0.0, 0.5, 1.5]})
