"""What the learning benchmarks read and count, against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from learn_reference import growths
from learn_widths import CUTS, NODES, STEPS, Z80, Z95, fits, holdouts, parts, rows


def test_holdouts_end_at_the_last_values_and_five_before_and_never_overlap_their_history():
    values = np.arange(1.0, 21.0)
    found = list(holdouts(values, 4))
    assert {after[0] for _, _, after in found} == {17.0, 12.0}
    for cut, history, after in found:
        assert after.size == 4
        assert history[-1] + 1 == after[0]
        assert cut is None or history.size == cut
    assert {cut for cut, _, after in found if after[0] == 12.0} == {None, 1, 2, 3, 4, 5, 6, 7, 8}


@pytest.mark.parametrize(
    ("history", "expected"),
    [([1.0], True), ([-1.0, 2.0], False), ([0.0, 1.0, 2.0], False), ([-1.0, 2, 3, 4], True), ([5.0] * 4, False)],
)
def test_only_histories_that_the_default_takes_are_learned_from(history, expected):
    assert fits(np.array(history)) is expected


def test_factors_are_the_quantiles_of_the_ratios_over_the_normal_ones():
    # ratios of 1,000 hold-outs of 12 points: the p quantile is 1.5 z at 80 % and 3 z at 95 %, at each step
    p = (np.arange(1000) + 0.5) / 1000
    ratio = np.interp(p, [0, 0.8, 0.95, 1], [0, 1.5 * Z80, 3 * Z95, 4 * Z95])
    some = [(12, np.full(max(STEPS), value)) for value in ratio]
    line = next(row for row in rows(some) if row[0] == "12")
    tail = min(0.45, 2 * np.log(2) / (Z95**2 - Z80**2))
    assert float(line[-2]) == pytest.approx(tail, abs=0.01)
    assert float(line[1]) == pytest.approx(1.5 / np.exp(0.5 * tail * Z80**2), rel=0.01)
    assert line[-1] == "1000"
    assert [int(row[0]) for row in rows(some)] == [node for node in NODES if node >= 8]  # nothing short was seen


def test_test_parts_are_not_read(tmp_path):
    shape = {"step": range(30), "h": 4, "freq": "Q", "domain": "Revenue", "src": "sec"}
    grown = 100 + np.arange(30.0)
    train = pd.DataFrame({"unique_id": "a", "y": grown, "split": "train", **shape})
    test = pd.DataFrame({"unique_id": "a", "y": -1e9, "split": "test", **shape})
    for name in ("m1", "m3", "m4_yearly", "tourism", "fundamentals", "fundamentals_annual"):
        pd.concat([train, test]).to_parquet(tmp_path / f"{name}.parquet")
    tasks = [task for part in parts(tmp_path) for task in part]
    assert len(tasks) == 5 * 2 * len(CUTS)  # all but M4, whose domains are others; both ends, every cut
    assert all(history.min() >= 100 and after.min() >= 100 for history, after, _ in tasks)


def test_growths_are_counted_per_year_ahead_and_only_where_positive():
    found = growths(np.array([100.0, 110.0, 121.0, -5.0]))
    assert [(size, years) for size, _, years, _ in found] == [(110.0, 1)]
    assert found[0][1] == pytest.approx(0.1)
    assert found[0][3] == pytest.approx(np.log(1.1))
