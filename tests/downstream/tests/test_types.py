"""What mypy knows of the library: a name that is not there is an error, and those that are there have their types.

With ``mypy --strict`` a ``type: ignore`` that nothing needs is an error: each one here says that mypy sees the mistake.
"""

from pathlib import Path
from typing import assert_type

import pandas as pd
import pytest

import forecast as fc
from forecast.errors import GoalError


def test_an_unknown_name_is_seen_before_and_when_it_runs() -> None:
    with pytest.raises(AttributeError, match="no_such"):
        fc.no_such  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="Growht"):
        fc.drivers.Growht  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="no_such"):
        from forecast import no_such  # type: ignore[attr-defined]  # noqa: F401


def test_a_wrong_argument_is_seen_before_and_when_it_runs() -> None:
    with pytest.raises(GoalError):
        fc.Goal(1, at_least=0.0, by="2027Q4")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="seed"):
        fc.simulate(1, 2, until="2027Q4")  # type: ignore[call-arg, arg-type]


def test_what_is_loaded_on_first_use_has_its_type() -> None:
    quarter = assert_type(fc.Quarter.parse("2026Q1"), fc.Quarter)
    goal = assert_type(fc.Goal("profit", at_least=0.0, by="2027Q4"), fc.Goal)
    growth = assert_type(fc.drivers.Growth("sales", growth=0.02), fc.drivers.Growth)
    frame = assert_type(fc.History.from_frame(pd.DataFrame({"sales": [1.0]}, index=["2026Q1"])), fc.History)
    folder = assert_type(fc.kunlun_folder(), Path)
    assert (str(quarter), goal.line, growth.line, frame.last.year) == ("2026Q1", "profit", "sales", 2026)
    assert folder.is_dir()
