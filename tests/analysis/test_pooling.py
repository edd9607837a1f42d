"""Minimum relative entropy: closed forms, an independent solver, and conditions that nothing meets."""

import numpy as np
import pytest
from scipy import special
from scipy.optimize import linprog, minimize

from forecast.analysis.pooling import pooled, relative_entropy

EVEN = np.full(1000, 1e-3)
RANKS = special.ndtri((np.arange(20_000) + 0.5) / 20_000)
"""Standard normal numbers at equal ranks: no chance in them."""


def divergence(q, p):
    return q * np.log(q / p) + (1 - q) * np.log((1 - q) / (1 - p))


def test_one_probability_scales_the_paths_inside_and_outside():
    inside = (np.arange(1000) < 250).astype(float)
    weights = pooled(EVEN, inside, 0.7, 0.7)
    np.testing.assert_allclose(weights, np.where(inside, 0.7 / 250, 0.3 / 750), rtol=1e-9)
    assert relative_entropy(weights, EVEN) == pytest.approx(divergence(0.7, 0.25), abs=1e-9)


def test_two_nested_probabilities_make_three_groups():
    place = np.arange(1000)
    rows = np.array([place < 500, place < 100], dtype=float)
    weights = pooled(EVEN, rows, np.array([0.8, 0.4]), np.array([0.8, 0.4]))
    groups = np.where(place < 100, 0.4 / 100, np.where(place < 500, 0.4 / 400, 0.2 / 500))
    np.testing.assert_allclose(weights, groups, rtol=1e-8)
    expected = 0.4 * np.log(4) + 0.4 * np.log(1) + 0.2 * np.log(0.4)
    assert relative_entropy(weights, EVEN) == pytest.approx(expected, abs=1e-9)


def test_a_mean_of_normal_numbers_shifts_them():
    even = np.full(len(RANKS), 1 / len(RANKS))
    numbers = 3 + 2 * RANKS
    weights = pooled(even, numbers, 4.0, 4.0)
    # tilting by lambda shifts the mean by lambda * variance and leaves the variance; 20,000 ranks cut off the tails
    tilt = np.polyfit(numbers, np.log(weights), 1)[0]
    assert tilt == pytest.approx(1 / 4, rel=1e-3)
    assert relative_entropy(weights, even) == pytest.approx(1 / (2 * 4), rel=1e-3)
    assert weights @ (numbers - 4) ** 2 == pytest.approx(4, rel=2e-3)


def test_a_mean_and_a_spread_of_normal_numbers_make_another_normal():
    even = np.full(len(RANKS), 1 / len(RANKS))
    rows = np.array([RANKS, (RANKS - 0.5) ** 2])
    weights = pooled(even, rows, np.array([0.5, 0.6**2]), np.array([0.5, 0.6**2]))
    expected = np.log(1 / 0.6) + (0.6**2 + 0.5**2) / 2 - 0.5
    assert relative_entropy(weights, even) == pytest.approx(expected, abs=1e-4)
    assert weights[RANKS <= 0.5].sum() == pytest.approx(0.5, abs=1e-3)


def test_a_condition_that_holds_already_changes_nothing():
    numbers = np.arange(1000.0)
    for low, high in ((numbers.mean(), numbers.mean()), (400, 600), (-np.inf, 600), (-5, np.inf)):
        np.testing.assert_allclose(pooled(EVEN, numbers, low, high), EVEN, rtol=1e-9)


def test_a_range_moves_to_its_nearer_end_only():
    numbers = np.arange(1000.0)
    at_end = pooled(EVEN, numbers, 600, 600)
    for low, high in ((600, 700), (600, np.inf)):
        np.testing.assert_allclose(pooled(EVEN, numbers, low, high), at_end, rtol=1e-7)


def test_a_certainty_leaves_out_the_other_paths():
    numbers = np.arange(1000.0)
    weights = pooled(EVEN, (numbers >= 900).astype(float), 1.0, 1.0)
    np.testing.assert_allclose(weights, np.where(numbers >= 900, 1 / 100, 0.0), rtol=1e-12)
    assert relative_entropy(weights, EVEN) == pytest.approx(np.log(10))
    rows = np.array([numbers >= 900, numbers])
    both = pooled(EVEN, rows, np.array([1.0, 980.0]), np.array([1.0, 980.0]))
    assert both[:900].max() == 0
    assert both @ numbers == pytest.approx(980)


def test_a_repeated_condition_counts_once():
    numbers = np.arange(1000.0)
    twice = pooled(EVEN, np.array([numbers, 2 * numbers]), np.array([600.0, 1200.0]), np.array([600.0, 1200.0]))
    np.testing.assert_allclose(twice, pooled(EVEN, numbers, 600, 600), rtol=1e-7)


def test_paths_without_weight_stay_without():
    prior = np.where(np.arange(1000) < 500, 1 / 500, 0.0)
    weights = pooled(prior, np.arange(1000.0), 400, 400)
    assert weights[500:].max() == 0
    assert weights @ np.arange(1000) == pytest.approx(400)
    assert pooled(prior, np.arange(1000.0), 600, 600) is None


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([np.arange(1000.0)], [999.5]),
        ([np.arange(1000) < 0], [0.1]),
        ([np.arange(1000) < 100, np.arange(1000) < 200], [0.3, 0.2]),
        ([np.arange(1000.0), np.arange(1000) < 500], [700.0, 0.7]),
        ([np.arange(1000.0), np.arange(1000.0)], [500.0, 501.0]),
    ],
)
def test_what_no_weights_meet_is_none(rows, wanted):
    assert pooled(EVEN, np.array(rows, dtype=float), np.array(wanted), np.array(wanted)) is None


def problems(count, paths, seed, *, mild):
    """Conditions of all kinds on few paths; unless mild, made without regard to whether they can be met."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        size = rng.integers(1, 6)
        prior = rng.dirichlet(np.full(paths, 2.0))
        rows = rng.standard_normal((size, paths))
        shares = rng.random(size) < 0.4
        rows[shares] = rows[shares] > 0
        middle = rows @ rng.dirichlet(np.full(paths, 2.0 if mild else rng.choice([0.1, 0.3, 2.0])))
        kind = rng.integers(0, 4, size)
        low = np.select([kind <= 1, kind == 2], [middle, -np.inf], middle - 0.05)
        high = np.select([kind == 0, kind == 1, kind == 2], [middle, np.inf, middle], middle + 0.05)
        if not mild and rng.random() < 0.3:
            low[0] = high[0] = 0.97 if shares[0] else 0.98 * rows[0].max()
        yield prior, rows, low, high


# older versions of SciPy say that they clip rounding at a bound
@pytest.mark.filterwarnings("ignore:Values in x were outside bounds:RuntimeWarning")
def test_thirty_paths_agree_with_a_solver_of_the_primal():
    for prior, rows, low, high in problems(20, 30, seed=5, mild=True):
        weights = pooled(prior, rows, low, high)
        limits = [{"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like}]
        for row, least, most in zip(rows, low, high, strict=True):
            for sign, bound in ((1, least), (-1, -most)):
                if np.isfinite(bound):
                    kind = "eq" if least == most else "ineq"
                    limits.append(
                        {
                            "type": kind,
                            "fun": lambda w, a=sign * row, b=bound: a @ w - b,
                            "jac": lambda w, a=sign * row: a,
                        }
                    )
                if least == most:
                    break
        solved = minimize(
            lambda w, p=prior: np.sum(w * np.log(w / p)),
            prior,
            jac=lambda w, p=prior: np.log(w / p) + 1,
            bounds=[(1e-12, 1)] * len(prior),
            constraints=limits,
            method="SLSQP",
            options={"maxiter": 1000, "ftol": 1e-12},
        )
        np.testing.assert_allclose(weights, solved.x, atol=1e-6)


def test_whether_weights_exist_is_what_linear_programming_says():
    met = 0
    for prior, rows, low, high in problems(150, 30, seed=11, mild=False):
        weights = pooled(prior, rows, low, high)
        bounded = np.concatenate([high, -low])
        finite = np.isfinite(bounded)
        answer = linprog(
            np.zeros(30),
            A_ub=np.vstack([rows, -rows])[finite],
            b_ub=bounded[finite],
            A_eq=np.ones((1, 30)),
            b_eq=[1.0],
        )
        assert (weights is not None) == (answer.status == 0)
        if weights is not None:
            met += 1
            means = rows @ weights
            assert weights.sum() == pytest.approx(1)
            assert (means >= low - 1e-8).all()
            assert (means <= high + 1e-8).all()
    assert 100 < met < 150
