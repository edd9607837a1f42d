"""The frontier chart: its curves, what is hatched, and today's mark."""

import numpy as np
import pytest

import forecast as fc
from forecast.analysis.frontier import frontier
from forecast.reporting.frontier_chart import plot_frontier


def lever(line, value, low, high):
    return fc.drivers.Path(line, value=fc.assume(value, role="lever", low=low, high=high))


@pytest.fixture(scope="module")
def company():
    """profit = sales - wages, with nothing by chance."""
    model = fc.Model(
        lever("sales", 5.0, 0.0, 10.0), lever("wages", 6.0, 1.0, 7.0), fc.drivers.Formula("profit = sales - wages")
    )
    return fc.calibrate(model, first="2026Q1")


def drawn(ax, name):
    (found,) = [artist for artist in ax.get_children() if artist.get_gid() == name]
    return found


def ask(company, at_least=0.0, **options):
    goal = fc.Goal("profit", at_least=at_least, over="quarter", by="2026Q1", probability=0.8)
    vary = ("sales.value", "wages.value")
    return frontier(company, fc.Scenario("base"), vary=vary, goal=goal, points=11, paths=20, seed=1, **options)


def test_the_curve_is_that_of_the_result_and_is_labelled(company):
    ax = plot_frontier(ask(company))
    x, y = drawn(ax, "0.8").get_data()
    inside = np.isfinite(y) & (y > 1) & (y < 7)
    np.testing.assert_allclose(y[inside], x[inside], atol=1e-3)
    assert {text.get_text() for text in ax.texts} >= {"80%"}
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 10), (1, 7))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("sales.value [number]", "wages.value [number]")
    assert drawn(ax, "today").get_data() == ([5.0], [6.0])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [
        "80%, as wanted",
        "other probabilities",
        "95% interval of the 80% curve",
        "less than 80%",
        "today's medians",
    ]


def test_what_is_out_of_reach_is_hatched_on_the_hard_side(company):
    zone = drawn(plot_frontier(ask(company)), "out of reach")
    (path,) = zone.get_paths()
    assert zone.get_hatch() == "///"
    assert path.contains_point((3.0, 6.0))
    assert not path.contains_point((6.0, 3.0))
    assert not path.contains_point((9.0, 6.5))


def test_where_nothing_reaches_it_everything_is_hatched_and_the_title_says_so(company):
    ax = plot_frontier(ask(company, 20.0))
    assert drawn(ax, "out of reach").get_paths()[0].contains_point((9.9, 1.1))
    assert ax.get_title(loc="left").replace("\n", " ").endswith("scenario 'base'; cannot be reached, best 0%")


def test_a_wide_range_is_logarithmic_and_the_picture_is_saved(company, tmp_path):
    wide = ask(company, between={"sales.value": (0.1, 10.0)})
    ax = plot_frontier(wide, path=tmp_path / "frontier.png")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert (tmp_path / "frontier.png").stat().st_size > 10_000


def test_where_going_further_loses_it_the_curve_closes():
    """profit = 9 - sales^2 - wages^2: at least 0 in a circle with the radius 3."""
    circle = fc.Model(
        lever("sales", 0.0, -5.0, 5.0),
        lever("wages", 0.0, -8.0, 7.0),
        fc.drivers.Formula("profit = 9 - sales * sales - wages * wages"),
    )
    found = ask(fc.calibrate(circle, first="2026Q1"))
    inside = np.abs(found.grid) < 3
    height = np.sqrt(9 - found.grid[inside] ** 2)
    np.testing.assert_allclose(found.answers[found.wanted, inside], -height, atol=2e-3)
    np.testing.assert_allclose(found.lost[found.wanted, inside], height, atol=2e-3)
    assert np.isnan(found.lost[found.wanted, ~inside]).all()
    ax = plot_frontier(found)
    np.testing.assert_allclose(drawn(ax, "0.8 lost").get_data()[1][found.grid.tolist().index(0.0) + 1], 3, atol=2e-3)
    hatched = [drawn(ax, name).get_paths()[0] for name in ("out of reach", "lost again")]
    for point, out in {(0, -5): [True, False], (0, 5): [False, True], (0, 0): [False, False]}.items():
        assert [path.contains_point(point) for path in hatched] == out
    assert any(path.contains_point((3.5, 0.2)) for path in hatched)
