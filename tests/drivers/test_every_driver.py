"""The contract that every driver keeps, whichever it is; a new driver is added to EXAMPLES."""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import inspect
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast import drivers
from forecast.drivers import Conversion, Formula, Growth, OneOff, Rate, Ratio, SCurve, Trend
from forecast.drivers import Path as Stated
from forecast.financials import Fact, Financials
from forecast.forecasters import ETS, Combination, RandomWalk, Theta
from forecast.model import ROLES, Driver, Fit, Noise
from forecast.specification import to_spec

SHARED = {"market": 0.6, "mood": -0.3}
EXAMPLES = {
    "Conversion, fitted": Conversion("revenue", of="arr", fx="fx"),
    "Conversion, stated": Conversion("revenue", of="arr", half_life=5, start=0.5, ceiling=0.9),
    "Formula, flow": Formula("total = revenue - 0.5 * (cost - cost[-1])"),
    "Formula, stock": Formula("arr = arr[-1] + revenue"),
    "Formula, rate": Formula("margin = cost / revenue", kind="rate"),
    "Growth, fitted": Growth("revenue", shared=SHARED),
    "Growth, stated": Growth(
        "revenue",
        growth=fc.assume(fc.normal(0.02, 0.01), role="lever", because="the plan", low=-0.05, high=0.1),
        persistence=0.4,
        volatility={"lognormal": {"median": 0.05, "sigma": 0.3}},
        momentum=fc.triangular(0, 0.02, 0.04),
        start=fc.normal(120, 5),
    ),
    "OneOff, fitted": OneOff("revenue", shared=SHARED),
    "OneOff, stated": OneOff("revenue", frequency=fc.beta(2, 6), size=fc.lognormal(40, 0.5), planned=3),
    "Path, noisy": Stated(
        "revenue", fc.normal(100, 5), noise=fc.student_t(3, 0, 10), planned={"2026Q2": 500}, shared=SHARED
    ),
    "Path, fixed": Stated("revenue", 100, kind="stock"),
    "Rate, fitted": Rate("fx", shared=SHARED),
    "Rate, reverting": Rate("fx", reversion=fc.uniform(0.1, 0.4), mean=fc.lognormal(7, 0.1), unit="CNY_per_USD"),
    "Ratio, fitted": Ratio("cost", of="revenue", floor=0.1, cap=0.7, shared=SHARED),
    "Ratio, stated": Ratio(
        "cost", of="revenue", target=fc.beta(3, 7), half_life=4, volatility=0.01, start=0.3, only_positive=True
    ),
    "SCurve, logistic": SCurve("arr", ceiling=fc.lognormal(600, 0.5), currency="USD", shared=SHARED),
    "SCurve, gompertz": SCurve("arr", ceiling=600, form="gompertz", volatility=fc.uniform(0, 0.1)),
    "SCurve, averaged": SCurve("arr", ceiling=fc.lognormal(600, 0.5), form="averaged", innovation=fc.beta(1, 50)),
    "SCurve, by analogy": SCurve("arr", ceiling=600, form="bass", prior=fc.lognormal(0.2, 0.4)),
    "SCurve, bass": SCurve("arr", ceiling=600, rate=fc.lognormal(0.3, 0.2), form="bass", innovation=0.03),
    "Trend": Trend("revenue", since="2023Q1", shared=SHARED),
    "Trend, a share": Trend("revenue", of="cost", shared=SHARED),
    "Trend, chosen": Trend("revenue", Combination((RandomWalk(), Theta(), ETS()), (1.0, 1.0, 2.0))),
}
KINDS = tuple(getattr(drivers, name) for name in drivers.__all__ if name != "read_model")
FED = {
    "revenue": [71, 75, 82, 90, 78, 84, 91, 99, 86, 93, 101, 110, 96, 104, 113, 121],
    "cost": [23, 23, 26, 27, 25, 26, 28, 33, 27, 30, 31, 36, 30, 34, 35, 40],
    "arr": [210, 225, 248, 262, 281, 300, 322, 341, 362, 381, 398, 413, 430, 441, 455, 466],
    "fx": [6.9, 7.0, 6.8, 6.9, 7.1, 7.2, 7.0, 7.1, 7.2, 7.1, 7.3, 7.2, 7.1, 7.2, 7.3, 7.2],
}
MONEY = ("revenue", "cost", "arr")
PATHS, LAST = 40, "2027Q4"


def history(scale=1.0):
    index = pd.period_range(end="2025Q4", periods=16, freq="Q")
    frame = pd.DataFrame(FED, index=index, dtype=float)
    frame.loc[:, list(MONEY)] *= scale
    return fc.History.from_frame(frame, currency="CNY")


def model_of(driver, *more):
    """The driver, with every line that it reads held at what it was, and any others."""
    others = dict.fromkeys(name for name, _ in driver.reads() if name != driver.line)
    held = [Rate(name, volatility=0.02) if name == "fx" else Growth(name) for name in others]
    return fc.Model(driver, *held, *more)


def company_of(driver, *more, scale=1.0):
    model = model_of(driver, *more)
    opening = {} if driver.line in FED else {driver.line: 5.0 * scale}
    return fc.calibrate(model, history(scale), opening=opening, horizon=12)


def series_of(driver, *more, seed=7, scale=1.0):
    runs = fc.simulate(company_of(driver, *more, scale=scale), fc.Scenario("base"), until=LAST, paths=PATHS, seed=seed)
    return runs.series["base"]


every = pytest.mark.parametrize("driver", EXAMPLES.values(), ids=EXAMPLES)


def test_every_driver_has_an_example_here():
    missing = [kind.__name__ for kind in KINDS if kind not in {type(driver) for driver in EXAMPLES.values()}]
    assert missing == [], f"add an example of {', '.join(missing)} to EXAMPLES in {Path(__file__).name}"


def test_every_driver_file_is_exported_and_read():
    """A class of the package that keeps the contract is in ``drivers.__all__`` and may be named in a file."""
    folder = Path(drivers.__file__).parent
    written = {
        node.name: path.stem
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and {"step", "calibrate"} <= {getattr(part, "name", "") for part in node.body}
    }
    assert len(written) >= 8
    for name, module in written.items():
        line = f"from forecast.drivers.{module} import {name}"
        assert name in drivers.__all__, f"forecast/drivers/__init__.py lacks: {line}"
        assert name in {kind.__name__ for kind in drivers.reading.DRIVERS}, f"forecast/drivers/reading.py lacks: {line}"
        assert module == name.lower(), f"one driver a file: {name} belongs into {name.lower()}.py"


@every
def test_it_keeps_the_contract(driver):
    assert isinstance(driver, Driver)
    assert driver.describe().name == driver.line
    assert all(isinstance(noise, Noise) for noise in driver.noises())
    assert len({noise.name for noise in driver.noises()}) == len(driver.noises())
    assert all(isinstance(name, str) and isinstance(lag, int) and lag >= 0 for name, lag in driver.reads())
    assert isinstance(driver.records(), tuple)


@every
def test_it_is_frozen_hashable_and_equal_to_its_twin(driver):
    assert dataclasses.is_dataclass(driver)
    for name in [field.name for field in dataclasses.fields(driver)]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(driver, name, None)
    twin = dataclasses.replace(driver) if not isinstance(driver, Formula) else Formula(
        driver.formula, kind=driver.kind, currency=driver.currency
    )  # fmt: skip
    assert twin == driver
    assert hash(twin) == hash(driver)


@every
def test_a_file_says_it_all(driver):
    model = model_of(driver)
    text = model.to_yaml()
    again = fc.read_model(text)
    assert again == model
    assert again.driver(driver.line) == driver
    assert again.to_yaml() == text
    assert to_spec(again.driver(driver.line)) == to_spec(driver)


@every
def test_its_parameters_have_roles_grounds_and_domains(driver):
    names = [parameter.name for parameter in driver.parameters()]
    assert len(set(names)) == len(names)
    for parameter in company_of(driver).parameters.values():
        assert parameter.role in ROLES
        assert parameter.basis
        assert parameter.name.isidentifier()
        assert parameter.low < parameter.high
        assert parameter.low <= parameter.lever_low < parameter.lever_high <= parameter.high
        quantiles = parameter.estimate.ppf([0.0, 1e-9, 0.5, 1 - 1e-9, 1.0])
        assert np.all((quantiles >= parameter.low) & (quantiles <= parameter.high))
        if parameter.role == "lever":
            assert math.isfinite(parameter.lever_low)
            assert math.isfinite(parameter.lever_high)


@every
def test_its_paths_are_finite_and_shaped(driver):
    series = series_of(driver)
    quarters = 8
    for name in [driver.line, *(f"{driver.line}.{record}" for record in driver.records())]:
        assert series[name].shape == (quarters, PATHS)
        assert np.all(np.isfinite(series[name]))


@every
def test_the_same_seed_gives_the_same_bits_and_another_one_does_not(driver):
    first, again, other = series_of(driver), series_of(driver), series_of(driver, seed=8)
    np.testing.assert_array_equal(first[driver.line], again[driver.line])
    if np.ptp(first[driver.line], axis=1).any():
        assert not np.array_equal(first[driver.line], other[driver.line])


@every
def test_an_unrelated_driver_changes_nothing_bit_for_bit(driver):
    alone = series_of(driver)
    more = (Stated("a_bystander", fc.normal(0, 1), noise=fc.normal(0, 1), shared=SHARED), Formula("b = a_bystander"))
    together = series_of(driver, *more)
    for name, values in alone.items():
        np.testing.assert_array_equal(together[name], values)


@every
def test_calibrating_twice_learns_the_same(driver):
    assert company_of(driver).fits[driver.line] == company_of(driver).fits[driver.line]
    assert isinstance(company_of(driver).fits[driver.line], Fit)


def scaled(driver, factor):
    """The driver with what it states in money multiplied, and whether its line scales with money."""
    money = {
        "start": (Growth, SCurve),
        "ceiling": (SCurve,),
        "value": (Stated,),
        "size": (OneOff,),
        "planned": (OneOff,),
    }
    changed = {}
    for name, kinds in money.items():
        stated = getattr(driver, name, None)
        if isinstance(driver, kinds) and stated is not None:
            changed[name] = fc.assume(times(stated.value, factor))
    if isinstance(driver, Stated):
        changed["planned"] = {quarter: amount * factor for quarter, amount in driver.planned}
        changed["noise"] = None if driver.noise is None else times(driver.noise, factor)
    return dataclasses.replace(driver, **changed) if changed else driver


def times(distribution, factor):
    """The distribution of ``factor`` times the number."""
    sizes = ("value", "mean", "sd", "median", "low", "mode", "high", "centre", "scale")
    arguments = tuple((name, x * factor if name in sizes else x) for name, x in distribution.arguments)
    return dataclasses.replace(distribution, arguments=arguments)


@pytest.mark.parametrize("factor", [1024.0, 0.01])
@every
def test_money_in_another_unit_scales_the_line(driver, factor):
    """Scaling every amount of money in the history and in the statements scales lines of money, and only those."""
    plain = series_of(driver)[driver.line]
    other = series_of(scaled(driver, factor), scale=factor)[driver.line]
    is_money = driver.line not in ("fx", "margin")
    # The fit of ETS stops at a tolerance of its own, which shows in the fifth digit.
    rtol = 1e-3 if isinstance(driver, Trend) else 1e-9
    np.testing.assert_allclose(other, plain * (factor if is_money else 1.0), rtol=rtol)


def facts(*, wild=False):
    """The fed history as facts, a quarter's published 60 days after its end; wild ones come out in 2026."""
    found = []
    quarters = [fc.Quarter.parse("2022Q1") + step for step in range(16)]
    for line, values in FED.items():
        point = line in ("arr", "fx")
        for quarter, value in zip(quarters, values, strict=True):
            published = quarter.last_day() + dt.timedelta(days=60)
            found.append(fact(line, quarter, value, published, point=point))
        if wild:
            last = quarters[-1]
            found.append(fact(line, last + 1, 1e6, dt.date(2026, 4, 30), point=point))
            found.append(fact(line, last, 1e-3, dt.date(2026, 4, 30), point=point, source="S2"))
    return Financials(tuple(found))


def fact(line, quarter, value, published, *, point, source="S1"):
    unit = "million"
    return Fact(
        str(quarter), "point" if point else "quarter", line, "", float(value), unit, "CNY", published, source,
        "high", 0.05,
    )  # fmt: skip


@every
def test_it_does_not_see_what_became_known_later(driver):
    """A wild value published after ``as_of`` leaves the history, every fit and every parameter as they were."""
    fed = [Stated(line, kind="stock" if line in ("arr", "fx") else "flow") for line in FED]
    accounts = fc.Model(*fed)
    calm, wild = (facts(wild=each).as_of("2026-03-31").reconcile(accounts) for each in (False, True))
    assert facts(wild=True).as_of("2026-05-31").reconcile(accounts) != calm
    model = model_of(driver)
    opening = {} if driver.line in FED else {driver.line: 5.0}
    before, after = (fc.calibrate(model, each, opening=opening, horizon=12) for each in (calm, wild))
    assert after.fits == before.fits
    assert dict(after.parameters) == dict(before.parameters)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_is_written_as_the_house_wants(kind):
    """One sentence on top, a docstring everywhere, the equation in that of the class, at most 300 lines a file."""
    module = inspect.getmodule(kind)
    source = inspect.getsource(module)
    first = source.splitlines()[0]
    assert first.startswith(f'"""{kind.__name__}: '), first
    assert first.endswith('."""'), first
    assert len(source.splitlines()) <= 300
    assert len(inspect.getdoc(kind).splitlines()) > 1
    undocumented = [
        name for name, part in vars(kind).items()
        if not name.startswith("_") and callable(part) and not inspect.getdoc(part)
    ]  # fmt: skip
    assert undocumented == []
