"""Doubts about weighted paths, on ten paths by hand."""

import numpy as np
import pytest

from forecast.analysis import View, condition

TEN = np.arange(1.0, 11.0)


@pytest.fixture
def ten(paths_of):
    """Profits of 1 to 10 in 2026Q1, their negative in 2026Q2, one path each."""
    return paths_of(base=np.array([TEN, -TEN]))


def view(probability, at_least=10):
    return View("profit", at="2026Q1", at_least=at_least, probability=probability)


def test_a_view_that_leans_on_one_path_is_doubted(ten):
    # one path of ten, its weight from 0.1 to 0.5; a hundred such paths need a thousand
    seen = condition(ten, view(0.5), least=1)
    said = (
        "'probability of profit in 2026Q1 >= 10: 50 %' counts 1 path 5.0 times as much as before: what is said of the "
        "future in which it holds rests on them alone. Simulate 1,000 paths, or state a view nearer to the model."
    )
    assert said in seen.views.warnings
    assert said in seen.warnings
    assert f"\n  - {said}" in str(seen.views)
    assert "counts 1 path 5.0 times" in seen.views._repr_html_()


def test_so_is_one_that_leans_on_the_paths_that_do_not_meet_it(ten):
    # P(profit >= 2) from 0.9 to 0.6: the one path below from 0.1 to 0.4
    seen = condition(ten, view(0.6, at_least=2), least=1)
    assert any("counts 1 path 4.0 times as much" in one for one in seen.views.warnings)


@pytest.mark.parametrize(("probability", "at_least"), [(0.15, 10), (0.5, 6), (0.1, 10)])
def test_a_view_near_to_the_model_is_not(ten, probability, at_least):
    seen = condition(ten, view(probability, at_least), least=1)
    assert not any("counts" in one for one in seen.views.warnings)


def test_a_hundred_paths_suffice(paths_of):
    base = np.concatenate([np.zeros(900), np.ones(100)])[None, :]
    assert condition(paths_of(base=base), view(0.5, at_least=1)).views.warnings == ()
    base[0, -1] = 0.0
    (said,) = condition(paths_of(base=base), view(0.5, at_least=1)).views.warnings
    assert "counts 99 paths 5.1 times" in said  # 0.5 / 0.099
    assert "Simulate 2,000 paths" in said


def test_an_earlier_view_that_a_later_one_undoes_is_told(paths_of):
    runs = paths_of(base=np.array([np.tile(TEN, 200)]))
    first = condition(runs, view(0.4, at_least=6))
    # P(>= 8) is 3 / 5 of 0.4 before; raised to 0.8, P(>= 6) is 0.8 + 0.2 * 0.16 / 0.76
    second = condition(first, view(0.8, at_least=8))
    (said,) = second.views.warnings
    assert said == (
        "the earlier view 'probability of profit in 2026Q1 >= 6: 40 %' holds no more: the weighted paths now say "
        "84.21 %. Give all views in one call."
    )
    assert condition(runs, [view(0.5, at_least=6), view(0.4, at_least=8)]).views.warnings == ()


def test_an_earlier_view_that_still_holds_is_not(paths_of):
    runs = paths_of(base=np.array([np.tile(TEN, 200)]))
    again = condition(condition(runs, view(0.6, at_least=6)), view(0.6, at_least=6))
    assert again.views.warnings == ()


def test_it_is_told_as_long_as_it_does_not_hold(paths_of):
    runs = paths_of(base=np.array([np.tile(TEN, 200)]))
    undone = condition(condition(runs, view(0.4, at_least=6)), view(0.8, at_least=8))
    again = condition(undone, view(0.8, at_least=8))  # moves no weight
    assert again.views.warnings == again.warnings == undone.views.warnings
    restored = condition(undone, view(0.4, at_least=6))
    assert [("40 %" in one, "80 %" in one) for one in restored.views.warnings] == [(False, True)]


def test_a_range_holds_wherever_it_is_kept(paths_of):
    runs = paths_of(base=np.array([np.tile(TEN, 200)]))
    first = condition(runs, view((0.6, None), at_least=6))
    # from 0.6 to 0.8 + 0.2 * 0.4 / 0.64, as above; still at least 0.6
    assert condition(first, view(0.8, at_least=8)).views.warnings == ()
    (said,) = condition(first, view(0.2, at_least=6)).views.warnings
    assert "at least 60 %' holds no more: the weighted paths now say 20 %" in said


def test_a_spread_that_a_later_view_undoes_is_told(paths_of):
    runs = paths_of(base=np.array([np.tile(TEN, 200)]))
    first = condition(runs, View("profit", at="2026Q1", mean=5.5, sd=1.0))
    # all weight on 1 and 10, evenly: the mean stays 5.5, its spread becomes 4.5
    wide = [view(0.5, at_least=10), View("profit", at="2026Q1", at_most=1, probability=0.5)]
    (said,) = (one for one in condition(first, wide, least=1).views.warnings if "earlier" in one)
    assert "mean of profit in 2026Q1: 5.5, sd 1' holds no more: the weighted paths now say sd 4.5" in said


def test_the_warnings_of_the_simulation_come_first(paths_of):
    runs = paths_of(base=np.array([np.where(np.tile(TEN, 200) > 9, 1e20, 1.0)]))
    assert len(runs.warnings) == 1
    seen = condition(runs, View("profit", at="2026Q1", at_least=2, probability=0.15))
    assert seen.views.warnings == runs.warnings == seen.warnings
