"""The extreme settings of a small company, by hand."""

import pytest
from scipy import stats

from forecast.analysis.extremes import AS_DRAWN, extreme_settings
from forecast.calibration import calibrate
from forecast.distributions import normal, uniform
from forecast.drivers import Path, Ratio
from forecast.model import Model, assume

MODEL = Model(
    Path("sales", value=normal(100, 10)),
    Path("rent", value=assume(30.0, role="lever", low=20, high=40)),
    Ratio("cost", of="sales", target=uniform(0.4, 0.6), half_life=4.0, volatility=0.0, start=0.5, cap=1.0),
)


def test_quantiles_ends_of_ranges_and_domains_and_all_together():
    company = calibrate(MODEL, first="2026Q1")
    seen = {setting.name: setting for setting in extreme_settings(company)}
    z = stats.norm.ppf(0.999)
    assert dict(seen["sales.value at 69.1, its 0.1 % quantile"].replaced) == {
        "sales.value": pytest.approx(100 - 10 * z)
    }
    assert dict(seen["sales.value at 130.9, its 99.9 % quantile"].replaced) == {
        "sales.value": pytest.approx(100 + 10 * z)
    }
    assert dict(seen["rent.value at 20, the low end of its range"].replaced) == {"rent.value": 20}
    assert dict(seen["cost.target at 0.4002, its 0.1 % quantile"].replaced) == {"cost.target": pytest.approx(0.4002)}
    assert dict(seen["cost.start at 1, the high end of its domain"].replaced) == {"cost.start": 1}
    low = seen["all 2 uncertain parameters at their 0.1 % quantiles"]
    assert dict(low.replaced) == {"sales.value": pytest.approx(100 - 10 * z), "cost.target": pytest.approx(0.4002)}
    assert {name for name, setting in seen.items() if setting.bound} == {
        "rent.value at 20, the low end of its range",
        "rent.value at 40, the high end of its range",
        *(f"cost.target at {at}, the {side} end of its range" for at, side in ENDS),
        *(f"cost.start at {at}, the {side} end of its domain" for at, side in ENDS),
        "cost.volatility at 0, the low end of its domain",
        "cost.volatility at 10, the high end of its domain",
    }
    # half-life is a constant with a fixed value: it stays
    assert not any("half_life" in name for name in seen)
    assert len(seen) == len(extreme_settings(company)) == 4 + 8 + 2


ENDS = ((0, "low"), (1, "high"))


def test_a_number_is_set_once_though_two_reasons_ask_for_it():
    company = calibrate(Model(Path("rent", value=assume(uniform(0, 1), role="lever", low=0, high=1))), first="2026Q1")
    names = [setting.name for setting in extreme_settings(company)]
    assert names == [
        "rent.value at 0.001, its 0.1 % quantile",
        "rent.value at 0.999, its 99.9 % quantile",
        "rent.value at 0, the low end of its range",
        "rent.value at 1, the high end of its range",
    ]
    assert dict(AS_DRAWN.arrays) == {}
