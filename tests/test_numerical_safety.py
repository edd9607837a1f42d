"""Every hazard in every place: finite with warnings, or the library's own refusal; nothing of NumPy scrolls by.

pytest turns warnings into errors, so a warning of NumPy or statsmodels that reaches the screen fails here.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.errors import CalibrationError, FactsError, ForecastError, ModelError, SimulationError
from forecast.forecasters import (
    ARIMA,
    ETS,
    AveragedSmoothing,
    Combination,
    MovingAverage,
    RandomWalk,
    ReferenceGrowth,
    Regression,
    SeasonalNaive,
    Structural,
    Theta,
    reconcile_paths,
)

D = fc.drivers
BASE = fc.Scenario("base")
FORECASTERS = (
    *(ARIMA(), AveragedSmoothing(), Combination(), ETS(), MovingAverage(), RandomWalk(), ReferenceGrowth()),
    *(Regression(), SeasonalNaive(), Structural(), Theta()),
)
SERIES = {
    "constant": np.full(16, 5.0),
    "constant negative": np.full(16, -4.0),
    "zero": np.zeros(16),
    "zero, then one": np.array([0.0] * 15 + [5.0]),
    "one point": np.array([3.0]),
    "one zero": np.array([0.0]),
    "one loss": np.array([-3.0]),
    "huge": np.linspace(1e300, 1.7e308, 16),
    "huge, alternating": 1.7e308 * (-1.0) ** np.arange(16),
    "large": 1e49 * np.linspace(1, 2, 16),
    "tiny": 1e-300 * np.linspace(1, 2, 16),
    "smallest": np.full(16, 5e-324),
    "alternating": 5 * (-1.0) ** np.arange(16),
    "negative": -np.linspace(5, 9, 16),
    "explosive": 10.0 ** np.linspace(-49, 49, 16),
    "collapse": np.array([1e9] * 15 + [1e-9]),
    "jump": np.array([1.0] * 15 + [1e12]),
    "fast": 1e-3 * 4.0 ** np.arange(16),
    "short and fast": 1e-3 * 4.0 ** np.arange(7),
    "of two sizes": np.array([1e-49, 1e49] * 8),
}


def series_of(values):
    return pd.Series(values, index=pd.period_range("2015Q1", periods=len(values), freq="Q"), name="sales")


def finite_or_refused(values, horizon, forecaster=None):
    """The prediction, all of it finite, or None where the library refuses."""
    try:
        found = fc.predict(series_of(values), horizon, seed=1, paths=50, forecaster=forecaster)
        numbers = np.concatenate([found.paths.to_numpy().ravel(), found.to_frame().to_numpy().ravel(), found.totals()])
    except ForecastError:
        return None
    assert np.isfinite(numbers).all()
    assert str(found).count("Warnings:") == (1 if found.warnings else 0)
    return found


@pytest.mark.parametrize("values", SERIES.values(), ids=SERIES)
@pytest.mark.parametrize("forecaster", FORECASTERS, ids=lambda one: one.name)
def test_a_forecast_is_finite_or_refused(forecaster, values):
    finite_or_refused(values, 40, forecaster)


@pytest.mark.parametrize("name", ["constant", "constant negative", "zero", "one point", "tiny"])
def test_the_default_forecasts_what_has_no_spread_and_says_so(name):
    found = finite_or_refused(SERIES[name], 8)
    assert found is not None
    assert found.warnings


edges = st.sampled_from([0.0, 5.0, -5.0, 1e300, -1e300, 1e49, 1e-49, 1e-300, 5e-324, 1e-9, 1e12])
numbers = st.one_of(edges, st.floats(allow_nan=False, allow_infinity=False))
histories = st.one_of(
    st.lists(numbers, min_size=1, max_size=20),
    st.builds(lambda value, count: [value] * count, numbers, st.integers(1, 20)),
    st.builds(lambda value, count: [value * (-1) ** i for i in range(count)], numbers, st.integers(1, 20)),
)


@given(histories, st.sampled_from([1, 8, 40]))
@settings(max_examples=60, deadline=None)
def test_any_series_is_predicted_with_finite_numbers_or_refused(values, horizon):
    finite_or_refused(np.array(values), horizon)


def financials_of(rows, tmp_path):
    heading = "period,basis,item,segment,value,unit,currency,published,source,confidence\n"
    (tmp_path / "facts.csv").write_text(heading + "\n".join(rows) + "\n", encoding="utf-8")
    return fc.read_financials(tmp_path / "facts.csv")


def quarterly(line, values):
    labels = [str(label) for label in pd.period_range("2015Q1", periods=len(values), freq="Q")]
    pairs = zip(labels, values, strict=True)
    return [f"{label},quarter,{line},,{float(value)!r},million,CNY,2023-01-01,here,high" for label, value in pairs]


@given(histories)
@settings(max_examples=40, deadline=None)
def test_any_figures_are_reconciled_to_finite_numbers_or_refused(tmp_path_factory, values):
    try:
        history = financials_of(quarterly("sales", values), tmp_path_factory.mktemp("any")).reconcile()
    except ForecastError:
        return
    known = np.array([mark != "missing" for mark in history.marks("sales")])
    assert np.isfinite(history.values("sales")[known]).all()
    assert np.isfinite(history.errors("sales")[known]).all()
    assert known.all() or history.warnings
    assert str(history)


DRIVERS = {
    "Trend": (D.Trend("x"),),
    "Trend of": (D.Path("b", 100.0), D.Trend("x", of="b")),
    "Growth": (D.Growth("x"),),
    "Rate": (D.Rate("x"),),
    "Ratio": (D.Trend("b"), D.Ratio("x", of="b")),
    "SCurve": (D.SCurve("x", ceiling=fc.lognormal(median=900, sigma=0.5)),),
    "SCurve averaged": (D.SCurve("x", ceiling=fc.lognormal(median=900, sigma=0.5), form="averaged"),),
    "Conversion": (D.SCurve("b", ceiling=1000.0), D.Conversion("x", of="b")),
    "OneOff": (D.OneOff("x"),),
}


@pytest.mark.parametrize("values", SERIES.values(), ids=SERIES)
@pytest.mark.parametrize("drivers", DRIVERS.values(), ids=DRIVERS)
def test_a_calibrated_driver_is_finite_or_refused(drivers, values):
    frame = pd.DataFrame({"x": values, "b": np.abs(values)}, index=series_of(values).index)
    try:
        company = fc.calibrate(fc.Model(*drivers), fc.History.from_frame(frame))
        runs = fc.simulate(company, BASE, until=company.first + 11, paths=50, seed=1)
    except ForecastError:
        return
    assert np.isfinite(runs.values("x")).all()
    assert np.isfinite(company.to_frame().iloc[:, :3].to_numpy(dtype=float)).all()


@pytest.mark.parametrize("driver", [D.Growth("x"), D.Rate("x"), D.Trend("x")], ids=["Growth", "Rate", "Trend"])
def test_a_driver_on_a_constant_history_warns(driver):
    frame = pd.DataFrame({"x": SERIES["constant"]}, index=series_of(SERIES["constant"]).index)
    company = fc.calibrate(fc.Model(driver), fc.History.from_frame(frame))
    assert any("spread" in one for one in company.warnings)
    assert "Warnings:" in str(company)
    assert "Warnings:" in company._repr_html_()


INFINITE = (
    "Infinity comes of a division by zero, of the log of zero or of an overflow. "
    "Guard it, as in x / max(y, 0.001), or check the units."
)
UNKNOWN = (
    "No number comes of 0 / 0, of the log or root of a negative number, of infinity less infinity, or of a value that "
    "nobody knows. Guard it, as in log(max(x, 0.001))."
)


@pytest.mark.parametrize(
    ("start", "formula", "found", "why"),
    [
        (-1.0, "b = log(a)", "nan", UNKNOWN),
        (-1.0, "b = sqrt(a)", "nan", UNKNOWN),
        (0.0, "b = a / a", "nan", UNKNOWN),
        (0.0, "b = log(a)", "-inf", INFINITE),
        (0.0, "b = 1 / a", "inf", INFINITE),
        (1000.0, "b = exp(a)", "inf", INFINITE),
        (1e200, "b = a * a", "inf", INFINITE),
    ],
)
def test_a_formula_without_an_answer_is_refused_with_its_cause(start, formula, found, why):
    company = fc.calibrate(fc.Model(D.Path("a", start), D.Formula(formula)), first="2026Q1")
    for keep in (None, ["b"]):
        with pytest.raises(SimulationError) as caught:
            fc.simulate(company, BASE, until="2026Q4", paths=10, seed=1, keep=keep)
        assert str(caught.value) == (
            f"the company without shocks cannot be simulated: 'b' is {found} in 2026Q1 on path 0, "
            f"and not finite on 100% of the paths. {why}"
        )


def test_an_overflow_after_growth_names_the_growth():
    model = fc.Model(D.Formula("a = a[-1] * 1e100"))
    company = fc.calibrate(model, first="2026Q1", opening={"a": 1.0})
    with pytest.raises(SimulationError, match="It was 1e\\+300 the quarter before: such growth cannot go on"):
        fc.simulate(company, BASE, until="2026Q4", paths=10, seed=1)


def test_a_number_on_its_way_to_an_overflow_is_a_warning_that_breakeven_inherits():
    company = fc.calibrate(fc.Model(D.Formula("a = a[-1] * 1e10")), first="2026Q1", opening={"a": 1.0})
    runs = fc.simulate(company, BASE, until="2026Q3", paths=10, seed=1)
    told = "'a' under 'base' goes beyond 1e+15 on 100.00% of the paths, first in 2026Q2: check its growth and its unit."
    assert runs.warnings == (told,)
    assert str(runs).endswith(f"Warnings:\n  - {told}")
    assert "check its growth" in runs._repr_html_()
    result = fc.breakeven(runs, fc.Goal("a", at_least=0, over="quarter"))
    assert result.warnings == runs.warnings
    assert str(result).endswith(f"Warnings:\n  - {told}")


def test_a_lever_at_which_nothing_can_be_computed_is_named():
    lever = fc.assume(5.0, role="lever", low=0, high=10)
    company = fc.calibrate(fc.Model(D.Path("a", lever), D.Formula("b = 1 / a")), first="2026Q1")
    goal = fc.Goal("b", at_least=0.5, over="quarter", by="2026Q4", probability=0.8)
    with pytest.raises(SimulationError, match=r"This was with 'a.value' at 0; leave it out: between=\(low, high\)."):
        fc.goal_seek(company, BASE, vary="a.value", goal=goal, paths=10, seed=1)


def test_a_draw_that_is_infinite_is_refused():
    company = fc.calibrate(fc.Model(D.Path("a", fc.lognormal(median=1e300, sigma=50))), first="2026Q1")
    with pytest.raises(
        ForecastError, match=r"is so wide that some draws are infinite\. Make it narrower, or cut it off\."
    ):
        fc.simulate(company, BASE, until="2026Q4", paths=500, seed=1)


@pytest.mark.parametrize(
    "correlations",
    [
        {("a.value", "b.value"): 0.9, ("b.value", "c.value"): 0.9, ("a.value", "c.value"): -0.9},
        {("a.value", "b.value"): 0.6, ("b.value", "c.value"): 0.8, ("a.value", "c.value"): 0.0},
    ],
    ids=["impossible", "singular"],
)
def test_a_singular_or_impossible_correlation_is_refused(correlations):
    with pytest.raises(ModelError, match=r"cannot hold together: no joint distribution has them\. Weaken some\."):
        fc.Model(*(D.Path(name, fc.normal(0, 1)) for name in "abc"), correlations=correlations)


def test_a_difference_of_figures_that_nearly_cancel_is_a_warning(tmp_path):
    model = fc.Model(D.Path("a", 1.0), D.Path("b", 1.0), D.Formula("c = a + b"))
    facts = financials_of([*quarterly("a", [1e14 - 1] * 8), *quarterly("c", [1e14] * 8)], tmp_path)
    history = facts.reconcile(model)
    assert len(history.warnings) == 1
    assert history.warnings[0].startswith("'b' is a difference of figures that nearly cancel in 8 of 8 quarters: ")
    assert fc.calibrate(model, history).warnings == history.warnings


def test_a_figure_that_passes_through_zero_is_not(tmp_path):
    # printed to units, so that c is known to 0.4; it goes from -40 to 40 and stands at 0 in 2015Q3
    model = fc.Model(D.Path("a", 1.0), D.Path("b", 1.0), D.Formula("c = a - b"))

    def printed(line, figures):
        labels = ("2015Q1", "2015Q2", "2015Q3", "2015Q4", "2016Q1")
        pairs = zip(labels, figures, strict=True)
        return [f"{label},quarter,{line},,{figure},million,CNY,2023-01-01,here,high" for label, figure in pairs]

    facts = financials_of([*printed("a", (60, 80, 100, 120, 140)), *printed("b", [100] * 5)], tmp_path)
    history = facts.reconcile(model)
    assert history.errors("c")[2] > abs(history.values("c")[2])
    assert history.warnings == ()


def test_figures_that_are_too_large_are_refused_wherever_they_enter(tmp_path):
    index = series_of(SERIES["huge"]).index
    cure = "no amount is larger than 1e\\+50; check the unit, or leave it out"
    with pytest.raises(FactsError, match="not between 1e-30 and 1e\\+30 in size"):
        financials_of(quarterly("sales", [1e60]), tmp_path)
    with pytest.raises(ForecastError, match=cure):
        fc.History.from_frame(pd.DataFrame({"sales": SERIES["huge"]}, index=index))
    with pytest.raises(SimulationError, match=cure):
        fc.predict(series_of(SERIES["huge"]), 4)
    with pytest.raises(CalibrationError, match=cure):
        fc.calibrate(fc.Model(D.Formula("a = a[-1] * 2")), first="2026Q1", opening={"a": 1e60})
    with pytest.raises(ForecastError, match=cure):
        fc.disaggregate([1e60, 1.0, 2.0, 3.0], per=4)
    with pytest.raises(SimulationError, match=cure):
        reconcile_paths({"a": np.full((4, 10), 1e60)}, [])


@pytest.mark.parametrize("value", [0.0, 5.0, 1e49, 1e-49])
def test_paths_without_spread_are_reconciled(value):
    identity = fc.Model(D.Path("a", 1.0), D.Path("b", 1.0), D.Formula("c = a + b")).identities
    paths = {name: np.full((3, 20), value) for name in "abc"}
    for weights in ("covariance", "variance", "equal"):
        found = reconcile_paths(paths, identity, weights=weights)
        # the least change of (v, v, v) that adds up, all alike: a third of the excess v from a and b, to c
        for name, part in (("a", 2 / 3), ("b", 2 / 3), ("c", 4 / 3)):
            np.testing.assert_allclose(found[name], part * value, rtol=1e-6)


def test_every_answer_about_a_company_that_warns_carries_its_warnings_once():
    index = series_of(SERIES["constant"]).index
    history = fc.History.from_frame(pd.DataFrame({"sales": SERIES["constant"]}, index=index))
    model = fc.Model(D.Growth("sales"), D.Path("cost", fc.assume(fc.normal(5, 1), role="lever", low=0, high=10)))
    model = model.replacing(D.Formula("profit = sales - cost")).replacing(D.Formula("cash = cash[-1] + profit"))
    company = fc.calibrate(model, history, opening={"cash": 10.0})
    goal = fc.Goal("profit", at_least=0.5, over="quarter", by="2020Q4", probability=0.6)
    asked = {"paths": 200, "seed": 1}
    runs = fc.simulate(company, BASE, until="2020Q4", **asked)
    answers = [
        company,
        runs,
        fc.breakeven(runs, goal),
        fc.runway(runs),
        fc.honesty(runs, goal),
        fc.goal_seek(company, BASE, vary="cost.value", goal=goal, **asked),
        fc.frontier(company, BASE, vary=("cost.value", "sales.growth"), goal=goal, points=3, **asked),
        fc.least_change(company, BASE, goal=goal, **asked),
        fc.sensitivity(company, BASE, goal=goal, **asked),
    ]
    (told,) = company.warnings
    for answer in answers:
        assert told in answer.warnings
        assert str(answer).count(told) == 1, type(answer).__name__


def test_an_optimiser_that_does_not_converge_is_told(monkeypatch):
    from forecast.forecasters import arima, ets, structural

    for module in (arima, ets, structural):
        monkeypatch.setattr(module, "_estimate", lambda *arguments: None)
    rough = np.array([5.0, 7.0, 4.0, 6.0, 8.0, 5.0, 7.0, 9.0, 6.0, 8.0, 7.0, 9.0, 8.0, 6.0, 9.0, 7.0])
    for forecaster, said in (
        (ETS(), "ETS: the optimiser did not converge for 1 of 1 candidates; ETS(A,N,N) on a grid was taken."),
        (ARIMA(differences=1), "ARIMA: the optimiser did not converge for 3 of 3 candidates; ARIMA(0,1,0) was taken."),
        (
            Structural(),
            "Structural: the optimiser did not converge for 2 of 2 candidates; a random walk without drift was taken.",
        ),
    ):
        found = fc.predict(series_of(rough), 4, forecaster=forecaster)
        assert found.warnings == (said,)
        assert said in str(found)
        both = fc.predict(series_of(rough), 4, forecaster=Combination((forecaster, RandomWalk())))
        assert said in both.warnings


def test_contradicted_and_unusable_figures_are_warnings_of_the_history(tmp_path):
    rows = [*quarterly("sales", [100.0] * 8), "2015,annual,sales,,900,million,CNY,2023-01-01,here,low"]
    history = financials_of(rows, tmp_path).reconcile()
    assert len(history.contradictions) == 1
    assert history.warnings == ("1 figure is contradicted by the others; history.contradictions names them.",)
    assert history.warnings[0] in str(history)
    assert "1 figure is contradicted" in history._repr_html_()


def test_every_answer_carries_the_warnings_of_its_company():
    quarters = pd.period_range("2023Q1", periods=12, freq="Q")
    history = fc.History.from_frame(
        pd.DataFrame({"sales": np.full(12, 100.0), "cost": np.full(12, 99.0)}, index=quarters)
    )
    model = fc.Model(D.Growth("sales"), D.Ratio("cost", of="sales"), D.Formula("profit = sales - cost"))
    company = fc.calibrate(model, history)
    assert company.warnings
    worse = fc.Scenario("worse", fc.shocks.Scale("sales", 0.9, start="2026Q3"))
    goal = fc.Goal("profit", at_least=1, over="quarter", by="2026Q4", probability=0.8)
    runs = fc.simulate(company, [BASE, worse], until="2026Q4", paths=400, seed=7)
    asked = {"goal": goal, "paths": 400, "seed": 7}
    check = fc.RealityCheck("sales are positive", always="sales > 0")
    answers = [
        fc.scan(company, [BASE, worse], goal, until="2026Q4", paths=400, seed=7),
        fc.summarise(company, BASE, lines="profit", until="2026Q4", paths=2_000, seed=7),
        fc.bridge(company, BASE, worse, goal, paths=400, seed=7),
        fc.elasticities(company, BASE, **asked),
        fc.variance_shares(company, BASE, **asked),
        fc.value_of_information(company, [BASE, worse], payoff=goal, paths=400, seed=7),
        fc.stress(company, BASE, below=0.3, **asked),
        fc.plausibility(runs),
        fc.discover(runs, goal),
        fc.check_reality(company, check, until="2026Q4", paths=50, seed=7),
    ]
    for answer in answers:
        assert set(company.warnings) <= set(answer.warnings), type(answer).__name__
        assert all(f"\n  - {one}" in str(answer) for one in company.warnings), type(answer).__name__
        assert "Warnings:" in answer._repr_html_(), type(answer).__name__
