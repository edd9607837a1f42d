"""A second run: the same bits whatever was drawn, given, kept or weighted, and every difference told."""

import dataclasses
import hashlib
import struct
from types import MappingProxyType

import numpy as np
import pytest

from forecast.analysis import View, condition
from forecast.errors import SimulationError
from forecast.scenario import Scenario, Scenarios
from forecast.shocks import Scale, Set
from forecast.simulation import simulate
from forecast.simulation.reproducing import checksum_of

BASE = Scenario("base")
DEARER = BASE.but("dearer", Set("cost.target", 0.8, start="2026Q3"))
FEWER = BASE.but("fewer", Scale("arr", 0.5, start="2026Q2", probability=0.4))


@pytest.fixture(scope="module")
def runs(company):
    return simulate(company, [BASE, DEARER, FEWER], until="2027Q4", paths=500, seed=3)


def changed(runs, scenario, line, place, value):
    """The same simulation with one number replaced."""
    values = runs.series[scenario][line].copy()
    values[place] = value
    series = {name: dict(lines) for name, lines in runs.series.items()}
    series[scenario][line] = values
    return dataclasses.replace(runs, series=MappingProxyType(series))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"keep": ["cash", "profit"]},
        {"sampling": "latin_hypercube"},
        {"sampling": "latin_hypercube_with_noises"},
        {"sampling": "medians", "paths": 1},
        {"draws": {"sales.growth": np.linspace(-0.1, 0.1, 200), "noise/arr.error": np.full((8, 200), 0.5)}},
    ],
    ids=lambda options: ", ".join(options) or "all",
)
def test_a_second_run_has_the_same_bits(company, options):
    runs = simulate(company, [BASE, DEARER], until="2027Q4", **{"paths": 200, "seed": 11, **options})
    again = runs.reproduce()
    assert again.identical
    assert again.differences == ()
    assert again.relative == 0.0
    assert again.fingerprint == runs.fingerprint
    assert again.checksum == again.expected == runs.checksum
    assert again.numbers == sum(values.size for lines in runs.series.values() for values in lines.values())
    assert str(again).startswith(f"Identical: all {again.numbers:,} numbers")


def test_a_mixture_and_views_are_run_again_too(company):
    mixture = Scenarios(BASE, DEARER, weights={"base": 0.25, "dearer": 0.75}).mixture()
    runs = simulate(company, [BASE, mixture], until="2026Q4", paths=2_000, seed=5)
    first = condition(runs, View("sales", at="2026Q4", mean=float(runs.values("sales")[-1].mean()) + 1.0))
    twice = condition(first, View("profit", at="2026Q4", at_least=0.0, probability=0.6))
    for one in (runs, first, twice):
        assert one.reproduce().identical
    assert len({runs.checksum, first.checksum, twice.checksum}) == 3
    # weights that came from nowhere are part of what is given
    weights = np.arange(2_000) / np.arange(2_000).sum()
    assert dataclasses.replace(runs, weights=weights).reproduce().identical


def test_one_bit_is_seen_and_named(runs):
    before = runs.series["dearer"]["cash"][2, 7]
    told = changed(runs, "dearer", "cash", (2, 7), np.nextafter(before, np.inf)).reproduce()
    assert not told.identical
    (one,) = told.differences
    assert (one.scenario, one.line, one.numbers, one.of) == ("dearer", "cash", 1, 8 * 500)
    assert 0 < one.relative < 2.3e-16
    assert "dearer" in str(told)
    assert list(told.to_frame()["line"]) == ["cash"]


def test_how_far_a_number_moved_is_told(runs):
    before = runs.series["base"]["sales"][0, 0]
    assert changed(runs, "base", "sales", (0, 0), 2 * before).reproduce().relative == pytest.approx(0.5)
    assert changed(runs, "base", "sales", (0, 0), np.nan).reproduce().relative == np.inf


def test_another_seed_model_or_shock_has_another_checksum(company, runs):
    other = simulate(company, [BASE, DEARER, FEWER], until="2027Q4", paths=500, seed=4)
    assert other.checksum != runs.checksum
    assert other.fingerprint != runs.fingerprint


def test_a_checksum_from_elsewhere_is_what_it_is_held_against(runs):
    assert runs.reproduce(checksum=runs.checksum).identical
    told = runs.reproduce(checksum="0" * 64)
    assert not told.identical
    assert told.differences == ()
    assert "Other inputs, another version" in str(told)
    with pytest.raises(SimulationError, match="64 letters and digits"):
        runs.reproduce(checksum=runs.checksum[:12])


def test_the_checksum_by_hand():
    numbers = np.array([[1.0, np.nan], [-0.0, 3.5]])
    other = np.array([2.0])
    written = b"base\0b\0" + struct.pack("<4d", 1.0, np.nan, -0.0, 3.5) + b"down\0a\0" + struct.pack("<d", 2.0)
    given = {"down": {"a": other}, "base": {"b": numbers}}
    assert checksum_of(given) == hashlib.sha256(written).hexdigest()
    # another NaN is the same unknown; the order in memory does not count; a zero of another sign does
    strange = np.array([[0x3FF0000000000000, 0x7FF8000000000001], [-(2**63), 0x400C000000000000]]).view(float)
    assert checksum_of({"base": {"b": np.asfortranarray(strange)}, "down": {"a": other}}) == checksum_of(given)
    assert checksum_of({"base": {"b": np.abs(numbers)}, "down": {"a": other}}) != checksum_of(given)
    weighted = hashlib.sha256(written + b"weights\0" + struct.pack("<d", 1.0)).hexdigest()
    assert checksum_of(given, np.array([1.0])) == weighted
