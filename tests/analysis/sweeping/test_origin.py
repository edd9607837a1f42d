"""The code of a user's own classes is part of a sweep: a driver, shock or statistic that was changed is refused."""

import importlib
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import scipy

from forecast.analysis.goal import Goal
from forecast.analysis.statistic import Mean
from forecast.analysis.sweep import sweep
from forecast.analysis.sweeping.origin import code_of, kinds_of, versions
from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Formula, Path
from forecast.errors import SweepError
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.version import VERSION

STATISTIC = '''
from dataclasses import dataclass

import numpy as np


def helper(numbers):
    return numbers


class Base:
    """Where it comes from."""


@dataclass(frozen=True)
class Spread(Base):
    line: str
    last = None

    @property
    def lines(self):
        return (self.line,)

    def numbers(self, outcome):
        return helper(outcome.values(self.line)[0])

    def value(self, numbers, weights=None):
        return float(np.std(numbers))
'''


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write a module of the user's own and import it, anew each time."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(text):
        (tmp_path / "mine_of_the_test.py").write_text(text)
        sys.modules.pop("mine_of_the_test", None)
        importlib.invalidate_caches()
        return importlib.import_module("mine_of_the_test")

    yield write
    sys.modules.pop("mine_of_the_test", None)


def swept(folder, statistic):
    company = calibrate(Model(Path("luck", value=normal(0, 1)), Formula("profit = luck - 1")), first="2026Q1")
    common = {"until": "2026Q4", "paths": 50, "seed": 1, "folder": folder, "backend": "threads", "workers": 1}
    return sweep({"firm": company}, Scenario("base"), statistic, **common)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [("np.std(numbers)", "2 * np.std(numbers)", "Spread"), ("Where it comes from.", "Changed.", "Base")],
)
def test_a_class_that_was_changed_is_refused(tmp_path, written, before, after, named):
    swept(tmp_path / "sweep", {"spread": written(STATISTIC).Spread("luck")})
    assert swept(tmp_path / "sweep", {"spread": written(STATISTIC).Spread("luck")}).is_complete
    changed = written(STATISTIC.replace(before, after)).Spread("luck")
    with pytest.raises(SweepError) as refused:
        swept(tmp_path / "sweep", {"spread": changed})
    assert str(refused.value) == (
        f"the folder '{tmp_path / 'sweep'}' holds another sweep. Choose another folder, or ask for the same\n"
        f"  - the code of the class '{named}' was changed."
    )


def test_what_stands_elsewhere_in_the_module_is_not_seen(tmp_path, written):
    swept(tmp_path / "sweep", {"spread": written(STATISTIC).Spread("luck")})
    longer = written(STATISTIC.replace("return numbers", "return 2 * numbers")).Spread("luck")
    assert swept(tmp_path / "sweep", {"spread": longer}).is_complete


@dataclass(frozen=True)
class Inner:
    """A class of the test's own, held by others."""

    number: float = 1.0


@dataclass(frozen=True)
class Outer:
    """It holds one in a mapping in a tuple."""

    several: tuple = ({"a": Inner()},)


def test_classes_are_found_wherever_they_stand_and_the_library_has_none():
    assert kinds_of([Outer()]) == kinds_of([[Outer()]]) == {Inner, Outer}
    assert kinds_of([Mean("profit", at="2026Q1"), Goal("profit", at_least=0), normal(0, 1), np.float64(1.0)]) == set()


def test_two_classes_of_one_name_have_two_digests(written):
    one = written(STATISTIC).Spread
    (first,) = code_of({one})["Spread"]  # read before its file is another
    other = written(STATISTIC.replace("np.std", "np.var")).Spread
    (second,) = code_of({other})["Spread"]
    assert code_of({one, other})["Spread"] == sorted({first, second})
    assert first != second


def test_a_class_whose_source_is_nowhere_has_no_digest():
    made = type("Typed", (), {"__module__": "__main__"})
    assert kinds_of([made()]) == {made}
    assert code_of([made]) == {"Typed": []}


def test_versions_are_those_that_decide_bits():
    assert versions() == {"forecast": VERSION, "numpy": np.__version__, "scipy": scipy.__version__}
