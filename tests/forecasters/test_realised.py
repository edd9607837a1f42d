"""Realised coverage at earlier origins: counted by hand, no peeking, and a history that is too short."""

from __future__ import annotations

import numpy as np
import pandas as pd

import forecast as fc
from forecast.forecasters import RandomWalk
from forecast.forecasters.realised import realised

WALK = RandomWalk(drift=0.0, log=False, seasonal=False)


def test_counted_by_hand():
    # The fifth value jumps by 100 after changes of 1: missed from the origin before it, at both steps; after the jump
    # the width is 50 and more, so the last value is held.
    values = np.array([10.0, 11.0, 10.0, 11.0, 111.0, 112.0])
    found = realised(values, WALK, horizon=2, season=1)
    assert (found.origins, found.checked) == (2, 3)
    assert found.covered == (1, 1)
    assert found.coverage == {0.8: 1 / 3, 0.95: 1 / 3}
    assert str(found) == "of 3 values after 2 earlier origins, held by the 80% interval: 33%, 95% interval: 33%"


def test_a_prediction_tells_its_own():
    values = np.random.default_rng(2).normal(size=24).cumsum() + 50
    series = pd.Series(values, index=pd.period_range("2019Q1", periods=24, freq="Q"))
    prediction = fc.predict(series, 4)
    assert prediction.calibration.origins == 12
    assert prediction.calibration.checked == 9 * 4 + 3 + 2 + 1
    assert 0 < prediction.calibration.coverage[0.8] <= prediction.calibration.coverage[0.95] <= 1


def test_nothing_can_be_said_where_nothing_is_left():
    series = pd.Series([1.0, 2.0, 1.5, 3.0], index=pd.period_range("2024Q1", periods=4, freq="Q"))
    prediction = fc.predict(series, 2)
    assert str(prediction.calibration) == "the history is too short to check the intervals on it"
    assert np.isnan(prediction.calibration.coverage[0.8])
