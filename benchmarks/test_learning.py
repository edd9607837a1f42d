"""What the learning benchmarks read and count, against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from learn_reference import growths
from learn_shares import moves, reversion, shares
from learn_widths import CUTS, NODES, STEPS, Z80, Z95, fits, holdouts, parts, rows
from whole_model import ratio_interval, read


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


def test_shares_are_trailing_sums_and_leave_out_gaps_and_doubles():
    dates = pd.to_datetime(["2020-03-31", "2020-06-30", "2020-09-30", "2020-12-31", "2021-03-31", "2021-09-30"])
    base = {"src": "sec", "ticker": "A", "ds": dates}
    figures = {"NetIncome": [1.0, 2, 3, 4, 5, 6], "Revenue": [10.0, 10, 10, 10, 20, 10]}
    frame = pd.concat([pd.DataFrame({"domain": word, "y": some, **base}) for word, some in figures.items()])
    (found,) = shares(frame, "NetIncome", over=4)
    assert list(found) == pytest.approx([10 / 40, 14 / 50])  # the third sum would miss a quarter
    (yearly,) = shares(pd.concat([frame, frame.iloc[:1]]), "NetIncome")
    assert yearly.index[0] == dates[1]  # a date that stands twice is left out


def test_moves_pair_dates_that_are_whole_years_apart():
    one = pd.Series([0.1, 0.2, 0.4], pd.to_datetime(["2019-12-31", "2020-12-31", "2022-12-31"]))
    found = moves([one])
    assert found.to_numpy().tolist() == [[0.1, 1, 0.2], [0.1, 3, 0.4], [0.2, 2, 0.4]]


def test_reversion_is_the_median_slope_within_0_and_1():
    now = [0.0, 1.0, 2.0, 3.0]
    assert reversion(pd.DataFrame({"now": now, "then": [0.0, 0.5, 1.0, 99.0]})) == pytest.approx(1.0)  # 0.5, 33, 49, 98
    assert reversion(pd.DataFrame({"now": now, "then": [0.0, 0.5, 1.0, 1.5]})) == pytest.approx(0.5)
    assert reversion(pd.DataFrame({"now": now, "then": [3.0, 2.0, 1.0, 0.0]})) == 0.0


def test_profit_by_its_lines_reads_what_was_known_and_leaves_out_companies_that_lack_a_line(tmp_path):
    dates = pd.date_range("2020-03-31", periods=12, freq="QE")
    split = ["train"] * 9 + ["test"] * 3
    base = {"src": "sec", "freq": "Q", "ds": dates, "split": split}
    some = [
        pd.DataFrame({"ticker": "A", "domain": "OperatingIncome", "y": np.arange(12.0), **base}),
        pd.DataFrame({"ticker": "A", "domain": "Revenue", "y": 100 + np.arange(12.0), **base}),
        pd.DataFrame({"ticker": "B", "domain": "OperatingIncome", "y": np.arange(12.0), **base}),
        pd.DataFrame({"ticker": "C", "domain": "OperatingIncome", "y": np.arange(12.0), **base}),
        pd.DataFrame({"ticker": "C", "domain": "Revenue", "y": 100 + np.arange(12.0), **base}).iloc[1:],
    ]
    pd.concat(some).to_parquet(tmp_path / "f.parquet")
    ((revenue, profit, actual),) = read(tmp_path / "f.parquet", "sec", "OperatingIncome")
    assert revenue.tolist() == list(100 + np.arange(9.0))
    assert profit.tolist() == list(np.arange(9.0))
    assert actual.tolist() == [9.0, 10.0, 11.0]


def test_a_ratio_that_is_the_same_for_all_has_no_width():
    other = np.array([1.0, 2.0, 5.0])
    assert ratio_interval(0.9 * other, other) == pytest.approx((-0.1, -0.1))
