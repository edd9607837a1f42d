"""Reference classes of margins: the shipped table, shares and quantiles by hand, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecast.errors import CalibrationError
from forecast.forecasters import ReferenceShare, reference_share
from forecast.forecasters.reference_share import LINES

BY_HAND = ReferenceShare(
    "operating margin",
    -0.2,
    (-np.inf, 0.0),
    np.array([3.0]),
    np.array([71.0]),
    np.array([-0.1]),
    np.array([0.5]),
    np.array([0.1, 0.5, 0.9]),
    np.array([[-0.15, 0.05, 0.15]]),
    "made up",
)


def test_quantiles_and_shares_by_hand():
    # half of the distance from -10 % is left: the class expects -15 % before the rest
    assert BY_HAND.quantile(0.5, years=3) == pytest.approx(-0.1)
    assert BY_HAND.quantile(0.9, years=3) == pytest.approx(0.0)
    z = stats.norm.ppf(0.7) / stats.norm.ppf(0.9)
    assert BY_HAND.quantile(0.7, years=3) == pytest.approx(-0.2 + 0.1 + 0.1 * z)
    assert BY_HAND.share_above(0.0, years=3) == pytest.approx(0.1)
    assert BY_HAND.share_above(-0.1, years=3) == pytest.approx(0.5)
    assert BY_HAND.describe(0.0) == (
        "Had it moved as in 71 cases of other companies (operating margin below 0%), operating margin of -20% would be "
        "above 0% after 3 years in 10% of them (made up)."
    )


@pytest.mark.parametrize("line", LINES)
def test_the_table_is_in_order(line):
    for now in np.linspace(-1.0, 1.5, 40):
        one = reference_share(line, float(now))
        assert one.span[0] <= now < one.span[1]
        assert list(one.years) == [1, 2, 3]
        assert np.all(one.counts >= 40)
        assert np.all(np.diff(one.rests, axis=1) >= 0)
        assert np.all((one.slopes >= 0) & (one.slopes <= 1))
        assert all(one.span[0] <= typical < one.span[1] for typical in one.typical)
        assert one.share_above(one.quantile(0.3, years=2), years=2) == pytest.approx(0.7)


def test_margins_revert():
    # what every study of profitability finds: losses tend to shrink, high margins tend to fall
    assert reference_share("net margin", -0.3).quantile(0.5, years=3) > -0.3
    assert reference_share("net margin", 0.3).quantile(0.5, years=3) < 0.3


def test_what_is_refused():
    with pytest.raises(CalibrationError, match="no table of 'ebitda margin'; it has 'gross margin'"):
        reference_share("ebitda margin", 0.1)
    with pytest.raises(CalibrationError, match="now is nan"):
        reference_share("net margin", float("nan"))
    with pytest.raises(CalibrationError, match="5 years were asked for; the table knows 3"):
        BY_HAND.quantile(0.5, years=5)
    with pytest.raises(CalibrationError, match="between 0 and 1"):
        BY_HAND.quantile(1.0, years=3)
    with pytest.raises(CalibrationError, match="the level is inf"):
        BY_HAND.share_above(float("inf"), years=3)
    for wrong in ("x", None, True):
        with pytest.raises(CalibrationError, match="now is"):
            reference_share("net margin", wrong)
        with pytest.raises(CalibrationError, match="the level is"):
            BY_HAND.describe(wrong)
        with pytest.raises(CalibrationError, match="between 0 and 1"):
            BY_HAND.quantile(wrong, years=3)
