"""The chart of variance shares against the shares."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.reporting import plot_variance_shares

from .artists import drawn, legend, reaches, title
from .invented import variance_shares


def test_both_shares_of_each_input_with_their_errors():
    ax = plot_variance_shares(variance_shares())
    for row, (alone, total) in enumerate(((29, 50), (9, 25), (-1, 12.5))):
        first, second = (drawn(ax, f"$x$_{row}.growth {label}") for label in ("alone", "with interactions"))
        assert (first.get_width(), second.get_width()) == pytest.approx((alone, total))
        assert first.get_y() < row < second.get_y() + second.get_height()
        assert not first.get_hatch()
        assert second.get_hatch() == "////"
    assert reaches(drawn(ax, "errors alone"), 0) == pytest.approx(np.array([[27, 31], [7, 11], [-3, 1]]))
    assert reaches(drawn(ax, "errors with interactions"), 0)[0] == pytest.approx([49, 51])
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"$x$_{row}.growth" for row in range(3)]
    assert title(ax) == "Variance of profit in 2027Q4 (standard deviation 12.5 million CNY a quarter), scenario 'base'"
    assert legend(ax) == ["alone", "with interactions", "± one Monte Carlo standard error"]


def test_only_the_largest_are_drawn():
    ax = plot_variance_shares(variance_shares(15))
    assert len(ax.get_yticks()) == 12
    assert title(ax).endswith("; 3 smaller shares not shown")
