"""Limits hold, can be raised for one file, and are put back."""

import threading

import pytest

from forecast.errors import ForecastError
from forecast.limits import Limits, how_to_raise, limits, raised


def test_limits_are_raised_inside_and_put_back_after_an_error_too():
    usual = limits()
    assert usual == Limits()
    with raised(table_rows=7) as inside:
        assert limits() is inside
        assert (limits().table_rows, limits().table_columns) == (7, usual.table_columns)
        with raised(table_columns=9):
            assert (limits().table_rows, limits().table_columns) == (7, 9)
    assert limits() is usual
    with pytest.raises(ZeroDivisionError), raised(table_rows=7):
        raise ZeroDivisionError
    assert limits() is usual


def test_another_thread_keeps_the_usual_limits():
    seen = []
    with raised(table_rows=7):
        other = threading.Thread(target=lambda: seen.append(limits().table_rows))
        other.start()
        other.join()
    assert seen == [Limits().table_rows]


def test_what_is_no_limit_is_refused_all_at_once():
    with pytest.raises(ForecastError) as refusal, raised(table_row=5, json_bytes=0, sheet_rows=True, quarters="9"):
        pass
    assert str(refusal.value) == (
        "the limits cannot be raised\n"
        "  - 'table_row' is not a limit. Did you mean 'table_rows'?\n"
        "  - json_bytes is 0; give a whole number above 0.\n"
        "  - sheet_rows is True; give a whole number above 0.\n"
        "  - quarters is '9'; give a whole number above 0."
    )


def test_the_way_out_names_what_the_file_needs():
    assert how_to_raise("sheet_rows", 25_000).endswith("with forecast.limits.raised(sheet_rows=25_000).")
    assert how_to_raise("sheet_rows").endswith("with forecast.limits.raised(sheet_rows=40_000).")
