"""Calibration: what is learned, what is stated, what is refused, and that nothing later is looked at."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from forecast.calibration import calibrate
from forecast.distributions import fixed, lognormal, normal, triangular
from forecast.drivers import Conversion, Formula, Growth, Path, Rate, Ratio, SCurve, Trend
from forecast.errors import CalibrationError, HistoryTooShortError
from forecast.financials import History, read_financials
from forecast.lines import Line
from forecast.model import Fit, Model, assume
from forecast.model.assumption import parameter
from forecast.timeline import Quarter


def history(**lines):
    """The lines over the quarters up to 2025Q4."""
    count = max(len(values) for values in lines.values())
    index = [str(Quarter.parse("2025Q4") + (back - count + 1)) for back in range(count)]
    return History.from_frame(
        pd.DataFrame({name: [np.nan] * (count - len(v)) + list(v) for name, v in lines.items()}, index=index)
    )


def refused(*arguments, error=CalibrationError, **options):
    with pytest.raises(CalibrationError) as caught:
        calibrate(*arguments, **options)
    assert type(caught.value) is error
    return str(caught.value)


STATED = Growth("sales", growth=0.1, persistence=0.0, volatility=0.0, momentum=0.1, start=100.0)


def test_a_model_whose_parameters_are_all_stated_needs_no_history():
    company = calibrate(Model(STATED), first="2026Q1", horizon=12)
    assert (company.history, company.first, company.horizon, company.as_of) == (None, Quarter.parse("2026Q1"), 12, None)
    assert {name: p.estimate for name, p in company.parameters.items()} == {
        "sales.growth": fixed(0.1),
        "sales.persistence": fixed(0.0),
        "sales.volatility": fixed(0.0),
        "sales.momentum": fixed(0.1),
        "sales.start": fixed(100.0),
    }


def test_the_first_simulated_quarter_follows_the_history():
    assert calibrate(Model(STATED), history(sales=[1.0, 2.0])).first == Quarter.parse("2026Q1")


def test_the_date_after_which_nothing_was_known_is_that_of_the_history():
    facts = pd.DataFrame(
        [("2025Q4", "sales", 5.0, "2026-01-31")], columns=["period", "item", "value", "published"]
    ).assign(basis="quarter", segment="", unit="million", currency="CNY", confidence="high", source="s", rounding=0.1)
    known = read_financials(facts).as_of("2026-02-01").reconcile()
    assert calibrate(Model(STATED), known).as_of == dt.date(2026, 2, 1)


def test_an_opening_stands_where_the_history_has_nothing():
    model = Model(STATED, Formula("cash = cash[-1] + sales"))
    company = calibrate(model, history(sales=[1.0]), opening={"cash": np.int64(5)})
    assert (company.past("cash"), dict(company.openings)) == (5.0, {"cash": 5.0})


def test_an_opening_is_where_a_fitted_driver_starts():
    rate = Rate("usd_cny", volatility=0.02)
    company = calibrate(Model(rate), opening={"usd_cny": 7.1}, first="2026Q1")
    assert company.parameters["usd_cny.start"].estimate == fixed(7.1)


def test_an_opening_that_would_change_no_path_is_refused():
    model = Model(Trend("sales"))
    values = [4.0, 5.0, 6.0, 5.0, np.nan]
    assert refused(model, history(sales=values), opening={"sales": 5.0}) == (
        "the model cannot be calibrated\n"
        "  - the opening of 'sales' would change no path: nothing reads it a quarter earlier. "
        "Correct the facts, or state the driver's start."
    )


def test_an_opening_that_a_reported_figure_contradicts_is_refused():
    model = Model(Path("cash", value=1.0, kind="stock"))
    assert refused(model, history(cash=[4.0]), opening={"cash": 5.0}) == (
        "the model cannot be calibrated\n"
        "  - the opening of 'cash' is 5, but the history says 4 in 2025Q4. "
        "Leave the opening out, or correct the facts."
    )
    assert calibrate(model, history(cash=[4.0]), opening={"cash": 4.0}).past("cash") == 4.0


def test_an_opening_that_a_stated_start_contradicts_is_refused():
    assert refused(Model(STATED), opening={"sales": 90.0}, first="2026Q1") == (
        "the model cannot be calibrated on this history\n"
        "  - the opening of 'sales' is 90, but its driver starts from 100. Leave one of them out."
    )
    assert calibrate(Model(STATED), opening={"sales": 100.0}, first="2026Q1").past("sales") == 100


def test_everything_wrong_with_a_request_is_told_at_once():
    opening = {"cash": 1.0, "sales": float("nan"), "cost": "5", "rent": True}
    model = Model(STATED, Path("cost"), Path("rent"))
    assert refused(model, opening=opening, first="2026-Q1", horizon=0) == (
        "the model cannot be calibrated\n"
        "  - opening names 'cash', a line without a driver. Known: 'cost', 'rent', 'sales'.\n"
        "  - the opening of 'sales' is nan; give a finite number.\n"
        "  - the opening of 'cost' is '5'; give a finite number.\n"
        "  - the opening of 'rent' is True; give a finite number.\n"
        "  - horizon is 0; give 1 to 400 quarters.\n"
        "  - first: '2026-Q1' is not a quarter. Write '2026Q1'."
    )


@pytest.mark.parametrize("horizon", [0, 401, 1.5, True, "40"])
def test_a_horizon_is_one_to_400_quarters(horizon):
    assert refused(Model(STATED), first="2026Q1", horizon=horizon) == (
        f"the model cannot be calibrated\n  - horizon is {horizon!r}; give 1 to 400 quarters."
    )


def test_without_a_history_the_first_quarter_must_be_said_and_with_one_it_must_not():
    assert refused(Model(STATED)) == (
        "the model cannot be calibrated\n"
        "  - there is no history, so say which quarter is simulated first: first='2026Q1'."
    )
    assert refused(Model(STATED), history(sales=[1.0]), first="2026Q1") == (
        "the model cannot be calibrated\n"
        "  - the history ends in 2025Q4, which decides the first quarter; leave 'first' out."
    )


def test_all_drivers_that_cannot_learn_are_told_at_once():
    model = Model(Growth("sales"), Ratio("cost", of="sales"), Rate("usd_cny"))
    with pytest.raises(CalibrationError) as caught:
        calibrate(model, history(sales=[1.0, 2.0, 3.0]))
    error = caught.value
    assert type(error) is CalibrationError
    assert error.heading == "the model cannot be calibrated on this history"
    assert [problem.split(" ")[0] for problem in error.problems] == ["'sales'", "'cost'", "'usd_cny'"]


def test_when_every_problem_is_a_short_history_the_error_says_so_by_its_type():
    text = refused(Model(Growth("sales")), history(sales=[1.0, 2.0, 3.0]), error=HistoryTooShortError)
    assert text == (
        "the model cannot be calibrated on this history\n"
        "  - 'sales' (Growth) needs 5 quarters in a row up to 2025Q4; the history has 3. "
        "State its parameters, or use another driver."
    )


def test_a_lag_of_one_needs_an_opening():
    model = Model(Path("flow", value=1.0), Formula("cash = cash[-1] + flow"))
    assert refused(model, first="2026Q1") == (
        "the model cannot be calibrated on this history\n"
        "  - 'cash' reads 'cash' of 2025Q4, which nobody knows. Give calibrate(..., opening={'cash': ...})."
    )


def test_a_lag_of_one_may_be_known_from_a_stated_start():
    model = Model(STATED, Formula("rise = sales - sales[-1]"))
    assert calibrate(model, first="2026Q1").first == Quarter.parse("2026Q1")


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ([1.0, 2.0, 3.0, 4.0], True),
        ([2.0, 3.0, 4.0], False),
        ([1.0, np.nan, 3.0, 4.0], False),
        ([1.0, 2.0, 3.0, np.nan], False),
    ],
)
def test_a_longer_lag_needs_every_quarter_since(values, known):
    # sales[-4] reads 2025Q1 in the first quarter, then 2025Q2, Q3 and Q4
    model = Model(Path("sales", value=1.0), Formula("rise = sales - sales[-4]"))
    past = history(sales=values, other=[1.0] * 4)
    if known:
        assert calibrate(model, past).past("sales", 4) == 1.0
    else:
        assert refused(model, past) == (
            "the model cannot be calibrated on this history\n"
            "  - 'rise' reads 'sales' of 2025Q1, which nobody knows. Give a longer history."
        )


def test_an_opening_completes_the_quarters_of_a_longer_lag():
    model = Model(Path("sales", value=1.0), Formula("rise = sales - sales[-4]"))
    past = history(sales=[1.0, 2.0, 3.0, np.nan], other=[1.0] * 4)
    assert calibrate(model, past, opening={"sales": 4.0}).past("sales") == 4.0


def test_what_is_stated_is_kept_and_what_is_fitted_says_so():
    rates = [100.0, 110.0, 121.0, 133.1, 146.41, 161.051]
    model = Model(Growth("sales", growth=assume(normal(0.05, 0.01), because="plan")))
    found = calibrate(model, history(sales=rates)).parameters
    assert (found["sales.growth"].estimate, found["sales.growth"].basis) == (
        normal(0.05, 0.01).between(-0.5, 1),
        "plan",
    )
    assert found["sales.momentum"].estimate.median == pytest.approx(0.1)
    assert found["sales.momentum"].basis == "fitted"
    assert found["sales.persistence"].basis == "judgement, the driver's default"


@pytest.mark.parametrize("stated", [normal(0.3, 0.15), normal(0.3, 0.2)], ids=str)
def test_a_stated_distribution_stays_inside_its_domain_even_when_it_equals_the_default(stated):
    # the default persistence is normal(0.3, 0.15) without ends; the domain is [0, 0.99]
    model = Model(Growth("sales", growth=0.1, persistence=stated, volatility=0.0, momentum=0.1, start=1.0))
    estimate = calibrate(model, first="2026Q1").parameters["sales.persistence"].estimate
    assert estimate == stated.between(0.0, 0.99)
    assert estimate.quantile(1e-6) >= 0


def test_a_fitted_distribution_is_cut_to_the_domain():
    company = calibrate(Model(Growth("sales")), history(sales=[100.0, 90.0, 120.0, 80.0, 110.0, 100.0]))
    for parameter_ in company.parameters.values():
        low, high = parameter_.estimate.quantile(1e-9), parameter_.estimate.quantile(1 - 1e-9)
        assert parameter_.low <= low <= high <= parameter_.high


def test_a_ceiling_is_drawn_above_the_last_value_and_keeps_its_own_ends():
    curve = SCurve("arr", ceiling=lognormal(400, 0.5).between(high=900), rate=0.3)
    company = calibrate(Model(curve), history(arr=[200.0, 300.0]))
    estimate = company.parameters["arr.ceiling"].estimate
    assert (estimate.family, estimate.low, estimate.high) == ("lognormal", 300.0, 900.0)


def test_conversion_defaults_are_judgements():
    arr = Path("arr", value=400.0, kind="stock")
    company = calibrate(Model(arr, Conversion("revenue", of="arr", start=0.5)), opening={"arr": 400.0}, first="2026Q1")
    found = company.parameters["revenue.half_life"]
    assert (found.estimate, found.basis) == (triangular(2, 5, 12).between(0.05, 80), "judgement, the driver's default")


class Forgetful:
    """A driver that neither states nor fits its parameter, or fits it outside its domain."""

    def __init__(self, found):
        self.line, self.found = "odd", found

    def describe(self):
        return Line("odd")

    def parameters(self):
        return (parameter("odd", "share", None, role="uncertainty", low=0.0, high=1.0),)

    def reads(self):
        return ()

    def noises(self):
        return ()

    def records(self):
        return ()

    def last(self, own):
        return None

    def identity(self):
        return None

    def calibrate(self, past):
        return Fit(self.found)

    def step(self, now):
        return now.parameter("share")


def test_a_parameter_that_nobody_found_is_refused():
    assert refused(Model(Forgetful({})), first="2026Q1") == (
        "the model cannot be calibrated on this history\n"
        "  - 'odd.share' was neither stated nor fitted. State it in the model."
    )


def test_a_number_fitted_outside_its_domain_is_refused():
    assert refused(Model(Forgetful({"share": fixed(1.5)})), first="2026Q1") == (
        "the model cannot be calibrated on this history\n"
        "  - 'odd.share': the number 1.5 lies outside its domain [0, 1]."
    )


def test_a_later_quarter_of_the_history_does_not_move_what_was_learned_before():
    # the same facts with a wild quarter published after as_of
    rows = [(f"202{4 + i // 4}Q{i % 4 + 1}", 100.0 + 3 * i, "2026-01-31") for i in range(8)]
    wild = [("2026Q1", 1e9, "2026-04-30"), ("2025Q4", -1e9, "2026-04-30")]

    def company(listed, date="2026-03-01"):
        facts = pd.DataFrame(listed, columns=["period", "value", "published"]).assign(
            item="sales", basis="quarter", segment="", unit="million", currency="CNY", confidence="high", rounding=0.5
        )
        facts["source"] = [f"s{n}" for n in range(len(facts))]
        model = Model(Growth("sales"))
        return calibrate(model, read_financials(facts).as_of(date).reconcile(model))

    clean, dirty, late = company(rows), company(rows + wild), company(rows + wild, "2026-05-01")
    assert clean.fingerprint == dirty.fingerprint
    assert dict(clean.parameters) == dict(dirty.parameters)
    assert dict(late.parameters) != dict(clean.parameters)
