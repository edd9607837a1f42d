"""Prophet with a ceiling and with events: both against what was put in."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.errors import CalibrationError, ModelError
from forecast.forecasters import ProphetForecaster


def test_a_ceiling_holds_the_curve_that_a_line_would_leave():
    t = np.arange(28.0)
    curve = 1000 / (1 + np.exp(-0.25 * (t - 14)))
    ahead = 1000 / (1 + np.exp(-0.25 * (np.arange(28.0, 36.0) - 14)))
    seen = curve[:20]  # at 78 %
    bent = ProphetForecaster(ceiling=1000, origins=3).fit(seen, horizon=16, season=1)
    straight = ProphetForecaster(log=False, origins=3).fit(seen, horizon=16, season=1)
    assert bent.transformation == "identity"
    assert bent.mean.max() < 1010
    assert straight.mean.max() > 1150
    assert np.abs(bent.mean[8:] - ahead).max() < 60


def test_an_event_is_learned_and_comes_again_where_it_is_named():
    t = np.arange(24.0)
    values = 100 + t
    values[[7, 15, 23]] += 40  # every eighth period
    form = ProphetForecaster(log=False, origins=3, events=((7, 15, 23, 31),)).fit(values, horizon=9, season=1)
    steps = np.diff(form.mean)
    assert steps[6] == pytest.approx(41, abs=8)  # onto the eighth step, the event
    assert steps[7] == pytest.approx(-39, abs=8)
    assert np.abs(steps[:6] - 1).max() < 3


def test_events_ahead_that_were_never_seen_change_nothing():
    values = 100 + np.arange(16.0) + np.random.default_rng(1).normal(0, 1, 16)
    plain = ProphetForecaster(origins=3).fit(values, horizon=3, season=4)
    named = ProphetForecaster(origins=3, events=((17,),)).fit(values, horizon=3, season=4)
    np.testing.assert_array_equal(plain.mean, named.mean)


def test_a_ceiling_below_the_values_and_one_in_logs_are_refused():
    with pytest.raises(CalibrationError, match="the ceiling 10, but the values run from 1 to 12"):
        ProphetForecaster(ceiling=10).fit(np.arange(1.0, 13.0), horizon=2, season=1)
    with pytest.raises(ModelError, match="ceiling is 10; it must be None, or a number above 0 with log=False"):
        ProphetForecaster(ceiling=10, log=True)
    with pytest.raises(ModelError, match="ceiling is 'x'"):
        ProphetForecaster(ceiling="x")
    with pytest.raises(ModelError, match="give groups of periods"):
        ProphetForecaster(events=3)
    with pytest.raises(ModelError, match="events"):
        ProphetForecaster(events=((0.5,),))


def test_an_event_stays_in_its_place_at_an_earlier_origin():
    """Fitted to fewer values, as in a backtest, the event is where it was, and what comes later is not seen."""
    values = 100 + np.arange(26.0)
    values[[7, 15]] += 40
    event = ProphetForecaster(log=False, origins=3, events=((7, 15, 23),))
    early, late = event.fit(values[:20], horizon=5, season=1), event.fit(values[:22], horizon=3, season=1)
    assert np.argmax(np.diff(early.mean)) + 21 == np.argmax(np.diff(late.mean)) + 23 == 23
