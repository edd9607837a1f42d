"""Quarters: one spelling, whole-number arithmetic, and fiscal years that end in any month."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import TimelineError
from forecast.timeline import Quarter, parse_date, quarters_between, spelling_hint

steady = settings(deadline=None, derandomize=True)
quarters = st.integers(4 * 1600, 4 * 2400).map(Quarter)
months = st.integers(1, 12)


def text_of(kind, call, *arguments, **options):
    with pytest.raises(kind) as caught:
        call(*arguments, **options)
    return str(caught.value)


def test_a_quarter_is_read_and_written_in_one_spelling():
    quarter = Quarter.parse("2025Q2")
    assert (quarter.year, quarter.number, quarter.ordinal) == (2025, 2, 8101)
    assert str(quarter) == "2025Q2"
    assert repr(quarter) == "Quarter('2025Q2')"
    assert Quarter.parse(quarter) is quarter
    assert Quarter.parse(pd.Period("2025Q2")) == quarter


@pytest.mark.parametrize(
    "text", ["2025-Q2", "2025 q2", "2025q2", "Q2 2025", "q2/2025", "2Q2025", "2Q 2025", "2025_Q2", "Q2.2025"]
)
def test_another_spelling_is_refused_with_the_right_one(text):
    assert text_of(TimelineError, Quarter.parse, text) == f"{text!r} is not a quarter. Write '2025Q2'."


@pytest.mark.parametrize(
    "text", ["2025", "2025Q5", "2025Q0", "25Q2", "", "2025H1", "2025-06-30", "nonsense", None, 2025]
)
def test_what_is_no_quarter_is_refused_with_an_example(text):
    assert text_of(TimelineError, Quarter.parse, text) == (
        f"{str(text)!r} is not a quarter. Write the year, Q and the number, as in '2025Q2'."
    )


@pytest.mark.parametrize("text", ["2025Q2\n", " 2025Q2", "２０２５Q2"])
def test_a_line_break_a_space_or_foreign_digits_are_another_spelling(text):
    with pytest.raises(TimelineError):
        Quarter.parse(text)


def test_a_quarter_is_not_made_of_its_label():
    assert text_of(TimelineError, Quarter, "2025Q2") == (
        "a Quarter is made of a count, not of '2025Q2'. Write Quarter.parse('2025Q2')."
    )


def test_arithmetic_by_hand():
    assert Quarter.parse("2025Q2") + 3 == Quarter.parse("2026Q1")
    assert Quarter.parse("2025Q1") + -1 == Quarter.parse("2024Q4")
    assert Quarter.parse("2026Q1") - Quarter.parse("2025Q2") == 3
    assert Quarter.parse("2024Q4") < Quarter.parse("2025Q1")
    assert hash(Quarter.parse("2025Q1") + np.int64(4)) == hash(Quarter.parse("2026Q1"))


@pytest.mark.parametrize("wrong", [lambda q: q + 0.5, lambda q: q - 4, lambda q: q + "1"])
def test_half_quarters_and_what_is_no_quarter_are_refused(wrong):
    with pytest.raises(TypeError):
        wrong(Quarter.parse("2025Q2"))


@steady
@given(quarters, st.integers(-400, 400))
def test_adding_and_subtracting_undo_each_other(quarter, step):
    assert (quarter + step) - quarter == step
    assert (quarter + step) + -step == quarter
    assert Quarter.parse(str(quarter)) == quarter


def test_an_early_year_keeps_its_four_digits():
    assert str(Quarter.parse("0812Q3")) == "0812Q3"


@pytest.mark.parametrize(
    ("label", "month", "day"),
    [
        ("2025Q2", 12, dt.date(2025, 6, 30)),
        ("2024Q1", 12, dt.date(2024, 3, 31)),
        ("2025Q4", 9, dt.date(2025, 9, 30)),  # Apple: fiscal 2025 ended in September 2025
        ("2025Q1", 9, dt.date(2024, 12, 31)),
        ("2025Q4", 6, dt.date(2025, 6, 30)),  # Microsoft: fiscal 2025 ended in June 2025
        ("2025Q2", 6, dt.date(2024, 12, 31)),
        ("2025Q4", 1, dt.date(2025, 1, 31)),  # Nvidia: fiscal 2025 ended in January 2025
        ("2025Q4", 2, dt.date(2025, 2, 28)),
        ("2024Q4", 2, dt.date(2024, 2, 29)),
        ("9999Q4", 12, dt.date(9999, 12, 31)),
    ],
)
def test_the_last_day_of_a_fiscal_quarter(label, month, day):
    assert Quarter.parse(label).last_day(year_end_month=month) == day
    assert Quarter.of_date(day, year_end_month=month) == Quarter.parse(label)


@steady
@given(quarters, months)
def test_the_last_day_lies_in_its_quarter_and_the_next_day_in_the_next(quarter, month):
    day = quarter.last_day(year_end_month=month)
    assert Quarter.of_date(day, year_end_month=month) == quarter
    assert Quarter.of_date(day + dt.timedelta(days=1), year_end_month=month) == quarter + 1
    assert (day.month - month) % 3 == 0


@steady
@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)), months)
def test_fiscal_quarters_are_those_of_pandas(day, month):
    ends = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
    period = pd.Period(day, freq=f"Q-{ends[month - 1]}")
    quarter = Quarter.of_date(day, year_end_month=month)
    assert (quarter.year, quarter.number) == (period.qyear, period.quarter)
    assert quarter.last_day(year_end_month=month) == period.end_time.date()


@pytest.mark.parametrize("month", [0, 13, -3, 6.0, True, "June"])
def test_a_month_that_does_not_exist_is_refused(month):
    text = f"a fiscal year cannot end in month {month!r}. Give a month from 1 to 12."
    assert text_of(TimelineError, Quarter.of_date, dt.date(2025, 1, 1), year_end_month=month) == text
    assert text_of(TimelineError, Quarter.parse("2025Q1").last_day, year_end_month=month) == text


def test_a_range_includes_both_ends():
    first, last = Quarter.parse("2025Q3"), Quarter.parse("2026Q1")
    assert [str(quarter) for quarter in quarters_between(first, last)] == ["2025Q3", "2025Q4", "2026Q1"]
    assert quarters_between(first, first) == (first,)
    assert quarters_between(last, first) == ()


def test_the_hint_names_the_right_spelling():
    assert spelling_hint(" q3-2024 ") == "Write '2024Q3'."


def test_dates_are_read_in_one_spelling():
    day = dt.date(2025, 8, 31)
    assert parse_date("2025-08-31") == day
    assert parse_date(day) is day
    assert parse_date(dt.datetime(2025, 8, 31, 23, 59)) == day
    assert parse_date(pd.Timestamp("2025-08-31 12:00")) == day


@pytest.mark.parametrize(
    "text", ["2025-02-30", "31.8.2025", "20250831", "2025-W35-7", "2025-8-31", "", "today", pd.NaT]
)
def test_another_date_is_refused(text):
    assert text_of(TimelineError, parse_date, text) == (f"{str(text)!r} is not a date. Write it as in '2025-08-31'.")
