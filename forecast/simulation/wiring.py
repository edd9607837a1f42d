"""What scenarios add to the wiring of a model: drivers that take over a line, and what rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from forecast.dimensions import Dimension
from forecast.distributions import Array
from forecast.errors import ForecastError, Problems, ScenarioError
from forecast.lines import Identity, Line
from forecast.model import (
    CalibratedModel,
    Driver,
    Fit,
    Known,
    Model,
    Noise,
    Now,
    Parameter,
    Past,
    Units,
    described,
    dimensions,
    measured_by,
    settled,
)
from forecast.scenario import Scenario, Shock
from forecast.simulation.streams import Draws


@dataclass(frozen=True, slots=True)
class Rival:
    """The other driver with what it learned and its parameters' draws by their own names, shape (paths,) or ()."""

    driver: Driver
    fit: Fit
    own: Mapping[str, Array]


def other_driver(shock: Shock) -> Driver | None:
    """The driver that a shock brings along, as ``Replace`` does; None for the others."""
    driver = getattr(shock, "driver", None)
    return driver if driver is not None and isinstance(driver, Driver) and not isinstance(driver, type) else None


def learned(company: CalibratedModel, driver: Driver) -> tuple[Fit, dict[str, Parameter]]:
    """What another driver of a line learns from the company's own history, or one error with every problem."""
    problems = Problems()
    fit, parameters = Fit(), {}
    try:
        fit = driver.calibrate(Known(company.history, company.first, company.horizon, company.openings))
        parameters = settled(driver, fit, problems)
    except ForecastError as problem:
        problems.add(str(problem))
    what = f"the driver {type(driver).__name__} cannot take over '{driver.line}'"
    problems.raise_if_any(ScenarioError, what)
    return fit, parameters


def check_units(model: Model, driver: Driver) -> None:
    """Refuse another driver of a line whose units do not go together with those of the model."""
    drivers = [driver if old.line == driver.line else old for old in model.drivers]
    lines = {**model.lines, driver.line: described(driver, model.currency, model.unit)}
    _, problems = dimensions(drivers, lines, model.unit)
    if problems:
        raise ScenarioError("the units do not go together", problems)


def rival_of(company: CalibratedModel, driver: Driver, draws: Draws) -> Rival:
    """The driver with draws of its own parameters, from the streams of their names; correlations do not reach them."""
    fit, parameters = learned(company, driver)
    own = {
        parameter.name: draws.value(f"parameter/{name}", parameter.estimate)
        for name, parameter in parameters.items()
        if parameter.estimate is not None
    }
    return Rival(driver, fit, own)


def wired(company: CalibratedModel, scenario: Scenario) -> CalibratedModel:
    """The company whose order of lines knows what the scenario's other drivers and its rules read."""
    for shock, rule in scenario.acting:
        other = other_driver(shock)
        reads = () if other is None else other.reads()
        if rule is not None:
            reads = (*reads, *((line, lag + 1) for line, lag in rule.reads))
        driver = company.model.driver(shock.target.split(".")[0])
        if more := tuple(read for read in dict.fromkeys(reads) if read not in driver.reads()):
            company = replace(company, model=company.model.replacing(Wired(driver, more)))
    return company


@dataclass(frozen=True, slots=True)
class Wired:
    """A driver whose line waits for more lines than it reads itself."""

    driver: Driver
    more: tuple[tuple[str, int], ...]

    @property
    def line(self) -> str:
        """The driver's own."""
        return self.driver.line

    def describe(self) -> Line:
        """The driver's own."""
        return self.driver.describe()

    def parameters(self) -> tuple[Parameter, ...]:
        """The driver's own."""
        return self.driver.parameters()

    def reads(self) -> tuple[tuple[str, int], ...]:
        """The driver's own and the others."""
        return (*self.driver.reads(), *self.more)

    def noises(self) -> tuple[Noise, ...]:
        """The driver's own."""
        return self.driver.noises()

    def records(self) -> tuple[str, ...]:
        """The driver's own."""
        return self.driver.records()

    def last(self, own: Mapping[str, Array]) -> Array | None:
        """The driver's own."""
        return self.driver.last(own)

    def identity(self) -> Identity | None:
        """The driver's own."""
        return self.driver.identity()

    def measures(self, units: Units) -> Dimension:
        """The driver's own."""
        return measured_by(self.driver, units)

    def calibrate(self, past: Past) -> Fit:
        """The driver's own."""
        return self.driver.calibrate(past)

    def step(self, now: Now) -> Array:
        """The driver's own."""
        return self.driver.step(now)
