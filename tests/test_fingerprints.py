"""Fingerprints: the content and nothing else, to the last bit."""

import datetime as dt
import functools
import hashlib
import struct
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forecast as fc
from forecast.distributions import normal
from forecast.fingerprints import Fingerprinted, fingerprint_of

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@dataclass(frozen=True)
class Answer(Fingerprinted):
    value: Any
    table: Any = None


@dataclass(frozen=True)
class Other(Fingerprinted):
    value: Any
    table: Any = None


class Plain:
    def __init__(self, number):
        self.number = number
        self._cache = object()


@given(plain)
def test_equal_content_has_an_equal_fingerprint(value):
    assert Answer(value).fingerprint == Answer(value).fingerprint
    assert Answer(value).fingerprint != Other(value).fingerprint
    assert Answer(value).fingerprint != Answer([value]).fingerprint


def test_by_hand():
    parts = [b"float", struct.pack("<d", 1.5)]
    assert fingerprint_of(1.5) == hashlib.sha256(b"".join(len(p).to_bytes(8, "little") + p for p in parts)).hexdigest()


DIFFERENT = [
    *(None, True, 1, 1.0, np.nextafter(1.0, 2), -0.0, 0.0, float("nan"), "1", b"1", "", [], (1, 2), (2, 1), [[1], 2]),
    *({}, {"a": 1}, {"a": 2}, {"b": 1}, {1, 2}, {1, 2, 3}, dt.date(2025, 8, 31), normal(0, 1), normal(0, 2)),
    *(np.zeros(2), np.zeros((2, 1)), np.zeros((1, 2)), np.array([0.0, -0.0]), np.array(["a", "b"])),
    *(pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0], index=["a", "b"]), pd.DataFrame({"x": [1.0]}), Plain(1), Plain(2)),
    *(len, print, Plain, Answer(1), Other(1)),
]


def test_whatever_differs_has_another_one():
    found = [fingerprint_of(one) for one in DIFFERENT]
    assert len(set(found)) == len(DIFFERENT)
    assert all(len(one) == 64 for one in found)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"a": 1, "b": 2}, MappingProxyType({"b": 2, "a": 1})),
        ({3, 1, 2}, frozenset([2, 3, 1])),
        (1.5, np.float64(1.5)),
        (3, np.int64(3)),
        (np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3))),
        (np.array([np.nan]), np.array([0x7FF8000000000001]).view(float)),
        (Plain(1), Plain(1)),
    ],
    ids=["mappings", "sets", "floats", "integers", "order in memory", "unknowns", "objects"],
)
def test_what_is_the_same_has_the_same(first, second):
    assert fingerprint_of(first) == fingerprint_of(second)


def test_what_has_its_own_fingerprint_counts_by_it():
    @dataclass(frozen=True)
    class Run:
        fingerprint: str
        numbers: list = field(default_factory=list)

    assert fingerprint_of([Run("x", [1])]) == fingerprint_of([Run("x", [2])])
    assert fingerprint_of([Run("x")]) != fingerprint_of([Run("y")])


RESULTS = (
    *("Backtest", "Breakeven", "Bridge", "CalibratedModel", "Disaggregation", "Elasticities", "Financials", "Frontier"),
    *(
        "GoalSeek",
        "Guidance",
        "History",
        "Honesty",
        "Information",
        "LeastChange",
        "Plausibility",
        "Prediction",
        "Reality",
    ),
    *("Region", "Runway", "Scan", "Sensitivity", "Simulation", "Stress", "Summary", "VarianceShares"),
)


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_has_a_fingerprint(name):
    assert isinstance(getattr(getattr(fc, name), "fingerprint", None), property | functools.cached_property)


def test_the_fingerprint_of_an_answer_moves_with_what_made_it():
    model = fc.Model(
        fc.drivers.Path("sales", value=fc.normal(100, 10)),
        fc.drivers.Path("cost", value=fc.normal(110, 10)),
        fc.drivers.Formula("profit = sales - cost"),
    )
    company = fc.calibrate(model, first="2026Q1")
    goal = fc.Goal("profit", at_least=0, over="quarter", by="2026Q4")

    def answer(seed=7, paths=200, goal=goal):
        return fc.breakeven(fc.simulate(company, fc.Scenario("base"), until="2026Q4", paths=paths, seed=seed), goal)

    assert answer().fingerprint == answer().fingerprint
    stricter = fc.Goal("profit", at_least=1, over="quarter", by="2026Q4")
    others = [answer(seed=8), answer(paths=201), answer(goal=stricter)]
    assert len({one.fingerprint for one in [answer(), *others]}) == 4
