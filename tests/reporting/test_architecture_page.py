"""The code on docs/architecture.md runs as it stands there, and does what its sentences say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """Every name that the page's code makes, its blocks run in order."""
    names: dict[str, Any] = {"__name__": "architecture"}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(compile(block, PAGE.name, "exec", dont_inherit=True), names)
    return names


def test_payroll_follows_the_number_of_employees(made):
    """2000 heads at a cost that is drawn once a path and stays, normal(0.05, 0.005).

    The median of 1000 draws has the standard error 1.2533 * 10 / sqrt(1000) = 0.40: 1.6 is exceeded by one seed
    in 16,000.
    """
    payroll = made["runs"].values("payroll", "base")
    assert np.all(np.delete(payroll, 3, axis=0) == payroll[0])
    assert payroll[3] == pytest.approx(1.25 * payroll[0])
    assert np.median(payroll[0]) == pytest.approx(100, abs=1.6)


def test_half_of_what_the_line_gained_is_lost(made):
    """500 heads more in 2026Q4 alone: a quarter of the payroll, of which half stays; nothing else was gained."""
    base, damped = (made["runs"].values("payroll", name) for name in ("base", "damped"))
    assert damped[3] == pytest.approx(base[0] * 1.125)
    assert np.delete(damped, 3, axis=0) == pytest.approx(np.delete(base, 3, axis=0))


def test_the_flat_forecaster_stays_at_the_last_value(made):
    """Changes 12, -4, 13, -4 have a root mean square of sqrt(86.25); two steps ahead times sqrt(2)."""
    assert list(made["prediction"].quantile(0.5)) == pytest.approx([327.0] * 4)
    spread = made["prediction"].form.spread()
    assert spread[:2] == pytest.approx([86.25**0.5, (2 * 86.25) ** 0.5])
    assert made["games_company"].fits["games"].payload.name == "Flat"


def test_every_file_that_the_page_names_exists():
    package = PAGE.parents[1] / "forecast"
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE.read_text(encoding="utf-8")))
    missing = [name for name in named if not (package / name).is_file() and not (package.parent / name).is_file()]
    assert len(named) > 15
    assert missing == []
