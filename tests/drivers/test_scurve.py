"""SCurve: its steps against curves in closed form, bent ceilings, and a rate recovered from exact points."""

import math

import numpy as np
import pytest
from scipy import integrate

import forecast as fc
from forecast.distributions import fixed, lognormal, uniform
from forecast.drivers import SCurve
from forecast.errors import CalibrationError, ModelError

T = np.arange(1, 13)
FORMS = ("logistic", "gompertz", "bass")


def logistic(t, *, ceiling, start, rate):
    return ceiling / (1 + (ceiling / start - 1) * np.exp(-rate * t))


def gompertz(t, *, ceiling, start, rate):
    """K * exp(-b * exp(-r t)) with b = log(K / x0)."""
    return ceiling * np.exp(-math.log(ceiling / start) * np.exp(-rate * t))


def bass_share(t, p, q):
    """Bass 1969, eq. 9: F(t) = (1 - exp(-(p + q) t)) / (1 + (q / p) exp(-(p + q) t))."""
    decay = np.exp(-(p + q) * t)
    return (1 - decay) / (1 + q / p * decay)


def steps(walk, form, n=12, **given):
    own = {"volatility": 0, **given}
    if form == "bass":
        own.setdefault("innovation", 0.01)
    return walk(SCurve("arr", ceiling=1, form=form), n, **own)[0]


def test_the_logistic_steps_lie_on_the_curve(walk):
    values = steps(walk, "logistic", ceiling=600, rate=0.3, start=40)
    np.testing.assert_allclose(values, logistic(T, ceiling=600, start=40, rate=0.3), rtol=1e-12)


def test_the_gompertz_steps_lie_on_the_curve(walk):
    values = steps(walk, "gompertz", ceiling=600, rate=0.3, start=40)
    np.testing.assert_allclose(values, gompertz(T, ceiling=600, start=40, rate=0.3), rtol=1e-12)


def test_the_bass_steps_lie_on_the_curve_from_nothing(walk):
    values = steps(walk, "bass", ceiling=600, rate=0.38, start=0, innovation=0.03)
    np.testing.assert_allclose(values, 600 * bass_share(T, 0.03, 0.38), rtol=1e-12)


def test_the_bass_steps_lie_on_the_curve_from_its_third_quarter(walk):
    start = 600 * bass_share(3.0, 0.03, 0.38)
    values = steps(walk, "bass", ceiling=600, rate=0.38, start=start, innovation=0.03)
    np.testing.assert_allclose(values, 600 * bass_share(T + 3, 0.03, 0.38), rtol=1e-12)


def test_bass_without_imitation_is_exponential(walk):
    values = steps(walk, "bass", ceiling=600, rate=0, start=0, innovation=0.1)
    np.testing.assert_allclose(values, 600 * (1 - np.exp(-0.1 * T)), rtol=1e-12)


def test_the_bass_peak_is_where_bass_says(walk):
    """Sales peak at log(q / p) / (p + q) (Bass 1969): with 0.03 and 0.38 at 6.19 quarters, so in the 6th or 7th."""
    values = steps(walk, "bass", ceiling=1, rate=0.38, start=0, innovation=0.03)
    assert np.argmax(np.diff(values, prepend=0)) + 1 in (6, 7)


@pytest.mark.parametrize("form", FORMS)
def test_a_full_step_twice_is_the_step_of_twice_the_rate(walk, form):
    """The curve has no memory: two quarters at rates (r, p) are one quarter at (2 r, 2 p)."""
    twice = steps(walk, form, 2, ceiling=600, rate=0.3, start=40, innovation=0.02)
    once = steps(walk, form, 1, ceiling=600, rate=0.6, start=40, innovation=0.04)
    np.testing.assert_allclose(twice[1], once, rtol=1e-12)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.001, 0.5, 0.999, 1.0, 1.001, 2.0, 30.0])
@pytest.mark.parametrize("rate", [0.01, 0.3, 3.0])
def test_a_line_nears_its_ceiling_from_either_side_and_never_crosses_it(walk, form, share, rate):
    values = np.concatenate([[share * 600], steps(walk, form, 30, ceiling=600, rate=rate, start=share * 600)])
    before, after = np.abs(values[:-1] - 600), np.abs(values[1:] - 600)
    assert np.all(after <= before + 1e-9)
    assert np.all((values - 600) * (share - 1) >= -1e-9)


def test_a_line_above_its_ceiling_falls_by_hand(walk):
    """From 2 K with exp(-r) = 1/2: K / (1 - 1/2 * 1/2) = 4 K / 3, then K / (1 - 1/4 * 1/2) = 8 K / 7."""
    values = steps(walk, "logistic", 2, ceiling=600, rate=math.log(2), start=1200)
    np.testing.assert_allclose(values, [800, 600 * 8 / 7], rtol=1e-13)


@pytest.mark.parametrize("form", FORMS)
def test_raising_the_ceiling_later_bends_the_curve_without_a_jump(walk, form):
    """No quarter after the ceiling rose grows more than the curve of the new ceiling does from the same place."""
    given = {"rate": 0.3, "start": 300}
    plain = steps(walk, form, 20, ceiling=600, **given)
    raised = steps(walk, form, 20, ceiling=[600] * 8 + [1800] * 12, **given)
    np.testing.assert_array_equal(raised[:8], plain[:8])
    curve = steps(walk, form, 1, ceiling=1800, rate=0.3, start=plain[7])
    np.testing.assert_allclose(raised[8], curve[()], rtol=1e-13)
    growth = raised[1:] / raised[:-1]
    fastest = {"logistic": math.exp(0.3), "gompertz": 6 ** (1 - math.exp(-0.3)), "bass": math.exp(0.3 + 0.01 * 6)}[form]
    assert np.all(growth <= fastest)
    assert raised[8] / raised[7] < 1.5


def test_noise_moves_the_line_by_its_log(walk):
    values, _ = walk(SCurve("arr", 1), 2, errors=[1, -2], ceiling=600, rate=0.0, start=100, volatility=0.1)
    np.testing.assert_allclose(values, 100 * np.exp([0.1, -0.1]), rtol=1e-12)


def exact(rate, n, form="logistic", ceiling=600, start=40):
    curve = {"logistic": logistic, "gompertz": gompertz}[form]
    return curve(np.arange(n), ceiling=ceiling, start=start, rate=rate)


def posterior(slope: float, information: float) -> tuple[float, float]:
    """Median and sigma of the lognormal with the posterior's moments of log rate, by adaptive quadrature."""

    def density(g: float) -> float:
        return math.exp(-0.5 * ((g - math.log(0.25)) / 0.6) ** 2 - 0.5 * information * (math.exp(g) - slope) ** 2)

    low, high = math.log(0.25) - 3.6, math.log(0.25) + 3.6
    inside = [math.log(max(slope, math.exp(low)))]

    def moment(power: int) -> float:
        return integrate.quad(lambda g: g**power * density(g), low, high, points=inside, limit=400, epsabs=0)[0]

    mass, first, second = moment(0), moment(1), moment(2)
    return math.exp(first / mass), math.sqrt(second / mass - (first / mass) ** 2)


def estimate_of(past, values, **fields):
    return dict(SCurve("arr", ceiling=600, **fields).calibrate(past(arr=values)).estimates["rate"].arguments)


@pytest.mark.parametrize("form", ["logistic", "gompertz"])
def test_the_rate_of_exact_points_is_recovered_where_the_prior_agrees(past, form):
    assert estimate_of(past, exact(0.25, 16, form), form=form)["median"] == pytest.approx(0.25, rel=1e-2)


@pytest.mark.parametrize("form", ["logistic", "gompertz"])
@pytest.mark.parametrize("rate", [0.15, 0.5])
def test_many_exact_points_overrule_the_prior(past, form, rate):
    few, many = (estimate_of(past, exact(rate, n, form), form=form) for n in (3, 16))
    assert abs(math.log(many["median"] / rate)) < 0.03
    assert min(0.25, rate) < few["median"] < max(0.25, rate)
    assert many["sigma"] < few["sigma"] < 0.6


def test_two_points_by_hand(past):
    """x = 100 and 200 of K = 400, a quarter apart: scores log(1/3) and 0, so the slope is log 3.

    Slacks K / (K - x) are 4/3 and 2; errors 0.15 * slack are 0.2 and 0.3; the variance of the slope is 0.13.
    """
    estimate = SCurve("arr", ceiling=400).calibrate(past(arr=[100, 200])).estimates["rate"]
    median, sigma = posterior(math.log(3), 1 / 0.13)
    assert dict(estimate.arguments) == pytest.approx({"median": median, "sigma": sigma}, rel=1e-6)


def test_flat_and_falling_points_are_evidence_of_a_low_rate(past):
    """100 and 100 of K = 600: slack 6/5, variance of the slope 2 * 0.18**2; falling is lower still."""
    flat = estimate_of(past, [100, 100])
    assert flat == pytest.approx(dict(zip(("median", "sigma"), posterior(0.0, 1 / 0.0648), strict=True)), rel=1e-6)
    falling = estimate_of(past, [200, 100])
    assert falling["median"] < flat["median"] < 0.25
    long = estimate_of(past, [100, 101, 101, 102, 102, 102, 103, 103])
    assert long["median"] < 0.08


def test_disclosures_may_have_gaps(past):
    values = exact(0.25, 16)
    values[[1, 2, 5, 9]] = np.nan
    assert estimate_of(past, values)["median"] == pytest.approx(0.25, rel=1e-2)


def test_only_disclosed_values_below_the_ceiling_count(past):
    values = [40, 999, 9, *exact(0.25, 4, start=100)]
    marks = {"arr": ["estimated", "reported", "derived", *["reported"] * 4]}
    messy = SCurve("arr", ceiling=600).calibrate(past(arr=values, marks=marks)).estimates["rate"]
    clean = SCurve("arr", ceiling=600).calibrate(past(arr=exact(0.25, 4, start=100))).estimates["rate"]
    assert dict(messy.arguments) == pytest.approx(dict(clean.arguments), rel=1e-12)


@pytest.mark.parametrize("values", [[240], [700, 800], [np.nan, 240]])
def test_fewer_than_two_points_below_the_ceiling_leave_the_prior(past, values):
    fit = SCurve("arr", ceiling=600).calibrate(past(arr=values))
    assert fit.estimates["rate"] == lognormal(0.25, 0.6)


def test_without_a_history_the_prior_is_all_there_is(past):
    fit = SCurve("arr", ceiling=600, start=40).calibrate(past())
    assert dict(fit.estimates) == {"rate": lognormal(0.25, 0.6)}


def test_the_ceiling_is_drawn_above_the_start(past):
    fit = SCurve("arr", ceiling=lognormal(600, 0.5)).calibrate(past(arr=[200, 240]))
    assert fit.estimates["ceiling"] == lognormal(600, 0.5).between(low=240)
    assert fit.estimates["start"] == fixed(240)
    company = fc.calibrate(fc.Model(SCurve("arr", ceiling=lognormal(300, 0.8), rate=0.2, start=240)), first="2026Q1")
    assert company.parameter("arr.ceiling").estimate == lognormal(300, 0.8).between(low=240)


def test_a_number_as_ceiling_stays_even_below_the_start(past):
    assert "ceiling" not in SCurve("arr", ceiling=100).calibrate(past(arr=[200, 240])).estimates


def test_a_ceiling_that_lies_below_the_start_altogether_is_refused(past, refusal):
    driver = SCurve("arr", ceiling=uniform(100, 200))
    assert refusal(CalibrationError, driver.calibrate, past(arr=[200, 240])) == (
        "'arr' (SCurve) stands at 240, above all of its ceiling, uniform(low=100, high=200). "
        "State a higher ceiling, or a number that the line is to fall to."
    )


def test_a_line_without_a_last_value_is_refused(past, refusal):
    assert refusal(CalibrationError, SCurve("arr", ceiling=600).calibrate, past(arr=[200, np.nan])) == (
        "'arr' (SCurve) has no value in the last quarter of the history. "
        "Give 'start', or calibrate(..., opening={'arr': ...})."
    )


def test_the_rate_of_bass_comes_from_the_values(past):
    values = 600 * bass_share(np.arange(8.0, 24.0), 0.01, 0.3)
    estimate = estimate_of(past, values, form="bass", innovation=0.01)
    assert math.log(estimate["median"] / 0.3) == pytest.approx(0, abs=3 * estimate["sigma"])  # the prior says 0.095
    assert estimate["sigma"] < 0.2
    one = estimate_of(past, values[:1], form="bass")
    assert one == {"median": 0.095, "sigma": 0.6}


def test_a_stated_prior_is_shrunk_to_by_hand(past):
    """As in two points by hand, the slope log 3 with variance 0.13, around the prior stated."""
    stated = SCurve("arr", ceiling=400, prior=lognormal(0.9, 0.1)).calibrate(past(arr=[100, 200])).estimates["rate"]

    def density(g):
        return math.exp(-0.5 * ((g - math.log(0.9)) / 0.1) ** 2 - 0.5 / 0.13 * (math.exp(g) - math.log(3)) ** 2)

    ends = (math.log(0.9) - 0.6, math.log(0.9) + 0.6)
    mass, first = (integrate.quad(lambda g, k=k: g**k * density(g), *ends, epsabs=0)[0] for k in (0, 1))
    assert dict(stated.arguments)["median"] == pytest.approx(math.exp(first / mass), rel=1e-6)
    wide = SCurve("arr", ceiling=400, start=1, prior=uniform(0.1, 0.5)).calibrate(past()).estimates["rate"]
    assert dict(wide.arguments) == pytest.approx({"median": 0.3, "sigma": math.log(0.46 / 0.14) / 2.5631031}, rel=1e-6)


def test_what_cannot_be_stated_together_is_refused(refusal):
    assert refusal(ModelError, SCurve, "arr", ceiling=600, form="averaged", rate=0.2) == (
        "the SCurve 'arr' cannot be read\n"
        "  - a rate or a prior means something else for each curve; state them with one form."
    )
    assert refusal(ModelError, SCurve, "arr", ceiling=600, rate=0.2, prior=fc.normal(0.2, 0.1)) == (
        "the SCurve 'arr' cannot be read\n"
        "  - the rate is stated, so a prior of it is not used; leave one of them out.\n"
        "  - the prior of the rate is normal(mean=0.2, sd=0.1); give one of positive numbers, such as lognormal."
    )


def test_averaged_runs_each_path_on_the_curve_that_its_draw_picks(walk, past):
    fit = SCurve("arr", ceiling=600, start=1, form="averaged").calibrate(past())
    assert fit.payload == pytest.approx((1 / 3, 2 / 3))
    rates = {"logistic_rate": np.full(4, 0.3), "gompertz_rate": np.full(4, 0.2), "bass_rate": np.full(4, 0.4)}
    start = 600 * bass_share(3.0, 0.02, 0.4)
    given = {"ceiling": 600, "start": start, "innovation": 0.02, "volatility": 0, **rates}
    driver, place = SCurve("arr", ceiling=600, form="averaged"), np.array([0.1, 0.5, 0.9, 0.999])
    values = walk(driver, 12, fit=fit, curve=place, errors=np.zeros((12, 4)), **given)[0]
    np.testing.assert_allclose(values[:, 0], logistic(T, ceiling=600, start=start, rate=0.3), rtol=1e-10)
    np.testing.assert_allclose(values[:, 1], gompertz(T, ceiling=600, start=start, rate=0.2), rtol=1e-10)
    np.testing.assert_allclose(values[:, 2], 600 * bass_share(T + 3, 0.02, 0.4), rtol=1e-10)
    np.testing.assert_array_equal(values[:, 3], values[:, 2])


def test_many_exact_points_name_their_curve(past):
    values = exact(0.3, 20, "gompertz")
    fit = SCurve("arr", ceiling=600, form="averaged").calibrate(past(arr=values))
    assert np.diff(fit.payload, prepend=0, append=1)[1] > 0.9
    assert fit.note.startswith("logistic ")
    assert abs(math.log(fit.estimates["gompertz_rate"].median / 0.3)) < 0.03


def test_an_unknown_form_is_refused(refusal):
    assert refusal(ModelError, SCurve, "arr", ceiling=600, form="logstic") == (
        "the SCurve 'arr' has the form 'logstic'. Did you mean 'logistic'?"
    )


def test_a_curve_without_a_ceiling_is_refused(refusal):
    assert refusal(ModelError, SCurve, "arr", ceiling=None) == (
        "the driver SCurve of 'arr' cannot be read\n"
        "  - ceiling: None is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}."
    )


def test_only_bass_has_an_innovation():
    names = [p.name for p in SCurve("arr", ceiling=600).parameters()]
    assert names == ["ceiling", "rate", "start", "volatility"]
    assert [p.name for p in SCurve("arr", ceiling=600, form="bass").parameters()] == [*names, "innovation"]
