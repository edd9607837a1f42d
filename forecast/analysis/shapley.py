"""Shapley values: what a coalition of all players is worth, shared out among them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from forecast.distributions import Array
from forecast.simulation.streams import generator

EXACT = 10
"""Players up to which every coalition is valued: 2 ** 10 of them."""

ORDERS = 100
"""Orders drawn beyond that: with 12 players about as many coalitions as with ten players exactly."""


@dataclass(frozen=True, eq=False, slots=True)
class Shares:
    """What each player gets.

    ``values``, ``alone`` and ``last`` have shape (players, columns), a column for each number that ``worth`` gives.
    ``alone`` is v({i}) - v(nobody), ``last`` is v(all) - v(all but i). ``nobody`` and ``everybody`` (columns,) are the
    worth of those coalitions, ``spread`` (players,) the standard error of the first column for the orders drawn, and
    ``orders`` their number; None where every coalition was valued, and the spread is then 0.
    """

    values: Array
    alone: Array
    last: Array
    nobody: Array
    everybody: Array
    spread: Array
    orders: int | None


def shapley(
    worth: Callable[[int], Array], players: int, seed: int, *, most: int = EXACT, orders: int = ORDERS
) -> Shares:
    """The Shapley value of each player: exact up to ``most`` players, from ``orders`` drawn at random beyond.

    ``worth(mask)`` is what a coalition is worth, shape (columns,); player i is in it where bit i of the mask is set. It
    is asked once a coalition. The shares of a column add up to ``worth(all) - worth(0)``, whether sampled or
    not, but for the rounding of floating-point numbers.
    """
    known = cache(worth)
    whole = (1 << players) - 1
    nobody, everybody = known(0), known(whole)
    if players <= most:
        values = exact(np.stack([known(mask) for mask in range(1 << players)]))
        spread, drawn = np.zeros(players), None
    else:
        values, spread = sampled(known, players, seed, orders)
        drawn = orders
    alone = np.stack([known(1 << player) - nobody for player in range(players)])
    last = np.stack([everybody - known(whole ^ (1 << player)) for player in range(players)])
    return Shares(values, alone, last, nobody, everybody, spread, drawn)


def exact(worth: Array) -> Array:
    """Shapley values from the worth of all coalitions, shape (2 ** k, columns) by mask; the result is (k, columns).

    phi_i = (1 / k) * sum over sizes s = 0 .. k - 1 of the mean of v(S + i) - v(S) over the coalitions S of s others

    This is Shapley's ``sum |S|! (k - |S| - 1)! / k! * (v(S + i) - v(S))`` with equal weights taken together. Sums are
    rounded once (``math.fsum``). Source: Shapley 1953, A value for n-person games, section 3; used for the effects of
    factors on any statistic by Shorrocks 2013, Journal of Economic Inequality 11, 99-126.
    """
    players = len(worth).bit_length() - 1
    masks = np.arange(len(worth))
    sizes = np.array([mask.bit_count() for mask in range(len(worth))])
    values = np.empty((players, worth.shape[1]))
    for player in range(players):
        without = masks[masks & (1 << player) == 0]
        gains = worth[without | (1 << player)] - worth[without]
        means = [gains[sizes[without] == size] for size in range(players)]
        for column in range(worth.shape[1]):
            parts = [math.fsum(each[:, column]) / len(each) for each in means]
            values[player, column] = math.fsum(parts) / players
    return values


def sampled(worth: Callable[[int], Array], players: int, seed: int, orders: int) -> tuple[Array, Array]:
    """Shapley values from orders drawn at random, each with its reverse, and their standard errors.

    Players join one by one; what player i adds in an order, ``v(those before and i) - v(those before)``, is an
    unbiased estimate of its value, and what all add is ``v(all) - v(nobody)`` in every order. The error is the standard
    deviation of the pairs' means over sqrt(pairs), in the first column. Returns shapes (players, columns) and
    (players,). Source: Castro, Gomez and Tejada 2009, Computers and Operations Research 36, 1726-1730; pairs of an
    order and its reverse: Mitchell, Cooper, Frank and Holmes 2022, JMLR 23(43).
    """
    chance = generator(seed, "shapley/orders")
    pairs = []
    for _ in range(max(orders // 2, 2)):
        order = chance.permutation(players)
        both = [_gains(worth, [int(player) for player in way]) for way in (order, order[::-1])]
        pairs.append((both[0] + both[1]) / 2)
    found = np.stack(pairs)
    return found.mean(axis=0), found[:, :, 0].std(axis=0, ddof=1) / np.sqrt(len(found))


def _gains(worth: Callable[[int], Array], order: list[int]) -> Array:
    """What each player adds when they join in this order, shape (players, columns)."""
    mask, before = 0, worth(0)
    gains = np.empty((len(order), len(before)))
    for player in order:
        mask |= 1 << player
        now = worth(mask)
        gains[player] = now - before
        before = now
    return gains
