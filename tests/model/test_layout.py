"""Where boxes go: layers by dependency, no box upon another, the order without crossings, places by hand."""

from itertools import pairwise

import pytest

from forecast.model.layout import BESIDE, BETWEEN, lay_out

TALL = 36.0


def laid(order, pairs, loose=(), wide=60.0):
    return lay_out(order, pairs, loose, dict.fromkeys(order, wide), TALL)


def test_a_line_stands_below_all_that_it_reads_and_close_above_its_first_reader():
    found = laid(["late", "a", "b", "c"], [("a", "b"), ("b", "c"), ("late", "c")])
    assert found.level == {"a": 0, "b": 1, "late": 1, "c": 2}
    ups = {name: found.middles[(name,)][1] for name in found.level}
    assert ups == {name: TALL / 2 + row * (TALL + BETWEEN) for name, row in found.level.items()}


def test_an_arrow_that_passes_a_layer_has_a_bend_there_and_one_that_does_not_has_none():
    found = laid(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    assert found.bends["a", "b"] == ()
    assert found.bends["a", "c"] == (("a", "c", "1"),)
    across, down = found.middles["a", "c", "1"]
    assert down == found.middles[("b",)][1]
    assert abs(across - found.middles[("b",)][0]) >= 30.0 + BESIDE  # half of the box, and room


def test_loose_pairs_decide_no_layer_and_bend_only_where_they_lead_down():
    found = laid(["a", "b", "c"], [("a", "b"), ("b", "c")], [("a", "c"), ("c", "a"), ("b", "b")])
    assert found.level == {"a": 0, "b": 1, "c": 2}
    assert set(found.bends) == {("a", "b"), ("b", "c"), ("a", "c")}


def test_a_reader_stands_in_the_middle_of_what_it_reads():
    """Two boxes of 60 with room between them have their middles at 30 and 106; their reader stands at 68."""
    found = laid(["a", "b", "c"], [("a", "c"), ("b", "c")])
    assert [found.middles[(name,)][0] for name in "abc"] == pytest.approx([30.0, 46.0 + 60.0, 68.0])
    assert (found.width, found.height) == (pytest.approx(136.0), 2 * TALL + BETWEEN)


def test_two_arrows_that_cross_as_given_do_not_cross_as_drawn():
    found = laid(["a", "b", "under_b", "under_a"], [("a", "under_a"), ("b", "under_b")])
    left = {name: found.middles[(name,)][0] for name in found.level}
    assert (left["a"] < left["b"]) == (left["under_a"] < left["under_b"])


def test_boxes_of_a_layer_never_touch():
    order = [f"s{k}" for k in range(9)] + [f"t{k}" for k in range(9)]
    pairs = [(f"s{k}", f"t{(4 * k + j) % 9}") for k in range(9) for j in range(3)]
    widths = {name: 40.0 + 13 * k for k, name in enumerate(order)}
    found = lay_out(order, pairs, [], widths, TALL)
    for row in (0, 1):
        boxes = sorted((found.middles[(name,)][0], widths[name]) for name in order if found.level[name] == row)
        for (first, wide), (second, more) in pairwise(boxes):
            assert second - first >= (wide + more) / 2 + BESIDE - 1e-9
    assert min(found.middles[(name,)][0] - widths[name] / 2 for name in order) >= -1e-9
