"""Small companies whose questions have answers by algebra."""

from dataclasses import dataclass

import numpy as np
import pytest

from forecast.calibration import calibrate
from forecast.distributions import Distribution, normal
from forecast.drivers import Conversion, Formula, Path, Ratio
from forecast.lines import Line
from forecast.model import Fit, Model, Parameter, assume
from forecast.model.assumption import parameter


@dataclass(frozen=True)
class Hump:
    """A driver of a test's own: ``line = 4 - (lever - 3)**2``, best at 3, zero at 1 and 5."""

    line: str
    low: float
    high: float

    def describe(self) -> Line:
        return Line(self.line)

    def parameters(self) -> tuple[Parameter, ...]:
        return (parameter(self.line, "lever", 3.0, role="lever", low=self.low, high=self.high),)

    def reads(self) -> tuple[tuple[str, int], ...]:
        return ()

    def noises(self) -> tuple:
        return ()

    def records(self) -> tuple[str, ...]:
        return ()

    def last(self, own):
        return None

    def identity(self):
        return None

    def calibrate(self, past) -> Fit:
        return Fit()

    def step(self, now):
        return 4.0 - (now.parameter("lever") - 3.0) ** 2


def push(low: float, high: float, *, role: str = "lever") -> Path:
    """A line that is its own lever."""
    return Path("push", value=assume(0.0, role=role, low=low, high=high))


@pytest.fixture(scope="session")
def costs():
    """Sales of 100, a rent of 30, and a cost of which the owner decides the share: profit is zero at 0.7."""

    def company(rent: float = 30.0):
        model = Model(
            Path("sales", value=100.0),
            Ratio("cost", of="sales", target=0.9, half_life=0.01, volatility=0.0, start=0.9, cap=1.0),
            Path("rent", value=rent),
            Formula("profit = sales - cost - rent"),
            Path("aside", value=assume(1.0, role="lever", low=0, high=2)),
        )
        return calibrate(model, first="2026Q1")

    return company


@pytest.fixture(scope="session")
def conversion():
    """An ARR that stays at 400: revenue is 100 times the recognised share, from 0.5 today to the ceiling."""

    def company(ceiling=1.0, half_life: float | Distribution = 4.0):
        model = Model(
            Path("arr", value=400.0, kind="stock"),
            Conversion("revenue", of="arr", half_life=half_life, start=0.5, ceiling=ceiling),
        )
        return calibrate(model, opening={"arr": 400.0}, first="2026Q1")

    return company


@pytest.fixture(scope="session")
def linear():
    """profit = push + luck with luck standard normal on each path: the threshold at p is the quantile z_p."""

    def company(low: float = -5.0, high: float = 5.0, *, sign: int = 1):
        formula = "profit = luck + push" if sign == 1 else "profit = luck - push"
        return calibrate(Model(push(low, high), Path("luck", value=normal(0, 1)), Formula(formula)), first="2026Q1")

    return company


@pytest.fixture(scope="session")
def hump():
    """A lever that helps up to 3 and hurts beyond, with luck of a standard deviation on each path."""

    def company(low: float, high: float, luck: float = 0.0):
        chance = Path("luck", value=normal(0, luck) if luck else 0.0)
        return calibrate(Model(Hump("bump", low, high), chance, Formula("profit = bump + luck")), first="2026Q1")

    return company


@pytest.fixture(scope="session")
def paths_of():
    """A simulation whose only line, profit, has the numbers given, shape (quarters, paths), from 2026Q1."""
    from forecast.scenario import Scenario
    from forecast.simulation import Simulation
    from forecast.timeline import Quarter

    def simulation(*, first: str = "2026Q1", kind: str = "flow", **scenarios):
        company = calibrate(Model(Path("profit", value=0.0, kind=kind)), first=first)
        series = {name: {"profit": np.asarray(numbers, dtype=float)} for name, numbers in scenarios.items()}
        shape = next(iter(series.values()))["profit"].shape
        quarters = tuple(Quarter.parse(first) + step for step in range(shape[0]))
        chosen = tuple(Scenario(name) for name in scenarios)
        return Simulation(company, chosen, quarters, shape[1], 1, "0", series)

    return simulation
