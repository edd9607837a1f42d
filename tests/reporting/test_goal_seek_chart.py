"""What the goal-seek chart shows of a lever that helps up to a point, of several goals, and of a shock's size."""

import pytest

import forecast as fc
from forecast.reporting.goal_seek_chart import plot_goal_seek

PROFIT = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=0.8)


@pytest.fixture(scope="module")
def company():
    """profit = sales - rent."""
    sales = fc.drivers.Path("sales", value=fc.assume(5.0, role="lever", low=0.0, high=10.0))
    model = fc.Model(sales, fc.drivers.Path("rent", value=2.0), fc.drivers.Formula("profit = sales - rent"))
    return fc.calibrate(model, first="2026Q1")


def drawn(ax, name):
    return [artist for artist in ax.get_children() if artist.get_gid() == name]


def test_where_the_goal_is_lost_again_is_marked(company):
    goals = [PROFIT, fc.Goal("profit", at_most=3, over="quarter")]
    found = fc.goal_seek(company, fc.Scenario("base"), vary="sales.value", goal=goals, paths=20, seed=1)
    ax = plot_goal_seek(found)
    answer, lost = sorted([found.answer, found.lost_beyond])
    assert (answer, lost) == pytest.approx((2.0, 5.0), abs=1e-6)
    (line,) = drawn(ax, "lost beyond")
    assert line.get_xdata()[0] == found.lost_beyond
    assert [text.get_text() for text in ax.get_legend().get_texts()][-1] == f"lost again beyond {found.lost_beyond:.4g}"


def test_the_size_of_a_shock_is_named_on_the_axis(company):
    shock = fc.shocks.Scale("rent", 1.0)
    found = fc.goal_seek(company, fc.Scenario("base"), vary=shock, goal=PROFIT, between=(0.5, 4.0), paths=20, seed=1)
    ax = plot_goal_seek(found)
    assert ax.get_xlabel() == "size of Scale on rent [number]"
    assert drawn(ax, "answer")[0].get_xdata()[0] == pytest.approx(2.5, abs=1e-6)
    assert not drawn(ax, "lost beyond")
