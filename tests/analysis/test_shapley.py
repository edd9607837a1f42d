"""Shapley values against published games, their axioms, and the mean over all orders computed by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.analysis.shapley import exact, sampled, shapley
from forecast.simulation.streams import generator


def shares(worth, players, **options):
    """Values of a game whose worth is a plain number."""
    found = shapley(lambda mask: np.array([float(worth(mask))]), players, 0, **options)
    return found.values[:, 0]


def members(mask):
    return [player for player in range(mask.bit_length()) if mask >> player & 1]


def by_orders(table):
    """The mean gain of each player over all k! orders: the definition, without weights."""
    players = len(table).bit_length() - 1
    gains = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        mask = 0
        for player in order:
            gains[player] += table[mask | 1 << player] - table[mask]
            mask |= 1 << player
    return gains / len(orders)


@st.composite
def games(draw, most=5):
    players = draw(st.integers(1, most))
    numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
    return np.array(draw(st.lists(numbers, min_size=1 << players, max_size=1 << players)))


def test_the_glove_game():
    # player 0 owns a left glove, 1 and 2 a right one each; a pair is worth 1 (Shapley's 2/3, 1/6, 1/6)
    assert shares(lambda mask: mask & 1 and mask > 1, 3) == pytest.approx([2 / 3, 1 / 6, 1 / 6], rel=1e-15)


def test_a_weighted_vote():
    # quota 6, votes 4, 3, 2, 1: the Shapley-Shubik indices are 10/24, 6/24, 6/24, 2/24
    votes = (4, 3, 2, 1)
    found = shares(lambda mask: sum(votes[i] for i in members(mask)) >= 6, 4)
    assert found == pytest.approx([10 / 24, 6 / 24, 6 / 24, 2 / 24], rel=1e-15)


def test_the_airport_game():
    # Littlechild and Owen 1973: the runway of the largest aircraft; each stretch is shared by those who need it
    costs = [8.0, 11.0, 13.0, 18.0]
    found = shares(lambda mask: max((costs[i] for i in members(mask)), default=0.0), 4)
    assert found == pytest.approx([2.0, 3.0, 4.0, 9.0], rel=1e-15)


def test_two_factors_of_a_product_share_what_they_do_together():
    # v = a * b: a goes from 2 to 3, b from 10 to 14
    table = [20.0, 30.0, 28.0, 42.0]
    found = shapley(lambda mask: np.array([table[mask]]), 2, 0)
    assert list(found.values[:, 0]) == [(10 + 14) / 2, (8 + 12) / 2]
    assert list(found.alone[:, 0]) == [10.0, 8.0]
    assert list(found.last[:, 0]) == [14.0, 12.0]
    assert (found.nobody[0], found.everybody[0], found.orders) == (20.0, 42.0, None)


@settings(deadline=None)
@given(games())
def test_any_game_is_the_mean_over_all_orders_and_adds_up(table):
    found = exact(table[:, None])[:, 0]
    size = np.abs(table).max()
    assert found == pytest.approx(by_orders(table), rel=1e-12, abs=1e-12 * size)
    assert found.sum() == pytest.approx(table[-1] - table[0], rel=1e-12, abs=1e-12 * size)


@settings(deadline=None)
@given(games(most=4), st.data())
def test_a_player_who_adds_nothing_gets_nothing_and_moves_no_other(table, data):
    players = len(table).bit_length() - 1
    place = data.draw(st.integers(0, players))
    low = (1 << place) - 1
    longer = np.array([table[(mask & low) | (mask >> 1 & ~low)] for mask in range(2 * len(table))])
    found = exact(longer[:, None])[:, 0]
    assert found[place] == 0.0
    others = np.delete(found, place)
    assert others == pytest.approx(exact(table[:, None])[:, 0], rel=1e-12, abs=1e-9)


@settings(deadline=None)
@given(games(most=4), st.data())
def test_players_who_change_places_change_values(table, data):
    players = len(table).bit_length() - 1
    order = data.draw(st.permutations(range(players)))
    moved = np.array([table[sum(1 << order[i] for i in members(mask))] for mask in range(len(table))])
    found = exact(table[:, None])[:, 0]
    assert exact(moved[:, None])[:, 0] == pytest.approx(found[list(order)], rel=1e-12, abs=1e-9)


@settings(deadline=None)
@given(games(most=4), st.floats(-5, 5))
def test_each_column_is_a_game_of_its_own(table, factor):
    both = exact(np.stack([table, factor * table], axis=1))
    assert both[:, 1] == pytest.approx(factor * both[:, 0], rel=1e-9, abs=1e-6)


class TestSampled:
    TABLE = generator(11, "a game of eight players").standard_normal(1 << 8)

    def test_within_its_stated_error_of_the_exact_values(self):
        truth = exact(self.TABLE[:, None])[:, 0]
        scores = []
        for seed in range(25):
            values, error = sampled(lambda mask: self.TABLE[[mask]], 8, seed, 100)
            assert values.sum() == pytest.approx(self.TABLE[-1] - self.TABLE[0], rel=1e-12)
            scores += list((values[:, 0] - truth) / error)
        # t scores with 49 degrees, 25 times 7 free ones: 5 sigma of their mean square is 0.6, of their mean 0.4
        assert np.mean(np.square(scores)) == pytest.approx(49 / 47, abs=0.6)
        assert np.mean(scores) == pytest.approx(0.0, abs=0.4)

    def test_a_game_without_interaction_has_no_sampling_error(self):
        effects = np.arange(1.0, 13.0)
        found = shapley(lambda mask: np.array([sum(effects[members(mask)])]), 12, 0)
        assert found.values[:, 0] == pytest.approx(effects, rel=1e-13)
        assert np.all(found.spread < 1e-12)
        assert found.orders == 100

    def test_a_coalition_is_asked_once(self):
        asked = []

        def worth(mask):
            asked.append(mask)
            return np.array([float(mask.bit_count() ** 2)])

        shapley(worth, 11, 3)
        assert len(asked) == len(set(asked)) <= 100 * 10 + 2 + 2 * 11
