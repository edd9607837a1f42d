"""The public names, word for word, so that adding, removing or renaming one is seen in a diff.

What "public" promises: docs/compatibility.md. A name taken away goes through ``forecast.deprecation`` first.
"""

import ast
import importlib
import re
import types
import warnings
from datetime import date, timedelta
from pathlib import Path

import pytest

import forecast as fc
from forecast.deprecation import deprecated

SOURCES = sorted((Path(__file__).parent.parent / "forecast").rglob("*.py"))
NAMES = {
    "forecast": """
        Assumption
        Backtest
        Breakeven
        BreakevenDate
        Bridge
        CalibratedModel
        Disaggregation
        Distribution
        Elasticities
        Explorer
        Financials
        ForecastError
        Frontier
        Goal
        GoalSeek
        Goals
        Guidance
        History
        Honesty
        Information
        LeastChange
        Mapping
        Mean
        Mixture
        Model
        Part
        Payoff
        Plausibility
        Prediction
        Predictions
        Probability
        Quantile
        Quarter
        Rates
        Reality
        RealityCheck
        Region
        Related
        Report
        Reproduction
        Runway
        Scan
        Scenario
        Scenarios
        Sensitivity
        Simulation
        Stress
        Summary
        Sweep
        VarianceShares
        View
        When
        __version__
        assume
        backtest
        backtest_model
        beta
        breakeven
        bridge
        calibrate
        check_reality
        checks_to_yaml
        condition
        disaggregate
        discover
        drivers
        elasticities
        errors
        explore
        fiscal_year_table
        fixed
        forecasters
        frontier
        goal_seek
        honesty
        kunlun_folder
        least_change
        load_kunlun
        lognormal
        normal
        open_sweep
        payback
        plausibility
        plot_arr
        plot_breakeven
        plot_bridge
        plot_calibration
        plot_contradictions
        plot_fan
        plot_frontier
        plot_goal_seek
        plot_history
        plot_overview
        plot_plausibility
        plot_runway
        plot_segments
        plot_tornado
        plot_variance_shares
        predict
        read_checks
        read_financials
        read_model
        read_scenarios
        report
        revision
        runway
        scan
        scenarios_to_yaml
        sensitivity
        share_errors
        shocks
        simulate
        stress
        student_t
        summarise
        sweep
        triangular
        uniform
        unread
        value_of_information
        variance_shares
        write_results
        write_workbook
    """,
    "forecast.drivers": """
        Conversion
        Formula
        Growth
        OneOff
        Path
        Rate
        Ratio
        SCurve
        Trend
        read_model
    """,
    "forecast.shocks": """
        Add
        Cap
        Delay
        Floor
        Grow
        Hold
        Pulse
        Ramp
        Replace
        Scale
        Set
        checks_to_yaml
        read_checks
        read_scenarios
        scenario_schema
        scenarios_to_yaml
    """,
    "forecast.forecasters": """
        ARIMA
        Adapted
        AveragedSmoothing
        Combination
        ETS
        Forecaster
        InnovationsForm
        MovingAverage
        Periods
        Prediction
        Predictions
        ProphetForecaster
        RandomWalk
        ReferenceClass
        ReferenceGrowth
        ReferenceShare
        Regression
        SeasonalNaive
        Series
        Structural
        Theta
        adapt
        combine
        period_labels
        predict
        read_panel
        read_periods
        reconcile_paths
        reference_class
        reference_share
        stretch
    """,
    "forecast.errors": """
        CalibrationError
        CycleError
        DistributionError
        FactsError
        ForecastError
        FormulaError
        GoalError
        HistoryTooShortError
        ModelError
        Problems
        ReconcileError
        ScenarioError
        SimulationError
        SweepError
        TimelineError
        did_you_mean
        expect
        legible
        visible
    """,
}
CONTRACTS = {
    "forecast.distributions": "Array Distribution",
    "forecast.lines": "Identity Line",
    "forecast.model": "Driver Fit Noise Now Parameter Past Stated as_assumption check_shared parameter",
    "forecast.scenario": "Before Dates Shock Timing settle timing_of",
    "forecast.timeline": "Quarter",
}
"""What a driver or a shock of somebody else is written with (docs/architecture.md), besides the names above."""


def public(module):
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return list(listed)
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, types.ModuleType)
        and getattr(value, "__module__", "").startswith("forecast")
    )


@pytest.mark.parametrize("where", NAMES)
def test_the_public_names_are_these(where):
    stated = NAMES[where].split()
    assert stated == sorted(set(stated))
    found = public(importlib.import_module(where))
    assert sorted(found) == stated, (
        f"not in the list of this test: {sorted(set(found) - set(stated))}; "
        f"no longer there: {sorted(set(stated) - set(found))} (see docs/compatibility.md)"
    )
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("where", [*NAMES, *CONTRACTS])
def test_every_name_resolves_and_star_imports_work(where):
    module = importlib.import_module(where)
    for name in (NAMES | CONTRACTS)[where].split():
        assert getattr(module, name) is not None, name
    taken: dict[str, object] = {}
    exec(f"from {where} import *", taken)
    assert set(NAMES.get(where, "").split()) <= set(taken)


def test_the_table_of_contents_is_what_dir_shows():
    assert dir(fc) == sorted(fc.__all__)


# deprecations: each has a date, warns, and is gone when the date has passed


def marks(text):
    """The line, the version that warned first and the last day of every ``@deprecated(...)`` in a source."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "deprecated":
            said = {option.arg: ast.literal_eval(option.value) for option in node.keywords}
            found.append((node.lineno, said["since"], date.fromisoformat(said["gone"])))
    return found


def late(texts, today):
    return [(where, line, day) for where, text in texts for line, _, day in marks(text) if day <= today]


def hasty(texts, changelog, today):
    """What is to go sooner than 183 days after its version came out; what is not out comes today or later."""
    out = dict(re.findall(r"^## (\S+) \((\S+)\)", changelog, flags=re.MULTILINE))
    days = {version: today if day == "unreleased" else date.fromisoformat(day) for version, day in out.items()}
    return [
        (where, line, since)
        for where, text in texts
        for line, since, day in marks(text)
        if since not in days or day < days[since] + timedelta(days=183)
    ]


def sources():
    return [(path.name, path.read_text(encoding="utf-8")) for path in SOURCES if path.name != "deprecation.py"]


def test_nothing_deprecated_has_outlived_its_date():
    assert late(sources(), date.today()) == [], "remove it, and name that in CHANGELOG.md"


def test_nothing_deprecated_goes_sooner_than_promised():
    changelog = (Path(__file__).parent.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert hasty(sources(), changelog, date.today()) == [], "six months lie between: docs/compatibility.md"


OLD = '@deprecated(since="0.3.0", instead="new", gone="2027-09-30")\ndef old(): ...\n'


def test_a_date_that_has_passed_is_seen():
    assert late([("old.py", OLD)], date(2027, 9, 29)) == []
    assert late([("old.py", OLD)], date(2027, 9, 30)) == [("old.py", 1, date(2027, 9, 30))]
    for hidden in ("@deprecated(**said)", "@deprecated(since='0.3.0', instead='new')", "@deprecated()"):
        with pytest.raises((KeyError, ValueError)):
            marks(hidden + "\ndef old(): ...\n")


@pytest.mark.parametrize(
    ("heading", "today", "seen"),
    [
        ("## 0.3.0 (2027-03-31)", date(2027, 9, 1), False),  # 183 days
        ("## 0.3.0 (2027-04-01)", date(2027, 9, 1), True),
        ("## 0.3.0 (unreleased)", date(2027, 3, 31), False),
        ("## 0.3.0 (unreleased)", date(2027, 4, 1), True),
        ("## 0.2.0 (2026-01-01)", date(2027, 1, 1), True),  # no such version
    ],
)
def test_a_date_that_comes_too_soon_is_seen(heading, today, seen):
    assert hasty([("old.py", OLD)], f"# Changelog\n\n{heading}\n", today) == ([("old.py", 1, "0.3.0")] if seen else [])


def test_nothing_warns_of_a_deprecation_without_a_date():
    for path in SOURCES:
        if path.name != "deprecation.py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "attr", getattr(node.func, "id", "")) == "warn"
                    and any("DeprecationWarning" in ast.dump(given) for given in [*node.args, *node.keywords])
                ), f"{path}:{node.lineno}: use forecast.deprecation, which asks for a date"


def test_a_deprecated_function_works_and_tells_at_the_callers_line():
    @deprecated(since="0.3.0", instead="fc.new", gone="2027-09-30")
    def old(number, *, more=0):
        """What it says."""
        return number + more

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert old(2, more=3) == 5
    assert [one.category for one in told] == [DeprecationWarning]
    assert told[0].filename == __file__
    assert str(told[0].message).endswith(
        "old is deprecated since version 0.3.0 and may be gone from 2027-09-30 on. Use fc.new."
    )
    assert old.__doc__ == "What it says."


def test_a_deprecation_needs_a_date():
    with pytest.raises(TypeError):
        deprecated(since="0.3.0", instead="fc.new")
    with pytest.raises(ValueError, match="soon"):
        deprecated(since="0.3.0", instead="fc.new", gone="soon")
