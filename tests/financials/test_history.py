"""The history as a value: from a table, as a series, as text, and what it does not depend on."""

from __future__ import annotations

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.errors import FactsError, ReconcileError
from forecast.financials import Financials, History
from forecast.lines import Identity, Line
from forecast.timeline import Quarter

from .reported import books, fact, reported

WHOLE = st.integers(-5000, 5000)


def frame_of(**columns):
    length = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=pd.period_range("2024Q1", periods=length, freq="Q"))


def test_what_formulas_give_is_filled_into_a_table_with_its_model():
    model = fc.Model(
        fc.drivers.Path("sales", 1.0),
        fc.drivers.Formula("margin = profit - rent"),
        fc.drivers.Formula("profit = sales - cost"),
        fc.drivers.Path("cost", 1.0),
        fc.drivers.Path("rent", 1.0),
        fc.drivers.Formula("cash = cash[-1] + profit"),
        fc.drivers.Formula("share = cost / sales"),
    )
    nan = np.nan
    frame = frame_of(sales=[10.0, 11.0, 12.0], cost=[4.0, nan, 5.0], rent=[1.0, 1.0, 2.0], cash=[100.0, nan, nan])
    history = History.from_frame(frame, model)
    # profit is unknown where a part is; the second quarter's cash would need it, the third's the second's
    np.testing.assert_array_equal(history.values("profit"), [6.0, nan, 7.0])
    np.testing.assert_array_equal(history.values("margin"), [5.0, nan, 5.0])
    np.testing.assert_array_equal(history.values("cash"), [100.0, nan, nan])
    assert history.marks("profit") == ("derived", "missing", "derived")
    assert history.marks("cash") == ("reported", "missing", "missing")
    np.testing.assert_array_equal(history.errors("profit"), [0.0, nan, 0.0])
    assert "share" not in history.lines
    whole = History.from_frame(frame.assign(cost=[4.0, 4.0, 5.0]), model)
    np.testing.assert_array_equal(whole.values("cash"), [100.0, 107.0, 114.0])
    assert whole.marks("cash") == ("reported", "derived", "derived")
    assert History.from_frame(frame).lines == ("sales", "cost", "rent", "cash")


def test_a_figure_that_the_table_gives_stays_as_it_is():
    model = fc.Model(fc.drivers.Path("sales", 1.0), fc.drivers.Formula("profit = 2 * sales"))
    history = History.from_frame(frame_of(sales=[10.0, 11.0, 12.0], profit=[19.0, np.nan, 25.0]), model)
    assert history.values("profit").tolist() == [19.0, 22.0, 25.0]
    assert history.marks("profit") == ("reported", "derived", "reported")


def test_accounts_that_are_none_are_refused():
    with pytest.raises(FactsError, match=r"the accounts are a str\. Give the model, or leave them out\."):
        History.from_frame(frame_of(sales=[1.0]), "CNY")


def test_from_frame():
    history = History.from_frame(frame_of(revenue=[1, 2.5, np.nan], cash=[-3.0, 0.0, 4.0]), currency="CNY")
    assert history.lines == ("revenue", "cash")
    assert history.quarters == tuple(Quarter.parse(f"2024Q{q}") for q in (1, 2, 3))
    assert history.last == Quarter.parse("2024Q3")
    np.testing.assert_array_equal(history.values("revenue"), [1, 2.5, np.nan])
    np.testing.assert_array_equal(history.errors("revenue"), [0, 0, np.nan])
    np.testing.assert_array_equal(
        history.covariance("revenue"), [[0, 0, np.nan], [0, 0, np.nan], [np.nan, np.nan, np.nan]]
    )
    assert history.marks("revenue") == ("reported", "reported", "missing")
    assert history.line("revenue") == Line("revenue", currency="CNY")
    assert history.as_of is None
    assert history.opening("cash") == 4.0
    assert history.opening("cash", 2) == -3.0
    assert np.isnan(history.opening("revenue"))
    assert np.isnan(history.opening("cash", 3))


def test_labels_and_fiscal_years():
    labels = pd.DataFrame({"revenue": [1.0, 2.0]}, index=["2024Q4", "2025Q1"])
    assert [str(q) for q in History.from_frame(labels).quarters] == ["2024Q4", "2025Q1"]
    june = frame_of(revenue=[1.0, 2.0]).set_axis(pd.PeriodIndex(["2025Q4", "2026Q1"], freq="Q-JUN"))
    history = History.from_frame(june)
    assert history.fiscal_year_end == 6
    assert [str(q) for q in history.quarters] == ["2025Q4", "2026Q1"]
    series = history.series("revenue")
    assert series.index.freqstr == "Q-JUN"
    assert series.index[0].end_time.date() == dt.date(2025, 6, 30)
    pd.testing.assert_series_equal(series, june["revenue"])


def test_bad_tables():
    frame = pd.DataFrame(
        {"revenue": [1.0, np.inf, 3.0, 4.0], "Cash": ["a", 1.0, 2.0, 3.0]},
        index=["2024Q1", "2024Q1", "2024Q4", "2024Q3"],
        dtype=object,
    )
    with pytest.raises(FactsError) as refusal:
        History.from_frame(frame)
    assert str(refusal.value) == (
        "the table: 6 problems\n"
        "  - the quarter 2024Q1 is there twice. Keep one row.\n"
        "  - the quarters between 2024Q1 and 2024Q4 are not there. "
        "Add rows for them, with NaN for what is not known.\n"
        "  - the quarter 2024Q3 follows 2024Q4. Sort the rows: frame.sort_index().\n"
        "  - 'revenue' at 2024Q1 is infinite. Give a number, or NaN if it is missing.\n"
        "  - 'Cash' at 2024Q1 is 'a'. Give numbers, and NaN for what is missing.\n"
        "  - column: 'Cash' is not a line name. Use lower-case letters, digits and underscores, "
        "as in 'advertising_revenue'."
    )


@pytest.mark.parametrize(
    ("index", "problem"),
    [
        (pd.date_range("2024-03-31", periods=1),
         "the index holds dates. Make them quarters: frame.index = frame.index.to_period('Q')."),
        (pd.period_range("2024-01", periods=1, freq="M"),
         "the index has the frequency 'M'. Use quarters: frame.index.asfreq('Q')."),
        (["2024-Q1"], "index: '2024-Q1' is not a quarter. Write '2024Q1'."),
    ],
)  # fmt: skip
def test_bad_indices(index, problem):
    with pytest.raises(FactsError) as refusal:
        History.from_frame(pd.DataFrame({"revenue": [1.0]}, index=index))
    assert str(refusal.value) == f"the table: 1 problem\n  - {problem}"


def test_empty_and_doubled_tables():
    with pytest.raises(FactsError) as refusal:
        History.from_frame(pd.DataFrame(index=pd.PeriodIndex([], freq="Q")))
    assert str(refusal.value) == (
        "the table: 1 problem\n  - the table is empty. Give one column a line and one row a quarter."
    )
    doubled = pd.DataFrame([[1.0, 2.0]], columns=["cash", "cash"], index=["2024Q1"])
    with pytest.raises(FactsError) as refusal:
        History.from_frame(doubled)
    assert str(refusal.value) == "the table: 1 problem\n  - the column 'cash' is there twice. Keep one of them."


def test_unknown_names():
    history = History.from_frame(frame_of(revenue=[1.0]))
    with pytest.raises(ReconcileError) as refusal:
        history.values("revnue")
    assert str(refusal.value) == "'revnue' is not a line of this history. Did you mean 'revenue'?"
    with pytest.raises(ReconcileError) as refusal:
        history.opening("revenue", -1)
    assert str(refusal.value) == "the lag -1 looks ahead of the history. Give 0 or more."


def test_equal_by_content_and_read_only():
    one, same = (History.from_frame(frame_of(revenue=[1.0, np.nan])) for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    assert one == pickle.loads(pickle.dumps(one))
    assert one.fingerprint == same.fingerprint
    assert one != History.from_frame(frame_of(revenue=[1.0, 2.0]))
    assert one != History.from_frame(frame_of(revenue=[1.0, np.nan]), currency="CNY")
    assert one != "revenue"
    for array in (one.values("revenue"), one.errors("revenue"), one.covariance("revenue")):
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = 5.0


def test_frame_and_table():
    history = reported(
        fact("revenue", "2024Q1", "1208"),
        fact("revenue", "2024Q2", "2502", "ytd"),
        fact("cost", "2024", "50.4", "annual"),
    ).reconcile()
    frame = history.to_frame()
    assert list(frame.columns) == ["line", "quarter", "value", "error", "mark"]
    assert len(frame) == 8
    assert frame.loc[5].to_dict() | {"value": 0, "error": 0} == {
        "line": "revenue", "quarter": "2024Q2", "value": 0, "error": 0, "mark": "derived",
    }  # fmt: skip
    assert history.table(last=3) == (
        "         2024Q2  2024Q3  2024Q4\ncost      12.6~   12.6~   12.6~\nrevenue  1,294*      -       -"
    )
    assert history.table(last=4, lines=["revenue"]).splitlines()[1] == "revenue  1,208   1,294*      -       -"
    with pytest.raises(ReconcileError) as refusal:
        history.table(last=0)
    assert str(refusal.value) == "a table of the last 0 quarters is empty. Give 1 or more."


def some_facts(unit="million", later=()):
    return Financials(
        (
            fact("revenue", "2024Q1", "1208", unit=unit, confidence="medium"),
            fact("revenue", "2024Q2", "2502", "ytd", unit),
            fact("revenue", "2024", "5662", "annual", unit),
            fact("revenue", "2025Q1", "46.07", unit="percent_growth"),
            fact("cost", "2024Q1", "25.9", unit="percent_of:revenue"),
            fact("cost", "2024", "1600", "annual", unit),
            fact("cost", "2024Q3", "999", unit=unit, source="S2"),
            fact("cost", "2024Q3", "420", unit=unit),
            fact("cost", "2024Q3", "421", unit=unit, source="S3", confidence="medium"),
            *later,
        )
    )


def accounts():
    return books(
        Line("revenue", currency="CNY"), Line("cost", currency="CNY"), Line("gross_profit", currency="CNY"),
        identities=(Identity("gross_profit", (("revenue", 0, 1.0), ("cost", 0, -1.0))),),
    )  # fmt: skip


def test_a_wild_later_figure_changes_nothing():
    wild = fact("revenue", "2024Q2", "9e9", published="2030-01-02", source="S7")
    with_it = some_facts(later=(wild,)).as_of("2030-01-01").reconcile(accounts())
    without = some_facts().as_of("2030-01-01").reconcile(accounts())
    assert with_it == without
    for name in without.lines:
        assert with_it.values(name).tobytes() == without.values(name).tobytes()
        assert with_it.covariance(name).tobytes() == without.covariance(name).tobytes()
    assert with_it.as_of == dt.date(2030, 1, 1)
    assert some_facts(later=(wild,)).reconcile(accounts()) != without


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_facts_changes_nothing(random):
    facts = list(some_facts().facts)
    random.shuffle(facts)
    assert Financials(tuple(facts)).reconcile(accounts()) == some_facts().reconcile(accounts())


@settings(max_examples=25, deadline=None)
@example([2025, 837, 837, 2025], 2025, 125)
@example([-633, 599, 546, -686], 0, 0)
@given(st.lists(WHOLE, min_size=4, max_size=4), WHOLE, WHOLE)
def test_thousandfold_money_gives_thousandfold_history(quarters, annual, cost):
    def history(unit):
        facts = [fact("revenue", f"2024Q{n + 1}", str(v), unit=unit) for n, v in enumerate(quarters)]
        facts += [fact("revenue", "2024", str(annual), "annual", unit), fact("cost", "2024Q2", str(cost), unit=unit)]
        return Financials(tuple(facts)).reconcile(accounts())

    small, large = history("million"), history("billion")
    for name in small.lines:
        assert small.marks(name) == large.marks(name)
        size = 1000 * np.nanmax(np.abs(small.values(name))) + 1.0
        np.testing.assert_allclose(1000 * small.values(name), large.values(name), rtol=1e-6, atol=1e-9 * size)
        np.testing.assert_allclose(1000 * small.errors(name), large.errors(name), rtol=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(WHOLE, WHOLE, WHOLE), min_size=3, max_size=6))
def test_identities_hold_however_the_figures_disagree(rows):
    books_ = books(
        Line("revenue"), Line("cost"), Line("profit"), Line("cash", "stock"),
        identities=(
            Identity("profit", (("revenue", 0, 1.0), ("cost", 0, -1.0))),
            Identity("cash", (("cash", 1, 1.0), ("profit", 0, 1.0))),
        ),
    )  # fmt: skip
    facts = []
    for n, (revenue, cost, profit) in enumerate(rows):
        period = f"{2024 + n // 4}Q{n % 4 + 1}"
        facts += [
            fact(name, period, str(value)) for name, value in (("revenue", revenue), ("cost", cost), ("profit", profit))
        ]
    facts.append(fact("cash", "2024Q2", "700", "point"))
    history = Financials(tuple(facts)).reconcile(books_)
    revenue, cost, profit, cash = (history.values(name) for name in ("revenue", "cost", "profit", "cash"))
    size = np.nanmax(np.abs([revenue, cost, profit, cash]))
    np.testing.assert_allclose(profit[1:], (revenue - cost)[1:], rtol=1e-8, atol=1e-8 * size)
    np.testing.assert_allclose(np.diff(cash), profit[1:], rtol=1e-8, atol=1e-8 * size)
    for name in history.lines:
        assert (history.errors(name)[1:] >= 0).all()


def test_no_heavy_import():
    import subprocess
    import sys

    code = (
        "import sys, forecast.financials; print([m for m in ('scipy', 'pyarrow', 'statsmodels') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
