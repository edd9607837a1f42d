"""Coherent paths: by hand, against the published formula, conditional normals, bounds and contradictions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import SimulationError
from forecast.forecasters import reconcile_paths
from forecast.lines import Identity

SUM = Identity("total", (("a", 0, 1.0), ("b", 0, 1.0)))
PROFIT = Identity("profit", (("revenue", 0, 1.0), ("cost", 0, -1.0)))


def test_equal_weights_by_hand():
    # 10 against 4 + 3: the gap of 3 is shared by thirds, the total falls
    one = {"total": np.array([[10.0]]), "a": np.array([[4.0]]), "b": np.array([[3.0]])}
    found = reconcile_paths(one, [SUM], weights="equal")
    assert [float(found[name][0, 0]) for name in ("total", "a", "b")] == pytest.approx([9.0, 5.0, 4.0])


def test_minus_signs_are_kept():
    one = {"profit": np.array([[1.0]]), "revenue": np.array([[10.0]]), "cost": np.array([[6.0]])}
    found = reconcile_paths(one, [PROFIT], weights="equal")
    # profit is 3 short of 10 - 6: it rises by 1, revenue falls by 1, cost rises by 1
    assert [float(found[name][0, 0]) for name in ("profit", "revenue", "cost")] == pytest.approx([2.0, 9.0, 7.0])


def test_structural_weights_by_hand():
    # the total has the variance of two lines: of the gap of 3 it takes a half, the lines a quarter each
    one = {"total": np.array([[10.0]]), "a": np.array([[4.0]]), "b": np.array([[3.0]])}
    found = reconcile_paths(one, [SUM], weights="structural")
    assert [float(found[name][0, 0]) for name in ("total", "a", "b")] == pytest.approx([8.5, 4.75, 3.75])
    # a line of lines counts its own: group = total - c stands for three
    group = Identity("group", (("total", 0, 1.0), ("c", 0, -1.0)))
    two = {"group": np.array([[5.0]]), "c": np.array([[1.0]]), **one}
    found = reconcile_paths(two, [group, SUM], weights="structural")
    rows = np.array([[1.0, 1, -1, 0, 0], [0, 0, 1, -1, -1]])  # group, c, total, a, b
    w = np.diag([3.0, 1, 2, 1, 1])
    y = np.array([5.0, 1, 10, 4, 3])
    expected = y - w @ rows.T @ np.linalg.solve(rows @ w @ rows.T, rows @ y)
    assert [float(found[name][0, 0]) for name in ("group", "c", "total", "a", "b")] == pytest.approx(list(expected))


# hierarchicalforecast 1.5.3, MinTrace: ols, wls_struct and mint_cov, on base forecasts 10, 4, 3 and these residuals.
# Its wls_struct adds signs up, so that a difference has the weight 0 and stays where it is: left out, by hand above
PUBLISHED = [
    ("sum", "equal", [9.0, 5.0, 4.0]),
    ("sum", "structural", [8.5, 4.75, 3.75]),
    ("sum", "covariance", [7.55891125, 4.4586983, 3.10021295]),
    ("difference", "equal", [7.0, 7.0, 0.0]),
    ("difference", "covariance", [5.38538071, 5.85673303, 0.47135232]),
]


@pytest.mark.parametrize(("kind", "weights", "expected"), PUBLISHED)
def test_another_library_finds_the_same(kind, weights, expected):
    mixing = np.array([[2.0, 0, 0], [0.5, 1.3, 0], [0.2, -0.4, 0.9]])
    errors = mixing @ np.random.default_rng(0).standard_normal((3, 400))
    errors -= errors.mean(axis=1, keepdims=True)
    base = {"total": 10.0, "a": 4.0, "b": 3.0}
    paths = {name: (value + row)[None, :] for (name, value), row in zip(base.items(), errors, strict=True)}
    sign = 1.0 if kind == "sum" else -1.0
    identity = Identity("total", (("a", 0, 1.0), ("b", 0, sign)))
    found = reconcile_paths(paths, [identity], weights=weights)
    assert [found[name].mean() for name in base] == pytest.approx(expected, abs=1e-6)


def random_paths(seed: int, steps: int = 1, count: int = 400) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(3 * steps, 3 * steps))
    drawn = mixing @ random.normal(size=(3 * steps, count)) + 10 * random.normal(size=(3 * steps, 1))
    return {name: drawn[i * steps : (i + 1) * steps] for i, name in enumerate(("total", "a", "b"))}


@given(seed=st.integers(0, 10_000), weights=st.sampled_from(["covariance", "variance", "equal"]))
def test_it_is_the_minimum_trace_formula(seed, weights):
    # Wickramasuriya et al. 2019, eq. 10: S (S' W^-1 S)^-1 S' W^-1 y
    paths = random_paths(seed)
    stacked = np.vstack(list(paths.values()))
    full = np.cov(stacked, bias=True)
    w = {"covariance": full, "variance": np.diag(np.diag(full)), "equal": np.eye(3)}[weights]
    w = w + (0 if weights == "equal" else 1e-9 * np.diag(full).mean() * np.eye(3))
    s = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    inverse = np.linalg.inv(w)
    expected = s @ np.linalg.solve(s.T @ inverse @ s, s.T @ inverse @ stacked)
    found = reconcile_paths(paths, [SUM], weights=weights)
    np.testing.assert_allclose(np.vstack(list(found.values())), expected, rtol=1e-5, atol=1e-5)


@given(seed=st.integers(0, 10_000), steps=st.integers(1, 4))
def test_every_path_adds_up_and_coherent_paths_stay(seed, steps):
    found = reconcile_paths(random_paths(seed, steps), [SUM])
    np.testing.assert_allclose(found["total"], found["a"] + found["b"], atol=1e-6)
    again = reconcile_paths(found, [SUM])
    for name in found:
        np.testing.assert_allclose(again[name], found[name], atol=1e-5)


def test_known_values_move_the_others_as_their_regression_says():
    # b correlates with a: conditional on a = 2 its mean is mu_b + cov / var * (2 - mu_a) on every path
    random = np.random.default_rng(0)
    a = random.normal(size=(1, 5000))
    b = 0.8 * a + 0.6 * random.normal(size=(1, 5000))
    found = reconcile_paths({"a": a, "b": b}, [], known={"a": np.array([2.0])})
    np.testing.assert_allclose(found["a"], 2.0, atol=1e-6)
    slope = np.cov(a[0], b[0], bias=True)[0, 1] / np.var(a)
    np.testing.assert_allclose(found["b"], b + slope * (2.0 - a), atol=1e-5)
    # the spread that is left is that of the conditional normal
    assert np.std(found["b"]) == pytest.approx(0.6, rel=0.03)


def test_guidance_for_a_year_is_kept_on_every_path():
    paths = random_paths(3, steps=4)
    found = reconcile_paths(paths, [SUM], totals={"total": 100.0}, known={"a": np.array([5.0, np.nan, np.nan, np.nan])})
    np.testing.assert_allclose(found["total"].sum(axis=0), 100.0, rtol=1e-6)
    np.testing.assert_allclose(found["a"][0], 5.0, atol=1e-6)
    np.testing.assert_allclose(found["total"], found["a"] + found["b"], atol=1e-5)


def test_lags_tie_neighbouring_steps():
    cash = Identity("cash", (("cash", 1, 1.0), ("flow", 0, 1.0)))
    random = np.random.default_rng(1)
    paths = {"cash": random.normal(size=(4, 50)), "flow": random.normal(size=(4, 50))}
    found = reconcile_paths(paths, [cash])
    np.testing.assert_allclose(np.diff(found["cash"], axis=0), found["flow"][1:], atol=1e-6)


def test_bounds_hold_and_the_identities_with_them():
    random = np.random.default_rng(2)
    a, b = random.normal(1, 1, size=(2, 3, 300))
    paths = {"total": a + b + random.normal(0, 0.5, (3, 300)), "a": a, "b": b}
    found = reconcile_paths(paths, [SUM], at_least={"a": 0.0, "b": 0.0})
    assert found["a"].min() >= 0
    assert found["b"].min() >= 0
    np.testing.assert_allclose(found["total"], found["a"] + found["b"], atol=1e-6)
    free = reconcile_paths(paths, [SUM])
    fine = (free["a"].min(axis=0) > 0) & (free["b"].min(axis=0) > 0)
    assert 0 < fine.sum() < 300
    np.testing.assert_allclose(found["total"][:, fine], free["total"][:, fine], atol=1e-9)


def test_contradictions_are_refused():
    with pytest.raises(SimulationError, match="they contradict each other"):
        reconcile_paths(random_paths(0), [SUM], known={"total": np.array([1.0])}, totals={"total": 2.0})


def test_everything_wrong_is_said_at_once():
    with pytest.raises(SimulationError) as caught:
        reconcile_paths({"a": np.zeros((2, 3))}, [SUM], known={"a": np.zeros(3)}, totals={"x": 1.0}, weights="mint")
    assert str(caught.value) == (
        "the paths cannot be reconciled:\n"
        "  - 'total = a + b' speaks of 'total', 'b', which has no paths.\n"
        "  - totals names 'x', which has no paths.\n"
        "  - known['a'] has the shape (3,); give one number a step, NaN where unknown.\n"
        "  - weights is 'mint'; use 'covariance', 'variance', 'structural' or 'equal'."
    )
