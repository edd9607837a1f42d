"""Doubts about a backtest: few forecasts, forecasts that are compared with nothing, fits that went wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import SimulationError
from forecast.forecasters import ETS, RandomWalk, SeasonalNaive

PERIODS = pd.period_range("2016Q1", periods=30, freq="Q")
WALK = RandomWalk(drift=0.0, log=False, seasonal=False)
ASKED = {"horizon": 2, "seed": 1, "paths": 50}


def panel(count: int = 3) -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame({f"c{i}": 100 + random.normal(0, 5, 30).cumsum() for i in range(count)}, index=PERIODS)


@pytest.mark.parametrize(("series", "origins", "few"), [(1, 13, True), (1, 14, False), (2, 7, False), (3, 4, True)])
def test_coverage_of_fewer_than_fourteen_forecasts_is_doubted(series, origins, few):
    # 0.8**13 = 5.5 % and 0.8**14 = 4.4 %: of fourteen not all fall inside an honest 80 % interval, with 95 %
    found = fc.backtest(panel(series), WALK, origins=origins, **ASKED)
    assert bool(found.warnings) == few


def test_the_sentence_about_few_forecasts():
    found = fc.backtest(panel(1), WALK, origins=3, **ASKED)
    (said,) = found.warnings
    assert said == (
        "covered80 and covered95 rest on 3 forecasts at a step: an honest 80 % interval holds all of so few in 51% of "
        "cases. Judge intervals by 14 or more: give more origins or series."
    )
    assert str(found) == f"{found!r}\nWarnings:\n  - {said}"
    assert f"<li>{said}</li>" in found._repr_html_()
    assert '<th scope="row">RandomWalk</th>' in found._repr_html_()


def test_lines_of_one_company_count_once_a_date():
    found = replace(fc.backtest(panel(6), WALK, origins=3, **ASKED), company=True, inherited=("of the history.",))
    history, few = found.warnings
    assert history == "of the history."
    assert few.startswith("covered80 and covered95 rest on 3 dates, and what happens on a date happens to all lines")


def test_forecasts_that_not_all_could_make_are_counted():
    wide = panel(6)
    wide.iloc[:17, 2] = np.nan  # 13 values: origins after 9, 10 and 11, and ETS with a season needs 11
    found = fc.backtest(wide, [WALK, ETS(seasonal=True)], origins=3, **ASKED)
    (said,) = found.warnings
    # six series, three origins, two steps; of one series the first two origins are not compared
    assert said.startswith("4 of 36 forecasts are in no score, because not every forecaster could make them")


def test_a_series_that_never_changed_is_named():
    wide = panel(5).assign(flat=5.0)
    found = fc.backtest(wide, WALK, origins=3, **ASKED)
    (said,) = found.warnings
    assert said.startswith("6 forecasts of 'flat' are only in smape and the coverage")


def test_a_series_that_never_changed_alone_has_no_skill_and_says_so():
    found = fc.backtest(panel(1).assign(c0=5.0), WALK, origins=3, **ASKED)
    assert found.leaderboard()[["crps", "skill", "low", "high"]].isna().all(axis=None)
    assert "6 forecasts of 'c0' are only in smape and the coverage" in str(found)


class Doubtful:
    """The seasonal naive forecast with a warning about the first series."""

    name = "Doubtful"

    def minimum(self, season):
        return SeasonalNaive().minimum(season)

    def fit(self, history, **asked):
        form = SeasonalNaive().fit(history, **asked)
        return replace(form, warnings=("it was a hard fit.",)) if history[0] > 100 else form


def test_fits_that_were_doubted_are_listed_and_counted():
    wide = pd.DataFrame({"high": 200.0 + np.arange(30) % 7, "low": 50.0 + np.arange(30) % 7}, index=PERIODS)
    found = fc.backtest(wide, Doubtful(), origins=8, **ASKED)
    assert found.doubted["series"].tolist() == ["high"] * 8
    assert set(found.doubted["forecaster"]) == {"Doubtful"}
    assert found.warnings == (
        f"8 fits of Doubtful were doubted, the first one of 'high' from {PERIODS[20]}: it was a hard fit. doubted "
        "lists them.",
    )


def test_nothing_in_common_prints_no_table():
    found = fc.backtest(panel(1), WALK, origins=3, **ASKED)
    none = replace(found, steps=found.steps[found.steps["forecaster"] == "RandomWalk"])
    assert len(none.common()) == 0
    assert str(none).startswith("Backtest of 0 series, 0 forecasts; reference SeasonalNaive\nWarnings:\n  - 6 of 6")
    with pytest.raises(SimulationError):
        none.leaderboard()
