"""A small company whose names try to break the page, its report, and a real browser to open it in."""

from __future__ import annotations

from pathlib import Path

import pytest

import forecast as fc
from forecast.reporting.page import Report, report
from tests.reporting.chromium import open_chromium

EVIL = "</script><script>window.hit = 1</script>"
IMAGE = "<img src=x onerror='window.hit = 1'>"


@pytest.fixture(scope="session")
def runs() -> fc.Simulation:
    """Two levers, one uncertainty, a normal noise, and scenarios with hostile names and reasons."""
    model = fc.Model(
        fc.drivers.Path("sales", value=fc.assume(fc.normal(100, 8), role="uncertainty", because="judgement; a guess")),
        fc.drivers.Path("rent", value=fc.assume(fc.normal(60, 2), role="lever", low=40, high=80, because=IMAGE)),
        fc.drivers.Path(
            "wages", value=fc.assume(35.0, role="lever", low=20, high=50, because="the settlement of 2025")
        ),
        fc.drivers.Formula("profit = sales - rent - wages"),
        fc.drivers.Formula("cash = cash[-1] + profit"),
    )
    company = fc.calibrate(model, first="2026Q1", opening={"cash": 100.0})
    base = fc.Scenario("base")
    evil = base.but(EVIL, fc.shocks.Add("wages", 5.0, start="2026Q3"), because=IMAGE)
    lean = base.but("lean", fc.shocks.Scale("rent", 0.9, start="2026Q2"), fc.shocks.Scale("wages", 0.9))
    return fc.simulate(company, [base, evil, lean], until="2027Q4", paths=1_000, seed=7)


@pytest.fixture(scope="session")
def goal() -> fc.Goal:
    return fc.Goal("profit", at_least=0, over="quarter", by="2027Q2", probability=0.8)


@pytest.fixture(scope="session")
def told(runs, goal) -> Report:
    return report(runs, goal, title=f"A & B {IMAGE}")


@pytest.fixture(scope="session")
def page(told, tmp_path_factory) -> Path:
    return told.save(tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Chromium without a display; tests that need it are skipped where there is none (.ci/run installs it)."""
    found = open_chromium(tmp_path_factory.mktemp("profile"))
    yield found
    found.quit()
